"""What follows by itself: free pickers get tasks, tasks get lit, finished ones end.

In: a draft after any input. Out: further facts, until nothing more follows.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.model import CancelMode, LineState, TaskState
from controller.core.state import Lease, LineRecord, PickerRecord, TaskRecord
from controller.core.work.activating import activate
from controller.core.work.assign import choose_line, choose_task
from controller.core.work.cancels import end_cancelled
from controller.core.work.results import line_results

OFFERS = (
    f.TaskAccepted,
    f.TaskRevised,
    f.TaskSuspended,
    f.TaskReassigned,
    f.TaskCompleted,
    f.TaskCancelled,
    f.TaskReturned,
    f.PickerSignedOn,
    f.Resumed,
    f.HeadsetUp,
)
"""Facts after which a picker without a task may find one; without any of them he would only search in vain again."""


def settle(draft: Draft) -> None:
    """Tends every picker until he has what to do, or there is nothing."""
    for picker_id in tuple(draft.state.pickers):
        while _tend(draft, draft.state.pickers[picker_id]):
            pass


def hand_over(draft: Draft, task_id: str) -> None:
    """The picked task leaves the picker's hands; nothing in it can change any more."""
    record = draft.state.tasks[task_id]
    containers = {x.line.container: None for x in record.lines.values() if x.line.container and x.picked}
    draft.add(
        f.TaskCompleted,
        task_id=task_id,
        revision=record.task.revision,
        digest=record.digest,
        lines=line_results(record),
        containers=tuple(containers),
        pickers=record.pickers,
        started_at=record.started_at,
        work_ms=max(0, draft.now.wall - record.started_at),
    )


def end_returned(draft: Draft, task_id: str) -> bool:
    """Ends a recalled task once all its goods are back; whether it did."""
    record = draft.state.tasks[task_id]
    if record.state is not TaskState.PUTTING_BACK or record.in_state(LineState.PUT_BACK):
        return False
    draft.add(f.TaskReturned, task_id=task_id, revision=record.task.revision, digest=record.digest)
    return True


def put_back(draft: Draft, lease: Lease, line: LineRecord) -> None:
    """The goods of a cancelled line are in the bin again."""
    ids = {"task_id": lease.task_id, "line_id": lease.line_id}
    draft.add(f.LineReturned, picked=line.picked, picker=lease.picker, **ids)
    end_returned(draft, lease.task_id)


def _tend(draft: Draft, picker: PickerRecord) -> bool:
    """Takes one step for this picker; False when there is nothing left to do for him now."""
    if picker.task_id is None:
        return _start_next(draft, picker)
    record = draft.state.tasks[picker.task_id]
    if record.state is TaskState.STARTED:
        return _end_started(draft, picker, record) or _light_next(draft, picker, record)
    if record.state is TaskState.PICKED:
        return _hand_over_in_time(draft, record)
    return end_returned(draft, picker.task_id)


def _start_next(draft: Draft, picker: PickerRecord) -> bool:
    if draft.state.is_paused(picker) or not any(isinstance(x, OFFERS) for x in draft.facts):
        return False
    task_id = choose_task(draft.state, draft.site, picker)
    if task_id is None:
        return False
    draft.add(f.TaskStarted, task_id=task_id, picker=picker.picker_id, steady=draft.now.steady)
    return True


def _end_started(draft: Draft, picker: PickerRecord, record: TaskRecord) -> bool:
    """Ends a task without work left: picked, or cancelled where nothing of it is wanted any more."""
    if record.in_state(LineState.ACTIVE, LineState.PUT_BACK):
        return False
    if record.cancelling is not None:
        end_cancelled(draft, record.task.task_id, record.cancelling)
    elif record.in_state(LineState.OPEN):
        return False
    elif all(x.state is LineState.CANCELLED for x in record.lines.values()):
        end_cancelled(draft, record.task.task_id, CancelMode.NOW)
    else:
        draft.add(f.TaskPicked, task_id=record.task.task_id, picker=picker.picker_id, steady=draft.now.steady)
    return True


def _light_next(draft: Draft, picker: PickerRecord, record: TaskRecord) -> bool:
    if record.cancelling is not None or draft.state.is_paused(picker):
        return False
    if len(record.in_state(LineState.ACTIVE)) >= draft.site.policy.lines_lit:
        return False
    line_id = choose_line(draft.state, draft.site, picker, record)
    if line_id is None:
        return False
    activate(draft, picker.picker_id, record.task.task_id, line_id)
    return True


def _hand_over_in_time(draft: Draft, record: TaskRecord) -> bool:
    if draft.now.steady < record.rested_at + draft.site.policy.hand_over_after_ms:
        return False
    hand_over(draft, record.task.task_id)
    return True
