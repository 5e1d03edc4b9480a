"""Group `restart`: how long a start takes with a long journal.

In: a journal made up of 10^6 facts with their events and receipts (20 000 with `--quick`). The last snapshot is as old
as it gets: almost `snapshot_every_facts` facts follow it. Out: entries of a start inside a process, of a whole process,
and after kill -9.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Final

from controller.bench import place
from controller.bench.report import Aim, Beside, Entry, Say, median_of
from controller.bench.shift import BINS, PICKERS, SETTINGS, History, make_site
from controller.clock import Clock
from controller.core.station import Station
from controller.gate import Gate
from controller.journal import Journal
from controller.settings.model import JournalSection
from controller.wms.events import Projection

GROUP: Final = "restart"
FACTS: Final = 1_000_000
RUNS: Final = 5
START_S: Final = 1.5
RUNNING: Final = "running:"


def measure(say: Say, *, quick: bool) -> list[Entry]:
    facts = 20_000 if quick else FACTS
    after = min(JournalSection().snapshot_every_facts, facts // 10 if quick else facts) - 1
    runs = 1 if quick else RUNS
    with tempfile.TemporaryDirectory(prefix="pickbeam-bench-") as name:
        folder = Path(name)
        settings = place.make_site(folder, modules=BINS, port=place.free_port(), tty=folder / "none", zones=PICKERS)
        empty = median_of([_process(settings) for _ in range(runs)])
        for file in folder.glob("journal.db*"):
            file.unlink()
        say(f"a history of {facts:,} facts")
        asyncio.run(History(folder / "journal.db").write(facts, after, say))
        size = (folder / "journal.db").stat().st_size / 1e6
        os.sync()  # what the history left to write is no part of a start
        say("starts")
        inside = median_of([_inside(folder / "journal.db") for _ in range(runs)])
        whole = [_process(settings) for _ in range(runs)]
        killed = [_process(settings, kill=True) for _ in range(runs + 1)][1:]
    told = f"{facts:,} facts, {size:.0f} MB, {after:,} of them after the snapshot; median of {runs}"
    beside = Beside("the same with an empty journal", empty)
    aim = Aim("<=", START_S)
    return [
        Entry(GROUP, "restart: journal and state restored", inside, "s", aim, note=told),
        Entry(GROUP, "restart: process start → running", median_of(whole), "s", aim, beside, note=told),
        Entry(GROUP, "restart after kill -9: process start → running", median_of(killed), "s", aim, beside, note=told),
    ]


def _inside(path: Path) -> float:
    return asyncio.run(_restore(path))


async def _restore(path: Path) -> float:
    """Seconds of what the app does between its settings and its first decision."""
    begun = time.perf_counter()
    site = make_site()
    journal = Journal.open(path, SETTINGS)
    gate = Gate(
        Station(site), journal, Projection(site), Clock(), config="bench", released=lambda _r: None,
        broken=lambda _why: None, repeat=lambda _seq: None, spawn=asyncio.get_running_loop().create_task,
    )  # fmt: skip
    gate.restore()
    took = time.perf_counter() - begun
    journal.close()
    return took


def _process(settings: Path, *, kill: bool = False) -> float:
    """Seconds from spawning `pickbeam run` to its saying that it runs; then it is stopped, or killed."""
    log = settings.with_name("controller.log")
    log.unlink(missing_ok=True)
    begun = time.monotonic()
    process = place.spawn(settings)
    try:
        return place.wait_for_text(log, RUNNING, process) - begun
    finally:
        if kill:
            process.kill()
        place.end(process)
        process.wait()
