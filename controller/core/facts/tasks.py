"""Facts about whole tasks.

In: `station.decide`. Out: accepted, revised, rejected, started … until completed, cancelled, returned or expired.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from controller.core.facts.base import Fact
from controller.core.model import CancelMode, Fault, LineState, RefusalClass, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAccepted(Fact):
    task: Task
    digest: str
    queue_pos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRevised(Fact):
    """A higher revision replaced the open lines. Done lines stay; lines it leaves out are gone."""

    task: Task
    digest: str
    queue_pos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRejected(Fact):
    """A task or command was refused. For what could not be read, `task_id` is None and the last three fields say of
    what.
    """

    task_id: str | None
    revision: int | None
    digest: str
    refusal: RefusalClass
    faults: tuple[Fault, ...]
    retry_after_s: int | None = None
    topic: str = ""
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Fact):
    """A picker took it (again, where it had been suspended)."""

    task_id: str
    picker: str
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSuspended(Fact):
    """Its picker left it; the picked part is kept. `why`: SIGNED_OFF, IDLE, REASSIGNED, PAUSED."""

    task_id: str
    picker: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPicked(Fact):
    """Every line is done; it waits to be handed over."""

    task_id: str
    picker: str
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """How one line ended, for summaries. `picked` is what is (or was) in the tote."""

    line_id: str
    state: LineState
    qty: Decimal
    picked: Decimal
    return_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Fact):
    """Handed over; nothing in it can change any more."""

    task_id: str
    revision: int
    digest: str
    lines: tuple[LineResult, ...]
    containers: tuple[str, ...]
    pickers: tuple[str, ...]
    started_at: int
    work_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCancelled(Fact):
    """Cancelled by the host and over. What is in the tote stays there (`finish_line`), or nothing is."""

    task_id: str
    revision: int
    digest: str
    mode: CancelMode
    lines: tuple[LineResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecalled(Fact):
    """Cancelled by the host with goods in the tote: they go back to their bins, then `TaskReturned` ends it."""

    task_id: str
    revision: int
    digest: str
    mode: CancelMode
    lines: tuple[LineResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesCancelled(Fact):
    """Some lines of a task that goes on were cancelled: the answer to the host, listing just those."""

    task_id: str
    revision: int
    mode: CancelMode
    lines: tuple[LineResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelBegun(Fact):
    """The task ends as soon as the lines now being picked are done (`finish_line`)."""

    task_id: str
    mode: CancelMode


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReturned(Fact):
    """Everything of a cancelled task is back in its bins."""

    task_id: str
    revision: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskExpired(Fact):
    task_id: str
    revision: int
    digest: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPrioritised(Fact):
    task_id: str
    priority: int
    due_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReassigned(Fact):
    """From now on only `picker` may take it (None: anybody)."""

    task_id: str
    picker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRemembered(Fact):
    """A cancel came before its task."""

    task_id: str
    mode: CancelMode
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelForgotten(Fact):
    """Its time ran out, or its task came."""

    task_id: str
