"""Which task a free picker gets, and which line comes next.

In: a state. Out: a task id or a line id, or None. Order of tasks: priority (higher first), due time (earlier first),
critical goods, already begun, nearest to where the picker stands, first come. Order of lines: not skipped, module
alive, bin free, walking order.
"""

from __future__ import annotations

from controller.core.guide.talk.expected import provable
from controller.core.guide.talk.standing import speaks
from controller.core.model import LineState, Site, TaskState
from controller.core.state import LineRecord, PickerRecord, State, TaskRecord

NEVER = 1 << 62
"""Later than any due time."""
NEARBY = 64
"""Of equally urgent tasks only the oldest so many compete for being near: bounded work, and nobody waits for ever."""


def choose_task(state: State, site: Site, picker: PickerRecord) -> str | None:
    """The task this picker should begin now."""
    candidates = [x for x in state.tasks.values() if _eligible(state, site, picker, x)]
    if not candidates:
        return None
    most_urgent = min(map(_urgency, candidates))
    equal = [x for x in candidates if _urgency(x) == most_urgent]
    return min(equal[:NEARBY], key=lambda x: _nearness(site, picker, x)).task.task_id


def choose_line(state: State, site: Site, picker: PickerRecord, record: TaskRecord) -> str | None:
    """The open line of his task that this picker should go to next."""
    waiting = record.in_state(LineState.OPEN)
    if not waiting:
        return None
    return min(waiting, key=lambda x: _line_rank(state, site, picker, x)).line.line_id


def _eligible(state: State, site: Site, picker: PickerRecord, record: TaskRecord) -> bool:
    task = record.task
    if record.state not in (TaskState.ACCEPTED, TaskState.SUSPENDED) or task.picker not in (None, picker.picker_id):
        return False
    if not _can_prove(state, site, picker, record):
        return False
    if state.paused and (f"task:{task.task_id}" in state.paused or f"zone:{task.zone}" in state.paused):
        return False
    if task.picker is not None:
        return True  # the host's word goes above zones
    if task.zone is not None:
        return task.zone in picker.zones
    return all(site.locations[x.line.location].zone in picker.zones for x in record.lines.values())


def _can_prove(state: State, site: Site, picker: PickerRecord, record: TaskRecord) -> bool:
    """Lots and serial numbers are told by a headset that works, or scanned."""
    scanner, headset = site.pickers[picker.picker_id].scanner, speaks(state, site, picker.picker_id)
    return provable((x.line for x in record.lines.values()), scanner=scanner, headset=headset)


def _urgency(record: TaskRecord) -> tuple[int, int]:
    task = record.task
    return (-task.priority, NEVER if task.due_at is None else task.due_at)


def _nearness(site: Site, picker: PickerRecord, record: TaskRecord) -> tuple[int, ...]:
    ordinary = all(x.line.criticality != "critical" for x in record.lines.values())
    begun = record.state is TaskState.SUSPENDED
    return (ordinary, not begun, _distance(site, picker, record), record.order)


def _distance(site: Site, picker: PickerRecord, record: TaskRecord) -> int:
    """Steps in the walking order from the picker's place to the nearest open line."""
    here = 0 if picker.place is None else site.locations[picker.place].walk
    return min((abs(site.locations[x.line.location].walk - here) for x in record.in_state(LineState.OPEN)), default=0)


def _line_rank(state: State, site: Site, picker: PickerRecord, record: LineRecord) -> tuple[int, ...]:
    location = record.line.location
    dark = location in state.down and not speaks(state, site, picker.picker_id)
    queue = state.leases.get(location, ())
    occupied = bool(queue) and queue[0].picker != picker.picker_id
    return (record.skips, dark, occupied, site.locations[location].walk, record.line.seq)
