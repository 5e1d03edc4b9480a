"""Handing in, settling, looking up, starting again."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from journal_rig import batch, body, held, holds, open_small, receipt, signed_on, write

from controller.journal import (
    POINTS,
    AckBeyondHeadError,
    Batch,
    Journal,
    JournalBusyError,
    JournalClosedError,
    JournalLockedError,
    Outgoing,
    writer,
)


class Gate:
    """A hook that holds the writer at one point until it is opened."""

    def __init__(self, point: str) -> None:
        assert point in POINTS
        self.point, self.reached, self.opened = point, threading.Event(), threading.Event()

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.reached.set()
            assert self.opened.wait(10)


def test_a_batch_is_there_after_a_restart(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    found = journal.restore()
    assert (found.snapshot, list(found.facts), found.head, found.acked, found.boots) == (None, [], 0, 0, 1)
    asyncio.run(write(journal, 1, 3))
    assert held(journal) == 3
    journal.close()
    assert holds(tmp_path / "j.db") == 3


def test_what_waits_for_a_commit_shares_the_next_and_settles_in_order(tmp_path: Path) -> None:
    gate, order = Gate("before_commit"), []

    async def scenario() -> None:
        futures = [journal.submit(batch(1))]
        assert await asyncio.to_thread(gate.reached.wait, 10)
        futures += [journal.submit(batch(number)) for number in range(2, 21)]
        for number, future in enumerate(futures, 1):
            future.add_done_callback(lambda _, number=number: order.append(number))
        assert not any(future.done() for future in futures)
        gate.opened.set()
        await asyncio.gather(*futures)

    journal = open_small(tmp_path / "j.db", hook=gate)
    asyncio.run(scenario())
    assert order == list(range(1, 21))
    assert journal.stats().commits == 2
    journal.close()


def test_nothing_is_settled_or_readable_before_the_commit(tmp_path: Path) -> None:
    gate = Gate("before_commit")

    async def scenario() -> None:
        future = journal.submit(batch(1))
        assert await asyncio.to_thread(gate.reached.wait, 10)
        await asyncio.sleep(0)
        assert not future.done()
        assert journal.events(1, 9) == []
        assert journal.receipt("task:T1") == receipt(1), "a duplicate must be known at once"
        assert journal.receipt("task:T2") is None
        gate.opened.set()
        await future
        assert journal.events(1, 9) == [Outgoing(1, body(1))]

    journal = open_small(tmp_path / "j.db", hook=gate)
    asyncio.run(scenario())
    journal.close()


def test_the_newest_receipt_of_a_key_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = journal.submit(Batch(receipts=(receipt(1),)))
        second = journal.submit(Batch(receipts=(receipt(1, "completed", revision=4),)))
        assert journal.receipt("task:T1") == receipt(1, "completed", revision=4)
        await first
        assert journal.receipt("task:T1") == receipt(1, "completed", revision=4)
        await second

    journal = open_small(tmp_path / "j.db")
    asyncio.run(scenario())
    assert journal.receipt("task:T1") == receipt(1, "completed", revision=4)
    assert journal._unsettled._receipts == {}
    journal.close()


def test_a_newer_receipt_is_not_forgotten_with_an_older_one(tmp_path: Path) -> None:
    commits, begun = threading.Semaphore(0), threading.Event()

    def hook(point: str) -> None:
        if point == "before_commit":
            begun.set()
            assert commits.acquire(timeout=10)

    async def scenario() -> None:
        first = journal.submit(Batch(receipts=(receipt(1),)))
        assert await asyncio.to_thread(begun.wait, 10)
        second = journal.submit(Batch(receipts=(receipt(1, "completed"),)))
        commits.release()
        await first
        assert journal.receipt("task:T1") == receipt(1, "completed")
        commits.release()
        await second

    journal = open_small(tmp_path / "j.db", hook=hook)
    asyncio.run(scenario())
    journal.close()


def test_an_event_out_of_turn_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        await write(journal, 1, 1)
        for seq in (1, 3):
            with pytest.raises(ValueError, match=f"event {seq} handed in where 2 is next"):
                journal.submit(Batch(events=(Outgoing(seq, b""),), receipts=(receipt(9),)))
        with pytest.raises(TypeError):
            journal.submit(Batch(facts=(replace(signed_on(2), picker=object()),)))
        assert journal.receipt("task:T9") is None
        await write(journal, 2, 2)

    journal = open_small(tmp_path / "j.db")
    asyncio.run(scenario())
    assert held(journal) == 2
    journal.close()


def test_a_snapshot_replaces_the_facts_up_to_it(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    asyncio.run(write(journal, 1, 2))
    for name in (b"first", b"second", b"third"):
        journal.snapshot(name, journal.last_fact)
        asyncio.run(write(journal, journal.head + 1, journal.head + 1))
    settle_chores(journal)
    journal.close()
    journal = open_small(tmp_path / "j.db")
    for skip, (snapshot, first) in enumerate([(b"third", 5), (b"second", 4), (None, 1)]):
        found = journal.restore(skip)
        assert found.snapshot == snapshot
        assert list(found.facts) == [fact for number in range(first, 6) for fact in batch(number).facts]
    with pytest.raises(ValueError, match="no fact 11"):
        journal.snapshot(b"", 11)
    journal.close()


def test_acknowledgements_only_grow_and_never_beyond_the_head(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    asyncio.run(write(journal, 1, 5))
    for upto, now in ((3, 3), (2, 3), (5, 5), (0, 5)):
        journal.acked(upto)
        assert journal.acked_seq == now
    with pytest.raises(AckBeyondHeadError, match="6 acknowledged, head is 5"):
        journal.acked(6)
    journal.close()
    assert holds(tmp_path / "j.db", lambda again: again.restore().acked) == 5


def test_an_acknowledgement_rides_on_the_next_commit(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    journal._ack_chored = float("inf")
    asyncio.run(write(journal, 1, 5))
    journal.acked(4)
    asyncio.run(write(journal, 6, 6))
    assert journal._reader._number("SELECT acked FROM stream") == 4
    journal.close()


def test_a_fork_starts_a_new_stream_at_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        await write(journal, 1, 3)
        journal.acked(2)
        journal.fork()
        await journal.submit(
            Batch(events=(Outgoing(1, b"forked"),), receipts=(receipt(1), replace(receipt(7), seq=None)))
        )

    journal = open_small(tmp_path / "j.db")
    old = journal.stream
    asyncio.run(scenario())
    for _ in range(2):
        assert journal.stream != old
        assert (journal.head, journal.acked_seq, journal.oldest_seq()) == (1, 0, 1)
        assert journal.events(1, 9) == [Outgoing(1, b"forked")]
        assert journal.receipt("task:T1") == receipt(1)
        assert journal.receipt("task:T2") == replace(receipt(2), seq=None), "its answer is of the old stream"
        new = journal.stream
        journal.close()
        journal = open_small(tmp_path / "j.db")
        assert journal.stream == new
    journal.close()


def test_sessions_count_in_any_thread_while_the_loop_is_busy(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: journal.next_session(), range(20)))
    assert sorted(numbers) == list(range(1, 21))
    journal.close()
    journal = open_small(tmp_path / "j.db")
    assert journal.next_session() == 21
    journal.close()


def test_too_much_waiting_is_refused_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING", 3)
    gate = Gate("before_commit")

    async def scenario() -> None:
        futures = [journal.submit(batch(1))]
        assert await asyncio.to_thread(gate.reached.wait, 10)
        futures += [journal.submit(batch(number)) for number in (2, 3, 4)]
        with pytest.raises(JournalBusyError):
            journal.submit(batch(5))
        gate.opened.set()
        await asyncio.gather(*futures)
        await write(journal, 5, 5)

    journal = open_small(tmp_path / "j.db", hook=gate)
    asyncio.run(scenario())
    assert held(journal) == 5
    journal.close()


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        futures = [journal.submit(batch(number)) for number in range(1, 101)]
        journal.close()
        await asyncio.gather(*futures)
        journal.close()
        with pytest.raises(JournalClosedError):
            journal.submit(batch(101))

    journal = open_small(tmp_path / "j.db")
    asyncio.run(scenario())
    assert holds(tmp_path / "j.db") == 100


def test_whether_the_last_run_ended_in_order_is_known(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    assert journal.restore().clean
    journal._writer.stop()
    journal._reader.close()
    journal._opened.writer.close()
    journal._lock.close()
    journal = open_small(tmp_path / "j.db")
    assert (journal.restore().clean, journal.restore().boots) == (False, 2)
    journal.close()
    journal = open_small(tmp_path / "j.db")
    assert (journal.restore().clean, journal.restore().boots) == (True, 3)
    journal.close()


def test_one_journal_has_one_owner(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    with pytest.raises(JournalLockedError, match="in use by another process"):
        open_small(tmp_path / "j.db")
    journal.close()
    open_small(tmp_path / "j.db").close()


def test_a_checkpoint_waits_for_a_quiet_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_PAGES", 10)
    points: list[str] = []
    done = threading.Event()

    def hook(point: str) -> None:
        points.append(point)
        if point == "after_checkpoint":
            done.set()

    journal = open_small(tmp_path / "j.db", hook=hook)
    asyncio.run(write(journal, 1, 200))
    assert "before_checkpoint" not in points
    assert done.wait(10)
    assert journal._writer._behind() == 0
    journal.close()


def test_health_is_told_in_numbers(tmp_path: Path) -> None:
    journal = open_small(tmp_path / "j.db")
    assert journal.stats().commit_ms_p50 == 0
    asyncio.run(write(journal, 1, 5))
    found = journal.stats()
    assert 0 < found.commit_ms_p50 <= found.commit_ms_p99 < 10_000
    assert min(found.db_kb, found.wal_kb, found.free_mb) > 0
    assert (found.waiting, found.error) == (0, None)
    journal.close()


def settle_chores(journal: Journal) -> None:
    """Do them now instead of in the next quiet moment."""
    journal._writer.stop()
    while journal._writer._chores:
        journal._writer._do_chore()
