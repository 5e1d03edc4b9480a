"""The nouns: what a site is, what a WMS asks for, what a lamp can show.

In: nothing. Out: frozen dataclasses and enums that every other file of the core speaks in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from controller.core.places import Location

# --- time ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on two clocks.

    `steady`: milliseconds since 1970 that never step (wall clock at process start plus monotonic time): all timers.
    `wall`: milliseconds since 1970 UTC as the system clock says now: all stamps.
    `synced`: whether the kernel calls the wall clock synchronised; nothing expires while it is not.
    """

    steady: int
    wall: int
    synced: bool = True


# --- the site (configuration) -------------------------------------------------------------------------------------


class Colour(str, Enum):
    """What a module can show; the order is the wire's (docs/BUS_PROTOCOL.md section 3.3)."""

    OFF = "off"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    MAGENTA = "magenta"
    CYAN = "cyan"
    WHITE = "white"
    AMBER = "amber"


class Pattern(str, Enum):
    """How it shows it; none flashes more than three times a second."""

    STEADY = "steady"
    BLINK = "blink"
    DOUBLE = "double"
    PULSE = "pulse"
    DIM = "dim"


@dataclass(frozen=True, slots=True)
class PickerProfile:
    """A picker as configured: colour, pattern and letter tell him from the others also without colour vision.

    `home`: the location whose module signs him on and takes his hand-over; None = he is signed on by the WMS.
    `voice`: he has a headset; `scanner`: a barcode scanner.
    """

    picker_id: str
    colour: Colour
    pattern: Pattern
    letter: str
    zones: tuple[str, ...]
    home: str | None = None
    signed_on: bool = False
    voice: bool = False
    scanner: bool = False


class ShortReason(str, Enum):
    """Why less than asked was taken (CONTRACT section 1.6)."""

    EMPTY = "EMPTY"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"
    BLOCKED = "BLOCKED"
    EXPIRED_LOT = "EXPIRED_LOT"
    QTY_MISMATCH = "QTY_MISMATCH"
    NOT_FOUND = "NOT_FOUND"
    OVERSIZE = "OVERSIZE"
    PICKER_ABORT = "PICKER_ABORT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Policy:
    """How this site picks. All times in milliseconds."""

    lines_lit: int = 1
    """Lines of one picker lit at the same time, 1–20."""
    over_pick: bool = False
    """Whether a line without its own `qty_max` may be picked above its quantity (by up to 255)."""
    short_reason: ShortReason = ShortReason.QTY_MISMATCH
    """Reason of a short that was made without naming one."""
    hand_over_after_ms: int = 10_000
    """A picked task is handed over by itself this long after its last confirmation; undo ends then."""
    idle_release_ms: int = 900_000
    """A picker without any sign of life this long is signed off and his lines go back to the pool."""
    lease_ms: int = 120_000
    """Someone waiting for a bin gets it after this long without a press by its owner, or a word of his about it."""
    max_open_tasks: int = 2_000
    max_lines: int = 200
    early_cancel_ms: int = 86_400_000
    """How long a cancel for an unknown task waits for it."""
    rejects_before_hint: int = 3
    """Unusable phrases in one turn before a hint what may be said; after twice as many the ear is locked."""
    walk_ms_per_unit: int = 10
    """The least time one step of the walking order takes: faster than anybody walks, so that nobody is accused."""
    digits_grace_ms: int = 86_400_000
    """How long the old check digits of a place count as well after they changed."""
    count_all: bool = False
    """Whether the quantity of every line has to be said, not only of critical goods."""
    early_proof: str = "note"
    """Check digits sooner than one can be there: `note` records it, `refuse` asks for them again."""


@dataclass(frozen=True, slots=True)
class Site:
    """The configured world; it never changes while the process runs."""

    site_id: str
    controller_id: str
    locations: Mapping[str, Location]
    pickers: Mapping[str, PickerProfile]
    zones: frozenset[str]
    policy: Policy = field(default_factory=Policy)
    capabilities: frozenset[str] = frozenset({"light"})
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Locations of other controllers, where a site map is configured: location -> controller."""


# --- work ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece by its serial number (and lot, where known), or a lot: expected by the host, or captured."""

    lot: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as the WMS asked for it. 0 < qty <= 999999, at most three decimals."""

    line_id: str
    seq: int
    location: str
    sku: str
    qty: Decimal
    qty_max: Decimal | None = None
    text: str = ""
    uom: str = "EA"
    check_digits: str = ""
    scan: str = "none"
    lot: str = "none"
    serials: str = "none"
    criticality: str = "normal"
    handling: tuple[str, ...] = ()
    owner: str | None = None
    container: str | None = None
    slot: str | None = None
    items: tuple[Item, ...] = ()
    """What the host expects to be found here, where lot or serials are to be captured; empty = it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A document of the WMS that a task belongs to, echoed back."""

    type: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One revision of a task, as the WMS asked for it. Stamps are wall milliseconds; priority 0–100, higher first."""

    task_id: str
    revision: int
    lines: tuple[Line, ...]
    mode: str = "pick"
    priority: int = 50
    due_at: int | None = None
    issued_at: int | None = None
    expires_at: int | None = None
    zone: str | None = None
    picker: str | None = None
    refs: tuple[Ref, ...] = ()


class LineState(str, Enum):
    OPEN = "open"
    """Waiting to be picked."""
    ACTIVE = "active"
    """A picker is on it: lit, or next in line for its bin."""
    CONFIRMED = "confirmed"
    """The whole quantity is in the tote."""
    SHORT = "short"
    """Less than the quantity is in the tote and no more will be."""
    CANCELLED = "cancelled"
    """Not wanted any more; what had been picked is listed for return."""
    PUT_BACK = "put_back"
    """Cancelled after it was picked: its lamp asks to put the goods back."""


class TaskState(str, Enum):
    ACCEPTED = "accepted"
    """In the queue, nothing done yet."""
    STARTED = "started"
    """A picker is on it."""
    SUSPENDED = "suspended"
    """Begun, but without a picker: back in the queue."""
    PICKED = "picked"
    """Every line is done, not yet handed over: the last confirmation can be undone."""
    PUTTING_BACK = "putting_back"
    """Cancelled with goods in the tote; ends when they are back."""
    COMPLETED = "completed"
    """Handed over."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TERMINAL = frozenset({TaskState.COMPLETED, TaskState.CANCELLED, TaskState.EXPIRED})
DONE_LINE = frozenset({LineState.CONFIRMED, LineState.SHORT, LineState.CANCELLED})


class CancelMode(str, Enum):
    IF_NOT_STARTED = "if_not_started"
    FINISH_LINE = "finish_line"
    NOW = "now"


class RefusalClass(str, Enum):
    """What the sender can do about a refusal: mend the message, send it later, or let it be."""

    FIX = "FIX"
    RETRY = "RETRY"
    DROP = "DROP"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a message. `path` is a JSON path, `ref` the id it is about."""

    code: str
    path: str
    detail: str
    ref: str | None = None


# --- guidance -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Light:
    """What one location shows, absolute. `quantity` None = nothing can be confirmed there, a press is unexpected.

    `text` is at most 4 ASCII characters; `token` (1–255, 0 = none) comes back with every key pressed under this
    picture.
    `over`: how far plus may go above `quantity`; `adjustable`: whether plus and minus work at all.
    """

    colour: Colour
    pattern: Pattern
    text: str = ""
    quantity: int | None = None
    adjustable: bool = False
    over: int = 0
    token: int = 0


class Key(str, Enum):
    """What a picker can say with a module's keys."""

    CONFIRM = "confirm"
    SHORT = "short"
    SKIP = "skip"
    UNDO = "undo"
    UNLIT = "unlit"
    """The confirm key where nothing was to be confirmed."""
