"""Group `bus_host`: is the bus polled from a thread of the controller, or from a process of its own?

In: both modes, alone, beside a thread that never rests (`burning`), and beside one that has to give the interpreter
away ten times as often. Out: entries; docs/decisions/0001-bus-process.md quotes them.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from controller.bench.latency import KNOWN_S, QUICK_S, sample
from controller.bench.report import Beside, Entry, Say, milliseconds, percentile, spread
from controller.bench.rig import Samples

GROUP: Final = "bus_host"
SAMPLES: Final = 120
OTHERS: Final = 1
"""One lamp is on all the time, so that the bus is polled without a pause."""
LOADS: Final = {
    "alone": ("controller", "run"),
    "beside a thread that never rests": ("controller.bench.burning",),
    "beside that thread, switch interval 0.5 ms": ("controller.bench.burning", "0.0005"),
}
WAYS: Final = {"down": "task → serial line", "up": "press → WMS"}


def measure(say: Say, *, quick: bool) -> list[Entry]:
    entries: list[Entry] = []
    count, known_s = (3, QUICK_S) if quick else (SAMPLES, KNOWN_S)
    for load, command in LOADS.items():
        found: dict[str, Samples] = {}
        for mode in ("process", "thread"):
            say(f"bus in a {mode}, {load}")
            found[mode] = sample(count, others=OTHERS, mode=mode, command=command, known_s=known_s)
        entries += _compared(load, found)
    return entries


def _compared(load: str, found: dict[str, Samples]) -> list[Entry]:
    """The process, beside the thread."""
    entries = []
    for (way, label), share in product(WAYS.items(), (0.5, 0.99)):
        took = {mode: milliseconds(getattr(samples, way)) for mode, samples in found.items()}
        name = f"bus in a process, {load}: {label}, p{share * 100:.0f}"
        peer = Beside("bus in a thread", percentile(took["thread"], share))
        note = f"process {spread(took['process'])}; thread {spread(took['thread'])}"
        entries.append(Entry(GROUP, name, percentile(took["process"], share), "ms", peer=peer, note=note))
    peer = Beside("bus in a thread", found["thread"].polls_per_s)
    name = f"bus in a process, {load}: polls per second, one lamp lit"
    return [*entries, Entry(GROUP, name, found["process"].polls_per_s, "1/s", peer=peer)]
