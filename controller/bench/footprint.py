"""Group `footprint`: memory, processor time at rest, import and start time of the real controller process.

In: a broker and 250 modules on a pseudo-terminal. Out: entries. The modules answer from this process, so that none of
their work counts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from controller.bench import place
from controller.bench.rack import Rack
from controller.bench.report import Aim, Beside, Entry, Say, median_of
from controller.bench.rig import Committer, Rig, Samples
from controller.errors import StartError

GROUP: Final = "footprint"
MODULES: Final = 250
KNOWN_S: Final = 6.0
"""After the start, until every module was asked once and the idle rhythm has set in."""
REST_S: Final = 15.0
TASKS: Final = 60
RUNS: Final = 5
MEMORY_MB: Final = 60.0
CPU_PERCENT: Final = 5.0
PACKAGES: Final = "msgspec, apsw, paho.mqtt.client"


def measure(say: Say, *, quick: bool) -> list[Entry]:
    with tempfile.TemporaryDirectory(prefix="pickbeam-bench-") as name:
        folder = Path(name)
        with place.broker(folder / "broker") as port:
            rack = Rack(folder / "tty", MODULES)
            committer = Committer(folder / "plain.db")
            settings = place.make_site(folder / "site", modules=MODULES, port=port, tty=folder / "tty")
            rig = Rig(port, rack, committer)
            rig.pump(lambda: rig.wms.ready, what="subscription")
            try:
                return [*_running(rig, settings, say, quick=quick), *_starting(rig, settings, say, quick=quick)]
            finally:
                rig.close()
                rack.close()
                committer.close()


def _running(rig: Rig, settings: Path, say: Say, *, quick: bool) -> list[Entry]:
    say(f"{MODULES} polled modules, nothing lit")
    with place.controller(settings) as process:
        rig.wait_online()
        rig.rest(KNOWN_S / 2 if quick else KNOWN_S)
        cpu = _cpu_percent(rig, process.pid, 3.0 if quick else REST_S)
        memory = _memory(process.pid, "at rest")
        for number in range(8 if quick else TASKS):
            rig.sample(f"T{number}", 1 + number * 4 % MODULES, Samples())
        return [*cpu, *memory, *_memory(process.pid, "after some tasks")]


def _cpu_percent(rig: Rig, pid: int, seconds: float) -> list[Entry]:
    """Of one core, the controller and its bus process."""
    pids = {"controller": pid, "bus process": _bus_process(pid)}
    before, polls, begun = {n: place.cpu_seconds(p) for n, p in pids.items()}, rig.rack.polls, time.monotonic()
    rig.rest(seconds)
    took = time.monotonic() - begun
    used = {n: 100 * (place.cpu_seconds(p) - before[n]) / took for n, p in pids.items()}
    note = ", ".join(f"{n} {percent:.1f}" for n, percent in used.items())
    note += f"; {(rig.rack.polls - polls) / took:.0f} polls/s over {took:.0f} s"
    name = f"idle processor time, {MODULES} polled modules"
    return [Entry(GROUP, name, sum(used.values()), "% of a core", Aim("<=", CPU_PERCENT), note=note)]


def _memory(pid: int, when: str) -> list[Entry]:
    bus = _bus_process(pid)
    rss = {n: place.memory_mb(p, "Rss") for n, p in (("controller", pid), ("bus process", bus))}
    pss = place.memory_mb(pid, "Pss") + place.memory_mb(bus, "Pss")
    note = ", ".join(f"{n} {mb:.1f}" for n, mb in rss.items()) + f"; shared pages counted once (PSS): {pss:.1f}"
    return [
        Entry(
            GROUP, f"RSS, controller and bus process, {when}", sum(rss.values()), "MB", Aim("<=", MEMORY_MB), note=note
        )
    ]


def _bus_process(pid: int) -> int:
    found = place.children(pid)
    if len(found) != 1:
        raise StartError(f"the controller has {len(found)} children, one was expected: its bus process")
    return found[0]


def _starting(rig: Rig, settings: Path, say: Say, *, quick: bool) -> list[Entry]:
    say("imports and starts")
    runs = 2 if quick else RUNS
    bare = [_python("pass") for _ in range(runs)]
    packages = median_of([_python(f"import {PACKAGES}") for _ in range(runs)])
    imports = [_python("import controller.app") for _ in range(runs)]
    starts = [_start(rig, settings) for _ in range(runs)]
    running, online = (median_of([start[n] for start in starts]) for n in (0, 1))
    python = Beside("python -c pass", median_of(bare))
    beside = Beside(f"python -c 'import {PACKAGES}'", packages)
    return [
        Entry(GROUP, "import controller.app, whole process", median_of(imports), "s", peer=beside, limit=python),
        Entry(GROUP, "process start → running", running, "s", limit=python, note=f"median of {runs}"),
        Entry(GROUP, "process start → online at the broker", online, "s", limit=python, note=f"median of {runs}"),
    ]


def _start(rig: Rig, settings: Path) -> tuple[float, float]:
    """Seconds from spawning to `running` in the log, and to `online` at the broker."""
    log = settings.with_name("controller.log")
    log.unlink(missing_ok=True)
    rig.online_at = 0.0
    begun = time.monotonic()
    with place.controller(settings) as process:
        running = place.wait_for_text(log, "running:", process) - begun
        rig.wait_online()
        return running, rig.online_at - begun


def _python(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun
