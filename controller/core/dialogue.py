"""What is remembered of the talk with one picker: as little as cannot be read off tasks, lines and lamps.

In: nothing. Out: frozen dataclasses for the state and for facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from controller.core.model import Item, ShortReason

Focus = tuple[str, str, str]
"""What is talked about: task, line, location. Without a line the last two are empty, without a task all three."""
NOWHERE: Focus = ("", "", "")


class Ask(str, Enum):
    """A question that stands before the work: it is answered or withdrawn before anything else goes on."""

    NOTHING = "nothing"
    SHORT_QUANTITY = "short_quantity"
    SHORT_REASON = "short_reason"
    SHORT_SURE = "short_sure"
    UNDO_SURE = "undo_sure"
    SIGN_OUT_SURE = "sign_out_sure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """How far the talk about one focus is. It holds for this focus only: whatever moves the focus makes it void.

    `announced`: the task whose start was told; `aisle`: where he said he is, None = read it off his last pick.
    """

    announced: str | None = None
    aisle: str | None = None
    focus: Focus = NOWHERE
    token: int = 0
    """Of the showing that was talked about; another one means that the line was changed meanwhile."""
    there: bool = False
    """He is at the place, proven or not."""
    proofs: tuple[str, ...] = ()
    """What shows that it is the right place and item: check_digits, scan:location, scan:item, button, override."""
    counted: Decimal = Decimal(0)
    """So much he says he has."""
    settled: bool = False
    """`counted` is final; only lots and serial numbers may be missing."""
    short: Decimal | None = None
    """So many are to be booked as a short, once he says yes; `reason`: why."""
    reason: ShortReason | None = None
    items: tuple[Item, ...] = ()
    length: int = 0
    """How many last digits are asked for now; 0 = as many as usual."""
    attempts: int = 0
    """Answers in a row that did not fit."""
    ask: Ask = Ask.NOTHING
    told: str = ""
    """Key of what is to be said first (or instead), and in `said` the value it takes."""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message for a picker. `until`: wall ms; `after`: the turn in which it came, which it may not interrupt."""

    text: str
    until: int
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRecord:
    """One picker's headset. `steps` counts what was answered and decided, so that no two turns are alike.

    `volume` and `rate`: -5…5; `lost`: why the headset cannot be used.
    """

    dialogue: Dialogue = field(default_factory=Dialogue)
    steps: int = 0
    rejects: int = 0
    rejects_in: str = ""
    """The turn in which they were counted."""
    asleep: bool = False
    volume: int = 0
    rate: int = 0
    messages: tuple[Waiting, ...] = ()
    lost: str | None = None
