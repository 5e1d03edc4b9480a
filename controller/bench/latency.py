"""Group `latency`: from a task at the broker to the serial line, and from a press on the line to the WMS, durable.

In: the real controller process, a real mosquitto with the configuration we ship, a pseudo-terminal whose other end is
here. Out: entries, beside a 30-line script with stock settings, and beside the hop and the commit of the same run.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from controller.bench import place
from controller.bench.rack import Rack
from controller.bench.report import Aim, Beside, Entry, Say, median_of, milliseconds, percentile, spread
from controller.bench.rig import PAUSE_S, Committer, Rig, Samples, Wms
from controller.errors import StartError

GROUP: Final = "latency"
MODULES: Final = 16
ROUNDS: Final = 3
SAMPLES: Final = 150
"""Per round: its p99 is the second worst of them."""
KNOWN_S: Final = 1.5
"""After the start, until the modules are known and the idle rhythm has set in."""
QUICK_S: Final = 0.4
P99_MS: Final = 4.0
WAYS: Final = {
    "down": "MQTT task → first byte on the serial line, durable",
    "up": "serial press → event at the WMS, durable",
}
SCRIPT: Final = "paho + pyserial script, stock settings, not durable"
OTHERS: Final = 3
"""Lamps that are on all the time in the second measurement: what a shift looks like to the bus."""


@dataclass(slots=True)
class Stock:
    """Seconds, as `Samples`."""

    down: list[float] = field(default_factory=list)
    up: list[float] = field(default_factory=list)


def measure(say: Say, *, quick: bool) -> list[Entry]:
    rounds, count, known_s = (1, 12, QUICK_S) if quick else (ROUNDS, SAMPLES, KNOWN_S)
    ours, busy, stock, tuned = [], [], [], []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: idle shelf")
        ours.append(sample(count, seed=number, known_s=known_s))
        say(f"round {number + 1} of {rounds}: with {OTHERS} other lamps lit")
        busy.append(sample(count, others=OTHERS, seed=number, known_s=known_s))
        say(f"round {number + 1} of {rounds}: the peers")
        stock.append(_script(count, nodelay=False))
        tuned.append(_script(count, nodelay=True))
    hop, commit = (middle([getattr(x, kind) for x in ours], 0.5) for kind in ("hop", "commit"))
    entries = [_entry(way, share, ours, stock, hop + commit) for way in WAYS for share in (0.5, 0.99)]
    entries += [
        Entry(GROUP, "limit: QoS 1 hop over loopback, p50", hop, "ms"),
        Entry(GROUP, "limit: commit (WAL, FULL), p50", commit, "ms"),
    ]
    for way, name in WAYS.items():
        samples, script = [getattr(x, way) for x in busy], [getattr(x, way) for x in tuned]
        for share in (0.5, 0.99):
            label = f"{name}, {OTHERS} other lamps lit, p{share * 100:.0f}"
            peer = Beside("the script with TCP_NODELAY everywhere, not durable", middle(script, share))
            entries.append(Entry(GROUP, label, middle(samples, share), "ms", peer=peer, note=_note(samples)))
    return entries


def sample(
    count: int,
    *,
    others: int = 0,
    mode: str = "process",
    command: Sequence[str] = ("controller", "run"),
    seed: int = 0,
    known_s: float = KNOWN_S,
) -> Samples:
    """So many tasks through a fresh controller. `others`: modules that are lit all the time."""
    samples = Samples()
    with tempfile.TemporaryDirectory(prefix="pickbeam-bench-") as name:
        folder = Path(name)
        with place.broker(folder / "broker") as port, _bench(folder, port, seed) as rig:
            zones = 1 + others
            settings = place.make_site(
                folder / "site", modules=MODULES, port=port, tty=folder / "tty", mode=mode, zones=zones
            )
            with place.controller(settings, command):
                rig.wait_online()
                rig.rest(known_s)
                mine = [addr for addr in range(1, MODULES + 1) if addr % zones == 0]
                for addr in range(1, zones):
                    rig.light(f"other {addr}", addr)
                polls, begun = rig.rack.polls, time.monotonic()
                for number in range(count):
                    rig.sample(f"T{number}", mine[number % len(mine)], samples)
                samples.polls_per_s = (rig.rack.polls - polls) / (time.monotonic() - begun)
    return samples


def middle(rounds: Sequence[Sequence[float]], share: float) -> float:
    """The median of the rounds' percentiles, in milliseconds."""
    return median_of([percentile(milliseconds(one), share) for one in rounds])


@contextmanager
def _bench(folder: Path, port: int, seed: int) -> Iterator[Rig]:
    rack = Rack(folder / "tty", MODULES, seed=seed)
    committer = Committer(folder / "plain.db")
    rig = Rig(port, rack, committer, seed)
    try:
        rig.pump(lambda: rig.wms.ready, what="subscription")
        yield rig
    finally:
        rig.close()
        rack.close()
        committer.close()


def _entry(way: str, share: float, ours: list[Samples], stock: list[Stock], limit: float) -> Entry:
    samples = [getattr(x, way) for x in ours]
    peer = Beside(SCRIPT, middle([getattr(x, way) for x in stock], share))
    aim = Aim("<=", 2 * limit, "2 × (hop + commit)") if share == 0.5 else Aim("<=", P99_MS)
    name = f"{WAYS[way]}, p{share * 100:.0f}"
    return Entry(
        GROUP, name, middle(samples, share), "ms", aim, peer, Beside("hop + commit, p50", limit), _note(samples)
    )


def _note(rounds: Sequence[Sequence[float]]) -> str:
    pooled = milliseconds([x for one in rounds for x in one])
    return f"{len(rounds)} rounds, {spread(pooled)}"


# --- the peer --------------------------------------------------------------------------------------------------------


def _script(count: int, *, nodelay: bool) -> Stock:
    """The script between a stock broker (or a tuned one) and a plain line."""
    with tempfile.TemporaryDirectory(prefix="pickbeam-bench-") as name:
        folder = Path(name)
        master, slave = os.openpty()
        tty.setraw(slave)
        try:
            with place.broker(folder, stock=not nodelay) as port:
                words = ["controller.bench.stock_script", str(port), os.ttyname(slave), *(["nodelay"] * nodelay)]
                process = subprocess.Popen([sys.executable, "-m", *words])
                try:
                    return _exchange(Wms(port, ["stock/event"], nodelay=nodelay), master, count)
                finally:
                    place.end(process)
        finally:
            os.close(master)
            os.close(slave)


def _exchange(wms: Wms, master: int, count: int) -> Stock:
    """Messages down, lines up, one at a time."""
    found, random = Stock(), Random(1)
    heard: list[float] = []
    wms.heard = lambda _topic, _payload, at: heard.append(at)
    _until_ready(wms, master)
    for _ in range(count):
        _rest(wms, random.uniform(*PAUSE_S))
        begun = time.monotonic()
        wms.publish("stock/task", b"light L.001 3\n")
        found.down.append(_wait(wms, master, lambda: False) - begun)
        os.read(master, 4096)
        _rest(wms, random.uniform(*PAUSE_S))
        heard.clear()
        begun = time.monotonic()
        os.write(master, b"pressed L.001 3\n")
        _wait(wms, -1, lambda: bool(heard))
        found.up.append(heard[0] - begun)
    wms.close()
    return found


def _until_ready(wms: Wms, master: int) -> None:
    """Until the script is subscribed: what is published before that goes nowhere."""
    end = time.monotonic() + place.START_S
    while time.monotonic() < end:
        _rest(wms, 0.2)
        if wms.ready:
            wms.publish("stock/task", b"hello\n")
        _rest(wms, 0.2)
        if select.select([master], [], [], 0)[0]:
            os.read(master, 4096)
            return
    raise StartError("the script does not answer")


def _wait(wms: Wms, master: int, done: Callable[[], bool]) -> float:
    """Until the line is readable (`master` >= 0) or `done()`; when that was."""
    end = time.monotonic() + 5.0
    while time.monotonic() < end:
        files: list[Any] = [wms] if master < 0 else [wms, master]
        ready = select.select(files, [], [], 1.0)[0]
        now = time.monotonic()
        if wms in ready:
            wms.readable()
        if master in ready or done():
            return now
    raise StartError("the script lost a message")


def _rest(wms: Wms, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([wms], [], [], left)[0]:
            wms.readable()
