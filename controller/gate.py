"""The commit gate: inputs are decided in order, and nothing they lead to leaves the station before it is durable.

In: arrivals (an input, what to call once it is durable) from every door. Out: one `Release` after each commit: events
for the WMS, cues, and the state to light. If a commit fails, the state is rebuilt from the journal and what had not
been committed is decided again; meanwhile nothing is released and nothing is acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from controller import receipts
from controller.clock import Clock, up_ms
from controller.core.draft import Cue
from controller.core.evolve import evolve
from controller.core.facts import Fact, StreamForked
from controller.core.inputs import Input, TimePassed
from controller.core.state import State
from controller.core.station import Decision, Station
from controller.journal import Batch, Journal, JournalBusyError, JournalError, Outgoing, Restored
from controller.snapshots import Snapshot, newest_readable
from controller.wms.events import LineSeqs, Projection, encode
from controller.wms.payloads import Clock as EventClock

log = logging.getLogger(__name__)

RETRY_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to open a failing journal again; the last one repeats."""


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something happened. `done` is called once, when it is durable (or was before)."""

    happened: Input | Fact
    done: Callable[[], None] = _nothing
    cursor: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What may leave now."""

    state: State
    events: tuple[Outgoing, ...]
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class _Pending:
    """Decided, on its way to the disk."""

    arrival: Arrival
    release: Release


class Gate:
    """Owns the state. All methods are called on the event loop.

    `released` is called after each commit, `broken` when the journal fails (text) and when it works again (None),
    `repeat` with the seq of the old answer to a message that came twice; `spawn` owns the task that repairs.
    """

    def __init__(
        self,
        station: Station,
        journal: Journal,
        projection: Projection,
        clock: Clock,
        *,
        config: str,
        released: Callable[[Release], None],
        broken: Callable[[str | None], None],
        repeat: Callable[[int], object],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self.station = station
        self.journal = journal
        self.state = State()
        self.committed = State()
        self.committed_head = 0
        self.seqs = LineSeqs()
        self.recovering: asyncio.Task[None] | None = None
        self._projection = projection
        self._clock = clock
        self._config = config
        self._released = released
        self._broken = broken
        self._repeat = repeat
        self._spawn = spawn
        self._pending: deque[_Pending] = deque()
        self._held: list[Arrival] = []
        self._cursors: dict[str, tuple[int, int]] = {}
        self._facts_since_snapshot = 0
        self._shut = False

    @property
    def waiting(self) -> int:
        """Arrivals decided but not durable yet, or held back by a failing journal."""
        return len(self._pending) + len(self._held)

    def restore(self) -> Restored:
        """Rebuilds the state: the newest readable snapshot and the facts after it. Returns what the journal found."""
        snapshot, restored = newest_readable(self.journal)
        state, count = snapshot.state, 0
        for fact in restored.facts:
            state, count = evolve(state, fact), count + 1
        self.state = self.committed = state
        self.seqs = LineSeqs(snapshot.lines if snapshot.stream == self.journal.stream else {})
        self._read_seqs(snapshot.head if snapshot.stream == self.journal.stream else 0)
        self.committed_head = self.journal.head
        self._cursors = dict(restored.cursors)
        self._facts_since_snapshot = count
        return restored

    def open(self) -> None:
        """Decides what follows from the configuration at start."""
        now = self._clock.now()
        decision = self.station.open(self.state, now)
        if decision.facts:
            self._submit(Arrival(decision.facts[0]), decision)

    def take(self, arrival: Arrival) -> None:
        """Decides one arrival and sends it to the journal; returns at once. Does nothing once it is `shut`."""
        if not self._shut:
            self._take(arrival)

    def shut(self, last: Callable[[], None]) -> None:
        """What comes from now on is as if it came after the stop: not acknowledged, so that it comes again.

        `last` is called when everything before is durable and released.
        """
        self._take(Arrival(TimePassed(), last))
        self._shut = True

    def fork(self, acked: int) -> str:
        """Begins a new stream, because the WMS has seen more of this one than is here."""
        old, head = self.journal.stream, self.journal.head
        stream = self.journal.fork()
        self.seqs = LineSeqs()
        self.committed_head = 0
        fact = StreamForked(at=self._clock.now().wall, cause="wms", old=old, head=head, acked=acked)
        self._take(Arrival(fact))
        return stream

    def snapshot_if_due(self, every: int) -> bool:
        """Hands a snapshot to the journal after `every` facts; only in a moment without pending commits."""
        if self._facts_since_snapshot < every or self._pending or self.recovering is not None:
            return False
        body = Snapshot(self.committed, self.seqs.lines, self.journal.stream, self.journal.head)
        self.journal.snapshot(msgspec.json.encode(body), self.journal.last_fact)
        self._facts_since_snapshot = 0
        return True

    # --- deciding -------------------------------------------------------------------------------------------------

    def _take(self, arrival: Arrival) -> None:
        if self.recovering is not None:
            if not isinstance(arrival.happened, TimePassed):
                self._held.append(arrival)
            return
        if arrival.cursor is not None and receipts.seen(self._cursors, arrival.cursor):
            self._nothing_new(arrival, None)
            return
        decision = self._decide(arrival)
        if decision is None or (not decision.facts and arrival.cursor is None):
            self._nothing_new(arrival, decision)
            return
        self._submit(arrival, decision)

    def _decide(self, arrival: Arrival) -> Decision | None:
        """The decision, or None for a message that was answered before."""
        happened = arrival.happened
        if isinstance(happened, Fact):
            state = evolve(self.state, happened)
            return Decision((happened,), (state,), (), state)
        old = receipts.old_answer(happened, self.journal.receipt, self._config)
        if old is not None:
            self._repeat(old)
            return None
        happened = receipts.with_memory(happened, self.state, self.journal)
        return self.station.decide(self.state, happened, self._clock.now())

    def _submit(self, arrival: Arrival, decision: Decision) -> None:
        events, seqs = self._project(decision)
        notes = receipts.receipts_of(arrival.happened, decision.facts, seqs, self._config)
        batch = Batch(decision.facts, events, notes, arrival.cursor)
        try:
            future = self.journal.submit(batch)
        except JournalBusyError as error:
            self._fail(str(error), [arrival])
            return
        self.state = decision.state
        if arrival.cursor is not None:
            module, boot_id, ev_seq = arrival.cursor
            self._cursors[module] = (boot_id, ev_seq)
        self._facts_since_snapshot += len(decision.facts)
        self._pending.append(_Pending(arrival, Release(decision.state, events, decision.cues)))
        future.add_done_callback(self._settled)

    def _project(self, decision: Decision) -> tuple[tuple[Outgoing, ...], tuple[int | None, ...]]:
        """The events of these facts with their seqs, and per fact its seq (None: the WMS does not see it)."""
        events: list[Outgoing] = []
        seqs: list[int | None] = []
        before, stream = self.state, self.journal.stream
        clk = EventClock(sync=self._clock.synced(), up_ms=up_ms())
        for fact, after in zip(decision.facts, decision.states, strict=True):
            event = self._projection.event_of(fact, before, after, self.seqs, stream)
            before = after
            if event is None:
                seqs.append(None)
                continue
            seq = self.journal.head + len(events) + 1
            controller = self._projection.site.controller_id
            body = encode(event, controller=controller, stream=stream, seq=seq, at=fact.at, cause=fact.cause, clk=clk)
            events.append(Outgoing(seq, body))
            self.seqs.note(event, seq)
            seqs.append(seq)
        return tuple(events), tuple(seqs)

    def _nothing_new(self, arrival: Arrival, decision: Decision | None) -> None:
        """Nothing to journal; what it repeats may still be on its way to the disk, and must be there first."""
        if self._pending:
            self._submit(arrival, Decision((), (), () if decision is None else decision.cues, self.state))
            return
        arrival.done()
        if decision is not None and decision.cues:
            self._released(Release(self.committed, (), decision.cues))

    # --- after the commit -----------------------------------------------------------------------------------------

    def _settled(self, future: asyncio.Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or self.recovering is not None:
            return
        if error is not None:
            self._fail(str(error), [])
            return
        pending = self._pending.popleft()
        self.committed = pending.release.state
        if pending.release.events:
            self.committed_head = pending.release.events[-1].seq
        self._released(pending.release)
        pending.arrival.done()  # last: an ack on the wire costs the lamp 0.3 ms

    # --- when the disk fails --------------------------------------------------------------------------------------

    def _fail(self, why: str, more: list[Arrival]) -> None:
        """Holds everything back that is not durable, and starts trying again."""
        log.error("the journal failed, nothing is confirmed until it works again: %s", why)
        self._held = [x.arrival for x in self._pending] + more
        self._pending.clear()
        self._broken(why)
        self.recovering = self._spawn(self._recover())

    async def _recover(self) -> None:
        """Opens the journal again, rebuilds the state, decides again what had not been committed."""
        attempt = 0
        while True:
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1
            try:
                self.journal.reopen()
                self.restore()
            except JournalError as error:
                log.warning("the journal still fails: %s", error)
                continue
            break
        held, self._held = self._held, []
        self.recovering = None
        self._broken(None)
        self._released(Release(self.committed, (), ()))
        for arrival in held:
            self._take(arrival)

    def _read_seqs(self, after: int) -> None:
        """What the projection must know of events newer than the snapshot."""
        seq = after + 1
        while rows := self.journal.events(seq, 1000):
            for row in rows:
                self.seqs.read(row.body)
            seq = rows[-1].seq + 1
