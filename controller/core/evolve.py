"""The fold: a state and a fact make the next state.

In: any `State` and `Fact`. Out: a new `State`; the old one is untouched. Raises IllegalTransitionError where the
tables forbid it.
One function per kind of fact; kinds that only inform (a refusal, a wrong press) change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from typing import Any

from controller.core import facts as f
from controller.core.changes import (
    drop_leases,
    free_picker,
    prune_leases,
    step_line,
    stepped,
    talk_anew,
    with_lease,
    with_picker,
    with_talk,
    with_task,
    without,
)
from controller.core.dialogue import NOWHERE
from controller.core.evolve_talk import TALK_FOLDS
from controller.core.model import TERMINAL, LineState, Task, TaskState
from controller.core.state import (
    NOTHING,
    Down,
    EarlyCancel,
    LastPick,
    Lease,
    LineRecord,
    PickerRecord,
    State,
    TaskRecord,
)
from controller.core.tables import TASK, advance


def evolve(state: State, fact: f.Fact) -> State:
    """The state after this fact."""
    fold = _FOLDS.get(type(fact))
    return state if fold is None else fold(state, fact)


def fold(state: State, facts: Iterable[f.Fact]) -> State:
    """The state after all these facts, in order."""
    return reduce(evolve, facts, state)


# --- tasks --------------------------------------------------------------------------------------------------------


def _task_accepted(state: State, fact: f.TaskAccepted) -> State:
    record = TaskRecord(
        task=fact.task,
        digest=fact.digest,
        state=TaskState.ACCEPTED,
        lines={line.line_id: LineRecord(line=line) for line in fact.task.lines},
        order=state.arrivals,
        accepted_at=fact.at,
    )
    return replace(state, tasks={**state.tasks, fact.task.task_id: record}, arrivals=state.arrivals + 1)


def _task_revised(state: State, fact: f.TaskRevised) -> State:
    old = state.tasks[fact.task.task_id]
    record = replace(
        old,
        task=fact.task,
        digest=fact.digest,
        state=advance(TASK, old.state, fact, fact.task.task_id),
        lines=_revised_lines(old, fact.task),
    )
    return prune_leases(with_task(state, record), record)


def _revised_lines(old: TaskRecord, task: Task) -> dict[str, LineRecord]:
    """Done lines stay as they are; a line being picked stays so unless its bin changed; the rest starts anew."""
    lines = {line_id: r for line_id, r in old.lines.items() if r.state not in (LineState.OPEN, LineState.ACTIVE)}
    for line in task.lines:
        before = old.lines.get(line.line_id)
        if before is None:
            lines[line.line_id] = LineRecord(line=line)
        elif before.state is LineState.ACTIVE and before.line.location == line.location:
            lines[line.line_id] = replace(before, line=line)
        elif before.state in (LineState.OPEN, LineState.ACTIVE):
            lines[line.line_id] = LineRecord(line=line, skips=before.skips)
    return lines


def _task_started(state: State, fact: f.TaskStarted) -> State:
    old = state.tasks[fact.task_id]
    pickers = old.pickers if fact.picker in old.pickers else (*old.pickers, fact.picker)
    record = replace(stepped(old, fact), picker=fact.picker, pickers=pickers, started_at=old.started_at or fact.at)
    state = with_task(state, record)
    before = state.talk_of(fact.picker).dialogue
    told = before.told if before.focus == NOWHERE else ""
    state = talk_anew(state, fact.picker, aisle=before.aisle, told=told)
    return with_picker(state, fact.picker, task_id=fact.task_id, seen=fact.steady)


def _task_suspended(state: State, fact: f.TaskSuspended) -> State:
    record = replace(stepped(state.tasks[fact.task_id], fact), picker=None)
    told = "task_taken" if fact.why == "REASSIGNED" else ""
    return free_picker(with_task(state, record), fact.picker, fact.task_id, told)


def _task_picked(state: State, fact: f.TaskPicked) -> State:
    return with_task(state, replace(stepped(state.tasks[fact.task_id], fact), rested_at=fact.steady))


def _task_ended(state: State, fact: f.TaskCompleted | f.TaskCancelled | f.TaskReturned | f.TaskExpired) -> State:
    old = state.tasks[fact.task_id]
    if advance(TASK, old.state, fact, fact.task_id) not in TERMINAL:
        raise AssertionError(fact)
    tasks = dict(state.tasks)
    del tasks[fact.task_id]
    state = drop_leases(replace(state, tasks=tasks), fact.task_id)
    told = "task_cancelled" if isinstance(fact, f.TaskCancelled) else ""
    return state if old.picker is None else free_picker(state, old.picker, fact.task_id, told)


def _task_recalled(state: State, fact: f.TaskRecalled) -> State:
    return with_task(state, replace(stepped(state.tasks[fact.task_id], fact), cancelling=fact.mode))


def _task_prioritised(state: State, fact: f.TaskPrioritised) -> State:
    record = state.tasks[fact.task_id]
    task = replace(record.task, priority=fact.priority, due_at=fact.due_at or record.task.due_at)
    return with_task(state, replace(record, task=task))


def _task_reassigned(state: State, fact: f.TaskReassigned) -> State:
    record = state.tasks[fact.task_id]
    return with_task(state, replace(record, task=replace(record.task, picker=fact.picker)))


def _cancel_begun(state: State, fact: f.CancelBegun) -> State:
    return with_task(state, replace(state.tasks[fact.task_id], cancelling=fact.mode))


def _cancel_remembered(state: State, fact: f.CancelRemembered) -> State:
    early = {**state.early_cancels, fact.task_id: EarlyCancel(fact.mode, fact.until)}
    return replace(state, early_cancels=early)


def _cancel_forgotten(state: State, fact: f.CancelForgotten) -> State:
    return replace(state, early_cancels=without(state.early_cancels, fact.task_id))


# --- lines --------------------------------------------------------------------------------------------------------


def _line_activated(state: State, fact: f.LineActivated) -> State:
    state = step_line(state, fact, picker=fact.picker, lit_at=fact.at)
    state = with_lease(state, fact, Lease(fact.picker, fact.task_id, fact.line_id, fact.token, fact.steady))
    return replace(state, showings=state.showings + 1)


def _line_released(state: State, fact: f.LineReleased) -> State:
    skips = state.tasks[fact.task_id].lines[fact.line_id].skips + (fact.why == "SKIPPED")
    state = step_line(state, fact, picker=None, skips=skips)
    talk = state.talk_of(fact.picker).dialogue
    if talk.focus[:2] == (fact.task_id, fact.line_id):
        state = talk_anew(state, fact.picker, announced=talk.announced, aisle=talk.aisle)
    return drop_leases(state, fact.task_id, fact.line_id)


def _line_done(state: State, fact: f.LineConfirmed | f.LineShorted) -> State:
    reason = fact.reason if isinstance(fact, f.LineShorted) else None
    location = state.tasks[fact.task_id].lines[fact.line_id].line.location
    state = step_line(state, fact, picker=fact.picker, picked=fact.picked, reason=reason)
    state = drop_leases(state, fact.task_id, fact.line_id, fact.steady)
    last = LastPick(fact.task_id, fact.line_id, location, fact.steady)
    state = talk_anew(state, fact.picker, announced=fact.task_id)
    return with_picker(state, fact.picker, place=location, seen=fact.steady, last=last)


def _pick_undone(state: State, fact: f.PickUndone) -> State:
    record = state.tasks[fact.task_id]
    if record.state is TaskState.PICKED:
        state = with_task(state, stepped(record, fact))
    state = step_line(state, fact, picker=None, picked=NOTHING, reason=None)
    state = talk_anew(state, fact.picker, announced=fact.task_id)
    return with_picker(state, fact.picker, last=None)


def _line_cancelled(state: State, fact: f.LineCancelled) -> State:
    return drop_leases(step_line(state, fact, picker=None), fact.task_id, fact.line_id)


def _line_recalled(state: State, fact: f.LineRecalled) -> State:
    state = step_line(state, fact)
    state = with_lease(state, fact, Lease(fact.picker, fact.task_id, fact.line_id, fact.token, fact.steady))
    return replace(state, showings=state.showings + 1)


def _line_returned(state: State, fact: f.LineReturned) -> State:
    return drop_leases(step_line(state, fact, picked=NOTHING), fact.task_id, fact.line_id)


def _lease_passed(state: State, fact: f.LeasePassed) -> State:
    first, second, *others = state.leases[fact.location]
    queue = (replace(second, since=fact.steady), *others, first)
    return replace(state, leases={**state.leases, fact.location: queue})


# --- pickers and the station --------------------------------------------------------------------------------------


def _picker_signed_on(state: State, fact: f.PickerSignedOn) -> State:
    record = PickerRecord(picker_id=fact.picker, zones=fact.zones, seen=fact.steady)
    state = talk_anew(state, fact.picker)
    return replace(state, pickers={**state.pickers, fact.picker: record})


def _picker_signed_off(state: State, fact: f.PickerSignedOff) -> State:
    state = talk_anew(state, fact.picker)
    if fact.picker in state.talks:
        state = with_talk(state, fact.picker, asleep=False)
    return replace(state, pickers=without(state.pickers, fact.picker))


def _paused(state: State, fact: f.Paused) -> State:
    return replace(state, paused=state.paused | {fact.scope})


def _resumed(state: State, fact: f.Resumed) -> State:
    return replace(state, paused=state.paused - {fact.scope})


def _location_shown(state: State, fact: f.LocationShown) -> State:
    return replace(state, shown={**state.shown, fact.location: fact.until})


def _location_hidden(state: State, fact: f.LocationHidden) -> State:
    return replace(state, shown=without(state.shown, fact.location))


def _location_down(state: State, fact: f.LocationDown) -> State:
    return replace(state, down={**state.down, fact.location: Down(fact.module, fact.fault)})


def _location_up(state: State, fact: f.LocationUp) -> State:
    return replace(state, down=without(state.down, fact.location))


_FOLDS: dict[type[f.Fact], Callable[[State, Any], State]] = {
    f.TaskAccepted: _task_accepted,
    f.TaskRevised: _task_revised,
    f.TaskStarted: _task_started,
    f.TaskSuspended: _task_suspended,
    f.TaskPicked: _task_picked,
    f.TaskCompleted: _task_ended,
    f.TaskCancelled: _task_ended,
    f.TaskReturned: _task_ended,
    f.TaskExpired: _task_ended,
    f.TaskRecalled: _task_recalled,
    f.TaskPrioritised: _task_prioritised,
    f.TaskReassigned: _task_reassigned,
    f.CancelBegun: _cancel_begun,
    f.CancelRemembered: _cancel_remembered,
    f.CancelForgotten: _cancel_forgotten,
    f.LineActivated: _line_activated,
    f.LineReleased: _line_released,
    f.LineConfirmed: _line_done,
    f.LineShorted: _line_done,
    f.PickUndone: _pick_undone,
    f.LineCancelled: _line_cancelled,
    f.LineRecalled: _line_recalled,
    f.LineReturned: _line_returned,
    f.LeasePassed: _lease_passed,
    f.PickerSignedOn: _picker_signed_on,
    f.PickerSignedOff: _picker_signed_off,
    f.Paused: _paused,
    f.Resumed: _resumed,
    f.LocationShown: _location_shown,
    f.LocationHidden: _location_hidden,
    f.LocationDown: _location_down,
    f.LocationUp: _location_up,
    **TALK_FOLDS,
}
