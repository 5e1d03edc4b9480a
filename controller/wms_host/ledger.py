"""The WMS's book of events: each is in it exactly once, whatever the network repeats.

In: events as they arrive. Out: rows in a SQLite database, and per stream how far it is complete (`upto`). An event and
the `upto` that counts it are one transaction: after a power cut both are there or neither is. This is all that a WMS
has to implement.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    ctl TEXT NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (ctl, stream, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (
    ctl TEXT NOT NULL, stream TEXT NOT NULL, upto INTEGER NOT NULL,
    PRIMARY KEY (ctl, stream)
) WITHOUT ROWID;
"""

Key = tuple[str, str]
"""Controller and stream."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What one call has booked. `gaps`: streams in which something is missing, and from which seq on."""

    events: list[dict[str, Any]]
    repeated: int
    gaps: dict[Key, int]
    seen: set[Key]


class Ledger:
    """One writer. `path` ":memory:" keeps nothing."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(SCHEMA)
        rows = self._db.execute("SELECT ctl, stream, upto FROM progress")
        self.upto: dict[Key, int] = {(ctl, stream): upto for ctl, stream, upto in rows}

    def book(self, events: Iterable[dict[str, Any]]) -> Booked:
        """Books, in one transaction, what comes next in its stream; not what is there already or comes too early."""
        booked = Booked([], 0, {}, set())
        upto = dict(self.upto)
        repeated = 0
        for event in events:
            key, seq = _place(event)
            if key is None:
                continue
            booked.seen.add(key)
            expected = upto.get(key, 0) + 1
            if seq == expected:
                upto[key] = seq
                booked.events.append(event)
            elif seq < expected:
                repeated += 1
            else:
                booked.gaps.setdefault(key, expected)
        self._write(booked.events, upto)
        gaps = {key: upto.get(key, 0) + 1 for key in booked.gaps}
        return Booked(booked.events, repeated, gaps, booked.seen)

    def skip_to(self, key: Key, upto: int) -> None:
        """Gives up what is no longer kept by the controller."""
        if self.upto.get(key, 0) < upto:
            self._write([], {**self.upto, key: upto})

    def events(self) -> Iterator[dict[str, Any]]:
        """All of them, by stream and seq."""
        for (body,) in self._db.execute("SELECT body FROM event ORDER BY ctl, stream, seq"):
            yield json.loads(body)

    def close(self) -> None:
        self._db.close()

    def _write(self, events: list[dict[str, Any]], upto: dict[Key, int]) -> None:
        if upto == self.upto:
            return
        rows = [(e["src"], e["stream"], e["seq"], str(e.get("type")), json.dumps(e)) for e in events]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", rows)
            progress = [(*key, seq) for key, seq in upto.items() if self.upto.get(key) != seq]
            self._db.executemany("INSERT OR REPLACE INTO progress VALUES (?, ?, ?)", progress)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
        self.upto = upto


def _place(event: dict[str, Any]) -> tuple[Key | None, int]:
    """Where an event belongs; None for what is no event."""
    ctl, stream, seq = event.get("src"), event.get("stream"), event.get("seq")
    if isinstance(ctl, str) and isinstance(stream, str) and isinstance(seq, int) and seq > 0:
        return (ctl, stream), seq
    return None, 0
