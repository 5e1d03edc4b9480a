"""Is the file whole?

In: a connection. Out: nothing, or JournalCorruptError. At every start only what the next hours depend on is checked
(milliseconds); all of it when the file is suspect, and now and then in the background.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from controller.journal import files
from controller.journal.errors import JournalCorruptError

SMALL_TABLES = ("meta", "stream", "cursor", "snapshot")
"""Read at every start. Facts after the snapshot are read by the start itself."""
FINDINGS = 20
"""How many faults of a damaged file are listed."""


def quick(connection: apsw.Connection, path: Path) -> None:
    """The small tables, and that nothing is missing at the end of the file. Run it right after a checkpoint."""
    pages, size = int(connection.pragma("page_count")), int(connection.pragma("page_size"))
    if path.stat().st_size < pages * size:
        raise JournalCorruptError(f"{path} is cut off: {path.stat().st_size} of {pages * size} bytes")
    for table in SMALL_TABLES:
        _check(connection, f"PRAGMA quick_check({table})", path)


def thorough(connection: apsw.Connection, path: Path) -> None:
    """Everything, indexes included: about a second per 500 MB here."""
    _check(connection, f"PRAGMA integrity_check({FINDINGS})", path)


def is_suspect(path: Path) -> bool:
    """Whether something was amiss before; then the next opening checks everything."""
    return _mark(path).exists()


def suspect(path: Path) -> None:
    try:
        _mark(path).touch()
    except OSError:
        return  # a medium that fails this hard will be found out again


def clear(path: Path) -> None:
    _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return files.beside(path, ".suspect")


def _check(connection: apsw.Connection, pragma: str, path: Path) -> None:
    found = [str(row[0]) for row in connection.execute(pragma)]
    if found != ["ok"]:
        raise JournalCorruptError(f"{path}: {'; '.join(found)}")
