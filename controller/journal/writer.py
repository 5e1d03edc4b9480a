"""The one thread that writes: group commit, checkpoints, chores.

In: entries (statements that belong together) from the loop and other threads, in order. Out: after COMMIT, one call on
the loop settles all entries of the group in that same order. The first failure is final: it and everything after it
fails, for what comes later was decided on top of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import apsw

from controller.journal.errors import JournalBusyError, JournalClosedError, JournalError, JournalFullError, translated
from controller.journal.space import DiskSpace
from controller.journal.work import Chore, Deliver, Entry, Hook, Statement, table_of

MAX_WAITING = 4096
"""Entries that may wait for the disk: 40 s of 100 inputs a second, far more than any stall that a picker sits out."""
MAX_GROUP = 64
"""Entries per transaction. At 3 facts each the first of them waits under 3 ms for the last."""
QUIET_S = 0.05
"""So long without an entry and the thread does one chore or checkpoint (a few ms) if any is due."""
IDLE_TICK_S = 1.0
"""With nothing due it looks around this often."""
PATIENCE_S = 10.0
"""A chore that found no quiet moment for so long is done between two groups."""
CHECKPOINT_PAGES = 500
"""Log pages not yet in the database (2 MB) for which a quiet moment is used; 2 ms here."""
CHECKPOINT_NOW_PAGES = 4000
"""16 MB: checkpoint at once, lest the log and the time to read it at a start grow without end."""
SAMPLES = 1024
"""Commit times kept for the statistics."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    commits: int = 0
    commit_s: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLES))


class Writer:
    """Owns `connection` from `start()` to `stop()`. `deliver` is called on the loop that the entries came from.

    `extra`: statements to add to a transaction that is made anyway.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        space: DiskSpace,
        deliver: Deliver,
        extra: Callable[[], Iterable[Statement]] = tuple,
        hook: Hook | None = None,
    ) -> None:
        self.counts = Counts()
        self.failed: JournalError | None = None
        self._connection, self._space, self._deliver, self._extra, self._hook = connection, space, deliver, extra, hook
        self._execute, self._executemany = connection.cursor().execute, connection.cursor().executemany
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
        self._gate = threading.Lock()  # between putting and failing: no entry slips in after the last was failed
        self._chores: deque[tuple[float, Chore]] = deque()
        self._stopping = False
        self._pages = self._moved = self._last_try = 0
        connection.set_wal_hook(self._count_pages)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end the thread. May be called twice."""
        with self._gate:
            self._stopping = True
        self._queue.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def put(self, entry: Entry) -> None:
        """Any thread. Raises JournalBusyError, JournalClosedError, or the failure that ended the writing."""
        with self._gate:
            self.check()
            self._queue.put(entry)

    def check(self) -> None:
        if self.failed is not None:
            raise self.failed
        if self._stopping:
            raise JournalClosedError("the journal is closed")
        if self._queue.qsize() >= MAX_WAITING:
            raise JournalBusyError(f"{MAX_WAITING} entries wait for the disk")

    def later(self, chore: Chore) -> None:
        """Do it in a quiet moment."""
        self._chores.append((time.monotonic(), chore))

    def waiting(self) -> int:
        return self._queue.qsize()

    # --- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        group: list[Entry] = []
        try:
            while self.failed is None:
                group, ended = self._next_group()
                if group:
                    self._write(group)
                quiet, group = not group, []
                if ended:
                    return
                self._keep_house(quiet=quiet)
        except Exception as error:  # the thread's edge: whatever it is, nobody may wait for ever
            log.exception("the journal's writer failed")
            self._roll_back()
            self._fail(group, JournalError(f"writer: {error!r}"))

    def _next_group(self) -> tuple[list[Entry], bool]:
        """What waits, at most MAX_GROUP, and whether the end was reached."""
        group: list[Entry] = []
        try:
            entry = self._queue.get(timeout=QUIET_S if self._due() else IDLE_TICK_S)
            while entry is not None:
                group.append(entry)
                if len(group) == MAX_GROUP:
                    return group, False
                entry = self._queue.get_nowait()
        except Empty:
            return group, False
        return group, True

    def _write(self, group: list[Entry]) -> None:
        error = self._attempt(group)
        if isinstance(error, JournalFullError) and self._space.drop():
            log.error("disk full: the ballast was given up, only running lines may go on")
            self._at("ballast_dropped")
            error = self._attempt(group)
        if error is not None:
            self._fail(group, error)
            return
        self._at("before_resolve")
        self._settle(group, None)

    def _attempt(self, group: list[Entry]) -> JournalError | None:
        begun = time.perf_counter()
        try:
            self._transact(group)
        except apsw.Error as error:
            self._roll_back()
            return translated(error, self._space.free_bytes())
        self.counts.commits += 1
        self.counts.commit_s.append(time.perf_counter() - begun)
        return None

    def _transact(self, group: list[Entry]) -> None:
        self._at("before_begin")
        self._execute("BEGIN IMMEDIATE")
        self._at("after_begin")
        for entry in group:
            self._put_rows(entry.statements)
        self._put_rows(self._extra())
        self._at("before_commit")
        self._execute("COMMIT")
        self._at("after_commit")

    def _put_rows(self, statements: Iterable[Statement]) -> None:
        for sql, rows in statements:
            self._executemany(sql, rows)
            if self._hook is not None:
                self._hook("after_" + table_of(sql))

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
        except apsw.Error:
            log.exception("rollback failed")

    def _settle(self, group: Sequence[Entry], error: JournalError | None) -> None:
        for entry in group:
            if entry.latch is not None and not entry.latch.done():
                entry.latch.set_exception(error) if error else entry.latch.set_result(None)
        loop = next((entry.future.get_loop() for entry in group if entry.future is not None), None)
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._deliver, group, error)
        except RuntimeError:
            log.debug("the loop is gone: nobody waits for %d entries", len(group))

    def _fail(self, group: list[Entry], error: JournalError) -> None:
        """Fail them and all that wait, and refuse every later one."""
        log.error("the journal stops: %s", error)
        with self._gate:
            self.failed = error
            while not self._queue.empty():
                entry = self._queue.get_nowait()
                if entry is not None:
                    group.append(entry)
        self._settle(group, error)

    # --- housekeeping ---------------------------------------------------------------------------------------------

    def _due(self) -> bool:
        return bool(self._chores) or self._behind() >= CHECKPOINT_PAGES

    def _keep_house(self, *, quiet: bool) -> None:
        if self._behind() >= (CHECKPOINT_PAGES if quiet else CHECKPOINT_NOW_PAGES):
            self._checkpoint()
        elif self._chores and (quiet or time.monotonic() - self._chores[0][0] > PATIENCE_S):
            self._do_chore()

    def _do_chore(self) -> None:
        """A chore that fails is dropped: the batches will meet the same fault and say so."""
        since, chore = self._chores.popleft()
        self._at("before_chore")
        try:
            with self._connection:
                more = chore(self._connection)
        except apsw.Error as error:
            self._roll_back()
            log.warning("housekeeping: %s", translated(error, self._space.free_bytes()))
            return
        self._at("after_chore")
        if more:
            self._chores.append((since, chore))

    def _checkpoint(self) -> None:
        self._at("before_checkpoint")
        self._last_try = self._pages
        try:
            self._pages, self._moved = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            log.warning("checkpoint: %s", translated(error, self._space.free_bytes()))
        self._at("after_checkpoint")

    def _behind(self) -> int:
        """Pages in the log but not in the database; those that an attempt left behind do not count again."""
        return self._pages - max(self._moved, self._last_try)

    def _count_pages(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """SQLite calls it after every commit. Fewer pages than before: the log was started afresh."""
        if pages < self._pages:
            self._moved = self._last_try = 0
        self._pages = pages
        return apsw.SQLITE_OK

    def _at(self, point: str) -> None:
        if self._hook is not None:
            self._hook(point)
