"""Group `bus_host`: is the bus polled from a thread of the controller, or from a process of its own?

In: both modes, alone and beside a thread that never rests (`burning`). Out: entries; docs/decisions/0001 quotes them.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from controller.bench.latency import sample
from controller.bench.report import Beside, Entry, Say, milliseconds, percentile, spread

GROUP: Final = "bus_host"
SAMPLES: Final = 120
BURNING: Final = ("controller.bench.burning",)
RUN: Final = ("controller", "run")
WAYS: Final = {"down": "task → serial line", "up": "press → WMS"}


def measure(say: Say, *, quick: bool) -> list[Entry]:
    entries: list[Entry] = []
    for burning in (False, True):
        found = {}
        for mode in ("process", "thread"):
            load = "beside a thread that never rests" if burning else "alone"
            say(f"bus in a {mode}, {load}")
            found[mode] = sample(10 if quick else SAMPLES, mode=mode, command=BURNING if burning else RUN)
        for (way, label), share in product(WAYS.items(), (0.5, 0.99)):
            took = {mode: milliseconds(getattr(samples, way)) for mode, samples in found.items()}
            name = f"bus in a process, {load}: {label}, p{share * 100:.0f}"
            peer = Beside("bus in a thread", percentile(took["thread"], share))
            note = f"process {spread(took['process'])}; thread {spread(took['thread'])}"
            entries.append(Entry(GROUP, name, percentile(took["process"], share), "ms", peer=peer, note=note))
    return entries
