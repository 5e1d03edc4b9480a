"""Work on the whole file that takes seconds, in a thread and on a connection of its own that only reads.

In: the journal's path. Out: a compact, checked copy on another medium, or the word that the file is whole. A slow stick
must not hold up a press, hence not the writer's thread.
"""

from __future__ import annotations

import os
from pathlib import Path

import apsw

from controller.journal import checking, files
from controller.journal.errors import JournalCorruptError, translated


def copy_out(path: Path, target: Path, vfs: str | None) -> None:
    """Replace `target` by a copy of the journal as it is now, whole or not at all. Raises JournalError."""
    half = files.beside(target, ".half")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half.unlink(missing_ok=True)
        _vacuum_into(path, half, vfs)
        _verify(half)
        half.replace(target)
        files.sync_folder(target.parent)
    except (apsw.Error, OSError) as error:
        raise translated(error) from error


def check_whole(path: Path, vfs: str | None) -> None:
    """Read and check all of it. Raises JournalCorruptError, and then the next opening checks again and acts."""
    try:
        reader = files.connect_reader(path, vfs)
        try:
            checking.thorough(reader, path)
        finally:
            reader.close()
    except (apsw.Error, OSError) as error:
        ours = translated(error)
        if isinstance(ours, JournalCorruptError):
            checking.suspect(path)
        raise ours from error


def _vacuum_into(path: Path, target: Path, vfs: str | None) -> None:
    reader = files.connect_reader(path, vfs)
    try:
        reader.execute("VACUUM INTO ?", (str(target),))
    finally:
        reader.close()
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _verify(copy: Path) -> None:
    """A copy that can not be read is no copy."""
    reader = apsw.Connection(str(copy), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        checking.thorough(reader, copy)
    finally:
        reader.close()
