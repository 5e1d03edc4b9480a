"""A whole warehouse on a virtual clock: WMS, broker, controller, disk and modules, all of which fail at a seed's whim.

In: a seed, a mistake to build in. Out: what the WMS applied, what the journal holds, where they differ from what was
asked. The gate, the core and the relay are the real ones; broker, disk, modules and WMS are small fakes that lose
everything real ones can lose: un-synced commits, sessions, messages after PUBACK, frames, acknowledgements.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from controller.core.facts import Fact
from controller.core.guide.lights import lights
from controller.core.inputs import ButtonPressed, TaskArrived, TimePassed
from controller.core.model import Colour, Instant, Key, Light, Line, Pattern, PickerProfile, Policy, Site, Task
from controller.core.places import Location
from controller.core.station import Station
from controller.gate import Arrival, Gate, Release
from controller.journal import Batch, Outgoing, Receipt, Restored, Space
from controller.wms.events import Projection
from controller.wms.relay import Relay

BINS = tuple(f"A.{n}" for n in range(6))
PICKERS = ("P1", "P2")
QTY = 2


def make_site() -> Site:
    locations = {x: Location(x, "Z1", n) for n, x in enumerate(BINS)}
    profiles = {
        "P1": PickerProfile("P1", Colour.GREEN, Pattern.STEADY, "A", ("Z1",), None, signed_on=True),
        "P2": PickerProfile("P2", Colour.BLUE, Pattern.BLINK, "B", ("Z1",), None, signed_on=True),
    }
    return Site("S", "ctl", locations, profiles, frozenset({"Z1"}), Policy(hand_over_after_ms=0, lease_ms=10**9))


class Clock:
    """Time is a number that the simulation moves."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000

    def now(self) -> Instant:
        return Instant(self.ms, self.ms)

    def synced(self) -> bool:
        return True


@dataclass
class Disk:
    """What survives a crash: only what was committed."""

    facts: list[Fact] = field(default_factory=list)
    events: list[Outgoing] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    cursors: dict[str, tuple[int, int]] = field(default_factory=dict)
    acked: int = 0

    def commit(self, batch: Batch) -> None:
        self.facts += batch.facts
        self.events += batch.events
        self.receipts |= {x.key: x for x in batch.receipts}
        if batch.cursor is not None:
            self.cursors[batch.cursor[0]] = batch.cursor[1:]


class FakeJournal:
    """The journal's interface over a `Disk`; commits happen when the simulation says so."""

    stream = "s"

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.head = len(disk.events)
        self.last_fact = len(disk.facts)
        self.waiting: deque[tuple[Batch, asyncio.Future[None]]] = deque()
        self._pending = dict(disk.receipts)

    def submit(self, batch: Batch) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.head += len(batch.events)
        self.last_fact += len(batch.facts)
        self._pending |= {x.key: x for x in batch.receipts}
        self.waiting.append((batch, future))
        return future

    def commit_some(self, count: int) -> None:
        for _ in range(min(count, len(self.waiting))):
            batch, future = self.waiting.popleft()
            self.disk.commit(batch)
            future.set_result(None)

    def restore(self, skip_snapshots: int = 0) -> Restored:
        def facts() -> Iterator[Fact]:
            yield from self.disk.facts

        return Restored(None, facts(), self.stream, self.head, self.disk.acked, dict(self.disk.cursors), 1)

    def receipt(self, key: str) -> Receipt | None:
        return self._pending.get(key)

    def events(self, from_seq: int, limit: int) -> list[Outgoing]:
        return self.disk.events[from_seq - 1 : from_seq - 1 + limit]

    def oldest_receipt_at(self) -> int | None:
        return None

    def space_state(self) -> Space:
        return Space.OK


@dataclass
class Module:
    """A shelf module: keeps a press until it is acknowledged, and tells it again and again."""

    boot_id: int = 1
    ev_seq: int = 0
    queue: deque[tuple[int, int, int]] = field(default_factory=deque)
    picture: Light | None = None

    def press(self) -> tuple[int, int] | None:
        """The quantity and the token that count, if there is something to confirm."""
        if self.picture is None or self.picture.quantity is None or len(self.queue) >= 16:
            return None
        self.ev_seq = self.ev_seq % 255 + 1
        self.queue.append((self.ev_seq, self.picture.quantity, self.picture.token))
        return self.picture.quantity, self.picture.token

    def acknowledge(self, boot_id: int, ev_seq: int) -> None:
        while boot_id == self.boot_id and self.queue and self.queue[0][0] != ev_seq % 255 + 1:
            self.queue.popleft()


@dataclass
class Broker:
    """QoS 1 with a memory that may go: messages wait until they are acknowledged, or are forgotten with the session."""

    inbound: dict[int, Task] = field(default_factory=dict)
    outbound: deque[bytes] = field(default_factory=deque)
    mid: int = 0

    def publish_task(self, task: Task) -> None:
        self.mid = self.mid % 40 + 1  # packet ids are few and come again
        self.inbound[self.mid] = task


class Wms:
    """Sends a task until it is answered; applies events by (stream, seq), in order, once."""

    def __init__(self, tasks: list[Task]) -> None:
        self.unanswered = {x.task_id: x for x in tasks}
        self.applied = 0
        self.early: dict[int, dict[str, Any]] = {}
        self.bodies: dict[int, bytes] = {}
        self.picked: dict[tuple[str, str], Decimal] = {}
        self.completed: set[str] = set()
        self.faults: list[str] = []

    def receive(self, body: bytes) -> None:
        event = msgspec.json.decode(body)
        seq = event["seq"]
        if self.bodies.setdefault(seq, body) != body:
            self.faults.append(f"event {seq} came with two contents")
        if seq > self.applied:
            self.early[seq] = event
        while self.applied + 1 in self.early:
            self.applied += 1
            self._apply(self.early.pop(self.applied))

    def _apply(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "task_accepted" | "task_rejected":
                self.unanswered.pop(event["task_id"], None)
            case "line_completed":
                key = (event["task_id"], event["line_id"])
                if key in self.picked:
                    self.faults.append(f"line {key} was reported twice")
                self.picked[key] = Decimal(event["qty_picked"])
            case "task_completed":
                if event["task_id"] in self.completed:
                    self.faults.append(f"task {event['task_id']} was completed twice")
                self.completed.add(event["task_id"])


class Warehouse:
    """One shift. `gate_type` and the flags let a test build in a mistake that must be found."""

    def __init__(
        self,
        seed: int,
        *,
        gate_type: type[Gate] = Gate,
        relay_type: type[Relay] = Relay,
        generation_guard: bool = True,
        resend_tasks: bool = True,
        loses_sessions: bool = True,
        keep_cursors: bool = True,
    ) -> None:
        self.rng = random.Random(seed)
        self.gate_type, self.relay_type = gate_type, relay_type
        self.generation_guard, self.resend_tasks = generation_guard, resend_tasks
        self.loses_sessions, self.keep_cursors = loses_sessions, keep_cursors
        self.clock = Clock()
        self.site = make_site()
        self.disk, self.broker = Disk(), Broker()
        self.modules = {x: Module() for x in BINS}
        self.tasks = [self._task(n) for n in range(self.rng.randint(3, 8))]
        self.wms = Wms(self.tasks)
        self.unsent = deque(self.tasks)
        self.generation = 0
        self.crashes = 0
        self.trouble = True
        self.okayed: set[str] = set()
        """Bins whose lamp went out after a press: the picker walked on, believing it booked."""
        self.start()

    def _task(self, number: int) -> Task:
        bins = self.rng.sample(BINS, self.rng.randint(1, 3))
        lines = tuple(
            Line(line_id=str(n), seq=n, location=x, sku=f"sku-{x}", qty=Decimal(QTY)) for n, x in enumerate(bins)
        )
        return Task(task_id=f"T{number}", revision=1, lines=lines)

    # --- the controller's lives -----------------------------------------------------------------------------------

    def start(self) -> None:
        """A new process: everything in memory is gone."""
        if not self.keep_cursors:
            self.disk.cursors.clear()
        self.journal = FakeJournal(self.disk)
        self.relay = self.relay_type("s", acked=self.disk.acked, head=len(self.disk.events))
        self.flying: deque[int] = deque()
        self.delivered: list[int] = []
        self.taken: set[tuple[str, int, int]] = set()
        self.gate = self.gate_type(
            Station(self.site),
            self.journal,  # type: ignore[arg-type]
            Projection(self.site),
            self.clock,  # type: ignore[arg-type]
            config="c",
            released=self.released,
            broken=self._never,
            repeat=lambda seq: self.relay.resend(seq, self.now),
            spawn=self._never,
        )
        self.gate.restore()
        self.connect()
        self.show(self.gate.committed)
        self.gate.open()

    def _never(self, *_args: object) -> Any:
        raise AssertionError("the simulated disk loses data, but it does not fail")

    def connect(self) -> None:
        self.generation += 1
        self.delivered = []
        self.flying.clear()
        if self.trouble and self.loses_sessions and self.rng.random() < 0.3:
            self.broker.inbound.clear()
            self.broker.mid = 0
        self.relay.connected(self.now)

    def crash(self) -> None:
        self.crashes += 1
        self.start()

    @property
    def now(self) -> float:
        return self.clock.ms / 1000

    def released(self, release: Release) -> None:
        self.show(release.state)
        if release.events:
            self.relay.head = release.events[-1].seq

    def show(self, state: Any) -> None:
        picture = lights(state, self.site)
        for location, module in self.modules.items():
            module.picture = picture.get(location)

    # --- what may happen ------------------------------------------------------------------------------------------

    def step(self) -> None:
        self.clock.ms += self.rng.randint(1, 400)
        calm: list[Callable[[], None]] = [
            self.send,
            self.deliver,
            self.commit,
            self.press,
            self.poll,
            self.relay_events,
        ]
        calm += [self.consume, self.consume, self.tick, self.commit]
        rough = [self.crash, self.reconnect, self.lose_outbound, self.reboot_broker]
        action = self.rng.choice(rough) if self.trouble and self.rng.random() < 0.04 else self.rng.choice(calm)
        action()

    def send(self) -> None:
        if self.unsent:
            self.broker.publish_task(self.unsent.popleft())
        elif self.wms.unanswered and self.resend_tasks and self.rng.random() < 0.2:
            self.broker.publish_task(self.rng.choice(list(self.wms.unanswered.values())))

    def deliver(self) -> None:
        waiting = [x for x in self.broker.inbound if x not in self.delivered]
        if not waiting:
            return
        mid, generation = waiting[0], self.generation
        self.delivered.append(mid)
        task = self.broker.inbound[mid]
        self.gate.take(
            Arrival(
                TaskArrived(cause=f"m-{task.task_id}", task=task, digest="d" * 64),
                lambda: self.ack(mid, generation, task),
            )
        )

    def ack(self, mid: int, generation: int, task: Task) -> None:
        if generation == self.generation or not self.generation_guard:
            gone = self.broker.inbound.pop(mid, task)
            if gone is not task:
                self.wms.faults.append(f"an old ack of {task.task_id} made the broker forget {gone.task_id}")
            if mid in self.delivered:
                self.delivered.remove(mid)

    def commit(self) -> None:
        self.journal.commit_some(self.rng.randint(1, 3))

    def press(self) -> None:
        lit = [x for x in self.modules.values() if x.picture is not None]
        if lit:
            self.rng.choice(lit).press()

    def poll(self) -> None:
        """The bus: a module with a press tells it; the driver passes each on once in its life."""
        for location, module in self.modules.items():
            if not module.queue or (self.trouble and self.rng.random() < 0.3):
                continue
            ev_seq, quantity, token = module.queue[0]
            mark = (location, module.boot_id, ev_seq)
            if mark in self.taken:
                continue
            self.taken.add(mark)
            pressed = ButtonPressed(
                cause=f"button:{location}:{ev_seq}",
                location=location,
                key=Key.CONFIRM,
                quantity=quantity,
                token=token,
            )
            boot_id = module.boot_id
            self.gate.take(
                Arrival(pressed, lambda m=module, b=boot_id, s=ev_seq: m.acknowledge(b, s), mark)  # type: ignore[misc]
            )

    def relay_events(self) -> None:
        for seq in self.relay.take(self.now):
            rows = self.journal.events(seq, 1)
            if rows:
                self.broker.outbound.append(rows[0].body)
                self.flying.append(seq)
        while self.flying and self.rng.random() < 0.9:
            self.relay.puback(self.flying.popleft(), self.now)

    def consume(self) -> None:
        for _ in range(min(len(self.broker.outbound), 5)):
            body = self.broker.outbound.popleft()
            self.wms.receive(body)
            if self.trouble and self.rng.random() < 0.05:
                self.broker.outbound.append(body)
        if self.rng.random() < 0.7:
            self.relay.app_ack("s", self.wms.applied, self.now)
            self.disk.acked = self.relay.acked

    def tick(self) -> None:
        self.gate.take(Arrival(TimePassed(), lambda: None))

    def reconnect(self) -> None:
        self.relay.disconnected()
        self.connect()

    def lose_outbound(self) -> None:
        """The broker acknowledged these, and lost them."""
        for _ in range(self.rng.randint(0, len(self.broker.outbound))):
            self.broker.outbound.pop()

    def reboot_broker(self) -> None:
        self.broker.outbound.clear()
        self.reconnect()

    # --- the end --------------------------------------------------------------------------------------------------

    async def shift(self, steps: int = 250) -> list[str]:
        """Trouble, then calm until everything is done; what disagrees at the end."""
        for _ in range(steps):
            self.step()
            await self._settle()
        self.trouble = False
        for _ in range(6000):
            if self.finished():
                break
            self.step()
            await self._settle()
        return self.differences()

    async def _settle(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    def finished(self) -> bool:
        return self.wms.completed == {x.task_id for x in self.tasks} and not any(x.queue for x in self.modules.values())

    def differences(self) -> list[str]:
        found = list(self.wms.faults)
        wanted = {(x.task_id, line.line_id): line.qty for x in self.tasks for line in x.lines}
        for key, qty in wanted.items():
            got = self.wms.picked.get(key)
            if got != qty:
                found.append(f"line {key}: asked {qty}, the WMS has {got}")
        missing = {x.task_id for x in self.tasks} - self.wms.completed
        found += [f"task {x} never ended" for x in sorted(missing)]
        seqs = [x.seq for x in self.disk.events]
        if seqs != list(range(1, len(seqs) + 1)):
            found.append("the stream has gaps")
        return found


def run(seed: int, **mistakes: Any) -> tuple[list[str], Warehouse]:
    """One shift from start to end."""

    async def shift() -> tuple[list[str], Warehouse]:
        warehouse = Warehouse(seed, **mistakes)
        return await warehouse.shift(), warehouse

    return asyncio.run(shift())
