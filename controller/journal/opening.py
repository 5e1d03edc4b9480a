"""From a path to a journal that can be trusted.

In: a path, whatever lies there. Out: `Opened`: the writing connection on a migrated, checked, checkpointed file that
has a stream, and what had to be done to get there. A damaged file is set aside; the backup or an empty journal takes
its place, with a new stream, for the old one's tail is lost.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from controller.journal import checking, files, migrations
from controller.journal.errors import JournalCorruptError
from controller.journal.model import Fork, JournalSettings
from controller.journal.rows import new_stream
from controller.journal.work import Statement

DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError, JournalCorruptError)


@dataclass(frozen=True, slots=True)
class Opened:
    """`boots`, `session`: counters; `base`: last event id before this stream; `clean`: the last run closed it."""

    writer: apsw.Connection
    boots: int
    session: int
    clean: bool
    stream: str
    base: int
    acked: int
    quarantined: Path | None
    backup: Path | None
    forked: Fork | None


def open_whole(path: Path, settings: JournalSettings, now: int, vfs: str | None) -> Opened:
    """Raises apsw.Error, OSError or JournalNewerError, never for damage."""
    quarantined = used = None
    try:
        writer = _open_checked(path, settings, vfs)
    except DAMAGE:
        quarantined = files.set_aside(path)
        checking.clear(path)
        used, writer = _replace(path, settings, vfs)
    try:
        return _begin(writer, now, quarantined, used)
    except BaseException:
        writer.close()
        raise


def new_name() -> str:
    """A stream name that was never used before: 8 characters, 40 random bits."""
    return base64.b32encode(secrets.token_bytes(5)).decode("ascii").lower()


def end(writer: apsw.Connection, last: Sequence[Statement]) -> bool:
    """Say that the run ended in order, with the last there is to save. True if the log holds nothing new any more."""
    with writer:
        write(writer, last)
        writer.execute("UPDATE meta SET clean = 1")
    pages, moved = writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    return pages == moved


def write(connection: apsw.Connection, statements: Sequence[Statement]) -> None:
    for sql, rows in statements:
        connection.executemany(sql, rows)


def _open_checked(path: Path, settings: JournalSettings, vfs: str | None) -> apsw.Connection:
    """The first checkpoint makes durable what was written but not synced before a kill, before anybody acts on it."""
    writer = files.connect_writer(path, vfs)
    try:
        writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
        if checking.is_suspect(path):
            checking.thorough(writer, path)
        migrations.migrate(writer, path)
        files.grow_log(writer, path, settings.log_kb * 1024)
        checking.quick(writer, path)
    except BaseException:
        writer.close()
        raise
    checking.clear(path)
    return writer


def _replace(path: Path, settings: JournalSettings, vfs: str | None) -> tuple[Path | None, apsw.Connection]:
    """The backup if there is one and it is whole, else an empty journal."""
    backup = settings.backup
    if backup is not None and backup.exists():
        files.copy_in(backup, path)
        checking.suspect(path)
        try:
            return backup, _open_checked(path, settings, vfs)
        except DAMAGE:
            files.set_aside(path)
            checking.clear(path)
    return None, _open_checked(path, settings, vfs)


def _begin(writer: apsw.Connection, now: int, quarantined: Path | None, backup: Path | None) -> Opened:
    """Count this boot; give a journal that lost its tail, or has none, a new stream."""
    with writer:
        boots, session, clean = _row(writer, "SELECT boots + 1, session, clean FROM meta")
        writer.execute("UPDATE meta SET boots = ?, clean = 0", (boots,))
        forked = (
            _fork(writer, now) if backup is not None or _row(writer, "SELECT count(*) FROM stream") == (0,) else None
        )
        name, base, acked = _row(writer, f"{STREAMS} LIMIT 1")
    return Opened(writer, boots, session, bool(clean), name, base, acked, quarantined, backup, forked)


def _fork(writer: apsw.Connection, now: int) -> Fork | None:
    """Begin a new stream; returns the one before it, if any."""
    (top,) = _row(
        writer, "SELECT coalesce(max(id), 0) FROM (SELECT max(id) AS id FROM event UNION SELECT max(base) FROM stream)"
    )
    last = next(writer.execute(f"{STREAMS} LIMIT 1"), None)
    write(writer, new_stream(new_name(), top, now))
    return last and Fork(last[0], top - last[1], last[2])


STREAMS = "SELECT name, base, acked FROM stream ORDER BY number DESC"


def _row(connection: apsw.Connection, query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = next(connection.execute(query))
    return row
