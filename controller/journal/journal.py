"""The journal: what was decided, what the WMS is told, what was answered, where the modules stand.

In: batches, one per input. Out: a future for each that is done once it is durable. Nothing leaves the station before.
Everything is called on the loop, except `next_session` (any thread) and `open`, `reopen`, `close`, which block briefly.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO

import apsw

from controller.journal import backup, checking, chores, files, opening, statistics
from controller.journal.errors import (
    AckBeyondHeadError,
    JournalBusyError,
    JournalClosedError,
    JournalCorruptError,
    JournalError,
    translated,
)
from controller.journal.model import Batch, JournalSettings, JournalStats, Outgoing, Receipt, Restored, Space
from controller.journal.reading import Reader
from controller.journal.rows import batch_rows, new_stream, save_ack, save_session, wall_ms
from controller.journal.space import DiskSpace
from controller.journal.unsettled import Unsettled
from controller.journal.work import Entry, Hook, Statement
from controller.journal.writer import Writer

SESSION_WAIT_S = 30.0
"""How long a CONNECT waits for its number: longer than any stall of a card that still works."""
ACK_SAVE_S = 30.0
"""An acknowledgement is saved with the next commit, and at most so often by itself. Losing one only repeats events."""

log = logging.getLogger(__name__)


class Journal:
    """Use `Journal.open`. After a JournalError: `reopen()`, then rebuild the state from `restore()`.

    `stream`: the present stream; `head`: the last seq handed in; `acked_seq`: the last seq that the WMS acknowledged;
    `last_fact`: the id of the last fact handed in (0: none).
    """

    stream: str
    head: int
    acked_seq: int
    last_fact: int
    _opened: opening.Opened
    _reader: Reader
    _writer: Writer
    _base: int
    _session: int
    _ack_chored: float

    @classmethod
    def open(
        cls,
        path: Path,
        settings: JournalSettings | None = None,
        *,
        clock: Callable[[], int] = wall_ms,
        hook: Hook | None = None,
        vfs: str | None = None,
    ) -> Journal:
        """Open, migrate and check it; a damaged one is set aside and replaced (see `Restored.quarantined`).

        `clock`: wall milliseconds. `hook`: called with each name of `writer.POINTS` when the writer gets there.
        Raises JournalLockedError, JournalNewerError, or JournalError if the medium fails.
        """
        lock = files.lock(path)
        try:
            return cls(path, settings or JournalSettings(), lock, clock, hook=hook, vfs=vfs)
        except BaseException:
            lock.close()
            raise

    def __init__(
        self,
        path: Path,
        settings: JournalSettings,
        lock: BinaryIO,
        clock: Callable[[], int],
        *,
        hook: Hook | None,
        vfs: str | None,
    ) -> None:
        self.path, self.settings, self._lock = path, settings, lock
        self._clock, self._hook, self._vfs = clock, hook, vfs
        self._space = DiskSpace(path, settings.ballast_mb, settings.min_free_percent)
        self._session_gate = threading.Lock()
        self._begin()

    # --- starting and ending --------------------------------------------------------------------------------------

    def restore(self, skip_snapshots: int = 0) -> Restored:
        """What there is to begin with. `skip_snapshots`: leave out so many of the newest, when they can not be read.

        Reading the facts raises JournalCorruptError (`reopen()` then) or JournalNewerError.
        """
        found = self._opened
        after, body = self._reader.snapshot(skip_snapshots)
        return Restored(
            snapshot=body,
            facts=self._reader.facts(after),
            stream=self.stream,
            head=self.head,
            acked=self.acked_seq,
            cursors=self._reader.cursors(),
            boots=found.boots,
            clean=found.clean,
            quarantined=found.quarantined,
            backup=found.backup,
            forked=found.forked,
        )

    def reopen(self) -> None:
        """Begin again after a JournalError, as `open` does. What had not been settled may be there or not: `restore()`.

        Raises JournalError while the medium still fails; then try again later.
        """
        if isinstance(self._writer.failed, JournalCorruptError):
            checking.suspect(self.path)
        self._shut()
        self._begin()

    def close(self) -> None:
        """Write what waits and leave. May be called twice."""
        if not self._lock.closed:
            self._shut()
            self._lock.close()

    # --- writing --------------------------------------------------------------------------------------------------

    def submit(self, batch: Batch) -> asyncio.Future[None]:
        """Make it durable. The future is done after COMMIT, in the order of submission, or fails with JournalError.

        Raises JournalBusyError (nothing was taken over), JournalClosedError, ValueError if an event's seq is not the
        next one, TypeError if a fact is not JSON.
        """
        future = asyncio.get_running_loop().create_future()
        if self._writer.failed is not None:
            future.set_exception(self._writer.failed)
            return future
        rows = batch_rows(batch, self.last_fact, self._base, self.head, self._clock())
        entry = Entry(rows, future, keys=[receipt.key for receipt in batch.receipts])
        try:
            self._writer.put(entry)
        except (JournalBusyError, JournalClosedError):
            raise
        except JournalError as error:
            future.set_exception(error)
            return future
        self.head += len(batch.events)
        self.last_fact += len(batch.facts)
        self._unsettled.add(entry, batch.receipts)
        return future

    def acked(self, upto: int) -> None:
        """The WMS has everything up to `upto`. Lower than before is ignored. Raises AckBeyondHeadError."""
        if upto > self.head:
            raise AckBeyondHeadError(f"stream {self.stream}: {upto} acknowledged, head is {self.head}")
        if upto > self.acked_seq:
            self.acked_seq = upto
            self._ack = (upto, self.stream)
            if time.monotonic() - self._ack_chored >= ACK_SAVE_S:
                self._ack_chored = time.monotonic()
                self._writer.later(chores.save(save_ack(*self._ack)))

    def fork(self) -> str:
        """Begin a new stream, whose first event is 1; the old one's events are kept. Durable before any later batch."""
        name, base = opening.new_name(), self._base + self.head
        self._writer.put(Entry(new_stream(name, base, self._clock())))
        self.stream, self._base, self.head, self.acked_seq = name, base, 0, 0
        self._ack = (0, name)
        return name

    def next_session(self) -> int:
        """The number of this CONNECT, above every one before, durable on return. Blocks; any thread; JournalError."""
        with self._session_gate:
            number, latch = self._session + 1, Future[None]()
            self._writer.put(Entry(save_session(number), latch=latch))
            try:
                latch.result(SESSION_WAIT_S)
            except TimeoutError as error:
                raise JournalBusyError(f"no commit in {SESSION_WAIT_S:.0f} s") from error
            self._session = number
            return number

    def snapshot(self, body: bytes, after_fact: int) -> None:
        """Remember the state as it was right after a fact (`last_fact` when it was encoded), in a quiet moment."""
        if not 0 < after_fact <= self.last_fact:
            raise ValueError(f"there is no fact {after_fact}")
        self._writer.later(chores.snapshot(after_fact, self._clock(), body))

    def tidy(self) -> None:
        """Forget what need not be kept, lay in the ballast again: hourly. Little by little, in quiet moments."""
        now, upto = self._clock(), self._base + self.acked_seq
        self._space.refill()
        self._writer.later(chores.forget_events(upto, now, self.settings))
        self._writer.later(chores.ForgetReceipts(now, self.settings))
        self._writer.later(chores.forget_facts(now, self.settings))

    # --- looking up -----------------------------------------------------------------------------------------------

    def receipt(self, key: str) -> Receipt | None:
        """The newest receipt of this key, also one that is not durable yet."""
        return self._unsettled.receipt(key) or self._reader.receipt(key, self._base)

    def oldest_receipt_at(self) -> int | None:
        """What was issued up to then (wall ms) may have been done and forgotten. None: nothing was ever forgotten."""
        return self._reader.forgotten()

    def events(self, from_seq: int, limit: int) -> list[Outgoing]:
        """Durable events of the present stream from `from_seq` (or the oldest kept) on."""
        return self._reader.events(self._base, from_seq, limit)

    def oldest_seq(self) -> int:
        """The first event of this stream that can be sent again; head + 1 if there is none."""
        oldest = self._reader.oldest_event()
        return max(1, oldest - self._base) if oldest else self.head + 1

    def space_state(self) -> Space:
        return self._space.state()

    def stats(self) -> JournalStats:
        return statistics.of(self.path, self._writer, self._space)

    async def backup(self, target: Path | None = None) -> Path:
        """A checked copy at `target` (or where the settings say); seconds, beside normal work. Raises JournalError."""
        place = target or self.settings.backup
        if place is None:
            raise ValueError("no place for a backup is configured")
        await asyncio.to_thread(backup.copy_out, self.path, place, self._vfs)
        return place

    async def check(self) -> None:
        """Read all of it; seconds, beside normal work. Raises JournalCorruptError: then the next opening acts on it."""
        await asyncio.to_thread(backup.check_whole, self.path, self._vfs)

    def _begin(self) -> None:
        found = None
        try:
            self._opened = found = self._open()
            self._look_around(found)
        except (apsw.Error, OSError) as error:
            if found is not None:
                found.writer.close()
            raise translated(error, self._space.free_bytes()) from error
        self._ack = self._ack_saved = (self.acked_seq, self.stream)
        self._ack_chored = -ACK_SAVE_S
        self._unsettled = Unsettled()
        self._space.refill()
        self._writer = Writer(found.writer, self._space, self._unsettled.settle, self._unsaved_ack, self._hook)
        self._writer.start()

    def _look_around(self, found: opening.Opened) -> None:
        """Where the counters stand."""
        self._reader = Reader(self.path, self._vfs)
        self.stream, self._base, self._session = found.stream, found.base, found.session
        self.head = max(0, self._reader.last_event() - found.base)
        self.last_fact = self._reader.last_fact()
        self.acked_seq = min(found.acked, self.head)

    def _open(self) -> opening.Opened:
        """A full disk must not keep the station from starting: the ballast goes first."""
        try:
            return opening.open_whole(self.path, self.settings, self._clock(), self._vfs)
        except apsw.FullError:
            if not self._space.drop():
                raise
            return opening.open_whole(self.path, self.settings, self._clock(), self._vfs)

    def _shut(self) -> None:
        self._writer.stop()
        try:
            self._reader.close()
            done = self._writer.failed is None and opening.end(self._opened.writer, save_ack(*self._ack))
            self._opened.writer.close()
            if done:
                files.void_log(self.path)
        except (apsw.Error, OSError) as error:
            log.warning("closing the journal: %s", error)

    def _unsaved_ack(self) -> Iterable[Statement]:
        """In the writer's thread, inside a transaction. `_ack` changes as one."""
        ack = self._ack
        if ack == self._ack_saved:
            return ()
        self._ack_saved = ack
        return save_ack(*ack)
