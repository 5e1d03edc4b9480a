"""A tiny bus on a virtual clock: one `Link` and scripted modules, written from docs/BUS_PROTOCOL.md.

In: what the test does to the modules (press, reboot, drop frames). Out: what the link reported and what modules show.
Deliberately simpler than real modules: one reply delay for all, listen-before-talk only on request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from devices.bus.events import LinkEvent, LinkFound, LinkKey, LinkLost
from devices.bus.frames import Ack, Commit, Event, Gpoll, Info, Query, Record, Set, SetBatch
from devices.bus.framing import Frame, Receiver
from devices.bus.link import Link
from devices.bus.pictures import DARK_BYTES, state_hash

BYTE = 10 / 250_000
REPLY_DELAY = 0.0006


@dataclass
class FakeModule:
    """One module. `deaf` frames are dropped by the test."""

    addr: int
    boot_id: int = 0x1234
    on: bool = True
    shows: bytes = DARK_BYTES
    epoch: int | None = None
    next_seq: int = 1
    queue: list[Record] = field(default_factory=list)
    deaf: Callable[[Frame], bool] | None = None

    def queue_event(self, kind: int, detail: int = 0, value: int = 0, token: int = 0) -> int:
        seq, self.next_seq = self.next_seq, self.next_seq % 255 + 1
        self.queue.append(Record(seq, kind, detail, value, token, 0))
        return seq

    def press(self, quantity: int = 0, token: int = 0) -> int:
        return self.queue_event(0x1, value=quantity, token=token)

    def reboot(self, boot_id: int) -> None:
        self.boot_id, self.shows, self.epoch, self.next_seq, self.queue = boot_id, DARK_BYTES, None, 1, []
        self.queue_event(0x8, value=state_hash(DARK_BYTES))

    def hear(self, frame: Frame) -> Frame | None:
        if not self.on or (self.deaf is not None and self.deaf(frame)):
            return None
        match frame:
            case Gpoll():
                return self._polled(frame)
            case SetBatch():
                self._step(frame.epoch)
                self.shows = dict(frame.records).get(self.addr, self.shows)
            case Commit():
                self._step(frame.epoch)
            case Set() if frame.addr == self.addr:
                self.shows = frame.picture
                return Ack(frame.seq, self.addr, 0, state_hash(self.shows))
            case Query() if frame.addr == self.addr:
                return self._info(frame.seq)
        return None

    def _polled(self, poll: Gpoll) -> Event | None:
        if poll.ack_addr == self.addr and poll.ack_seq and poll.ack_boot == self.boot_id & 0xFF:
            seqs = [r.ev_seq for r in self.queue]
            if poll.ack_seq in seqs:
                del self.queue[: seqs.index(poll.ack_seq) + 1]
        if poll.flags & 1 and self.epoch not in (None, poll.epoch):
            self.queue_event(0x9)
        if poll.flags & 1:
            self.epoch = poll.epoch
        if not self.queue or not poll.lo <= self.addr <= poll.hi:
            return None
        return Event(poll.seq, self.addr, self.boot_id, tuple(self.queue[:4]))

    def _step(self, epoch: int) -> None:
        if self.epoch is not None and epoch not in (self.epoch, (self.epoch + 1) & 0xFF):
            self.queue_event(0x9)
        self.epoch = epoch

    def _info(self, seq: int) -> Info:
        return Info(seq, self.addr, self.boot_id, state_hash(self.shows), 1, 1, 1, b"\1\0\0", 31, bytes(8), 1, 0,
                    len(self.queue), self.epoch or 0, 0, 0, 0, 60)  # fmt: skip


class Bench:
    """Runs a link against fake modules. `lose(reply)` drops a reply on its way to the host."""

    def __init__(self, modules: list[FakeModule], link: Link | None = None) -> None:
        self.now = 100.0
        self.modules = modules
        self.link = link or Link([m.addr for m in modules], now=self.now)
        self.lose: Callable[[Frame], bool] = lambda _: False
        self.listen_before_talk = False
        self.events: list[LinkEvent] = []
        self.sent: list[tuple[float, Frame]] = []
        self.connected = True
        self._arriving: list[tuple[float, bytes]] = []

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        end = self.now + seconds
        while self.now < end:
            self._deliver()
            data = self.link.poll(self.now)
            if data is not None:
                self._hear(data)
            self.events += self.link.take_events()
            upcoming = [self.link.deadline] + [at for at, _ in self._arriving]
            self.now = min(end, max(min(upcoming), self.now + 1e-5))

    def run_until(self, done: Callable[[], bool], limit: float = 5.0) -> float:
        """Run until `done()`; how long it took."""
        began = self.now
        while not done():
            assert self.now - began < limit, "it did not happen"
            self.run(0.0005)
        return self.now - began

    def pressed(self) -> list[LinkKey]:
        return [e for e in self.events if isinstance(e, LinkKey)]

    def found(self) -> list[LinkFound]:
        return [e for e in self.events if isinstance(e, LinkFound)]

    def lost(self) -> list[LinkLost]:
        return [e for e in self.events if isinstance(e, LinkLost)]

    def _deliver(self) -> None:
        due = [row for row in self._arriving if row[0] <= self.now]
        self._arriving = [row for row in self._arriving if row[0] > self.now]
        for _, data in due:
            self.link.received(data, self.now)

    def _hear(self, data: bytes) -> None:
        (frame,) = Receiver().feed(data)
        self.sent.append((self.now, frame))
        if not self.connected:
            return
        replies = [r for r in [m.hear(frame) for m in self._concerned(frame)] if r is not None and not self.lose(r)]
        begin = self.now + len(data) * BYTE + REPLY_DELAY
        wire = [r.to_bytes() for r in (replies[:1] if self.listen_before_talk else replies)]
        if wire:
            on_line = bytes(max(column) for column in zip(*wire, strict=False)) if len(wire) > 1 else wire[0]
            half = len(on_line) // 2
            self._arriving.append((begin + half * BYTE, on_line[:half]))
            self._arriving.append((begin + len(on_line) * BYTE, on_line[half:]))

    def _concerned(self, frame: Frame) -> list[FakeModule]:
        """On all others it would have no effect: with 250 modules asking each takes most of the time."""
        match frame:
            case Set() | Query():
                return [m for m in self.modules if m.addr == frame.addr]
            case Gpoll():
                return [m for m in self.modules if m.queue or m.deaf is not None or m.epoch != frame.epoch]
        return self.modules
