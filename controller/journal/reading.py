"""What the journal holds, for start and for look-ups on the loop.

In: a connection that can only read. Out: receipts, events, the facts after a snapshot. A read sees every finished
commit and never waits for the writer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from controller.core.facts import Fact
from controller.journal import checking, files
from controller.journal.codec import decode_fact
from controller.journal.errors import JournalCorruptError, translated
from controller.journal.model import Outgoing, Receipt
from controller.journal.work import Value

PAGE = 500
"""Facts read at a time, so that a slow fold does not pin the log."""


class Reader:
    def __init__(self, path: Path, vfs: str | None) -> None:
        self._path = path
        self._connection = files.connect_reader(path, vfs)
        self._cursor = self._connection.cursor()

    def close(self) -> None:
        self._connection.close()

    def receipt(self, key: str, base: int) -> Receipt | None:
        """`base`: of the present stream; answers of earlier streams have no seq."""
        rows = self._rows("SELECT key, digest, revision, ended, event FROM receipt WHERE key = ?", key)
        for name, digest, revision, ended, event in rows:
            return Receipt(name, digest, revision, ended, event - base if event and event > base else None)
        return None

    def events(self, base: int, from_seq: int, limit: int) -> list[Outgoing]:
        rows = self._rows(
            "SELECT id, body FROM event WHERE id >= ? ORDER BY id LIMIT ?", base + max(1, from_seq), limit
        )
        return [Outgoing(number - base, body) for number, body in rows]

    def oldest_event(self) -> int:
        """0 when there is none."""
        return self._number("SELECT min(id) FROM event")

    def last_event(self) -> int:
        return self._number("SELECT max(id) FROM event")

    def last_fact(self) -> int:
        return self._number(
            "SELECT max(coalesce((SELECT max(id) FROM fact), 0), coalesce((SELECT max(fact_id) FROM snapshot), 0))"
        )

    def forgotten(self) -> int | None:
        found: int | None = self._rows("SELECT forgotten FROM meta")[0][0]
        return found

    def cursors(self) -> dict[str, tuple[int, int]]:
        return {module: (boot, seq) for module, boot, seq in self._rows("SELECT module, boot, seq FROM cursor")}

    def snapshot(self, skip: int) -> tuple[int, bytes | None]:
        """(fact id, body) of the newest snapshot but `skip`; (0, None) if there is none."""
        rows = self._rows("SELECT fact_id, body FROM snapshot ORDER BY fact_id DESC LIMIT 1 OFFSET ?", skip)
        return rows[0] if rows else (0, None)

    def facts(self, after: int) -> Iterator[Fact]:
        """Those later than fact `after`, in order, none missing: raises JournalCorruptError at a gap."""
        while rows := self._rows("SELECT id, kind, body FROM fact WHERE id > ? ORDER BY id LIMIT ?", after, PAGE):
            for number, kind, body in rows:
                if number != after + 1:
                    raise JournalCorruptError(f"{self._path}: fact {after + 1} is missing")
                after = number
                yield decode_fact(number, kind, body)

    def _number(self, query: str) -> int:
        return self._rows(query)[0][0] or 0

    def _rows(self, query: str, *values: Value) -> list[tuple[Any, ...]]:
        try:
            return self._cursor.execute(query, values).fetchall()
        except apsw.Error as error:
            ours = translated(error)
            if isinstance(ours, JournalCorruptError):
                checking.suspect(self._path)
            raise ours from error
