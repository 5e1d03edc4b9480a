"""The simulated pair of wires: one host, many modules, a virtual clock, byte timing, collisions and faults.

In: what the host sends, with its time. Out: what the host hears, with the time of each piece; the modules' events.

The clock is virtual and in seconds: nothing happens but in `advance`. Modules that are neither addressed nor have
anything queued cost nothing: each host frame is decoded once, and what they would have learnt from it is made up for
when somebody looks.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import chain
from random import Random

from firmware_sim.air import Air, Conditions, Transmission
from firmware_sim.firmware.module import COMMIT, GPOLL, REPLY_EARLIEST_US, SETB
from firmware_sim.firmware.wire import ALL, UNASSIGNED, unstuff
from firmware_sim.station import BROWN_OUT, Accepted, Lit, Station

START_S = 0.15  # from power-up to the first frame understood
LOOK_S = 0.0001  # longest pass of an idle main loop
BITS = 10  # per byte on the wire
ODD_BAUD = 0.025  # a rate off by more than this is not understood


class Line:
    """One bus. `host_baud` may be set to another rate than the modules': then neither side understands a byte."""

    def __init__(
        self, *, baud: int = 250_000, seed: int = 0, conditions: Conditions | None = None, echo: bool = False
    ) -> None:
        self.random = Random(seed)
        self.conditions = conditions or Conditions()
        self.baud = baud
        self.host_baud = baud
        self.byte_s = BITS / baud
        self.now = 0.0
        self.connected = True
        self.stations: dict[int, Station] = {}
        self.strays: list[Station] = []  # modules without an address
        self.on_event: Callable[[Accepted], None] | None = None
        self.on_lit: Callable[[Lit], None] | None = None
        self.heard_at = 0.0  # last good host frame for everybody
        self.frames = 0
        self.air = Air(self, echo=echo)
        self._heap: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._order = 0
        self._epoch = -1
        self._queued: set[int] = set()
        self._behind: set[int] = set()
        self._open = bytearray()
        self.answering: set[Station] = set()  # their replies are prepared, not yet begun
        self._round = 0  # of requests that may still be answered
        self._twins: dict[int, list[Station]] = {}

    def add(self, address: int, uid: bytes | None = None, *, clash: bool = False) -> Station:
        """Put a module on the line; address 0 = it has none yet. `clash`: a second module with that address."""
        station = Station(self, address, uid or self.random.randbytes(8))
        if clash:
            self._twins.setdefault(address, []).append(station)
        elif address in self.stations:
            raise ValueError(f"address {address} is taken")
        elif address:
            self.stations[address] = station
        else:
            self.strays.append(station)
        self.note(station)
        return station

    def host_sends(self, data: bytes, now: float) -> float:
        """The host writes `data` at `now`; return when its last bit is out."""
        begin = max(now, self.now, self.air.host_until)
        if not self.connected:
            return begin + len(data) * self.byte_s
        sent = self.air.host_transmits(data, begin)
        after = 0
        while (at := data.find(0, after)) >= 0:
            self._open += data[after:at]
            after = at + 1
            if self._open:
                raw, self._open = bytes(self._open[-300:]), bytearray()
                start = begin + (at - len(raw)) * self.byte_s
                self.schedule(begin + after * self.byte_s, self._frame, sent, raw, start)
        self._open += data[after:]
        return sent.end

    def host_receives(self) -> list[tuple[float, bytes]]:
        """What the host has heard since it last asked: pieces with the time at which the last byte of each arrived."""
        return self.air.heard()

    def advance(self, to: float) -> None:
        """Let everything happen up to and including `to`."""
        heap = self._heap
        while heap and heap[0][0] <= to:
            at, _, call, args = heapq.heappop(heap)
            self.now = max(self.now, at)
            call(*args)
        self.now = max(self.now, to)

    def next_time(self) -> float:
        """When something happens next (inf: never, unless somebody does something)."""
        return self._heap[0][0] if self._heap else math.inf

    def schedule(self, at: float, call: Callable[..., None], *args: object) -> None:
        """Have `call(*args)` made at `at`."""
        self._order += 1
        heapq.heappush(self._heap, (max(at, self.now), self._order, call, args))

    def press(
        self, address: int, key: str, at: float | None = None, hold: float = 0.1, *, bounce: bool = False
    ) -> None:
        """Press a key of a module (`confirm`, `plus`, `minus`, `function`) at `at` (None = now)."""
        self.stations[address].press(key, self.now if at is None else at, hold, bounce=bounce)

    def reboot(self, address: int, cause: int = BROWN_OUT) -> None:
        """The supply of one module drops for a moment: it forgets everything and starts with a new boot_id."""
        station = self.stations[address]
        station.power(False)
        self.schedule(self.now + START_S, station.power, True, cause)

    def stick(self, seconds: float) -> None:
        """A driver that does not let go of the line: noise for `seconds`, over everything."""
        self.air.noise(self.now, seconds)

    def hush(self) -> bool:
        """Take back every answer that is under way, as if it had not been given; say whether there was one.

        For a line in real time, whose host has given up waiting only because this computer was slow.
        """
        self._round += 1
        waiting = self.air.hush() or bool(self.answering)
        for station in self.answering:
            station.module.reply_size = 0
        self.answering.clear()
        return waiting

    def unplug(self) -> None:
        """Pull the host's cable: nothing gets through in either direction until `plug`."""
        self.connected = False
        self.air.forget()

    def plug(self) -> None:
        self.connected = True

    def readdress(self, station: Station, before: int) -> None:
        """Note that a module answers to another address now."""
        if before:
            self.stations.pop(before, None)
            self._queued.discard(before)
            self._behind.discard(before)
        elif station in self.strays:
            self.strays.remove(station)
        if station.address:
            self.stations[station.address] = station
        else:
            self.strays.append(station)

    def note(self, station: Station) -> None:
        """Remember whether the next poll concerns this module."""
        address = station.address
        if not address:
            return
        _member(self._queued, address, station.powered and station.module.fifo.count > 0)
        _member(self._behind, address, station.powered and station.module.epoch != self._epoch)

    def module_sends(self, station: Station, data: bytes) -> None:
        if station.plugged:
            self.air.module_transmits(data, self.now)

    def busy_since(self, since: float) -> bool:
        """Has a byte been heard since `since`, as a module that listens before it talks would know it by now?"""
        return self.air.byte_since(since, self.now - self.conditions.deaf_s)

    def _frame(self, sent: Transmission, raw: bytes, start: float) -> None:
        """The closing delimiter of a host frame has gone out."""
        self.frames += 1
        if sent.lost or sent.spoilt(start, self.now) or abs(self.host_baud / self.baud - 1) > ODD_BAUD:
            return
        buf = bytearray(raw)
        size = unstuff(buf, 0, len(buf))
        if size >= 0:
            self._deliver(bytes(buf[1 : 1 + size]))

    def _deliver(self, frame: bytes) -> None:
        if frame[0] == ALL:
            self.heard_at = self.now
            self._to_all(frame)
        elif frame[0] == UNASSIGNED:
            for station in list(self.strays):
                self._ask(station, frame)
        else:
            self._ask_address(frame[0], frame)

    def _to_all(self, frame: bytes) -> None:
        operation = frame[1] & 0x3F
        if operation == GPOLL and len(frame) == 10:
            self._poll(frame)
            return
        if operation in (SETB, COMMIT) and len(frame) > 3:
            self._epoch = frame[3]
        for station in [*self.stations.values(), *self.strays, *chain(*self._twins.values())]:
            self._hand(station, frame)

    def _poll(self, frame: bytes) -> None:
        """Only modules that have something to say, are acknowledged, or missed a number can do anything about it."""
        concerned = {address for address in self._queued if frame[3] <= address <= frame[4]}
        if frame[8] & 1:
            if frame[9] != self._epoch:
                self._epoch = frame[9]
                self._behind = set(self.stations)
            concerned |= self._behind
        if frame[5] in self.stations:
            concerned.add(frame[5])
        for address in sorted(concerned):
            self._ask_address(address, frame)

    def _ask_address(self, address: int, frame: bytes) -> None:
        if address in self.stations:
            self._ask(self.stations[address], frame)
        for twin in self._twins.get(address, ()):
            self._ask(twin, frame)

    def _ask(self, station: Station, frame: bytes) -> None:
        """Deliver a frame that may be answered, after the time the module's loop takes."""
        if self._reaches(station, frame):
            looked = self.now - self.random.random() * LOOK_S
            wait = self.random.uniform(*self.conditions.turnaround_s) + self.conditions.pause(self.random)
            ready = max(looked + wait, self.now + REPLY_EARLIEST_US / 1e6, station.busy_until)
            station.busy_until = ready
            self.schedule(ready, self._perform, station, frame, int(looked * 1e6), self.now, self._round)

    def _hand(self, station: Station, frame: bytes) -> None:
        """Deliver a frame that is not answered."""
        if not self._reaches(station, frame):
            self.note(station)
        elif station.busy_until > self.now:
            self.schedule(station.busy_until, self._perform, station, frame, int(self.now * 1e6), self.now, self._round)
        else:
            self._perform(station, frame, int(self.now * 1e6), self.now, self._round)

    def _perform(self, station: Station, frame: bytes, looked: int, polled_at: float, asked: int) -> None:
        if station.powered and station.plugged:
            before = station.address
            station.deliver(frame, looked, polled_at, answer=asked == self._round)
            if station.address != before:
                self.readdress(station, before)

    def _reaches(self, station: Station, frame: bytes) -> bool:
        if not (station.powered and station.plugged):
            return False
        loss = self.conditions.frame_loss if station.loss is None else station.loss
        if loss and self.random.random() < loss:
            return False
        if self.conditions.bit_errors and self.conditions.flips(len(frame) + 7, self.random):
            station.module.rx.crc_errors += 1
            return False
        return True


def _member(group: set[int], address: int, belongs: bool) -> None:  # noqa: FBT001 - what is so
    if belongs:
        group.add(address)
    else:
        group.discard(address)
