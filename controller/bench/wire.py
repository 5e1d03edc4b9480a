"""Group `wire`: press to controller on the virtual wire, and fifty lamps at once; no real time passes.

In: nothing. Out: entries, each beside naive Modbus polling on the same virtual wire.
"""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Final

from controller.bench.modbus import Master
from controller.bench.report import Aim, Beside, Entry, Say, milliseconds, percentile
from controller.bench.virtual_bus import VirtualBus

GROUP: Final = "wire"
MODULES: Final = (16, 64, 250)
BAUDS: Final = (115_200, 250_000)
RATES: Final = (1, 5, 20)
LOSSES: Final = (0.0, 0.05, 0.30)
SECONDS: Final = {1: 40.0, 5: 20.0, 20: 10.0}
"""Virtual seconds per cell by presses per second."""
SINGLES: Final = 600
LAMPS: Final = 50
BATCHES: Final = 40
SINGLE_MS: Final = 6.0
BATCH_MS: Final = 30.0


def measure(say: Say, *, quick: bool) -> list[Entry]:
    return [*_singles(say, quick=quick), _batch(say, quick=quick), *_cells(say, quick=quick)]


def _singles(say: Say, *, quick: bool) -> list[Entry]:
    entries = []
    for modules, baud in [(250, 250_000)] if quick else product(MODULES, BAUDS):
        say(f"single presses, {modules} modules, {baud} baud")
        bus = VirtualBus(modules, baud=baud, seed=modules)
        bus.settle()
        found = bus.singles(60 if quick else SINGLES)
        took = milliseconds(found.latencies)
        naive = _modbus(modules, baud, presses=40 if quick else 300)
        aimed = Aim("<=", SINGLE_MS) if (modules, baud) == (250, 250_000) else None
        note = f"n={found.taken}, median {percentile(took, 0.5):.2f}, p99 {percentile(took, 0.99):.2f}"
        name = f"single press → controller, worst, {modules} modules, {baud // 1000} kBd"
        peer = Beside("naive Modbus polling, worst", max(naive))
        entries.append(Entry(GROUP, name, max(took), "ms", aimed, peer, note=note))
    return entries


def _batch(say: Say, *, quick: bool) -> Entry:
    say(f"{LAMPS} lamps in one batch")
    bus = VirtualBus(250, seed=5)
    bus.settle()
    took = milliseconds([bus.batch(LAMPS) for _ in range(8 if quick else BATCHES)])
    master = Master(250, baud=250_000)
    for addr in range(1, LAMPS + 1):
        master.light(addr, bytes(10))
    return Entry(
        GROUP,
        f"{LAMPS} lamps in one batch, worst, 250 modules, 250 kBd",
        max(took),
        "ms",
        Aim("<=", BATCH_MS),
        Beside("Modbus FC16 one by one", master.now * 1000),
        note=f"n={len(took)}, median {percentile(took, 0.5):.2f}",
    )


def _cells(say: Say, *, quick: bool) -> list[Entry]:
    """Every combination; first of all that none of them lost or doubled a press."""
    entries, wrong, taken = [], 0, 0
    cells = [(250, 250_000, 20, 0.05)] if quick else list(product(MODULES, BAUDS, RATES, LOSSES))
    for number, (modules, baud, rate, loss) in enumerate(cells):
        say(f"{modules} modules, {baud} baud, {rate} presses/s, {loss:.0%} loss")
        bus = VirtualBus(modules, baud=baud, loss=loss, seed=number)
        bus.settle()
        found = bus.presses(rate, 5.0 if quick else SECONDS[rate])
        took = milliseconds(found.latencies)
        wrong += found.lost + found.doubled
        taken += found.taken
        note = f"n={found.taken}, median {percentile(took, 0.5):.2f}, worst {max(took):.1f}, lost {found.lost}, "
        name = f"press → controller p99, {modules} modules, {baud // 1000} kBd, {rate}/s, {loss:.0%} frame loss"
        naive = percentile(_modbus(modules, baud, presses=60, loss=loss, per_second=rate), 0.99)
        peer = Beside("naive Modbus polling, p99", naive)
        entry = Entry(GROUP, name, percentile(took, 0.99), "ms", peer=peer, note=note + f"doubled {found.doubled}")
        entries.append(entry)
    total = Entry(GROUP, "presses lost or doubled", wrong, "presses", Aim("<=", 0), note=f"of {taken}, all cells")
    return [total, *entries]


def _modbus(
    modules: int, baud: int, *, presses: int, loss: float = 0.0, per_second: float | None = None
) -> list[float]:
    """Milliseconds from press to master; one at a time, or at a rate."""
    random, at = Random(modules), 0.0
    rows: list[tuple[float, int]] = []
    for _ in range(presses):
        at += random.uniform(2.0, 6.0) if per_second is None else random.expovariate(per_second)
        rows.append((at, random.randrange(1, modules + 1)))
    return milliseconds(Master(modules, baud=baud, loss=loss, seed=modules).press_to_master(rows))
