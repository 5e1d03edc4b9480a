"""A full or failing disk: running lines go on while they can, then everything stops at once and can begin again."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faulty_disk import FaultyDisk, faulty_disk
from journal_rig import NOW, SMALL, batch, held, open_small, write

from controller.journal import Journal, JournalError, JournalFullError, JournalIOError, Space, space
from controller.journal.space import DiskSpace

MEGABYTE = 1024 * 1024


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    with faulty_disk() as made:
        yield made


def used(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


async def write_until_it_fails(journal: Journal, first: int = 1) -> tuple[int, JournalError]:
    """Batches one by one; returns how many became durable, and what stopped it."""
    for number in range(first, 100_000):
        try:
            await journal.submit(batch(number))
        except JournalError as error:
            return number - 1, error
    raise AssertionError


def test_the_ballast_lets_running_lines_go_on(tmp_path: Path, disk: FaultyDisk) -> None:
    points: list[str] = []
    settings = replace(SMALL, ballast_mb=1)
    journal = Journal.open(tmp_path / "j.db", settings, clock=lambda: NOW, vfs=disk.name, hook=points.append)
    assert (tmp_path / "j.db.ballast").stat().st_size == MEGABYTE
    assert journal.space_state() is Space.OK
    disk.quota = used(tmp_path) + 50_000

    async def scenario() -> tuple[int, int]:
        number = 0
        while "ballast_dropped" not in points:
            number += 1
            await journal.submit(batch(number))
        assert journal.space_state() is Space.FULL
        durable, error = await write_until_it_fails(journal, number + 1)
        assert isinstance(error, JournalFullError)
        with pytest.raises(JournalFullError):
            await journal.submit(batch(durable + 1))
        with pytest.raises(JournalFullError):
            journal.next_session()
        return number, durable

    number, durable = asyncio.run(scenario())
    assert durable > number + 10, "the ballast must be worth something"
    assert journal.events(durable, 1)[0].seq == durable, "reading goes on"
    disk.quota = None
    journal.reopen()
    assert held(journal) >= durable
    asyncio.run(write(journal, journal.head + 1, journal.head + 5))
    journal.tidy()
    assert journal.space_state() is Space.OK
    assert (tmp_path / "j.db.ballast").exists()
    journal.close()


def test_the_first_failure_fails_everything_after_it(tmp_path: Path, disk: FaultyDisk) -> None:
    async def scenario() -> None:
        await write(journal, 1, 3)
        disk.broken = True
        futures = [journal.submit(batch(number)) for number in range(4, 8)]
        found = await asyncio.gather(*futures, return_exceptions=True)
        assert [type(error) for error in found] == [JournalIOError] * 4
        disk.broken = False
        with pytest.raises(JournalIOError):
            await journal.submit(batch(4))

    journal = open_small(tmp_path / "j.db", vfs=disk.name)
    asyncio.run(scenario())
    assert "the card was pulled" in str(journal.stats().error)
    assert journal.receipt("task:T2") is not None
    disk.broken = True
    with pytest.raises(JournalIOError):
        journal.reopen()
    with pytest.raises(JournalIOError):
        journal.reopen()
    disk.broken = False
    journal.reopen()
    assert journal.stats().error is None
    assert held(journal) >= 3
    asyncio.run(write(journal, journal.head + 1, 10))
    assert held(journal) == 10
    journal.close()


def test_closing_on_a_broken_disk_ends(tmp_path: Path, disk: FaultyDisk) -> None:
    journal = open_small(tmp_path / "j.db", vfs=disk.name)
    disk.broken = True
    journal.close()
    disk.broken = False
    assert not open_small(tmp_path / "j.db").restore().clean


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalIOError):
        open_small(tmp_path / "file" / "j.db")


def test_how_the_disk_stands_follows_the_free_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 10

    def statvfs(_folder: Path) -> os.statvfs_result:
        return os.statvfs_result((MEGABYTE, MEGABYTE, 100, free, free, 0, 0, 0, 0, 255))

    monkeypatch.setattr(space.os, "statvfs", statvfs)
    found = DiskSpace(tmp_path / "j.db", ballast_mb=2, min_free_percent=5)
    assert not found.drop()
    assert found.state() is Space.FULL
    assert found.refill()
    assert found.state() is Space.OK
    free = 4
    assert found.state() is Space.LOW
    assert found.drop()
    assert not found.refill(), "no ballast while that would leave too little"
    assert (found.state(), found.ballast.exists()) == (Space.FULL, False)
    free = 7
    assert found.refill()
    assert (found.state(), found.ballast.exists()) == (Space.OK, True)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_really_full_file_system(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", str(tmp_path)], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        settings = replace(SMALL, ballast_mb=2, log_kb=1024, min_free_percent=5)
        journal = Journal.open(tmp_path / "j.db", settings, clock=lambda: NOW)
        durable, error = asyncio.run(write_until_it_fails(journal))
        assert isinstance(error, JournalFullError)
        assert journal.space_state() is Space.FULL
        assert not (tmp_path / "j.db.ballast").exists()
        journal.close()
        journal = Journal.open(tmp_path / "j.db", settings, clock=lambda: NOW)
        assert held(journal) >= durable, "a full disk does not keep it from starting"
        assert journal.space_state() is not Space.OK
        journal.close()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
