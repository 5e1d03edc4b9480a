"""Group `durable`: how many confirmations a second the station makes durable.

In: a real file. Out: one entry, beside the plain commits of the same disk.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

from controller.bench.report import Aim, Beside, Entry, Say, median_of, milliseconds, percentile
from controller.bench.rig import Committer
from controller.bench.shift import PICKERS, Shift

GROUP: Final = "durable"
RUNS: Final = 5
RUN_S: Final = 4.0
PER_SECOND: Final = 1000.0


def measure(say: Say, *, quick: bool) -> list[Entry]:
    runs, seconds = (1, 1.5) if quick else (RUNS, RUN_S)
    rates, waits, commits = [], [], []
    for run in range(runs):
        say(f"{PICKERS} pickers confirm as fast as they can, run {run + 1} of {runs}")
        with tempfile.TemporaryDirectory(prefix="pickbeam-bench-") as folder:
            shift_rate, shift_waits = asyncio.run(_shift(Path(folder), seconds))
            commits.append(_commits(Path(folder), seconds / 2))
        rates.append(shift_rate)
        waits += milliseconds(shift_waits)
    limit = Beside("plain commits one by one (WAL, FULL)", median_of(commits))
    note = f"{PICKERS} pickers, median of {runs} runs ({min(rates):.0f}–{max(rates):.0f})"
    name = "durable confirmations per second, sustained"
    rate = Entry(GROUP, name, median_of(rates), "1/s", Aim(">=", PER_SECOND), limit=limit, note=note)
    wait = Entry(GROUP, "press → durable at that load, p99", percentile(waits, 0.99), "ms", note=f"n={len(waits)}")
    return [rate, wait]


async def _shift(folder: Path, seconds: float) -> tuple[float, list[float]]:
    shift = Shift(folder / "journal.db")
    return await shift.run(seconds), shift.waits


def _commits(folder: Path, seconds: float) -> float:
    """Commits per second of one row each."""
    committer = Committer(folder / "plain.db")
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        committer.sample()
        count += 1
    committer.close()
    return count / seconds
