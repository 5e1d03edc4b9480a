"""Facts about lines and the bins they are picked from.

In: `station.decide`. Out: activated, released, confirmed, shorted, undone, cancelled, recalled, returned, passed on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from controller.core.facts.base import Fact
from controller.core.model import Item, LineState, ShortReason


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
    """`picked` is in the tote: the whole quantity, or more where the line allows it.

    `confirmed_by`: the channel that confirmed it (button, voice, scan), then what else proved the place or item:
    check_digits, scan, button; `override` = the picker said that it could not be proven.
    """

    task_id: str
    line_id: str
    picker: str
    picked: Decimal
    lit_at: int
    confirmed_by: tuple[str, ...] = ("button",)
    steady: int = 0
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShorted(Fact):
    """`picked` (0 ≤ picked < quantity) is in the tote and no more will come. `confirmed_by` as in LineConfirmed."""

    task_id: str
    line_id: str
    picker: str
    picked: Decimal
    reason: ShortReason
    lit_at: int
    note: str | None = None
    confirmed_by: tuple[str, ...] = ("button",)
    steady: int = 0
    items: tuple[Item, ...] = ()


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
