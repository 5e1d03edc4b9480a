"""Whether everything a task names exists at this site, and can do what is asked of it.

In: the site and a task. Out: one `Fault` per unknown thing, with the JSON path of the task message.
"""

from __future__ import annotations

from controller.core.guide.talk.expected import provable
from controller.core.model import Fault, Site, Task


def reference_faults(site: Site, task: Task) -> list[Fault]:
    """All unknown locations, zone and picker of this task; empty if there are none."""
    faults = [
        x for n, line in enumerate(task.lines) if (x := location_fault(site, line.location, f"$.lines[{n}].location"))
    ]
    if task.zone is not None and task.zone not in site.zones:
        faults.append(Fault("UNKNOWN_ZONE", "$.zone", f"no zone {task.zone!r} here", task.zone))
    if task.picker is not None and task.picker not in site.pickers:
        faults.append(Fault("UNKNOWN_PICKER", "$.picker", f"no picker {task.picker!r} here", task.picker))
    elif task.picker is not None and not _can_prove(site, task, task.picker):
        detail = f"something is to be scanned, or captured, and {task.picker!r} has no scanner or headset for it"
        faults.append(Fault("CAPABILITY_MISSING", "$.picker", detail, task.picker))
    return faults


def _can_prove(site: Site, task: Task, picker: str) -> bool:
    has = site.pickers[picker]
    return provable(task.lines, scanner=has.scanner, headset=has.voice)


def location_fault(site: Site, location: str, path: str) -> Fault | None:
    """What is wrong with picking from `location`, or None."""
    if location in site.elsewhere:
        owner = site.elsewhere[location]
        return Fault("WRONG_CONTROLLER", path, f"{location!r} belongs to controller {owner!r}", location)
    if location not in site.locations:
        return Fault("UNKNOWN_LOCATION", path, f"no module bound to {location!r}", location)
    if (picker := home_of(site, location)) is not None:
        return Fault("UNKNOWN_LOCATION", path, f"{location!r} is the home of {picker!r}, not a bin", location)
    return None


def home_of(site: Site, location: str) -> str | None:
    """The picker whose home this location is, or None."""
    return next((p.picker_id for p in site.pickers.values() if p.home == location), None)
