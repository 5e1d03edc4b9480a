"""A task comes in: accept, revise or reject it.

In: `TaskArrived`, `MessageRefused`. Out: TaskAccepted | TaskRevised | TaskRejected, one of them for every message
that is
not a repetition.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.inputs import MessageRefused, TaskArrived
from controller.core.model import DONE_LINE, CancelMode, Fault, LineState, RefusalClass, Task, TaskState
from controller.core.references import reference_faults
from controller.core.state import TaskRecord
from controller.core.work.leaving import account_for
from controller.core.work.results import line_results

CAPACITY_RETRY_S = 30
"""A full station has usually finished some task after this long."""


def arrive(draft: Draft, arrival: TaskArrived) -> None:
    """Decides about one well-formed task message."""
    record = draft.state.tasks.get(arrival.task.task_id)
    if record is not None and _same(arrival, record.task.revision, record.digest):
        return
    for refusal, faults in _objections(draft, arrival, record):
        if faults:
            _reject(draft, arrival, refusal, faults)
            return
    if record is None:
        _accept(draft, arrival)
    else:
        _revise(draft, arrival, record)


def refuse_message(draft: Draft, refused: MessageRefused) -> None:
    """Turns a message that is wrong in itself into the answer its sender gets."""
    if refused.kind == "cmd":
        draft.refuse("unreadable" if refused.task_id is None else "cmd", refused.refusal, *refused.faults)
        return
    draft.add(
        f.TaskRejected,
        task_id=refused.task_id,
        revision=refused.revision,
        digest=refused.digest,
        refusal=refused.refusal,
        faults=refused.faults,
        topic=refused.topic,
        size=refused.size,
        sha256=refused.sha256,
    )


def _same(arrival: TaskArrived, revision: int, digest: str) -> bool:
    return arrival.task.revision == revision and arrival.digest == digest


def _objections(
    draft: Draft, arrival: TaskArrived, record: TaskRecord | None
) -> list[tuple[RefusalClass, list[Fault]]]:
    """What may be held against it, in the order in which it is told: the first class with faults is the answer."""
    return [
        _about_revision(arrival, record),
        (RefusalClass.DROP, _about_time(draft, arrival, record)),
        (RefusalClass.FIX, reference_faults(draft.site, arrival.task) + _locked_lines(arrival.task, record)),
        (RefusalClass.RETRY, [*arrival.refuse, *_about_room(draft, record)]),
    ]


def _about_revision(arrival: TaskArrived, record: TaskRecord | None) -> tuple[RefusalClass, list[Fault]]:
    revision, digest, ended = _current(arrival, record)
    task = arrival.task
    if revision is None or (record is None and ended is None):
        return RefusalClass.DROP, []
    if task.revision < revision:
        detail = f"revision {task.revision} is older than the current {revision}"
        return RefusalClass.DROP, [Fault("REVISION_STALE", "$.revision", detail, str(revision))]
    if task.revision == revision and arrival.digest != digest:
        detail = f"revision {revision} is known with digest {digest[:12]}, this one has {arrival.digest[:12]}"
        return RefusalClass.FIX, [Fault("REVISION_CONFLICT", "$.revision", detail, str(revision))]
    if ended is not None:
        return RefusalClass.DROP, [Fault("TASK_TERMINAL", "$.task_id", f"the task has ended: {ended}", task.task_id)]
    return RefusalClass.DROP, []


def _current(arrival: TaskArrived, record: TaskRecord | None) -> tuple[int | None, str, str | None]:
    """Revision, digest and end of what is known of this task."""
    if record is not None:
        over = record.state is TaskState.PUTTING_BACK or record.cancelling is not None
        return record.task.revision, record.digest, "cancelled" if over else None
    if arrival.known is not None:
        return arrival.known.revision, arrival.known.digest, arrival.known.ended
    return None, "", None


def _about_time(draft: Draft, arrival: TaskArrived, record: TaskRecord | None) -> list[Fault]:
    task, faults = arrival.task, []
    if draft.now.synced and task.expires_at is not None and task.expires_at <= draft.now.wall and record is None:
        faults.append(Fault("EXPIRED", "$.expires_at", "its time was over when it came", task.task_id))
    forgotten = arrival.horizon is not None and task.issued_at is not None and task.issued_at < arrival.horizon
    if record is None and arrival.known is None and forgotten:
        detail = "issued before the oldest task this station remembers, so it may have been done already"
        faults.append(Fault("DEDUPE_HORIZON", "$.issued_at", detail, task.task_id))
    return faults


def _locked_lines(task: Task, record: TaskRecord | None) -> list[Fault]:
    """Lines of the revision that contradict what is already done."""
    if record is None:
        return []
    faults = []
    for n, line in enumerate(task.lines):
        before = record.lines.get(line.line_id)
        if before is None or before.state not in DONE_LINE | {LineState.PUT_BACK}:
            continue
        same = (line.location, line.sku, line.qty) == (before.line.location, before.line.sku, before.line.qty)
        if not same:
            detail = f"line {line.line_id!r} is {before.state.value} and cannot change any more"
            faults.append(Fault("LINE_LOCKED", f"$.lines[{n}]", detail, line.line_id))
    return faults


def _about_room(draft: Draft, record: TaskRecord | None) -> list[Fault]:
    limit = draft.site.policy.max_open_tasks
    if record is not None or len(draft.state.tasks) < limit:
        return []
    return [Fault("CAPACITY", "$", f"{limit} tasks are open, which is the limit", None)]


def _reject(draft: Draft, arrival: TaskArrived, refusal: RefusalClass, faults: list[Fault]) -> None:
    draft.add(
        f.TaskRejected,
        task_id=arrival.task.task_id,
        revision=arrival.task.revision,
        digest=arrival.digest,
        refusal=refusal,
        faults=tuple(faults),
        retry_after_s=CAPACITY_RETRY_S if refusal is RefusalClass.RETRY else None,
    )


def _accept(draft: Draft, arrival: TaskArrived) -> None:
    task = arrival.task
    draft.add(f.TaskAccepted, task=task, digest=arrival.digest, queue_pos=len(draft.state.tasks) + 1)
    early = draft.state.early_cancels.get(task.task_id)
    if early is None:
        return
    draft.add(f.CancelForgotten, task_id=task.task_id)
    if early.until > draft.now.wall:
        _cancel_at_once(draft, task.task_id, early.mode)


def _cancel_at_once(draft: Draft, task_id: str, mode: CancelMode) -> None:
    for line_id in draft.state.tasks[task_id].lines:
        draft.add(f.LineCancelled, task_id=task_id, line_id=line_id)
    record = draft.state.tasks[task_id]
    draft.add(
        f.TaskCancelled,
        task_id=task_id,
        revision=record.task.revision,
        digest=record.digest,
        mode=mode,
        lines=line_results(record),
    )


def _revise(draft: Draft, arrival: TaskArrived, record: TaskRecord) -> None:
    task = arrival.task
    places = {line.line_id: line.location for line in task.lines}
    for line_id, line in record.lines.items():
        if places.get(line_id) != line.line.location:
            account_for(draft, task.task_id, line_id)
    draft.add(f.TaskRevised, task=task, digest=arrival.digest, queue_pos=len(draft.state.tasks))
    for line_id, line in draft.state.tasks[task.task_id].lines.items():
        if line.state is LineState.ACTIVE and line.line != record.lines[line_id].line:
            _show_anew(draft, task.task_id, line_id)


def _show_anew(draft: Draft, task_id: str, line_id: str) -> None:
    """A line changed while it is lit: a new token, so that a press meant for the old quantity books nothing."""
    line = draft.state.tasks[task_id].lines[line_id]
    draft.add(
        f.LineActivated,
        task_id=task_id,
        line_id=line_id,
        picker=line.picker,
        location=line.line.location,
        token=draft.state.next_token(),
        steady=draft.now.steady,
    )
