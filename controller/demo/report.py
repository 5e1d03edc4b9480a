"""The end of a demo on the screen: order by order, figures, and the verdict.

In: a `Result`. Out: tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from controller.demo.result import OrderRow, Result

SHOWN_DIFFERENCES: Final = 40
"""More are only in the JSON."""
STRIKES: Final = {
    "kill": "controller killed (-9)",
    "kill at a point": "  at a point of a commit",
    "kill at a moment": "  at any moment",
    "broker": "broker killed (-9)",
    "unplug": "bus unplugged",
    "voice": "voice worker killed (-9)",
    "headset": "headset off, silent or clipping",
}


def show(console: Console, result: Result, folder: Path) -> None:
    """Tables and verdict."""
    console.print(order_table(result.orders))
    console.print(figure_table(result))
    _differences(console, result, folder)


def order_table(orders: list[OrderRow]) -> Table:
    """Asked by the WMS, counted by the modules or meant by who spoke, booked in the journal, reported to the WMS."""
    table = Table(title="orders, in pieces", title_justify="left", title_style="bold")
    table.add_column("order")
    for name in ("tasks", "lines", "asked", "picked", "journal", "reported", "short"):
        table.add_column(name, justify="right")
    table.add_column("")
    for row in orders:
        table.add_row(*_cells(row))
    if orders:
        table.add_section()
        total = OrderRow("total")
        for row in orders:
            for name in ("tasks", "lines", "asked", "picked", "booked", "reported", "short", "ended"):
                setattr(total, name, getattr(total, name) + getattr(row, name))
        table.add_row(*_cells(total), style="bold")
    return table


def figure_table(result: Result) -> Table:
    """What it took."""
    f = result.figures
    table = Table.grid(padding=(0, 3))
    table.add_row(Text("figures", style="bold"))
    rows = {
        "first lamp lit": f"{_n(f, 'first_lamp_s')} s after the start; the whole demo took {_n(f, 'seconds')} s",
        "task → lamp": _times(f, "task_to_lamp", "tasks that met a waiting picker"),
        "press → report": _times(f, "press_to_report", "presses on a bus that booked"),
        "presses": f"{_n(f, 'presses')}: {_n(f, 'booked_presses')} booked, {_n(f, 'undone')} undone, "
        f"{_n(f, 'skipped')} skipped, {_n(f, 'wrong_presses')} recognised as wrong, {_n(f, 'home_presses')} at home"
        + (f", {_n(f, 'unheard_gpio_presses')} on bare GPIO unheard" if f.get("unheard_gpio_presses") else ""),
        "events": f"{_n(f, 'events')} booked by the WMS, {_n(f, 'acknowledged')} acknowledged, "
        f"{_n(f, 'repeated_events')} came again and were ignored",
        "retries": f"{_n(f, 'task_resends')} tasks sent again; {_n(f, 'controller_starts')} starts of the controller",
        "buses": f"{_n(f, 'bus_polls')} polls, {_n(f, 'bus_bad_frames')} bad frames, {_n(f, 'bus_repairs')} pictures "
        f"repaired, {_n(f, 'bus_duplicates')} key events came again and were ignored",
    }
    for name, text in (rows | _voice(f)).items():
        table.add_row(name, text)
    for kind, words in STRIKES.items():
        if result.faults.get(kind):
            table.add_row(words, f"{result.faults[kind]} times")
    return table


def _voice(f: Mapping[str, int | float | None]) -> dict[str, str]:
    """What those who speak were understood of; nothing where nobody does."""
    if "phrases_said" not in f:
        return {}
    p50, p95 = _n(f, "speech_to_report_ms_p50"), _n(f, "speech_to_report_ms_p95")
    count = _n(f, "speech_to_report_n")
    return {
        "phrases": f"{_n(f, 'phrases_said')} said: {_n(f, 'phrases_understood')} understood, "
        f"{_n(f, 'phrases_misheard')} misheard; {_n(f, 'phrases_rejected')} times something was rejected, "
        f"{_n(f, 'phrases_of_nobody')} times noise or other talk was taken for a phrase",
        "by voice": f"{_n(f, 'booked_by_voice')} lines booked",
        "end of speech → report": f"p50 {p50} ms, p95 {p95} ms ({count} phrases that booked)",
    }


def _differences(console: Console, result: Result, folder: Path) -> None:
    if result.differences:
        table = Table(title=f"{len(result.differences)} differences", title_justify="left", title_style="bold red")
        for name in ("kind", "where", "what"):
            table.add_column(name, overflow="fold")
        for difference in result.differences[:SHOWN_DIFFERENCES]:
            table.add_row(Text(difference.kind), Text(difference.where), Text(difference.text))
        console.print(table)
    console.print()
    if result.error is not None:
        console.print(Text(result.error, style="bold red"))
    if result.ok:
        four = "phrases_said" in result.figures
        words = (
            "The four ledgers agree: what was pressed, what was said, what the journal holds, what the WMS booked."
            if four
            else "The three ledgers agree: what the pickers pressed, what the journal holds, what the WMS booked."
        )
        console.print(Text(words, style="bold green"))
    elif not result.differences and not result.whole:
        console.print(Text("Broken off; as far as it went, the ledgers agree.", style="bold yellow"))
    elif result.differences:
        console.print(Text("The ledgers do NOT agree.", style="bold red"))
    console.print(Text(f"everything is kept in {folder}", style="dim"), soft_wrap=True)


def _cells(row: OrderRow) -> tuple[Text | str, ...]:
    mark = Text("✓", style="green") if row.agrees else Text("✗", style="bold red")
    short = Text(_d(row.short), style="yellow" if row.short else "dim")
    numbers = (_d(row.asked), _d(row.picked), _d(row.booked), _d(row.reported))
    return (row.order, str(row.tasks), str(row.lines), *numbers, short, mark)


def _times(figures: Mapping[str, int | float | None], name: str, what: str) -> str:
    if not figures.get(f"{name}_n"):
        return "not measured"
    p50, p99 = _n(figures, f"{name}_ms_p50"), _n(figures, f"{name}_ms_p99")
    return f"p50 {p50} ms, p99 {p99} ms ({_n(figures, f'{name}_n')} {what})"


def _n(figures: Mapping[str, int | float | None], name: str) -> str:
    value = figures.get(name)
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _d(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"
