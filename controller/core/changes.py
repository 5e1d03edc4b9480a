"""Small changes of a state, each giving a new one: the words that `evolve` is written in.

In: a state and what changes. Out: a new state; the old one is untouched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from controller.core import facts as f
from controller.core.dialogue import Dialogue
from controller.core.model import LineState
from controller.core.state import Lease, State, TaskRecord
from controller.core.tables import LINE, TASK, advance


def without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in mapping.items() if k != key}


def stepped(record: TaskRecord, fact: f.Fact) -> TaskRecord:
    return replace(record, state=advance(TASK, record.state, fact, record.task.task_id))


def with_task(state: State, record: TaskRecord) -> State:
    return replace(state, tasks={**state.tasks, record.task.task_id: record})


def with_picker(state: State, picker_id: str, **changes: Any) -> State:
    """Changes of a picker's record; somebody signed off meanwhile is left alone."""
    record = state.pickers.get(picker_id)
    if record is None:
        return state
    return replace(state, pickers={**state.pickers, picker_id: replace(record, **changes)})


def with_talk(state: State, picker_id: str, **changes: Any) -> State:
    """Changes of what is remembered of the talk with a picker; it begins with them."""
    return replace(state, talks={**state.talks, picker_id: replace(state.talk_of(picker_id), **changes)})


def talk_anew(state: State, picker_id: str, **place: Any) -> State:
    """Something else is to be talked about: a new turn, and nothing of the old one holds. No talk, no change."""
    talk = state.talks.get(picker_id)
    if talk is None:
        return state
    return with_talk(state, picker_id, dialogue=Dialogue(**place), steps=talk.steps + 1)


def free_picker(state: State, picker_id: str, task_id: str, told: str = "") -> State:
    """Takes the task from its picker, unless he has gone and come back to another one meanwhile."""
    record = state.pickers.get(picker_id)
    if record is None or record.task_id != task_id:
        return state
    state = talk_anew(state, picker_id, aisle=state.talk_of(picker_id).dialogue.aisle, told=told)
    return with_picker(state, picker_id, task_id=None, last=None)


def step_line(state: State, fact: Any, **changes: Any) -> State:
    """Moves one line along its table and sets further fields of its record."""
    record = state.tasks[fact.task_id]
    line = record.lines[fact.line_id]
    following = advance(LINE, line.state, fact, f"{fact.task_id}/{fact.line_id}")
    lines = {**record.lines, fact.line_id: replace(line, state=following, **changes)}
    return with_task(state, replace(record, lines=lines))


def with_lease(state: State, fact: f.LineActivated | f.LineRecalled, lease: Lease) -> State:
    """Joins the bin's queue; a line already in it keeps its place under the new token."""
    queue = state.leases.get(fact.location, ())
    held = [n for n, other in enumerate(queue) if (other.task_id, other.line_id) == (fact.task_id, fact.line_id)]
    queue = (*queue[: held[0]], lease, *queue[held[0] + 1 :]) if held else (*queue, lease)
    return replace(state, leases={**state.leases, fact.location: queue})


def drop_leases(state: State, task_id: str, line_id: str | None = None, steady: int | None = None) -> State:
    """Takes a line (or a whole task) out of all queues; who moves up owns the bin from `steady` on."""
    leases = {}
    for location, queue in state.leases.items():
        kept = tuple(x for x in queue if x.task_id != task_id or (line_id is not None and x.line_id != line_id))
        if not kept:
            continue
        if kept[0] is not queue[0] and steady is not None:
            kept = (replace(kept[0], since=steady), *kept[1:])
        leases[location] = kept
    return replace(state, leases=leases)


def prune_leases(state: State, record: TaskRecord) -> State:
    """Drops the claims of lines that a revision took away or moved."""
    task_id = record.task.task_id
    claims = {x.line_id for queue in state.leases.values() for x in queue if x.task_id == task_id}
    for line_id in claims:
        line = record.lines.get(line_id)
        if line is None or line.state not in (LineState.ACTIVE, LineState.PUT_BACK):
            state = drop_leases(state, task_id, line_id)
    return state
