"""A shift in one process: gate, station and journal with pickers who press as soon as their lamp is lit.

In: a journal's path, sizes. Out: how many line confirmations became durable in how long; or a journal full of facts.
Everything behind the doors is the product; only MQTT and the serial line are left out.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from controller import receipts
from controller.clock import Clock
from controller.core.guide.lights import lights
from controller.core.inputs import ButtonPressed, TaskArrived, TimePassed
from controller.core.model import Colour, Instant, Key, Line, Pattern, PickerProfile, Policy, Site, Task
from controller.core.places import Location
from controller.core.state import State
from controller.core.station import Decision, Station
from controller.gate import Arrival, Gate, Release
from controller.journal import Batch, Journal, JournalSettings, Outgoing
from controller.snapshots import Snapshot
from controller.wms.events import LineSeqs, Projection, encode
from controller.wms.payloads import Clock as EventClock

PICKERS: Final = 8
BINS: Final = 240
LINES: Final = 10
"""Per task."""
QUEUE: Final = 4
"""Tasks that wait for each picker: nobody ever stands still for want of work."""
GROUP: Final = 400
"""Decisions whose facts share a transaction while a history is made up: only its end matters here."""
PATIENCE_S: Final = 10.0
"""Somebody who presses nothing for so long will never press again."""
EPOCH: Final = 1_750_000_000_000
SETTINGS: Final = JournalSettings(ballast_mb=0, min_free_percent=0.0)


def make_site() -> Site:
    """Every picker has a zone of his own, as most warehouses have it."""
    names = [(f"L.{n:03}", f"Z{n % PICKERS}") for n in range(1, BINS + 1)]
    looks = list(zip([*Colour][1:], [*Pattern, *Pattern], strict=False))
    pickers = {
        f"P-{n}": PickerProfile(f"P-{n}", *looks[n], chr(65 + n), (f"Z{n}",), signed_on=True) for n in range(PICKERS)
    }
    locations = {name: Location(name, zone, walk) for walk, (name, zone) in enumerate(names)}
    return Site("bench", "ctl-1", locations, pickers, frozenset(z for _, z in names), Policy(hand_over_after_ms=0))


def make_task(number: int) -> Task:
    """Ten lines along the walk of one zone."""
    zone = number % PICKERS
    bins = [(zone + PICKERS * (number + step)) % BINS or BINS for step in range(LINES)]
    lines = tuple(
        Line(
            line_id=str(n + 1), seq=n + 1, location=f"L.{b:03}", sku=f"0871100{b:07}", qty=Decimal(3), text="bench part"
        )
        for n, b in enumerate(bins)
    )
    return Task(task_id=f"SO-{number:07}", revision=1, lines=lines, zone=f"Z{zone}")


def arrival(number: int) -> TaskArrived:
    return TaskArrived(cause=f"m-{number}", task=make_task(number), digest=f"{number:064x}")


class Shift:
    """Presses every lamp once it is lit, i.e. once what lit it is durable. Make it inside a running loop."""

    def __init__(self, path: Path) -> None:
        self.confirmed = 0
        self.waits: list[float] = []
        self._site = make_site()
        self._journal = Journal.open(path, SETTINGS)
        self._station = Station(self._site)
        self._gate = Gate(
            self._station,
            self._journal,
            Projection(self._site),
            Clock(),
            config="bench",
            released=self._released,
            broken=self._broken,
            repeat=lambda _seq: None,
            spawn=_spawn,
        )
        self._gate.restore()
        self._gate.open()
        self._tokens: dict[str, int] = {}
        self._tasks = 0
        self._presses: Counter[str] = Counter()
        self._until = 0.0
        self._over = asyncio.Event()

    async def run(self, seconds: float) -> float:
        """Confirmations per second over so many seconds."""
        begun = time.perf_counter()
        self._until = begun + seconds
        for _ in range(PICKERS * QUEUE):
            self._send_task()
        async with asyncio.timeout(seconds + PATIENCE_S):
            await self._over.wait()
        took = time.perf_counter() - begun
        while self._gate.waiting:  # noqa: ASYNC110 - the gate has no hook for a bench
            await asyncio.sleep(0.01)
        self._journal.close()
        return self.confirmed / took

    def _send_task(self) -> None:
        self._gate.take(Arrival(arrival(self._tasks), lambda: None))
        self._tasks += 1

    def _released(self, release: Release) -> None:
        """As the app does it: the light picture of the committed state; who finds a new lamp presses it."""
        if time.perf_counter() > self._until:
            self._over.set()
            return
        for location, light in lights(release.state, self._site).items():
            if light.quantity is not None and self._tokens.get(location) != light.token:
                self._tokens[location] = light.token
                self._press(location, light.quantity, light.token)
        if len(release.state.tasks) < PICKERS * QUEUE:
            self._send_task()
        if self._station.due(release.state) is not None:
            self._gate.take(Arrival(TimePassed(), lambda: None))

    def _press(self, location: str, quantity: int, token: int) -> None:
        self._presses[location] += 1
        number, begun = self._presses[location], time.perf_counter()
        happened = ButtonPressed(
            cause=f"button:{location}:0001:{number}", location=location, key=Key.CONFIRM, quantity=quantity, token=token
        )
        cursor = (f"M-{location}", 1, (number - 1) % 255 + 1)
        asyncio.get_running_loop().call_soon(self._gate.take, Arrival(happened, lambda: self._confirmed(begun), cursor))

    def _confirmed(self, begun: float) -> None:
        self.confirmed += 1
        self.waits.append(time.perf_counter() - begun)

    def _broken(self, why: str | None) -> None:
        raise RuntimeError(f"the journal failed: {why}")


def _spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(work)


class History:
    """Fills a journal with what a station decides, faster than it could be picked: many decisions per commit."""

    def __init__(self, path: Path) -> None:
        self._site = make_site()
        self._station = Station(self._site)
        self._projection = Projection(self._site)
        self._journal = Journal.open(path, SETTINGS)
        self._state = State()
        self._seqs = LineSeqs()
        self._ms = EPOCH
        self._tasks = 0
        self._presses = 0
        self._parts: list[Batch] = []
        self._head = 0

    async def write(self, facts: int, after_snapshot: int, say: Callable[[str], None]) -> None:
        """So many facts with their events and receipts, the last `after_snapshot` of them later than the snapshot."""
        self._keep(self._station.open(self._state, self._now()))
        snapped, told = False, 0
        while self._journal.last_fact < facts:
            if not snapped and self._journal.last_fact >= facts - after_snapshot:
                snapped = True
                self._snapshot()
            await self._some()
            if self._journal.last_fact - told >= 200_000:
                told = self._journal.last_fact
                say(f"history: {told:,} facts")
        self._journal.close()

    async def _some(self) -> None:
        """Some more decisions, in one transaction."""
        while len(self._parts) < GROUP:
            self._ms += 40
            while len(self._state.tasks) < PICKERS * QUEUE:
                self._decide(arrival(self._tasks))
                self._tasks += 1
            for location, light in lights(self._state, self._site).items():
                if light.quantity is not None:
                    self._presses += 1
                    cause = f"button:{location}:0001:{self._presses}"
                    self._decide(
                        ButtonPressed(
                            cause=cause, location=location, key=Key.CONFIRM, quantity=light.quantity, token=light.token
                        )
                    )
            self._decide(TimePassed())
        parts, self._parts = self._parts, []
        whole = Batch(
            tuple(x for part in parts for x in part.facts),
            tuple(x for part in parts for x in part.events),
            tuple(x for part in parts for x in part.receipts),
        )
        await self._journal.submit(whole)
        self._journal.acked(self._journal.head)

    def _decide(self, happened: TaskArrived | ButtonPressed | TimePassed) -> None:
        decision = self._station.decide(self._state, happened, self._now())
        events, seqs = self._events(decision)
        notes = receipts.receipts_of(happened, decision.facts, seqs, "bench")
        self._keep(decision, Batch(decision.facts, events, notes))

    def _events(self, decision: Decision) -> tuple[tuple[Outgoing, ...], tuple[int | None, ...]]:
        found: list[Outgoing] = []
        seqs: list[int | None] = []
        before = self._state
        for fact, after in zip(decision.facts, decision.states, strict=True):
            event = self._projection.event_of(fact, before, after, self._seqs, self._journal.stream)
            before = after
            seqs.append(None if event is None else self._head + 1)
            if event is None:
                continue
            self._head += 1
            body = encode(
                event, controller="ctl-1", stream=self._journal.stream, seq=self._head, at=fact.at, cause=fact.cause,
                clk=EventClock(sync=True, up_ms=self._ms - EPOCH),
            )  # fmt: skip
            self._seqs.note(event, self._head)
            found.append(Outgoing(self._head, body))
        return tuple(found), tuple(seqs)

    def _keep(self, decision: Decision, batch: Batch | None = None) -> None:
        self._state = decision.state
        self._parts.append(batch or Batch(decision.facts))

    def _snapshot(self) -> None:
        body = Snapshot(self._state, self._seqs.lines, self._journal.stream, self._journal.head)
        self._journal.snapshot(msgspec.json.encode(body), self._journal.last_fact)

    def _now(self) -> Instant:
        return Instant(self._ms, self._ms)
