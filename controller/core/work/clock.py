"""What time alone brings.

In: a draft at some moment. Out: expiries, forgotten cancels, lamps pointed out long enough, idle pickers signed off,
bins
passed on. `due` says when to ask again.
"""

from __future__ import annotations

from collections.abc import Iterator

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.model import LineState, Site, TaskState
from controller.core.state import Lease, State
from controller.core.work.people import sign_off
from controller.core.work.phrases.headsets import expire_messages


def tick(draft: Draft) -> None:
    """Everything that has fallen due."""
    if draft.now.synced:
        _expire(draft)
        expire_messages(draft)
    _forget_cancels(draft)
    _hide_shown(draft)
    _sign_off_idle(draft)
    _pass_leases(draft)


def due(state: State, site: Site) -> int | None:
    """The steady millisecond at which the next thing that pickers can see falls due, or None."""
    return min(_due_times(state, site), default=None)


def _due_times(state: State, site: Site) -> Iterator[int]:
    yield from state.shown.values()
    for picker in state.pickers.values():
        if picker.task_id is not None and state.tasks[picker.task_id].state is TaskState.PICKED:
            yield state.tasks[picker.task_id].rested_at + site.policy.hand_over_after_ms
    for queue in state.leases.values():
        if _contested(queue[0].picker, [x.picker for x in queue]):
            yield _held_since(state, queue[0]) + site.policy.lease_ms


def _expire(draft: Draft) -> None:
    for task_id, record in tuple(draft.state.tasks.items()):
        end = record.task.expires_at
        if record.state is TaskState.ACCEPTED and end is not None and end <= draft.now.wall:
            draft.add(
                f.TaskExpired,
                task_id=task_id,
                revision=record.task.revision,
                digest=record.digest,
                expires_at=end,
            )


def _forget_cancels(draft: Draft) -> None:
    for task_id, early in tuple(draft.state.early_cancels.items()):
        if early.until <= draft.now.wall:
            draft.add(f.CancelForgotten, task_id=task_id)


def _hide_shown(draft: Draft) -> None:
    for location, until in tuple(draft.state.shown.items()):
        if until <= draft.now.steady:
            draft.add(f.LocationHidden, location=location)


def _sign_off_idle(draft: Draft) -> None:
    """Nothing is completed for somebody who has gone: his lines go back to the queue with what was picked."""
    latest = draft.now.steady - draft.site.policy.idle_release_ms
    for picker_id, picker in tuple(draft.state.pickers.items()):
        if picker.task_id is not None and picker.seen <= latest and not draft.state.is_paused(picker):
            sign_off(draft, picker_id, "IDLE")


def _pass_leases(draft: Draft) -> None:
    latest = draft.now.steady - draft.site.policy.lease_ms
    for location, queue in tuple(draft.state.leases.items()):
        first = queue[0]
        line = draft.state.tasks[first.task_id].lines[first.line_id]
        waiting = _contested(first.picker, [x.picker for x in queue])
        if waiting and _held_since(draft.state, first) <= latest and line.state is LineState.ACTIVE:
            draft.add(f.LeasePassed, location=location, picker=first.picker, steady=draft.now.steady)


def _held_since(state: State, lease: Lease) -> int:
    """Since when its owner has done nothing about this bin: neither pressed, nor spoken of what he does there."""
    talk, picker = state.talk_of(lease.picker).dialogue, state.pickers.get(lease.picker)
    at_it = talk.there and talk.focus[:2] == (lease.task_id, lease.line_id)
    return max(lease.since, picker.seen) if at_it and picker is not None else lease.since


def _contested(owner: str, queue: list[str]) -> bool:
    return any(picker != owner for picker in queue)
