"""What is written, as SQL.

In: batches and counters. Out: statements for the writer. The ids of facts and events are given here, gapless.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from controller.core.facts import Fact
from controller.journal.codec import encode_fact
from controller.journal.model import Batch, Outgoing, Receipt
from controller.journal.work import Statement

INSERT_FACT = "INSERT INTO fact VALUES (?, ?, ?, ?)"
INSERT_EVENT = "INSERT INTO event VALUES (?, ?, ?)"
INSERT_RECEIPT = "INSERT OR REPLACE INTO receipt (key, digest, revision, ended, event, at) VALUES (?, ?, ?, ?, ?, ?)"
INSERT_CURSOR = "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)"
INSERT_STREAM = "INSERT INTO stream (name, base, acked, at) VALUES (?, ?, 0, ?)"
UPDATE_ACKED = "UPDATE stream SET acked = max(acked, ?) WHERE name = ?"
UPDATE_SESSION = "UPDATE meta SET session = ?"


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def batch_rows(batch: Batch, last_fact: int, base: int, head: int, now: int) -> list[Statement]:
    """`last_fact`, `head`: the last fact id and seq before this batch. Raises ValueError, TypeError: ours to mend."""
    rows: list[Statement] = []
    if batch.facts:
        rows.append((INSERT_FACT, [_fact(number, fact) for number, fact in enumerate(batch.facts, last_fact + 1)]))
    if batch.events:
        rows.append((INSERT_EVENT, list(_events(batch.events, base, head, now))))
    if batch.receipts:
        rows.append((INSERT_RECEIPT, [_receipt(receipt, base, now) for receipt in batch.receipts]))
    if batch.cursor is not None:
        rows.append((INSERT_CURSOR, [batch.cursor]))
    return rows


def new_stream(name: str, base: int, now: int) -> list[Statement]:
    """`base`: the id of the last event before it."""
    return [(INSERT_STREAM, [(name, base, now)])]


def save_ack(upto: int, stream: str) -> list[Statement]:
    return [(UPDATE_ACKED, [(upto, stream)])]


def save_session(number: int) -> list[Statement]:
    return [(UPDATE_SESSION, [(number,)])]


def _fact(number: int, fact: Fact) -> tuple[int, int, str, bytes]:
    kind, body = encode_fact(fact)
    return number, fact.at, kind, body


def _events(events: Sequence[Outgoing], base: int, head: int, now: int) -> Iterator[tuple[int, int, bytes]]:
    for seq, event in enumerate(events, head + 1):
        if event.seq != seq:
            raise ValueError(f"event {event.seq} handed in where {seq} is next")
        yield base + seq, now, event.body


def _receipt(receipt: Receipt, base: int, now: int) -> tuple[str, str, int, str | None, int | None, int]:
    event = None if receipt.seq is None else base + receipt.seq
    return receipt.key, receipt.digest, receipt.revision, receipt.ended, event, now
