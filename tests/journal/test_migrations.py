"""Journals of every version ever shipped (`databases/vN.sql`) still open, with everything in them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import apsw
import pytest
from journal_rig import open_small

from controller.core.facts import LineConfirmed
from controller.journal import Batch, Journal, JournalNewerError, Outgoing, Receipt, migrations

DATABASES = Path(__file__).parent / "databases"
VERSIONS = range(1, migrations.newest() + 1)


def lay_out(version: int, path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute((DATABASES / f"v{version}.sql").read_text(encoding="utf-8"))
    connection.close()


def shape(path: Path) -> dict[str, str]:
    """Every table and index, and its columns."""
    connection = apsw.Connection(str(path))
    names = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    ]
    found = {name: str(connection.execute(f"PRAGMA table_info({name})").fetchall()) for name in names}
    connection.close()
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_journal_opens_with_all_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "j.db"
    lay_out(version, path)
    journal = open_small(path)
    found = journal.restore()
    facts = list(found.facts)
    assert (found.quarantined, found.stream, found.head, found.acked, found.boots) == (None, "s3f9", 3, 2, 5)
    assert found.snapshot == b'{"state": "after 2"}'
    assert [type(fact).__name__ for fact in facts] == ["LineActivated", "LineConfirmed", "TaskPicked"]
    assert isinstance(facts[1], LineConfirmed)
    assert (facts[1].picked, facts[1].confirmed_by) == (Decimal("2.500"), ("button",))
    assert found.cursors == {"A-017": (4711, 12)}
    assert journal.receipt("task:WV-000187/T3") == Receipt("task:WV-000187/T3", "5f0c9a", 2, None, 2)
    assert journal.receipt("cmd:c-1") == Receipt("cmd:c-1", "77", 0, "done", None), "answered in an earlier stream"
    assert journal.events(1, 9)[2] == Outgoing(3, '{"type":"line_completed","sku":"Größe 47"}'.encode())
    assert journal.next_session() == 419
    assert journal.oldest_receipt_at() is None
    asyncio.run(goes_on(journal))
    journal.close()


async def goes_on(journal: Journal) -> None:
    await journal.submit(Batch(events=(Outgoing(4, b"next"),), receipts=(Receipt("cmd:c-2", "1", 0, "done", 4),)))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_way_leads_to_the_same_shape(tmp_path: Path, version: int) -> None:
    lay_out(version, tmp_path / "old.db")
    for name in ("old.db", "new.db"):
        open_small(tmp_path / name).close()
    assert shape(tmp_path / "old.db") == shape(tmp_path / "new.db")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_journal_is_copied_before_it_is_changed(tmp_path: Path, version: int) -> None:
    path, copy = tmp_path / "j.db", tmp_path / f"j.db.v{version}"
    lay_out(version, path)
    before = shape(path)
    open_small(path).close()
    assert copy.exists() == (version < migrations.newest())
    if copy.exists():
        assert shape(copy) == before
        open_small(copy).close()


def test_a_migration_that_fails_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    lay_out(1, path)
    connection, before = apsw.Connection(str(path)), shape(path)
    with pytest.raises(apsw.SQLError):
        migrations.apply(connection, 2, "CREATE TABLE extra (x); ALTER TABLE no_such_table ADD COLUMN y")
    assert migrations.version(connection) == 1
    connection.close()
    assert shape(path) == before


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    open_small(path).close()
    with apsw.Connection(str(path)) as connection:
        connection.pragma("user_version", 999)
    connection.close()
    with pytest.raises(JournalNewerError, match="version 999, this Pickbeam knows up to"):
        open_small(path)
    assert sorted(file.name for file in tmp_path.glob("*damaged*")) == []
    with pytest.raises(JournalNewerError):
        open_small(path)


def test_every_version_has_its_database_here() -> None:
    """A new migration comes with a dump of what it migrates to (see `databases/README.md`)."""
    assert {file.name for file in DATABASES.glob("*.sql")} == {f"v{version}.sql" for version in VERSIONS}
