"""What is on the wires at a time: transmissions, overlaps, noise, and what of it the host hears.

In: transmissions with their start. Out: pieces of bytes with their time of arrival at the host. Two at once spoil each
other: for as long as they overlap the host hears random bytes, stray delimiters among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

PIECE_BYTES = 16  # a UART hands bytes over by the FIFO-full
KEEP_S = 0.02  # finished transmissions are forgotten after this: a module listens back to its last request only
STRAY_ZERO = 0.2  # share of the spoilt bytes that look like a delimiter
SWALLOWED = 0.1  # share of the spoilt bytes that are not heard at all


@dataclass(frozen=True, slots=True)
class Conditions:
    """How good the line and the modules are. The defaults are a sound line with modules running MicroPython."""

    frame_loss: float = 0.0  # share of frames that one receiver misses
    bit_errors: float = 0.0  # per bit and receiver
    capture: float = 0.0  # share of collisions in which the first sender gets through
    glitch: float = 0.0  # share of replies that begin with a stray 00 or FF
    turnaround_s: tuple[float, float] = (0.0004, 0.0012)  # request seen -> reply begins
    pause: Callable[[Random], float] = field(default=lambda _: 0.0)  # garbage collection before a reply, s
    deaf_s: float = 0.00002  # between the last listening and the first bit sent

    def flips(self, size: int, random: Random) -> bool:
        """Is one of the bits of `size` bytes wrong?"""
        return random.random() >= (1 - self.bit_errors) ** (size * 10)


def collector_pauses(share: float) -> Callable[[Random], float]:
    """Pauses of a garbage collector: in `share` of the requests, mostly 0.5–0.8 ms, one in ten 6–9 ms."""

    def pause(random: Random) -> float:
        if random.random() >= share:
            return 0.0
        return random.uniform(0.006, 0.009) if random.random() < 0.1 else random.uniform(0.0005, 0.0008)

    return pause


@dataclass(slots=True)
class Transmission:
    start: float
    end: float
    data: bytes
    lost: bool = False  # the other side misses it
    reply: bool = False
    mute: list[tuple[float, float]] = field(default_factory=list)  # spans in which another one is heard in its place
    hits: list[tuple[float, float]] = field(default_factory=list)  # spans that are spoilt

    def spoilt(self, start: float, end: float) -> bool:
        return any(a < end and b > start for a, b in self.hits) or any(a < end and b > start for a, b in self.mute)


class Pace(Protocol):
    """What the wires need of the line: its clock, its rate, its luck."""

    now: float
    byte_s: float
    random: Random
    conditions: Conditions
    connected: bool
    baud: int
    host_baud: int

    def schedule(self, at: float, call: Callable[..., None], *args: object) -> None: ...


class Air:
    """The wires of one line."""

    def __init__(self, line: Pace, *, echo: bool) -> None:
        self.host_until = 0.0  # the host's sender is busy until then
        self.collisions = 0
        self.sent_bytes = 0
        self._line = line
        self._echo = echo
        self._on: list[Transmission] = []
        self._heard: list[tuple[float, bytes]] = []

    def host_transmits(self, data: bytes, start: float) -> Transmission:
        sent = Transmission(start, start + len(data) * self._line.byte_s, data)
        self._begin(sent)
        self.host_until = sent.end
        for other in self._on:
            if other is not sent and other.end > start:
                other.mute.append((start, sent.end))  # it cannot hear while it sends
        if self._echo:
            self._line.schedule(sent.end, self._echoed, data)
        return sent

    def module_transmits(self, data: bytes, start: float) -> None:
        line = self._line
        if line.conditions.glitch and line.random.random() < line.conditions.glitch:
            data = line.random.choice((b"\0", b"\xff")) + data
        loss = line.conditions.frame_loss
        lost = bool(loss and line.random.random() < loss)
        sent = Transmission(start, start + len(data) * line.byte_s, data, lost, reply=True)
        self._begin(sent)
        self._deliver(sent)

    def noise(self, start: float, seconds: float) -> None:
        """Random bytes for `seconds`."""
        data = self._line.random.randbytes(int(seconds / self._line.byte_s))
        sent = Transmission(start, start + seconds, data)
        self._begin(sent)
        sent.hits.append((start, sent.end))
        self._deliver(sent)

    def heard(self) -> list[tuple[float, bytes]]:
        heard, self._heard = self._heard, []
        return heard

    def forget(self) -> None:
        self._heard.clear()
        for sent in self._on:
            sent.lost = True

    def hush(self) -> bool:
        """Break off all replies; say whether there was one."""
        now = self._line.now
        replies = [on for on in self._on if on.reply and on.end > now]
        for reply in replies:
            reply.lost = True
        self._on = [on for on in self._on if not on.lost]
        return bool(replies)

    def byte_since(self, since: float, until: float) -> bool:
        """Has a whole byte that began after `since` been on the wires by `until`?"""
        return any(on.end > since + 1e-9 and on.start + self._line.byte_s <= until for on in self._on)

    def _begin(self, sent: Transmission) -> None:
        self._on = [on for on in self._on if on.end > sent.start - KEEP_S]
        for other in self._on:
            if other.end > sent.start and sent.end > other.start:
                self._collide(other, sent)
        self._on.append(sent)
        self.sent_bytes += len(sent.data)

    def _collide(self, first: Transmission, second: Transmission) -> None:
        span = (max(first.start, second.start), min(first.end, second.end))
        self.collisions += 1
        second.mute.append(span)
        if self._line.random.random() >= self._line.conditions.capture:
            first.hits.append(span)

    def _deliver(self, sent: Transmission) -> None:
        """First byte by itself (the host's wait ends with it), then by the FIFO-full."""
        start, size = 0, len(sent.data)
        end = min(1, size)
        while start < size:
            self._line.schedule(sent.start + end * self._line.byte_s, self._arrive, sent, start, end)
            start, end = end, min(end + PIECE_BYTES, size)

    def _arrive(self, sent: Transmission, start: int, end: int) -> None:
        line = self._line
        if sent.lost or not line.connected:
            return
        clean = not (sent.hits or sent.mute or line.conditions.bit_errors) and line.host_baud == line.baud
        piece = sent.data[start:end] if clean else self._damaged(sent, start, end)
        if piece:
            self._heard.append((line.now, piece))

    def _damaged(self, sent: Transmission, start: int, end: int) -> bytes:
        line, random = self._line, self._line.random
        odd = line.host_baud != line.baud
        piece = bytearray()
        for at in range(start, end):
            began = sent.start + at * line.byte_s
            if any(a < began + line.byte_s and b > began for a, b in sent.mute):
                continue
            if odd or any(a < began + line.byte_s and b > began for a, b in sent.hits):
                piece += _garbage(random)
            elif line.conditions.bit_errors and line.conditions.flips(1, random):
                piece.append(sent.data[at] ^ 1 << random.randrange(8))
            else:
                piece.append(sent.data[at])
        return bytes(piece)

    def _echoed(self, data: bytes) -> None:
        if self._line.connected:
            self._heard.append((self._line.now, data))


def _garbage(random: Random) -> bytes:
    luck = random.random()
    if luck < SWALLOWED:
        return b""
    return b"\0" if luck < SWALLOWED + STRAY_ZERO else bytes((random.randrange(256),))
