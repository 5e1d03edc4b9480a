"""`pickbeam bench`: measure this machine.

In: the names of groups, or none for all. Out: progress, a table, `build/bench.json` (one entry per line); exit code 0
also where an aim is missed: the table says so, and judging is for people.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.bench.report import Entry, document, machine
from controller.cli import measured
from controller.errors import StartError, UsageError

GROUPS = {
    "wire": "press to controller and lamps on the virtual wire",
    "latency": "task to serial line, press to WMS, durable",
    "durable": "confirmations per second",
    "footprint": "memory, idle processor time, start",
    "restart": "a start with a long journal",
    "bus_host": "the bus in a process or in a thread",
}
"""Each is `controller.bench.NAME.measure(say, quick=…)`."""
OUT = Path("build/bench.json")


def command(
    names: Annotated[list[str] | None, typer.Argument(help=f"Any of {', '.join(GROUPS)}; none = all.")] = None,
    *,
    out: Annotated[Path, typer.Option(help="Where the entries go.")] = OUT,
    quick: Annotated[bool, typer.Option("--quick", help="A minute, few samples: to see that it runs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The document on standard output instead of a table.")] = False,
) -> None:
    """Measure latency, throughput, memory and start time of this machine.

    Every number stands beside its aim, and beside a peer or a limit of the same run. Close other programs first.
    """
    chosen = names or list(GROUPS)
    if unknown := [name for name in chosen if name not in GROUPS]:
        raise UsageError(f"there is no group {unknown[0]!r}: {', '.join(GROUPS)}")
    facts = machine() | {"quick": quick, "groups": chosen}
    entries = list(_measure(chosen, quick=quick))
    text = document(facts, entries)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    if json:
        print(text, end="")
    else:
        measured.show(facts, entries, ("beside (same run)", "ratio"), _beside)


def _measure(chosen: Sequence[str], *, quick: bool) -> Iterator[Entry]:
    """What could not be measured here is said, and does not keep the rest from being measured."""
    for name in chosen:
        begun = time.monotonic()
        try:
            yield from import_module(f"controller.bench.{name}").measure(_say_of(name, begun), quick=quick)
        except StartError as fault:
            print(f"{name}: not measured: {fault}", file=sys.stderr)


def _say_of(name: str, begun: float) -> Any:
    return lambda line: print(f"{time.monotonic() - begun:6.1f} s  {name}: {line}", file=sys.stderr, flush=True)


def _beside(entry: Entry) -> tuple[str, ...]:
    other = entry.peer or entry.limit
    beside = "" if other is None else f"{other.name}: {other.value:.4g}"
    ratio = "" if other is None or not other.value else f"{entry.value / other.value:.3g}"
    return beside, ratio
