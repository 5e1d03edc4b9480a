"""What the station has decided, in the past tense: the journal holds these and nothing else is remembered.

In: `station.decide` makes them. Out: `state.evolve` folds them; `wms.events` shows some of them to the WMS.
Fields may be added with a default, never renamed or removed: old journals are read by new versions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from controller.core.model import CancelMode, Fault, LineState, RefusalClass, ShortReason, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`at`: wall milliseconds; `cause`: the input it follows from."""

    at: int
    cause: str


# --- tasks --------------------------------------------------------------------------------------------------------


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


# --- lines --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LineActivated(Fact):
    """It is this picker's turn to pick it; its bin lights up unless someone else holds the bin."""

    task_id: str
    line_id: str
    picker: str
    location: str
    token: int
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReleased(Fact):
    """Not picked now: back to open. `why`: SKIPPED, UNDO, MODULE_DOWN, and the reasons of TaskSuspended."""

    task_id: str
    line_id: str
    picker: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfirmed(Fact):
    """`picked` is in the tote: the whole quantity, or more where the line allows it."""

    task_id: str
    line_id: str
    picker: str
    picked: Decimal
    lit_at: int
    confirmed_by: tuple[str, ...] = ("button",)
    steady: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShorted(Fact):
    """`picked` (0 ≤ picked < quantity) is in the tote and no more will come."""

    task_id: str
    line_id: str
    picker: str
    picked: Decimal
    reason: ShortReason
    lit_at: int
    note: str | None = None
    confirmed_by: tuple[str, ...] = ("button",)
    steady: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUndone(Fact):
    """The last confirmation of a picker was taken back; the line is open again."""

    task_id: str
    line_id: str
    picker: str
    was: LineState
    picked: Decimal
    """What had been booked and now is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCancelled(Fact):
    """Not wanted any more, and nothing of it is in the tote."""

    task_id: str
    line_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecalled(Fact):
    """Cancelled after `picked` of it went into the tote: its lamp asks to put that back."""

    task_id: str
    line_id: str
    picker: str
    picked: Decimal
    location: str
    token: int
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReturned(Fact):
    """The goods of a cancelled line are back in the bin."""

    task_id: str
    line_id: str
    picked: Decimal
    picker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasePassed(Fact):
    """The owner of a bin did nothing for too long while another waits: he goes to the end of the queue."""

    location: str
    picker: str
    steady: int


# --- pickers and the station --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerSignedOn(Fact):
    picker: str
    zones: tuple[str, ...]
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerSignedOff(Fact):
    """`why`: REQUESTED or IDLE."""

    picker: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Fact):
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationShown(Fact):
    """A location is pointed out until `until` (steady milliseconds)."""

    location: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationHidden(Fact):
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationDown(Fact):
    """Its module cannot be used."""

    location: str
    module: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationUp(Fact):
    location: str
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPress(Fact):
    """A press that books nothing. `why`: UNLIT, STALE (another picture showed), LATE (already done), OUT_OF_LIMITS,
    REFUSED.
    """

    location: str
    why: str
    picker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDone(Fact):
    """A command of the host was carried out (or had nothing to do). `note` says what there is to say."""

    command: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Fact):
    command: str
    refusal: RefusalClass
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamForked(Fact):
    """The event stream began anew: the WMS had seen up to `acked` of stream `old`, this station only had `head`."""

    old: str
    head: int
    acked: int


def fact_types() -> dict[str, type[Fact]]:
    """Every kind of fact by its name, as the journal stores it."""
    return {kind.__name__: kind for kind in Fact.__subclasses__()}
