"""Scripted modules on a pseudo-terminal whose other end this process holds.

In: what the controller writes, key presses. Out: replies, the first byte and the rest each released when it would have
crossed the wire; the moments at which lamp changes arrived and key events were handed over.

Only as clever as a measurement needs: modules answer QUERY, SET and GPOLL, one at a time, and never collide.
"""

from __future__ import annotations

import os
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from devices.bus.frames import Ack, Commit, Event, Gpoll, Info, Query, Record, Set, SetBatch
from devices.bus.framing import Frame, Receiver
from devices.bus.pictures import DARK_BYTES, state_hash

TURNAROUND_S: Final = (0.0004, 0.0012)
"""From the request's last bit to the reply's first: a module running MicroPython."""
SPREAD_S: Final = 0.0006
"""Random delay of the answer to a group poll."""
READ_SIZE: Final = 4096
CONFIRM: Final = 1


@dataclass(slots=True)
class Module:
    """One module: what it shows, and the key events it holds until they are acknowledged."""

    addr: int
    boot_id: int
    shows: bytes = DARK_BYTES
    next_seq: int = 1
    queue: list[Record] = field(default_factory=list)

    @property
    def token(self) -> int:
        return self.shows[2]

    @property
    def quantity(self) -> int:
        return int.from_bytes(self.shows[7:9], "little")


class Rack:
    """`on_lamp(addr, shows, at)`: a picture changed, `at` is when its frame's first byte was read here.
    `on_event(addr, at)`: the last byte of a key event was written. Times are `time.monotonic()`.
    """

    def __init__(self, link: Path, modules: int, *, baud: int = 250_000, seed: int = 0) -> None:
        self.on_lamp: Callable[[int, bytes, float], None] = lambda _addr, _shows, _at: None
        self.on_event: Callable[[int, float], None] = lambda _addr, _at: None
        self._random = Random(seed)
        self._modules = {addr: Module(addr, self._random.randrange(1, 0x10000)) for addr in range(1, modules + 1)}
        self._waiting: set[int] = set()  # modules with something in their queue
        self._byte_s = 10 / baud
        self._receiver = Receiver()
        self._epoch = 0
        self._first_at = 0.0
        self._pieces: list[tuple[float, bytes, int]] = []  # when, what, the key event of which module (0: none)
        self.polls = 0
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))

    def close(self) -> None:
        os.close(self.master)
        os.close(self._slave)

    def fileno(self) -> int:
        return self.master

    def lit(self) -> list[int]:
        return [addr for addr, module in self._modules.items() if module.shows[0]]

    def press(self, addr: int) -> None:
        """Confirm what the module shows; it is told in the answer to the next poll."""
        module = self._modules[addr]
        seq, module.next_seq = module.next_seq, module.next_seq % 255 + 1
        module.queue.append(Record(seq, CONFIRM, 0, module.quantity, module.token, 0))
        self._waiting.add(addr)

    def readable(self, now: float) -> None:
        """Bytes have arrived."""
        try:
            data = os.read(self.master, READ_SIZE)
        except OSError:  # nobody has it open
            return
        if not self._receiver.pending:
            self._first_at = now
        for frame in self._receiver.feed(data):
            self._hear(frame, len(data), now)

    def due(self) -> float:
        """When `serve` has something to release; infinity if nothing."""
        return self._pieces[0][0] if self._pieces else float("inf")

    def serve(self, now: float, clock: Callable[[], float]) -> None:
        """Release what is due of the reply."""
        while self._pieces and self._pieces[0][0] <= now:
            _, data, event_of = self._pieces.pop(0)
            os.write(self.master, data)
            if event_of:
                self.on_event(event_of, clock())

    # --- what modules do -------------------------------------------------------------------------------------------

    def _hear(self, frame: Frame, size: int, now: float) -> None:
        self._pieces.clear()  # the host has given up waiting
        match frame:
            case Gpoll():
                self._poll(frame, size, now)
            case SetBatch():
                self._epoch = frame.epoch
                for addr, picture in frame.records:
                    self._show(addr, picture)
            case Commit():
                self._epoch = frame.epoch
            case Set() if frame.addr in self._modules:
                self._show(frame.addr, frame.picture)
                self._answer(Ack(frame.seq, frame.addr, 0, state_hash(frame.picture)), size, now)
            case Query() if frame.addr in self._modules:
                self._answer(self._info(frame), size, now)

    def _show(self, addr: int, picture: bytes) -> None:
        module = self._modules.get(addr)
        if module is not None and module.shows != picture:
            module.shows = picture
            self.on_lamp(addr, picture, self._first_at)

    def _poll(self, poll: Gpoll, size: int, now: float) -> None:
        self.polls += 1
        self._forget(poll)
        for addr in sorted(self._waiting):
            if poll.lo <= addr <= poll.hi:
                module = self._modules[addr]
                event = Event(poll.seq, addr, module.boot_id, tuple(module.queue[:4]))
                self._answer(event, size, now + self._random.random() * SPREAD_S, event_of=addr)
                return

    def _forget(self, poll: Gpoll) -> None:
        """What the controller has acknowledged."""
        module = self._modules.get(poll.ack_addr)
        if module is None or not poll.ack_seq or poll.ack_boot != module.boot_id & 0xFF:
            return
        seqs = [record.ev_seq for record in module.queue]
        if poll.ack_seq in seqs:
            del module.queue[: seqs.index(poll.ack_seq) + 1]
            if not module.queue:
                self._waiting.discard(poll.ack_addr)

    def _answer(self, reply: Frame, size: int, now: float, event_of: int = 0) -> None:
        """The request's bytes leave the wire, the module turns around, the reply's bytes cross it."""
        data = reply.to_bytes()
        begin = now + size * self._byte_s + self._random.uniform(*TURNAROUND_S)
        end = begin + len(data) * self._byte_s
        self._pieces = [(begin + self._byte_s, data[:1], 0), (end, data[1:], event_of)]

    def _info(self, asked: Query) -> Info:
        module = self._modules[asked.addr]
        return Info(
            asked.seq, asked.addr, module.boot_id, state_hash(module.shows), 1, 1, 1, b"\1\0\0", 31, bytes(8), 1, 0,
            len(module.queue), self._epoch, 0, 0, 0, 60,
        )  # fmt: skip
