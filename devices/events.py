"""What modules and buses report.

In: nothing. Out: frozen events, past tense. `module` is the id that the driver was given for it, such as "A-017".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONFIRM: Final = "confirm"
SHORT: Final = "short"
SKIP: Final = "skip"
UNDO: Final = "undo"
UNLIT: Final = "unlit"

NO_REPLY: Final = "NO_REPLY"
KEY_HELD: Final = "KEY_HELD"
ADDRESS_CLASH: Final = "ADDRESS_CLASH"
BUS_DOWN: Final = "BUS_DOWN"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key did its work.

    Acknowledge it by (module, boot_id, ev_seq) once it is durable; until then it may come again after a restart of the
    host, never within one run.
    """

    module: str
    boot_id: int
    ev_seq: int
    key: str
    """confirm, short, skip, undo or unlit."""
    reason: str | None
    """Of a short: EMPTY, DAMAGED, WRONG_ITEM, BLOCKED, NOT_FOUND; None where none was given."""
    quantity: int
    token: int
    """Of the picture that was showing when the key went down; 0 = none."""
    age_ms: int
    """How long ago it happened when the driver heard of it; 2550 stands for 2.55 s or more."""


@dataclass(frozen=True, slots=True)
class ModuleFound:
    """The module answers (again). `rebooted`: it has started anew since it was last heard."""

    module: str
    rebooted: bool


@dataclass(frozen=True, slots=True)
class ModuleLost:
    """The module cannot be used now."""

    module: str
    fault: str
    """NO_REPLY, KEY_HELD, ADDRESS_CLASH or BUS_DOWN."""


@dataclass(frozen=True, slots=True)
class BusDown:
    """The port is gone; it is re-opened with growing pauses."""

    bus: str
    why: str


@dataclass(frozen=True, slots=True)
class BusUp:
    """The port is open; all pictures are being sent."""

    bus: str


DeviceEvent = KeyPressed | ModuleFound | ModuleLost | BusDown | BusUp
