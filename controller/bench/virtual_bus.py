"""Our bus on the virtual clock: the host's link against the firmware on the simulated line.

In: sizes, rates, a seed. Out: which presses the modules took, which the controller got and when; when lamps were lit.
No time passes but virtual time. Around eight modules are lit; who presses one makes its lamp move on to another, as a
pick does.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from devices.bus.events import LinkKey
from devices.bus.link import Link
from devices.bus.pictures import pack_picture, state_hash
from devices.model import DARK, Colour, Picture
from firmware_sim.air import Conditions
from firmware_sim.line import Line
from firmware_sim.station import Accepted

HOST_S: Final = 0.0005
"""From a byte on the wire to the link: a Pi's UART and our waking up. The same for every scheme that is compared."""
COMMIT_S: Final = 0.001
"""From a key event to its acknowledgement and the lamps that follow."""
LIT: Final = 8
STEP_S: Final = 0.00001
SETTLE_S: Final = 60.0
"""Longest wait until every module is known and has told of its start; seconds on a sound line."""
CALM_S: Final = 1.0
TAIL_S: Final = 30.0
"""What was pressed must have arrived after this, also where a third of all frames is lost."""

Mark = tuple[int, int, int]
"""Address, boot id, event number: what makes a key event the same one."""


@dataclass(slots=True)
class Outcome:
    """Latencies in seconds from the module's queue to the controller. `doubled`: delivered more than once."""

    latencies: list[float] = field(default_factory=list)
    taken: int = 0
    lost: int = 0
    doubled: int = 0


class VirtualBus:
    """One bus. `now` is virtual seconds."""

    def __init__(self, modules: int, *, baud: int = 250_000, loss: float = 0.0, seed: int = 0) -> None:
        self.random = Random(seed)
        self.line = Line(baud=baud, seed=seed, conditions=Conditions(frame_loss=loss))
        for addr in range(1, modules + 1):
            self.line.add(addr)
        self.line.on_event = self._taken
        self.link = Link(range(1, modules + 1), baud=baud, now=0.0)
        self.now = 0.0
        self.lit: set[int] = set()
        self._modules = modules
        self._token = 0
        self._took: dict[Mark, float] = {}
        self._got: dict[Mark, float] = {}
        self._times: Counter[Mark] = Counter()
        self._arriving: list[tuple[float, int, bytes]] = []
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0

    def settle(self) -> None:
        """Everybody is known, the first lamps are on."""
        self.run(SETTLE_S, self._settled)
        for addr in self.random.sample(range(1, self._modules + 1), min(LIT, self._modules // 2)):
            self.light(addr)
        self.run(CALM_S)
        self._took.clear()
        self._got.clear()
        self._times.clear()

    def light(self, addr: int) -> Picture:
        """Show something new and confirmable."""
        self._token = self._token % 255 + 1
        picture = Picture(
            Colour.GREEN, 0, f"A{self._token:3}", self._token % 9 + 1, confirmable=True, token=self._token
        )
        self.lit.add(addr)
        self.link.show(addr, picture)
        return picture

    def press(self, at: float) -> None:
        """Somebody presses one of the lit modules at `at`."""
        self._plan(at, lambda: self.line.press(self.random.choice(sorted(self.lit)), "confirm") if self.lit else None)

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass; end early, and say so, when `until` comes true."""
        end = self.now + seconds
        while self.now < end:
            if until is not None and until():
                return True
            self._step(end)
        return until is not None and until()

    def presses(self, per_second: float, seconds: float) -> Outcome:
        """Presses at random moments, then time for the last to arrive."""
        at, end = self.now, self.now + seconds
        while (at := at + self.random.expovariate(per_second)) < end:
            self.press(at)
        self.run(seconds)
        return self.outcome()

    def singles(self, count: int) -> Outcome:
        """Presses with nothing else to report at the same time."""
        for _ in range(count):
            self.press(self.now + 0.05)
            self.run(self.random.uniform(0.25, 0.5))
        return self.outcome()

    def outcome(self) -> Outcome:
        self.run(0.1)
        self.run(TAIL_S, lambda: len(self._got) >= len(self._took))
        marks = [mark for mark in self._took if mark in self._got]
        return Outcome(
            [self._got[mark] - self._took[mark] for mark in marks],
            taken=len(self._took),
            lost=len(self._took) - len(marks),
            doubled=sum(1 for count in self._times.values() if count > 1),
        )

    def batch(self, lamps: int) -> float:
        """Seconds until so many more lamps, asked for at once, are all lit."""
        self.run(self.random.uniform(0.2, 0.4))
        dark = [addr for addr in range(1, self._modules + 1) if addr not in self.lit]
        chosen = self.random.sample(dark, lamps)
        begun = self.now
        wanted = {addr: state_hash(pack_picture(self.light(addr))) for addr in chosen}
        stations = self.line.stations
        self.run(1.0, lambda: all(stations[addr].module.face.hash() == wanted[addr] for addr in chosen))
        taken = self.now - begun
        for addr in chosen:
            self._dark(addr)
        return taken

    def _settled(self) -> bool:
        if self.link.presence.present_count() < self._modules:
            return False
        return not any(station.module.fifo.count for station in self.line.stations.values())

    # --- one step --------------------------------------------------------------------------------------------------

    def _step(self, end: float) -> None:
        upcoming = [end, self.link.deadline, self.line.next_time()]
        if self._arriving:
            upcoming.append(self._arriving[0][0])
        if self._agenda:
            upcoming.append(self._agenda[0][0])
        self.now = min(end, max(min(upcoming), self.now + STEP_S))
        self.line.advance(self.now)
        for at, piece in self.line.host_receives():
            self._order += 1
            heapq.heappush(self._arriving, (at + HOST_S, self._order, piece))
        while self._arriving and self._arriving[0][0] <= self.now:
            self.link.received(heapq.heappop(self._arriving)[2], self.now)
        while self._agenda and self._agenda[0][0] <= self.now:
            heapq.heappop(self._agenda)[2]()
        data = self.link.poll(self.now)
        if data is not None:
            self.line.host_sends(data, self.now)
        for event in self.link.take_events():
            if isinstance(event, LinkKey):
                self._heard(event)

    def _taken(self, event: Accepted) -> None:
        if event.code >> 4 < 8:  # keys; the rest is between module and link
            self._took[event.address, event.boot_id, event.ev_seq] = event.at

    def _heard(self, event: LinkKey) -> None:
        mark = (event.addr, event.boot_id, event.ev_seq)
        self._times[mark] += 1
        self._got.setdefault(mark, self.now)
        self._plan(self.now + COMMIT_S, lambda: self._committed(event))

    def _committed(self, event: LinkKey) -> None:
        self.link.acknowledge(event.addr, event.boot_id, event.ev_seq, self.now)
        if event.key == "confirm" and event.addr in self.lit:
            self._dark(event.addr)
            self.light(self.random.choice([x for x in range(1, self._modules + 1) if x not in self.lit]))

    def _dark(self, addr: int) -> None:
        self.lit.discard(addr)
        self.link.show(addr, DARK)

    def _plan(self, at: float, call: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (at, self._order, call))
