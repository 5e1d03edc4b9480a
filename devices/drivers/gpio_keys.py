"""One push button per module: what a press means, and the events kept until they are durable.

In: the button going down and up, acknowledgements, the time (s). Out: events to emit, whether the button is stuck.

A short press confirms (or is 'unlit'), one of 1.5 s and more is an undo; so it counts when the button is released.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.events import CONFIRM, UNDO, UNLIT, KeyPressed
from devices.model import Picture

UNDO_AFTER: Final = 1.5  # s
STUCK_AFTER: Final = 5.0  # s
CONFIRM_PAUSE: Final = 0.3  # s after a confirm in which the button is ignored: a nervous second press
KEPT: Final = 16  # events per module, as in our bus modules; the oldest are never dropped
REPEAT_EVERY: Final = 2.0  # s between emissions of an event that nobody acknowledged


@dataclass(slots=True)
class ButtonState:
    """One module's button."""

    module: str
    boot_id: int
    next_seq: int = 1
    down_at: float | None = None
    down_picture: Picture | None = None
    stuck: bool = False
    deaf_until: float = 0.0
    refused: int = 0
    kept: dict[int, tuple[KeyPressed, float]] = field(default_factory=dict)  # ev_seq: event, when it happened
    emit_at: float = 0.0

    def down(self, picture: Picture, now: float) -> None:
        if now >= self.deaf_until:
            self.down_at, self.down_picture = now, picture

    def up(self, now: float) -> bool:
        """True if a stuck button came free; otherwise the press may have made an event."""
        began, picture, was_stuck = self.down_at, self.down_picture, self.stuck
        self.down_at, self.down_picture, self.stuck = None, None, False
        if began is not None and picture is not None and not was_stuck and now - began < STUCK_AFTER:
            self._count(began, picture, now)
        return was_stuck

    def is_newly_stuck(self, now: float) -> bool:
        if self.stuck or self.down_at is None or now - self.down_at < STUCK_AFTER:
            return False
        self.stuck = True
        return True

    def due(self, now: float) -> list[KeyPressed]:
        """Events to emit now: new ones, and all again every two seconds until they are acknowledged."""
        if not self.kept or now < self.emit_at:
            return []
        self.emit_at = now + REPEAT_EVERY
        return [aged(event, now - at) for event, at in self.kept.values()]

    def acknowledge(self, boot_id: int, ev_seq: int) -> None:
        if boot_id == self.boot_id:
            self.kept.pop(ev_seq, None)

    def _count(self, began: float, picture: Picture, now: float) -> None:
        if len(self.kept) >= KEPT:
            self.refused += 1
            return
        key = UNDO if now - began >= UNDO_AFTER else CONFIRM if picture.confirmable else UNLIT
        if key == CONFIRM:
            self.deaf_until = now + CONFIRM_PAUSE
        seq, self.next_seq = self.next_seq, self.next_seq % 255 + 1
        quantity = picture.quantity if key == CONFIRM else 0
        self.kept[seq] = KeyPressed(self.module, self.boot_id, seq, key, None, quantity, picture.token, 0), now
        self.emit_at = now


def aged(event: KeyPressed, seconds: float) -> KeyPressed:
    """The event with its age at this emission."""
    age = min(int(seconds * 1000), 2550)
    return KeyPressed(
        event.module, event.boot_id, event.ev_seq, event.key, event.reason, event.quantity, event.token, age
    )


def fresh_boot_id(random16: int, cursors: Mapping[str, tuple[int, int]]) -> int:
    """A boot_id 1…65535 that no cursor of an earlier run has."""
    used = {boot for boot, _ in cursors.values()}
    candidates = ((random16 + step) % 65535 + 1 for step in range(65535))
    return next(boot for boot in candidates if boot not in used)
