"""Whatever the power cut leaves of the unsynced writes: what was promised is there, and nothing is there by halves."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from faulty_disk import FaultyDisk, faulty_disk
from journal_rig import NOW, SMALL, batch, holds, open_small, write

from controller.journal import Journal, writer


class PowerCuts:
    """Cuts the power before given operations of the disk, into images of what is left, and notes what was promised."""

    def __init__(self, disk: FaultyDisk, folder: Path, seed: int, moments: set[int]) -> None:
        self.promised = 0
        self.images: list[tuple[Path, int]] = []
        self._disk, self._folder, self._rng, self._moments = disk, folder, random.Random(seed), moments
        disk.on_operation = self.on_operation

    def on_operation(self, number: int) -> None:
        if number in self._moments:
            image, promised = self._folder / f"image-{number}", self.promised
            self._disk.cut_power(self._rng, image)
            self.images.append((image, promised))


async def work(journal: Journal, cuts: PowerCuts, count: int, rng: random.Random) -> None:
    """Submit in bursts; a promise is what the loop has been told."""
    number = 0
    while number < count:
        burst = [journal.submit(batch(number + more + 1)) for more in range(rng.randint(1, 4))]
        number += len(burst)
        for future in burst:
            await future
            cuts.promised += 1


def run(folder: Path, seed: int, cut_count: int, *, synchronous: str | None = None) -> list[tuple[Path, int]]:
    """40 batches with `cut_count` power cuts somewhere in between."""
    rng, points = random.Random(seed), list[str]()
    with faulty_disk() as disk:
        journal = open_small(folder / "j.db", vfs=disk.name, hook=points.append)
        if synchronous is not None:
            journal._opened.writer.pragma("synchronous", synchronous)
        first = disk.operations
        cuts = PowerCuts(disk, folder, seed, set(rng.sample(range(first, first + 200), cut_count)))
        asyncio.run(work(journal, cuts, 40, rng))
        journal.close()
    assert len(cuts.images) >= cut_count * 0.8, "how batches fall into groups is up to the scheduler"
    assert ("after_checkpoint" in points) == (writer.CHECKPOINT_NOW_PAGES < 100)
    return cuts.images


@pytest.fixture
def frequent_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_NOW_PAGES", 25)


@pytest.mark.usefixtures("frequent_checkpoints")
@pytest.mark.parametrize("seed", range(2))
def test_what_was_promised_survives(tmp_path: Path, seed: int) -> None:
    for image, promised in run(tmp_path, seed, 15):
        assert holds(image / "j.db") >= promised


@pytest.mark.slow
@pytest.mark.usefixtures("frequent_checkpoints")
@pytest.mark.parametrize("seed", range(100, 130))
def test_what_was_promised_survives_many_cuts(tmp_path: Path, seed: int) -> None:
    for image, promised in run(tmp_path, seed, 60):
        assert holds(image / "j.db") >= promised


def test_the_test_would_notice_a_missing_sync(tmp_path: Path) -> None:
    """NORMAL does not sync the log at a commit: then promises are broken, and this disk shows it."""
    images = run(tmp_path, 1, 12, synchronous="normal")
    assert any(holds(image / "j.db") < promised for image, promised in images)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_cut_while_the_journal_is_made(tmp_path: Path, seed: int) -> None:
    with faulty_disk() as disk:
        cuts = PowerCuts(disk, tmp_path, seed, set(range(seed, 120, 9)))
        open_small(tmp_path / "j.db", vfs=disk.name).close()
    assert len(cuts.images) >= 3
    for image, _ in cuts.images:
        journal = open_small(image / "j.db")
        asyncio.run(write(journal, 1, 1))
        journal.close()
        assert holds(image / "j.db") == 1


def test_restoring_makes_durable_what_a_kill_left_unsynced(tmp_path: Path) -> None:
    """A commit that was written but not synced when the process died is seen by the next one, which may act on it."""
    with faulty_disk() as disk:
        journal = open_small(tmp_path / "j.db", vfs=disk.name)
        asyncio.run(write(journal, 1, 3))
        journal._opened.writer.pragma("synchronous", "off")
        asyncio.run(write(journal, 4, 4))
        assert disk.files[str(tmp_path / "j.db-wal")].pending
        journal._writer.stop()  # as if killed: nothing is closed in order
        journal._reader.close()
        journal._lock.close()
        again = Journal.open(tmp_path / "j.db", SMALL, clock=lambda: NOW, vfs=disk.name)
        assert again.restore().head == 4
        disk.cut_power(random.Random(1), tmp_path / "image")
        again.close()
        journal._opened.writer.close()
    assert holds(tmp_path / "image" / "j.db") == 4
