"""How fast the journal is here: `python tests/journal/bench_journal.py [FOLDER]`.

In: a folder on the disk to measure. Out: one JSON object with milliseconds, batches per second and megabytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import psutil

from controller.core.facts import LineConfirmed
from controller.journal import Batch, Journal, Outgoing, Receipt

EVENT = b"x" * 900
"""The size of a line_completed message."""
WINDOW = 200
"""Batches under way at once when throughput is measured."""


def press(journal: Journal, number: int, facts: int, *, task: bool = False) -> Batch:
    """What a button press leads to; with `task` a receipt too, as a new task does."""
    fact = LineConfirmed(
        at=number, cause=f"button:A-017:{number}", task_id=f"WV-{number:06}/T3", line_id="10", picker="P-044",
        picked=Decimal(3), lit_at=number,
    )  # fmt: skip
    receipts = (Receipt(f"task:WV-{number:06}/T3", "a" * 64, 1, None, journal.head + 1),) if task else ()
    return Batch((fact,) * facts, (Outgoing(journal.head + 1, EVENT),), receipts, ("A-017", 77, number))


async def latency(journal: Journal, count: int, gap_s: float, *, task: bool = False) -> dict[str, float]:
    """One batch at a time, from submit to the future's end."""
    times = []
    for number in range(count):
        begun = time.perf_counter()
        await journal.submit(press(journal, number, 1, task=task))
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(gap_s)
    stats = journal.stats()
    return {"p50": at(times, 0.5), "p99": at(times, 0.99), "commit_p50": stats.commit_ms_p50}


async def throughput(journal: Journal, count: int, facts: int) -> float:
    """Batches per second, `WINDOW` under way."""
    begun, under_way = time.perf_counter(), []
    for number in range(count):
        under_way.append(journal.submit(press(journal, number, facts)))
        if len(under_way) == WINDOW:
            await under_way.pop(0)
    await asyncio.gather(*under_way)
    return count / (time.perf_counter() - begun)


async def filled(journal: Journal, facts: int) -> None:
    """So many facts, with a snapshot 2000 facts before the end."""
    await throughput(journal, (facts - journal.last_fact - 2000) // 10, 10)
    journal.snapshot(b"s" * 1_000_000, journal.last_fact)
    await throughput(journal, 200, 10)
    await asyncio.sleep(1)  # a quiet moment, in which it is stored


def restart(path: Path) -> tuple[float, int]:
    """Milliseconds to open, read the snapshot and the facts after it; how many those were."""
    begun = time.perf_counter()
    journal = Journal.open(path)
    count = sum(1 for _ in journal.restore().facts)
    took = (time.perf_counter() - begun) * 1000
    journal.close()
    return took, count


def at(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] * 1000


async def measure(path: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    journal = Journal.open(path)
    found["press, back to back (ms)"] = await latency(journal, 1000, 0)
    found["press, every 5 ms (ms)"] = await latency(journal, 1000, 0.005)
    found["task, back to back (ms)"] = await latency(journal, 1000, 0, task=True)
    found["confirmations per second, 1 fact"] = await throughput(journal, 20_000, 1)
    found["confirmations per second, 3 facts"] = await throughput(journal, 20_000, 3)
    await filled(journal, 1_000_000)
    found["RSS after 10^6 facts (MB)"] = psutil.Process().memory_info().rss / 1e6
    found["database (MB)"] = journal.stats().db_kb / 1000
    os.sync()
    journal._writer.stop()  # as if killed
    journal._lock.close()
    found["restart with 10^6 facts (ms, facts after the snapshot)"] = restart(path)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        print(json.dumps(asyncio.run(measure(Path(folder) / "j.db")), indent=2))


if __name__ == "__main__":
    main()
