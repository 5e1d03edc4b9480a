"""What every module is to show, against what it is known to show.

In: wanted pictures, state hashes and gaps that modules report, the time. Out: the next SETB or SET to send.

Strategy: a change goes out at once in a broadcast that nobody answers. Whoever missed it says so (GAP), or is found by
its hash (INFO, HELLO), and gets its picture alone, acknowledged. Where the line loses frames, a few changes go out one
by one instead: a broadcast lost by fifty modules would bring fifty answers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from devices.bus.frames import MAX_SETB_RECORDS, Set, SetBatch
from devices.errors import BadPicture
from devices.model import DARK, Colour, Pattern, Picture

REPEATS: Final = 3  # after the first SET; then the module waits for its next sign of life
REPEAT_AFTER: Final = 0.010  # s between a SET and its repetition
REFRESH_AFTER: Final = 0.050  # s for the controller to show something new after a key, before the old is sent again
MISMATCH_PAUSE: Final = 0.25  # s before a module that acknowledged another picture than it was sent is tried again
FEW: Final = 8  # changes that still go out one by one on a line that loses frames

CONFIRMABLE, ADJUSTABLE, BEEP, LETTER = 1, 2, 4, 8


def pack_picture(p: Picture) -> bytes:
    """The ten bytes of a picture on the wire. Raises `BadPicture` for a colour, pattern or token out of range."""
    if not (0 <= p.colour <= Colour.AMBER and 0 <= p.pattern <= Pattern.DIM and 0 <= p.token <= 255):
        raise BadPicture(f"colour 0…{Colour.AMBER}, pattern 0…{Pattern.DIM}, token 0…255, got {p}")
    text = "".join([c if " " <= c <= "~" else "?" for c in p.text[:4]]).ljust(4)
    flags = CONFIRMABLE * p.confirmable | (ADJUSTABLE | LETTER) * p.adjustable | BEEP * p.beep
    quantity = min(max(p.quantity, 0), 0xFFFF)
    head = bytes((p.colour | p.pattern << 4, flags, p.token))
    return head + text.encode("ascii") + quantity.to_bytes(2, "little") + bytes((min(max(p.over, 0), 255),))


def state_hash(packed: bytes) -> int:
    """What a module reports when it shows these ten bytes."""
    return zlib.crc32(packed) & 0xFFFF


DARK_BYTES: Final = pack_picture(DARK)


class Shown:
    """One module's side of the reconciliation."""

    __slots__ = ("gave_up", "refresh_at", "repeat_at", "sends_left", "set_seq", "unsure", "wanted", "wanted_hash")

    def __init__(self) -> None:
        self.wanted = DARK_BYTES
        self.wanted_hash = state_hash(DARK_BYTES)
        self.unsure = True  # not confirmed by a hash since the last change
        self.set_seq = 0  # of the last SET to this module; a new SET never has the SEQ of the one before
        self.sends_left = 0  # SETs still to try; 0 = none under way
        self.gave_up = False  # all SETs unanswered
        self.repeat_at = 0.0
        self.refresh_at: float | None = None


class Pictures:
    """Wanted and reported pictures of one bus."""

    def __init__(self, addresses: Iterable[int]) -> None:
        self.epoch = 0
        self.repairs = 0
        self.refused = 0
        self.lit = 0
        self._shown = {addr: Shown() for addr in addresses}
        self._dirty: dict[int, None] = dict.fromkeys(self._shown)
        self._repair: dict[int, None] = {}
        self._refresh: dict[int, None] = {}

    def want(self, addr: int, packed: bytes) -> None:
        """The picture this module is to show from now on."""
        shown = self._shown[addr]
        if shown.wanted == packed and addr not in self._refresh:
            return
        self.lit += (packed != DARK_BYTES) - (shown.wanted != DARK_BYTES)
        shown.wanted, shown.wanted_hash, shown.unsure = packed, state_hash(packed), True
        self._dirty[addr] = None
        self._end_repair(addr)

    def want_all_again(self) -> None:
        """The line was away: nothing is known any more."""
        self._dirty = dict.fromkeys(self._shown)
        for addr, shown in self._shown.items():
            self._end_repair(addr)
            shown.unsure = True

    def key_used(self, addr: int) -> None:
        """The module shows dots until it is sent a picture."""
        self._shown[addr].refresh_at = float("inf")
        self._refresh[addr] = None

    def key_done(self, addr: int, now: float) -> None:
        """Its event is acknowledged: if no new picture comes soon, the old one is sent again."""
        if addr in self._refresh:
            self._shown[addr].refresh_at = now + REFRESH_AFTER

    def gap(self, addr: int, now: float) -> None:
        """The module missed a broadcast, perhaps one with its picture."""
        if self._shown[addr].unsure:
            self.repair(addr, now)

    def hash_seen(self, addr: int, value: int, now: float) -> None:
        """The module reports what it shows; on a difference it gets its picture again."""
        shown = self._shown[addr]
        if addr in self._dirty:
            return
        if value == shown.wanted_hash:
            shown.unsure = False
            self._end_repair(addr)
        else:
            self.repair(addr, now)

    def repair(self, addr: int, now: float) -> None:
        """Send this module its picture, alone, until it acknowledges or the repeats are used up."""
        if addr in self._dirty or addr in self._repair:
            return
        shown = self._shown[addr]
        shown.set_seq = (shown.set_seq + 1) & 0xFF
        shown.sends_left, shown.repeat_at, shown.gave_up = 1 + REPEATS, now, False
        self._repair[addr] = None
        self.repairs += 1

    def alive(self, addr: int, now: float) -> None:
        """A sign of life; a module that left all SETs unanswered is tried again."""
        if self._shown[addr].gave_up:
            self.repair(addr, now)

    def acked(self, addr: int, status: int, value: int, now: float) -> None:
        """The answer to SET."""
        shown = self._shown[addr]
        self._end_repair(addr)
        if status:
            self.refused += 1
            shown.unsure = False
        else:
            self.hash_seen(addr, value, now + MISMATCH_PAUSE)

    def has_changes(self) -> bool:
        return bool(self._dirty)

    def next_batch(self, seq: int, now: float, *, noisy: bool) -> SetBatch | None:
        """The next broadcast of changes, at most 21; None where there is none or where SETs are to do it."""
        self._refresh_due(now)
        if not self._dirty:
            return None
        if noisy and len(self._dirty) <= FEW:
            self._change_one_by_one(now)
            return None
        picked = list(self._dirty)[:MAX_SETB_RECORDS]
        for addr in picked:
            self._sent(addr)
            del self._dirty[addr]
        self.epoch = (self.epoch + 1) & 0xFF
        return SetBatch(seq, self.epoch, 0, tuple([(addr, self._shown[addr].wanted) for addr in picked]))

    def next_set(self, now: float) -> Set | None:
        """The next SET that is due."""
        for addr in self._repair:
            shown = self._shown[addr]
            if shown.repeat_at <= now:
                return self._send_one(addr, shown, now)
        return None

    def deadline(self) -> float:
        """When the next SET or refresh is due; infinity if none is."""
        due = min([self._shown[a].repeat_at for a in self._repair], default=float("inf"))
        fresh = min([self._shown[a].refresh_at or 0.0 for a in self._refresh], default=float("inf"))
        return min(due, fresh)

    def is_lit(self, addr: int) -> bool:
        return self._shown[addr].wanted != DARK_BYTES

    def unconfirmed(self) -> int:
        return sum(shown.unsure for shown in self._shown.values())

    def _change_one_by_one(self, now: float) -> None:
        dirty, self._dirty = self._dirty, {}
        for addr in dirty:
            self.repair(addr, now)

    def _send_one(self, addr: int, shown: Shown, now: float) -> Set:
        repeat = shown.sends_left <= REPEATS
        shown.sends_left -= 1
        shown.repeat_at = now + REPEAT_AFTER
        if not shown.sends_left:
            self._end_repair(addr)
            shown.gave_up = True
        self._sent(addr)
        return Set(addr, shown.set_seq, shown.wanted, repeat)

    def _end_repair(self, addr: int) -> None:
        self._repair.pop(addr, None)
        self._shown[addr].sends_left = 0
        self._shown[addr].gave_up = False

    def _sent(self, addr: int) -> None:
        self._shown[addr].refresh_at = None
        self._refresh.pop(addr, None)

    def _refresh_due(self, now: float) -> None:
        if not self._refresh:
            return
        for addr in [a for a in self._refresh if (self._shown[a].refresh_at or 0.0) <= now]:
            self._sent(addr)
            self._dirty[addr] = None
