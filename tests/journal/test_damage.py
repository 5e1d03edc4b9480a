"""A file that can not be trusted is set aside, never deleted; work goes on with the backup or an empty journal."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from journal_rig import NOW, SMALL, batch, held, holds, open_small, write

from controller.journal import Batch, Journal, JournalCorruptError, JournalError, Outgoing, Restored

PAGE = 4096


def make(path: Path, count: int) -> str:
    """A journal with so many batches, closed; returns its stream."""
    journal = open_small(path)
    asyncio.run(write(journal, 1, count))
    journal.close()
    return journal.stream


def found_by(path: Path, **settings: object) -> Restored:
    """What a start finds; the journal must then take a batch and close in order."""
    journal = Journal.open(path, replace(SMALL, **settings), clock=lambda: NOW)
    found = journal.restore()
    facts = list(found.facts)
    asyncio.run(goes_on(journal))
    journal.close()
    return replace(found, facts=iter(facts))


async def goes_on(journal: Journal) -> None:
    await journal.submit(replace(batch(1), events=(Outgoing(journal.head + 1, b"next"),)))


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("rb+") as file:
        file.seek(offset)
        file.write(data)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: overwrite(path, 0, b"not a database"),
        lambda path: overwrite(path, PAGE // 2, os.urandom(PAGE)),
        lambda path: os.truncate(path, path.stat().st_size - PAGE),
        lambda path: os.truncate(path, 5000),
        lambda path: os.truncate(path, 50),
        lambda path: path.write_bytes(b"\0" * 20000),
        lambda path: path.write_bytes(os.urandom(20000)),
    ],
    ids=["header", "schema", "last page gone", "cut short", "cut to nothing", "zeros", "noise"],
)
def test_a_spoilt_file_is_set_aside_for_an_empty_journal(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "j.db"
    stream = make(path, 30)
    spoil(path)  # type: ignore[operator]
    spoilt = path.read_bytes()
    found = found_by(path)
    assert found.quarantined is not None
    assert found.quarantined.name.startswith("j.db.damaged-20")
    assert found.quarantined.read_bytes() == spoilt
    assert (found.head, list(found.facts), found.backup, found.forked) == (0, [], None, None)
    assert found.stream != stream
    assert found_by(path).quarantined is None


def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / "j.db").touch()
    assert found_by(tmp_path / "j.db").quarantined is None


def test_damage_deep_inside_is_found_by_the_whole_check_and_acted_on_by_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    make(path, 200)
    journal = open_small(path)
    asyncio.run(journal.check())
    overwrite(path, leaf_pages(journal, "event")[3], b"\xff" * PAGE)
    journal.close()

    journal = open_small(path)
    assert journal.restore().quarantined is None, "the quick check does not read every page"
    with pytest.raises(JournalCorruptError):
        asyncio.run(journal.check())
    journal.reopen()
    assert journal.restore().quarantined is not None
    asyncio.run(write(journal, 1, 5))
    assert held(journal) == 5
    journal.close()


def test_damage_met_while_writing_fails_the_batch_and_is_acted_on(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    make(path, 200)
    journal = open_small(path)
    pages = leaf_pages(journal, "sqlite_autoindex_receipt_1")
    journal.close()
    for offset in pages:
        overwrite(path, offset, b"\xff" * PAGE)
    journal = open_small(path)
    with pytest.raises(JournalCorruptError):
        asyncio.run(write(journal, 201, 201))
    journal.reopen()
    assert journal.restore().quarantined is not None
    journal.close()


def test_a_missing_fact_is_not_skipped(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    make(path, 5)
    journal = open_small(path)
    journal._writer.stop()
    journal._opened.writer.execute("DELETE FROM fact WHERE id = 4")
    with pytest.raises(JournalCorruptError, match="fact 4 is missing"):
        list(journal.restore().facts)
    journal.close()


def test_a_torn_end_of_the_log_loses_the_tail_only(tmp_path: Path) -> None:
    """A card that lied about syncing: SQLite drops what follows; the WMS then acknowledges beyond our head."""
    path = tmp_path / "j.db"
    journal = open_small(path)
    for number in range(1, 21):
        asyncio.run(write(journal, number, number))
    for name in ("j.db", "j.db-wal"):
        (tmp_path / "image").mkdir(exist_ok=True)
        (tmp_path / "image" / name).write_bytes((tmp_path / name).read_bytes())
    journal.close()
    log = tmp_path / "image" / "j.db-wal"
    overwrite(log, log.stat().st_size // 2, os.urandom(PAGE))
    assert 0 < holds(tmp_path / "image" / "j.db") < 20


class TestBackup:
    def test_it_takes_the_place_of_a_damaged_journal_with_a_new_stream(self, tmp_path: Path) -> None:
        path, copy = tmp_path / "j.db", tmp_path / "stick" / "copy.db"
        journal = open_small(path)
        asyncio.run(write(journal, 1, 7))
        journal.acked(5)
        asyncio.run(write(journal, 8, 8))
        assert asyncio.run(journal.backup(copy)) == copy
        asyncio.run(write(journal, 9, 12))
        journal.close()
        overwrite(path, 0, b"gone")

        found = found_by(path, backup=copy)
        assert (found.backup, found.head, found.acked) == (copy, 0, 0)
        assert found.quarantined is not None
        assert found.forked is not None
        assert found.stream != found.forked.stream == journal.stream
        assert (found.forked.head, found.forked.acked) == (8, 5)
        assert list(found.facts) == [fact for number in range(1, 9) for fact in batch(number).facts]
        assert found.cursors == {"A-017": (77, 8)}
        again = found_by(path, backup=copy)
        assert (again.quarantined, again.forked, again.stream, again.head) == (None, None, found.stream, 1)

    def test_a_damaged_backup_is_not_believed(self, tmp_path: Path) -> None:
        path, copy = tmp_path / "j.db", tmp_path / "copy.db"
        make(path, 3)
        overwrite(path, 0, b"gone")
        copy.write_bytes(os.urandom(50_000))
        found = found_by(path, backup=copy)
        assert (found.backup, found.head, found.forked) == (None, 0, None)
        assert len(list(tmp_path.glob("j.db.damaged-*"))) >= 2

    def test_it_is_whole_while_work_goes_on_and_replaces_the_one_before(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            await write(journal, 1, 50)
            await journal.backup(tmp_path / "copy.db")
            again = asyncio.create_task(journal.backup(tmp_path / "copy.db"))
            for number in range(51, 101):
                await write(journal, number, number)
            await again

        journal = open_small(tmp_path / "j.db")
        asyncio.run(scenario())
        journal.close()
        assert 50 <= holds(tmp_path / "copy.db") <= 100
        assert not list(tmp_path.glob("*.half"))

    def test_a_medium_that_is_not_there_is_an_error_of_ours(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        journal = open_small(tmp_path / "j.db")
        with pytest.raises(JournalError):
            asyncio.run(journal.backup(tmp_path / "file" / "copy.db"))
        with pytest.raises(ValueError, match="no place"):
            asyncio.run(journal.backup())
        journal.close()


def leaf_pages(journal: Journal, table: str) -> list[int]:
    """The offsets in the file of the leaf pages of a table or index."""
    journal._opened.writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
    pages = journal._opened.writer.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,))
    return [(int(number) - 1) * PAGE for (number,) in pages]


def test_batches_may_be_empty(tmp_path: Path) -> None:
    async def scenario() -> None:
        await journal.submit(Batch())

    journal = open_small(tmp_path / "j.db")
    asyncio.run(scenario())
    assert held(journal) == 0
    journal.close()


def test_a_copy_put_back_by_hand_is_not_overrun_by_the_old_log(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = open_small(path)
    asyncio.run(write(journal, 1, 5))
    asyncio.run(journal.backup(tmp_path / "copy.db"))
    asyncio.run(write(journal, 6, 40))
    journal.close()
    path.write_bytes((tmp_path / "copy.db").read_bytes())
    assert holds(path) == 5
