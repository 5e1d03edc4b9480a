"""The shape of the database, one numbered file after the other.

In: a connection to a journal of any age. Out: the same journal in the newest shape; forward only. Each file and the
number that records it (`PRAGMA user_version`) are one transaction.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import apsw

from controller.journal.errors import JournalNewerError


def migrate(connection: apsw.Connection, path: Path) -> int:
    """Bring it to the newest version; an older journal is copied first to `NAME.v{old}`. Returns the version found.

    Raises JournalNewerError if the journal is from a later Pickbeam, apsw.Error if the disk does not play along.
    """
    found = version(connection)
    if found > newest():
        raise JournalNewerError(f"{path}: journal version {found}, this Pickbeam knows up to {newest()}")
    if 0 < found < newest():
        _copy(connection, path.with_name(f"{path.name}.v{found}"))
    for number, script in scripts()[found:]:
        apply(connection, number, script)
    return found


def apply(connection: apsw.Connection, number: int, script: str) -> None:
    """One migration and its record, both or neither."""
    with connection:
        connection.execute(script)
        connection.execute(f"PRAGMA user_version = {number}")


def version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def newest() -> int:
    return len(scripts())


@cache
def scripts() -> tuple[tuple[int, str], ...]:
    """(number, SQL) in order; the numbers are 1, 2, 3 … without a gap."""
    folder = resources.files("controller.journal") / "schema"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    found = tuple((int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in files)
    assert [number for number, _ in found] == list(range(1, len(found) + 1)), "schema files must be numbered gaplessly"
    return found


def _copy(connection: apsw.Connection, target: Path) -> None:
    """A copy from an earlier try that did not get as far as migrating is replaced."""
    target.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(target),))
