"""The nouns of the journal.

In: settings from the app. Out: frozen dataclasses that the app and the WMS door hand in and get back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from controller.core.facts import Fact


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event for the WMS. `seq` is gapless within the stream, from 1, and given by the app."""

    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a task, a revision or a command, so that a duplicate gets the old answer.

    `ended`: how it ended; None = it still runs and is never forgotten. `seq`: the event that answered it; None also
    when that event is of an earlier stream.
    """

    key: str
    digest: str
    revision: int
    ended: str | None
    seq: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one input led to: all of it becomes durable, or nothing. `cursor`: (module, boot id, event number)."""

    facts: tuple[Fact, ...] = ()
    events: tuple[Outgoing, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    cursor: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """The stream that ended because its tail is (or may be) lost."""

    stream: str
    head: int
    acked: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a start finds. Fold `facts` (read as they are asked for) onto `snapshot`."""

    snapshot: bytes | None
    facts: Iterator[Fact]
    stream: str
    head: int
    acked: int
    cursors: Mapping[str, tuple[int, int]]
    boots: int
    clean: bool = True
    """Whether the last run closed the journal."""
    quarantined: Path | None = None
    """Where the damaged journal was put; then this one is a backup or empty, and has a new stream."""
    backup: Path | None = None
    """The backup that this journal was restored from."""
    forked: Fork | None = None
    """The stream before this one, when this start began a new one and knows it."""


class Space(str, Enum):
    """How the disk stands. LOW: refuse new tasks. FULL: the ballast is spent; only running lines may go on."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """`backup`: the copy on a second medium, written by `Journal.backup` and read when the journal is damaged."""

    backup: Path | None = None
    ballast_mb: int = 16
    """Given up when the disk is full."""
    log_kb: int = 4096
    """The write-ahead log is laid out at this length once: faster commits, and room that a full disk can not take."""
    min_free_percent: float = 5.0
    keep_events_days: int = 30
    keep_events_rows: int = 1_000_000
    """Acknowledged events go when they are older than the one or more than the other."""
    keep_receipts_days: int = 30
    keep_receipts_rows: int = 200_000
    """Receipts go when they are older than the one and more than the other."""
    keep_facts_days: int = 400
    """Facts before the oldest snapshot are only an audit trail."""


@dataclass(frozen=True, slots=True)
class JournalStats:
    """For health. Times in milliseconds, of the last thousand commits. `error`: why nothing is written any more."""

    commits: int
    waiting: int
    commit_ms_p50: float
    commit_ms_p99: float
    db_kb: int
    wal_kb: int
    free_mb: int
    space: Space
    error: str | None
