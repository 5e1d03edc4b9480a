"""Measured entries as a table on the screen; every bench command shows the same columns and adds its own.

In: facts about the machine, entries, what stands beside each. Out: a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from controller.bench.report import Entry

COLUMNS = ("measured", "value", "", "aim", "")
TO_THE_RIGHT = ("value", "aim", "ratio")


def show(
    facts: dict[str, Any],
    entries: Sequence[Entry],
    columns: Sequence[str],
    beside: Callable[[Entry], tuple[str, ...]],
) -> None:
    """`columns`: the ones after `COLUMNS`, whose cells `beside` gives."""
    from rich.console import Console
    from rich.table import Table

    table = Table(caption=", ".join(f"{key} {value}" for key, value in facts.items()), box=None)
    for column in (*COLUMNS, *columns):
        table.add_column(column, justify="right" if column in TO_THE_RIGHT else "left")
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            table.add_row(f"[bold]{group}[/]")
        table.add_row(*_value(entry), *beside(entry))
    Console().print(table)


def _value(entry: Entry) -> tuple[str, ...]:
    aim = "" if entry.aim is None else f"{entry.aim.op} {entry.aim.value:.4g}"
    verdict = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[entry.met]
    return entry.name, f"{entry.value:.4g}", entry.unit, aim, verdict
