"""Housekeeping that must not delay a press: snapshots and forgetting what nobody needs any more.

In: what to keep. Out: chores, each call of which is one short transaction in the writer's quiet moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from controller.journal.model import JournalSettings
from controller.journal.work import Chore, Statement

CHUNK = 500
"""Rows per transaction: under 5 ms here."""
KEEP_SNAPSHOTS = 2
"""The newest, and one before it should it be unreadable."""
DAY_MS = 24 * 60 * 60 * 1000


def save(statements: Sequence[Statement]) -> Chore:
    def chore(connection: apsw.Connection) -> bool:
        for sql, rows in statements:
            connection.executemany(sql, rows)
        return False

    return chore


def snapshot(fact_id: int, at: int, body: bytes) -> Chore:
    """Store it once its last fact is durable."""

    def chore(connection: apsw.Connection) -> bool:
        if _number(connection, "SELECT coalesce(max(id), 0) FROM fact") < fact_id:
            return True
        connection.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)", (fact_id, at, body))
        connection.execute(
            "DELETE FROM snapshot WHERE fact_id NOT IN (SELECT fact_id FROM snapshot ORDER BY fact_id DESC LIMIT ?)",
            (KEEP_SNAPSHOTS,),
        )
        return False

    return chore


def forget_events(upto: int, now: int, settings: JournalSettings) -> Chore:
    """Those up to id `upto` that are too old or too many. The last one stays: ids go on from it."""
    before = now - settings.keep_events_days * DAY_MS

    def chore(connection: apsw.Connection) -> bool:
        connection.execute(
            "WITH last(id) AS (SELECT max(id) FROM event), oldest AS (SELECT id, at FROM event ORDER BY id LIMIT ?) "
            "DELETE FROM event WHERE id IN (SELECT oldest.id FROM oldest, last WHERE oldest.id <= ? "
            "AND oldest.id < last.id AND (at < ? OR oldest.id <= last.id - ?))",
            (CHUNK, upto, before, settings.keep_events_rows),
        )
        return connection.changes() == CHUNK

    return chore


def forget_facts(now: int, settings: JournalSettings) -> Chore:
    """Those that are too old and behind every snapshot."""
    before = now - settings.keep_facts_days * DAY_MS

    def chore(connection: apsw.Connection) -> bool:
        connection.execute(
            "WITH oldest AS (SELECT id, at FROM fact ORDER BY id LIMIT ?) DELETE FROM fact WHERE id IN "
            "(SELECT id FROM oldest WHERE at < ? AND id < (SELECT min(fact_id) FROM snapshot))",
            (CHUNK, before),
        )
        return connection.changes() == CHUNK

    return chore


class ForgetReceipts:
    """Ended ones that are too old and too many, oldest first; `meta.forgotten` says up to when."""

    def __init__(self, now: int, settings: JournalSettings) -> None:
        self._before = now - settings.keep_receipts_days * DAY_MS
        self._keep = settings.keep_receipts_rows
        self._seen = 0
        self._excess: int | None = None

    def __call__(self, connection: apsw.Connection) -> bool:
        if self._excess is None:
            self._excess = _number(connection, "SELECT count(*) FROM receipt") - self._keep
            return self._excess > 0
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT id, at, ended FROM receipt WHERE id > ? ORDER BY id LIMIT ?", (self._seen, CHUNK)
        ).fetchall()
        gone = [(row, at) for row, at, ended in rows if ended is not None and at < self._before][: self._excess]
        if gone:
            connection.executemany("DELETE FROM receipt WHERE id = ?", [(row,) for row, _ in gone])
            connection.execute(
                "UPDATE meta SET forgotten = max(coalesce(forgotten, 0), ?)", (max(at for _, at in gone),)
            )
        self._excess -= len(gone)
        self._seen = rows[-1][0] if rows else self._seen
        return bool(gone) and self._excess > 0


def _number(connection: apsw.Connection, query: str) -> int:
    row: tuple[int] = next(connection.execute(query))
    return row[0]
