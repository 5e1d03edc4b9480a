"""What a link reports, by address, and how the records on the wire become it.

In: one `Record`. Out: `LinkKey`, `LinkFound` or `LinkLost`; plain frozen dataclasses, cheap to send to another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.bus.frames import Record
from devices.events import ADDRESS_CLASH as ADDRESS_CLASH_FAULT
from devices.events import KEY_HELD as KEY_HELD_FAULT

HELLO, GAP, KEY_IS_HELD, KEY_FREED, OVERFLOW = 0x8, 0x9, 0xA, 0xB, 0xC
KEY_KINDS: Final = {1: "confirm", 2: "short", 3: "skip", 4: "undo", 5: "unlit"}
REASONS: Final = (None, "EMPTY", "DAMAGED", "WRONG_ITEM", "BLOCKED", "NOT_FOUND")
SHORT_KIND: Final = 2


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A key event, to be acknowledged."""

    addr: int
    boot_id: int
    ev_seq: int
    key: str
    reason: str | None
    quantity: int
    token: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class LinkFound:
    addr: int
    rebooted: bool


@dataclass(frozen=True, slots=True)
class LinkLost:
    addr: int
    fault: str


LinkEvent = LinkKey | LinkFound | LinkLost


def key_event(addr: int, boot_id: int, r: Record) -> LinkKey:
    """A key record as an event; an unknown reason of a short is none given."""
    reason = REASONS[r.detail] if r.kind == SHORT_KIND and r.detail < len(REASONS) else None
    return LinkKey(addr, boot_id, r.ev_seq, KEY_KINDS[r.kind], reason, r.value, r.token, r.age * 10)


__all__ = [
    "ADDRESS_CLASH_FAULT", "GAP", "HELLO", "KEY_FREED", "KEY_HELD_FAULT", "KEY_IS_HELD", "KEY_KINDS", "OVERFLOW",
    "LinkEvent", "LinkFound", "LinkKey", "LinkLost", "key_event",
]  # fmt: skip
