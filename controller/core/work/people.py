"""Who works here and on what: sign-on, sign-off, and what the host says about tasks in the queue.

In: sign-on/off, pause/resume, prioritise, reassign, locate. Out: the matching facts and one answer per command.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.inputs import (
    LocateRequested,
    PauseRequested,
    PrioritiseRequested,
    ReassignRequested,
    ResumeRequested,
    SignOffRequested,
    SignOnRequested,
)
from controller.core.model import Fault, LineState, RefusalClass, TaskState
from controller.core.references import location_fault
from controller.core.work.leaving import account_for


def sign_on(draft: Draft, picker_id: str, zones: tuple[str, ...] = ()) -> None:
    """Signs a configured picker on; one who is on already stays as he is."""
    if picker_id not in draft.state.pickers:
        zones = zones or draft.site.pickers[picker_id].zones
        draft.add(f.PickerSignedOn, picker=picker_id, zones=zones, steady=draft.now.steady)


def sign_off(draft: Draft, picker_id: str, why: str) -> None:
    """Signs a picker off; his task goes back to the queue with what was picked."""
    release_task(draft, picker_id, "SIGNED_OFF" if why == "REQUESTED" else why)
    draft.add(f.PickerSignedOff, picker=picker_id, why=why)


def release_task(draft: Draft, picker_id: str, why: str) -> None:
    """Takes the task from its picker: lines being picked are open again, done ones (also in part) stay done."""
    task_id = draft.state.pickers[picker_id].task_id
    if task_id is None or draft.state.tasks[task_id].state is TaskState.PUTTING_BACK:
        return
    for line_id, line in draft.state.tasks[task_id].lines.items():
        if line.state is LineState.ACTIVE and not account_for(draft, task_id, line_id):
            draft.add(f.LineReleased, task_id=task_id, line_id=line_id, picker=picker_id, why=why)
    draft.add(f.TaskSuspended, task_id=task_id, picker=picker_id, why=why)


def sign_on_requested(draft: Draft, request: SignOnRequested) -> None:
    """The host signs a picker on."""
    faults = _picker_faults(draft, request.picker)
    faults += [
        Fault("UNKNOWN_ZONE", f"$.zones[{n}]", f"no zone {zone!r} here", zone)
        for n, zone in enumerate(request.zones)
        if zone not in draft.site.zones
    ]
    if faults:
        draft.refuse("sign_on", RefusalClass.FIX, *faults)
        return
    sign_on(draft, request.picker, request.zones)
    draft.done("sign_on")


def sign_off_requested(draft: Draft, request: SignOffRequested) -> None:
    """The host signs a picker off."""
    if faults := _picker_faults(draft, request.picker):
        draft.refuse("sign_off", RefusalClass.FIX, *faults)
        return
    if request.picker in draft.state.pickers:
        sign_off(draft, request.picker, "REQUESTED")
    draft.done("sign_off")


def pause(draft: Draft, request: PauseRequested) -> None:
    """Stops a scope; pausing twice is one pause."""
    if _scope_is_known(draft, "pause", request.scope):
        if request.scope not in draft.state.paused:
            draft.add(f.Paused, scope=request.scope)
        draft.done("pause")


def resume(draft: Draft, request: ResumeRequested) -> None:
    """Lets a scope go on."""
    if _scope_is_known(draft, "resume", request.scope):
        if request.scope in draft.state.paused:
            draft.add(f.Resumed, scope=request.scope)
        draft.done("resume")


def rest_or_resume(draft: Draft, picker_id: str) -> None:
    """The picker's own pause, begun or ended by himself."""
    scope = f"picker:{picker_id}"
    draft.add(f.Resumed if scope in draft.state.paused else f.Paused, scope=scope)


def prioritise(draft: Draft, request: PrioritiseRequested) -> None:
    """Moves a task in the queue; one being picked goes on."""
    if _task_is_known(draft, "prioritise", request.task_id):
        draft.add(f.TaskPrioritised, task_id=request.task_id, priority=request.priority, due_at=request.due_at)
        draft.done("prioritise")


def reassign(draft: Draft, request: ReassignRequested) -> None:
    """Gives a task to one picker (or to all), taking it from another who has it."""
    if not _task_is_known(draft, "reassign", request.task_id):
        return
    if request.picker is not None and (faults := _picker_faults(draft, request.picker)):
        draft.refuse("reassign", RefusalClass.FIX, *faults)
        return
    record = draft.state.tasks[request.task_id]
    if record.state is TaskState.PUTTING_BACK:
        detail = "the task is being put back"
        draft.refuse("reassign", RefusalClass.DROP, Fault("TASK_TERMINAL", "$.task_id", detail, request.task_id))
        return
    draft.add(f.TaskReassigned, task_id=request.task_id, picker=request.picker)
    if record.picker is not None and record.picker != request.picker:
        release_task(draft, record.picker, "REASSIGNED")
    draft.done("reassign")


def locate(draft: Draft, request: LocateRequested) -> None:
    """Points a location out for a while."""
    if (fault := location_fault(draft.site, request.location, "$.location")) is not None:
        draft.refuse("locate", RefusalClass.FIX, fault)
        return
    until = draft.now.steady + request.seconds * 1000
    draft.add(f.LocationShown, location=request.location, until=until)
    draft.done("locate")


def _picker_faults(draft: Draft, picker_id: str) -> list[Fault]:
    if picker_id in draft.site.pickers:
        return []
    return [Fault("UNKNOWN_PICKER", "$.picker", f"no picker {picker_id!r} here", picker_id)]


def _task_is_known(draft: Draft, command: str, task_id: str) -> bool:
    if task_id in draft.state.tasks:
        return True
    detail = "no open task of this id"
    draft.refuse(command, RefusalClass.FIX, Fault("TASK_UNKNOWN", "$.task_id", detail, task_id))
    return False


def _scope_is_known(draft: Draft, command: str, scope: str) -> bool:
    kind, _, name = scope.partition(":")
    known = {
        "ctl": not name,
        "zone": name in draft.site.zones,
        "picker": name in draft.site.pickers,
        "task": name in draft.state.tasks,
    }
    if known.get(kind, False):
        return True
    code = {"zone": "UNKNOWN_ZONE", "picker": "UNKNOWN_PICKER", "task": "TASK_UNKNOWN"}.get(kind, "SCHEMA_INVALID")
    draft.refuse(command, RefusalClass.FIX, Fault(code, "$.scope", f"nothing here is {scope!r}", scope))
    return False
