"""The journal's file and the files around it.

In: a path. Out: connections set up as the journal needs them, the lock against a second process, and the moves made
with a damaged file (it is renamed, never deleted).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import BinaryIO

import apsw

from controller.journal.errors import JournalLockedError, translated

BUSY_TIMEOUT_MS = 5000
"""Nobody else writes; this covers a person with a database browser."""
WAL_HEADER_BYTES = 32
SIDE_FILES = ("", "-wal", "-shm")


def connect_writer(path: Path, vfs: str | None) -> apsw.Connection:
    """The only connection that writes or checkpoints."""
    connection = apsw.Connection(str(path), vfs=vfs)
    try:
        return _set_up(connection)
    except BaseException:
        connection.close()
        raise


def connect_reader(path: Path, vfs: str | None) -> apsw.Connection:
    """A connection that can neither write nor checkpoint."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=vfs)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.pragma("mmap_size", 0)
    return connection


def grow_log(connection: apsw.Connection, path: Path, least: int) -> None:
    """Make the log file `least` bytes long, unless it is or the disk is full, and start it afresh.

    A commit that makes the file grow costs 0.35 ms here, one that overwrites 0.24 ms: the file system need not record a
    new size.

    Two commits: pages that are freed in the transaction that filled them are never written.
    """
    try:
        connection.execute("DROP TABLE IF EXISTS growing")
        if size(beside(path, "-wal")) < least:
            connection.execute("CREATE TABLE growing AS SELECT zeroblob(?) AS body", (least,))
            connection.execute("DROP TABLE growing")
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
    except apsw.FullError:
        return


def void_log(path: Path) -> None:
    """Blank the head of a log that holds nothing new, on a closed journal: SQLite then takes it for empty.

    Else its pages would be replayed over whatever lies beside it at the next start, a backup put there by hand too.
    """
    with beside(path, "-wal").open("rb+") as file:
        file.write(bytes(WAL_HEADER_BYTES))
        file.flush()
        os.fsync(file.fileno())


def size(path: Path) -> int:
    """In bytes; 0 for a file that is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def lock(path: Path) -> BinaryIO:
    """Hold the journal for this process until the returned file is closed (or the process is gone)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = beside(path, ".lock").open("ab")
    except OSError as error:
        raise translated(error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise JournalLockedError(f"{path} is in use by another process") from error
    return file


def set_aside(path: Path) -> Path:
    """Rename a damaged journal and its side files; the name says when. Returns the new path."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    target, more = path.with_name(f"{path.name}.damaged-{stamp}"), 0
    while target.exists():
        more += 1
        target = path.with_name(f"{path.name}.damaged-{stamp}-{more}")
    for end in SIDE_FILES:
        if beside(path, end).exists():
            beside(path, end).rename(beside(target, end))
    sync_folder(path.parent)
    return target


def copy_in(source: Path, path: Path) -> None:
    """Put a backup where the journal was, whole or not at all."""
    half = beside(path, ".half")
    shutil.copyfile(source, half)
    with half.open("rb+") as file:
        os.fsync(file.fileno())
    half.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in it durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _set_up(connection: apsw.Connection) -> apsw.Connection:
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.pragma("mmap_size", 0)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("foreign_keys", True)
    connection.pragma("wal_autocheckpoint", 0)
    keep = ctypes.c_int(1)
    connection.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(keep))
    return connection
