"""What the tests of the journal share.

In: numbers. Out: batches in which everything follows from that number, and the check that a journal holds exactly the
first so many of them.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from controller.core.facts import Fact, LineConfirmed, PickerSignedOn
from controller.journal import Batch, Journal, JournalSettings, Outgoing, Receipt

SMALL = JournalSettings(ballast_mb=0, log_kb=0, min_free_percent=0)
DAY_MS = 24 * 3600 * 1000
NOW = 1_790_000_000_000


def signed_on(number: int) -> Fact:
    return PickerSignedOn(at=number, cause=f"cause {number}", picker=f"P-{number}", zones=("Z1", "Z2"), steady=number)


def confirmed(number: int) -> Fact:
    return LineConfirmed(
        at=number,
        cause="button:A-017:5",
        task_id=f"T{number}",
        line_id="10",
        picker="P-1",
        picked=Decimal("2.5"),
        lit_at=1,
    )


def body(number: int) -> bytes:
    return b"event %d " % number + b"x" * (number % 1500)


def receipt(number: int, ended: str | None = None, revision: int = 1) -> Receipt:
    return Receipt(f"task:T{number}", f"digest {number}", revision, ended, number)


def batch(number: int) -> Batch:
    """The `number`-th batch of a new journal: two facts, one event, one receipt, a cursor."""
    return Batch(
        facts=(signed_on(number), confirmed(number)),
        events=(Outgoing(number, body(number)),),
        receipts=(receipt(number),),
        cursor=("A-017", 77, number),
    )


def open_small(path: Path, **more: object) -> Journal:
    return Journal.open(path, SMALL, **{"clock": lambda: NOW} | more)  # type: ignore[arg-type]


async def write(journal: Journal, first: int, last: int) -> None:
    """Batches `first` to `last`, all durable on return."""
    futures = [journal.submit(batch(number)) for number in range(first, last + 1)]
    for future in futures:
        await future


def held(journal: Journal) -> int:
    """How many batches the journal holds; fails unless it holds exactly the first so many, each whole."""
    found = journal.restore()
    facts, count = list(found.facts), found.head
    assert facts == [fact for number in range(1, count + 1) for fact in batch(number).facts]
    assert [(event.seq, event.body) for event in journal.events(1, count + 10)] == [
        (number, body(number)) for number in range(1, count + 1)
    ]
    assert found.cursors == ({"A-017": (77, count)} if count else {})
    assert all(journal.receipt(f"task:T{number}") == receipt(number) for number in range(1, count + 1))
    assert journal.receipt(f"task:T{count + 1}") is None
    return count


def holds(path: Path, check: Callable[[Journal], int] = held) -> int:
    """The same of a journal on disk."""
    journal = open_small(path)
    try:
        assert journal.restore().quarantined is None
        return check(journal)
    finally:
        journal.close()
