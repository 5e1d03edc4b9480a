"""The host takes a task or some of its lines back.

In: `CancelRequested`. Out: LineCancelled / LineRecalled per line and one answer: TaskCancelled, TaskRecalled,
LinesCancelled, CancelBegun, CancelRemembered or CommandRefused. A race with a press is decided by which came first.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.inputs import CancelRequested
from controller.core.model import CancelMode, Fault, LineState, RefusalClass, TaskState
from controller.core.state import TaskRecord
from controller.core.work.leaving import account_for
from controller.core.work.results import line_results

COMMAND = "cancel"
UNDERWAY = (LineState.OPEN, LineState.ACTIVE)


def cancel(draft: Draft, request: CancelRequested) -> None:
    """Decides about one cancel command."""
    record = draft.state.tasks.get(request.task_id)
    if record is None:
        _cancel_absent(draft, request)
        return
    if faults := _objections(record, request):
        refusal = RefusalClass.FIX if faults[0].code == "TASK_UNKNOWN" else RefusalClass.DROP
        draft.refuse(COMMAND, refusal, *faults)
        return
    whole = not request.lines
    _cancel_lines(draft, record, request.lines or tuple(record.lines), request.mode)
    if whole:
        _close(draft, request)
    else:
        _answer_lines(draft, request)


def end_cancelled(draft: Draft, task_id: str, mode: CancelMode) -> None:
    """The task is over; what is in the tote stays there."""
    record = draft.state.tasks[task_id]
    draft.add(f.TaskCancelled, **_ending(record, mode))


def _cancel_absent(draft: Draft, request: CancelRequested) -> None:
    if request.known is not None and request.known.ended is not None:
        detail = f"the task has ended: {request.known.ended}"
        draft.refuse(COMMAND, RefusalClass.DROP, Fault("TASK_TERMINAL", "$.task_id", detail, request.task_id))
    elif request.lines:
        detail = "lines can only be cancelled of a task that is here"
        draft.refuse(COMMAND, RefusalClass.FIX, Fault("TASK_UNKNOWN", "$.task_id", detail, request.task_id))
    else:
        until = draft.now.wall + draft.site.policy.early_cancel_ms
        draft.add(f.CancelRemembered, task_id=request.task_id, mode=request.mode, until=until)
        draft.done(COMMAND, "the task is not known yet; it will be cancelled when it comes")


def _objections(record: TaskRecord, request: CancelRequested) -> list[Fault]:
    if record.state is TaskState.PUTTING_BACK or record.cancelling is not None:
        return [Fault("TASK_TERMINAL", "$.task_id", "the task is already being cancelled", request.task_id)]
    unknown = [
        Fault("TASK_UNKNOWN", f"$.lines[{n}]", f"no line {line_id!r} in this task", line_id)
        for n, line_id in enumerate(request.lines)
        if line_id not in record.lines
    ]
    if unknown or request.mode is not CancelMode.IF_NOT_STARTED:
        return unknown
    scope = request.lines or tuple(record.lines)
    return [
        Fault("LINE_LOCKED", "$.mode", f"line {x!r} is {record.lines[x].state.value}", x)
        for x in scope
        if record.lines[x].state is not LineState.OPEN
    ]


def _cancel_lines(draft: Draft, record: TaskRecord, scope: tuple[str, ...], mode: CancelMode) -> None:
    for line_id in scope:
        if mode is CancelMode.NOW and account_for(draft, record.task.task_id, line_id):
            record = draft.state.tasks[record.task.task_id]
        line = record.lines[line_id]
        if line.state is LineState.OPEN or (line.state is LineState.ACTIVE and mode is CancelMode.NOW):
            draft.add(f.LineCancelled, task_id=record.task.task_id, line_id=line_id)
        elif line.state in (LineState.CONFIRMED, LineState.SHORT) and mode is CancelMode.NOW:
            _take_back(draft, record, line_id)


def _take_back(draft: Draft, record: TaskRecord, line_id: str) -> None:
    line = record.lines[line_id]
    if not line.picked:
        draft.add(f.LineCancelled, task_id=record.task.task_id, line_id=line_id)
        return
    draft.add(
        f.LineRecalled,
        task_id=record.task.task_id,
        line_id=line_id,
        picker=line.picker or "",
        picked=line.picked,
        location=line.line.location,
        token=draft.state.next_token(),
        steady=draft.now.steady,
    )


def _close(draft: Draft, request: CancelRequested) -> None:
    """Ends the task, or lets it go on until goods are back or the lines under way are done."""
    record = draft.state.tasks[request.task_id]
    if record.in_state(LineState.ACTIVE):
        draft.add(f.CancelBegun, task_id=request.task_id, mode=request.mode)
        draft.done(COMMAND, "the task ends when the lines now being picked are done")
    elif record.in_state(LineState.PUT_BACK):
        draft.add(f.TaskRecalled, **_ending(record, request.mode))
    else:
        end_cancelled(draft, request.task_id, request.mode)


def _answer_lines(draft: Draft, request: CancelRequested) -> None:
    record = draft.state.tasks[request.task_id]
    results = line_results(record, request.lines)
    draft.add(
        f.LinesCancelled, task_id=request.task_id, revision=record.task.revision, mode=request.mode, lines=results
    )
    if record.picker is None and all(x.state is LineState.CANCELLED for x in record.lines.values()):
        end_cancelled(draft, request.task_id, request.mode)


def _ending(record: TaskRecord, mode: CancelMode) -> dict[str, object]:
    return {
        "task_id": record.task.task_id,
        "revision": record.task.revision,
        "digest": record.digest,
        "mode": mode,
        "lines": line_results(record),
    }
