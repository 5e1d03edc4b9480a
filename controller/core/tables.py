"""The state machines, as tables. A missing entry is an illegal transition. The pictures in docs/STATES.md come from
here.

In: nothing. Out: `LINE` and `TASK`, each `{state: {kind of fact: next state}}`, and `advance` to look one up.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from controller.core import facts as f
from controller.core.errors import IllegalTransitionError
from controller.core.model import LineState as L
from controller.core.model import TaskState as T

S = TypeVar("S", bound=Enum)
Table = dict[S, dict[type[f.Fact], S]]

LINE: Table[L] = {
    L.OPEN: {f.LineActivated: L.ACTIVE, f.LineCancelled: L.CANCELLED},
    L.ACTIVE: {
        f.LineActivated: L.ACTIVE,
        f.LineReleased: L.OPEN,
        f.LineConfirmed: L.CONFIRMED,
        f.LineShorted: L.SHORT,
        f.LineCancelled: L.CANCELLED,
    },
    L.CONFIRMED: {f.PickUndone: L.OPEN, f.LineRecalled: L.PUT_BACK, f.LineCancelled: L.CANCELLED},
    L.SHORT: {f.PickUndone: L.OPEN, f.LineRecalled: L.PUT_BACK, f.LineCancelled: L.CANCELLED},
    L.PUT_BACK: {f.LineReturned: L.CANCELLED},
    L.CANCELLED: {},
}

TASK: Table[T] = {
    T.ACCEPTED: {
        f.TaskRevised: T.ACCEPTED,
        f.TaskStarted: T.STARTED,
        f.TaskCancelled: T.CANCELLED,
        f.TaskExpired: T.EXPIRED,
    },
    T.STARTED: {
        f.TaskRevised: T.STARTED,
        f.TaskSuspended: T.SUSPENDED,
        f.TaskPicked: T.PICKED,
        f.TaskCancelled: T.CANCELLED,
        f.TaskRecalled: T.PUTTING_BACK,
    },
    T.SUSPENDED: {
        f.TaskRevised: T.SUSPENDED,
        f.TaskStarted: T.STARTED,
        f.TaskCancelled: T.CANCELLED,
        f.TaskRecalled: T.PUTTING_BACK,
    },
    T.PICKED: {
        f.TaskRevised: T.STARTED,
        f.PickUndone: T.STARTED,
        f.TaskSuspended: T.SUSPENDED,
        f.TaskCompleted: T.COMPLETED,
        f.TaskCancelled: T.CANCELLED,
        f.TaskRecalled: T.PUTTING_BACK,
    },
    T.PUTTING_BACK: {f.TaskReturned: T.CANCELLED},
    T.COMPLETED: {},
    T.CANCELLED: {},
    T.EXPIRED: {},
}


def advance(table: Table[S], state: S, fact: f.Fact, subject: str) -> S:
    """The state after `fact`. Raises IllegalTransitionError naming the subject, where the table has no entry."""
    following = table[state].get(type(fact))
    if following is None:
        raise IllegalTransitionError(subject, str(state.value), type(fact).__name__)
    return following
