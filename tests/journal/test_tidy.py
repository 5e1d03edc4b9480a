"""What is forgotten, and what never is."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from journal_rig import DAY_MS, NOW, SMALL, batch, open_small, receipt, signed_on, write

from controller.journal import Batch, Journal, JournalSettings, Outgoing


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def opened(path: Path, clock: Clock, **settings: object) -> Journal:
    return Journal.open(path, replace(SMALL, **settings), clock=clock)


def tidied(journal: Journal) -> Journal:
    """Forget now instead of in the next quiet moments; returns it opened anew."""
    journal.tidy()
    journal._writer.stop()
    while journal._writer._chores:
        journal._writer._do_chore()
    journal.close()
    again = Journal.open(journal.path, journal.settings, clock=journal._clock)
    again._writer.stop()  # only looked at: a test of what is left must not be tidied further
    return again


def left(journal: Journal) -> list[int]:
    return [event.seq for event in journal.events(1, 10_000)]


def test_events_go_when_acknowledged_and_old(tmp_path: Path) -> None:
    clock = Clock()
    journal = opened(tmp_path / "j.db", clock)
    asyncio.run(write(journal, 1, 4))
    clock.now += 29 * DAY_MS
    asyncio.run(write(journal, 5, 8))
    journal.acked(3)
    clock.now += 2 * DAY_MS
    journal = tidied(journal)
    assert left(journal) == [4, 5, 6, 7, 8], "the fourth is old, but the WMS does not have it"
    assert journal.oldest_seq() == 4
    journal.close()


@pytest.mark.slow
def test_events_go_when_acknowledged_and_too_many(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j.db", Clock(), keep_events_rows=600)
    asyncio.run(write(journal, 1, 2000))
    journal.acked(1900)
    journal = tidied(journal)
    assert left(journal) == list(range(1401, 2001))
    journal.close()


def test_the_last_event_stays_so_that_its_number_is_never_used_again(tmp_path: Path) -> None:
    clock = Clock()
    journal = opened(tmp_path / "j.db", clock)
    asyncio.run(write(journal, 1, 5))
    journal.acked(5)
    clock.now += 100 * DAY_MS
    journal = tidied(journal)
    assert left(journal) == [5]
    assert journal.restore().head == 5
    journal.close()


def test_an_earlier_stream_goes_with_age(tmp_path: Path) -> None:
    clock = Clock()
    journal = opened(tmp_path / "j.db", clock)
    asyncio.run(write(journal, 1, 5))
    journal.fork()
    clock.now += 31 * DAY_MS

    async def one() -> None:
        await journal.submit(Batch(events=(Outgoing(1, b""),)))

    asyncio.run(one())
    journal = tidied(journal)
    assert journal._reader._number("SELECT count(*) FROM event") == 1
    assert (left(journal), journal.head, journal.oldest_seq()) == ([1], 1, 1)
    journal.close()


def test_receipts_go_when_ended_and_old_and_many(tmp_path: Path) -> None:
    clock = Clock()

    async def scenario() -> None:
        running = range(1, 4)
        for number in range(1, 1201):
            last = journal.submit(Batch(receipts=(receipt(number, None if number in running else "completed"),)))
            clock.now += DAY_MS // 20
        await last

    journal = opened(tmp_path / "j.db", clock, keep_receipts_rows=500, keep_receipts_days=30)
    asyncio.run(scenario())
    assert journal.oldest_receipt_at() is None
    journal = tidied(journal)
    kept = [number for number in range(1, 1201) if journal.receipt(f"task:T{number}")]
    young = range(601, 1201)
    assert kept == [1, 2, 3, *young], "60 days, 20 a day: 600 are younger than 30 days, more than the 500 kept anyway"
    assert journal.oldest_receipt_at() == NOW + 599 * (DAY_MS // 20)
    journal.close()


def test_few_receipts_stay_however_old(tmp_path: Path) -> None:
    clock = Clock()

    async def scenario() -> None:
        for number in range(1, 21):
            await journal.submit(Batch(receipts=(receipt(number, "completed"),)))

    journal = opened(tmp_path / "j.db", clock, keep_receipts_rows=15)
    asyncio.run(scenario())
    clock.now += 1000 * DAY_MS
    journal = tidied(journal)
    assert [number for number in range(1, 21) if journal.receipt(f"task:T{number}")] == list(range(6, 21))
    journal.close()


def test_a_receipt_is_as_old_as_its_last_change(tmp_path: Path) -> None:
    clock = Clock()

    async def scenario() -> None:
        await journal.submit(Batch(receipts=(receipt(1), receipt(2, "completed"))))
        clock.now += 40 * DAY_MS
        await journal.submit(Batch(receipts=(receipt(1, "completed"),)))

    journal = opened(tmp_path / "j.db", clock, keep_receipts_rows=0)
    asyncio.run(scenario())
    journal = tidied(journal)
    assert journal.receipt("task:T1") == receipt(1, "completed")
    assert journal.receipt("task:T2") is None
    journal.close()


def test_facts_go_when_old_and_behind_every_snapshot(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = 1000 * DAY_MS

    async def facts(count: int, at: int) -> None:
        for _ in range(count):
            await journal.submit(Batch(facts=(replace(signed_on(1), at=at),)))

    journal = opened(tmp_path / "j.db", clock, keep_facts_days=10)
    asyncio.run(facts(6, 980 * DAY_MS))
    journal.snapshot(b"after 4", 4)
    journal.snapshot(b"after 6", 6)
    asyncio.run(facts(2, 999 * DAY_MS))
    journal = tidied(journal)
    assert [row for (row,) in journal._reader._rows("SELECT id FROM fact")] == [4, 5, 6, 7, 8]
    assert len(list(journal.restore().facts)) == 2
    assert len(list(journal.restore(1).facts)) == 4
    assert journal.last_fact == 8
    journal.close()


def test_a_snapshot_waits_for_its_last_fact(tmp_path: Path) -> None:
    stored = threading.Event()
    journal = open_small(tmp_path / "j.db", hook=lambda point: stored.set() if point == "after_chore" else None)

    async def scenario() -> None:
        future = journal.submit(batch(1))
        journal.snapshot(b"state", journal.last_fact)
        await future
        assert await asyncio.to_thread(stored.wait, 10)

    asyncio.run(scenario())
    assert list(journal.restore().facts) == []
    journal.close()


def test_settings_have_the_limits_of_the_contract() -> None:
    default = JournalSettings()
    assert (default.keep_events_days, default.keep_events_rows) == (30, 1_000_000)
    assert (default.keep_receipts_days, default.keep_receipts_rows) == (30, 200_000)
    assert (default.ballast_mb, default.min_free_percent) == (16, 5)
