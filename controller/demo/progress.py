"""A running demo on the screen: a living picture on a terminal, a line now and then elsewhere.

In: `Look`s. Out: text.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from controller.demo.look import Look, PickerLook

LINE_EVERY_S: Final = 3.0
REFRESH: Final = 8
"""Pictures a second."""
WIDTH: Final = 100
STYLES: Final = {"amber": "dark_orange"}
"""Colours of pickers that Rich calls otherwise."""
STRIKES: Final = {
    "kill": "controller killed",
    "broker": "broker killed",
    "unplug": "bus unplugged",
    "voice": "voice worker killed",
}
PHASES: Final = {
    "starting": "starting broker, shelf, controller",
    "picking": "picking",
    "settling": "the last reports arrive",
    "comparing": "stopping, comparing the ledgers",
}


class Progress:
    """Use as a context manager; `show` every look. `title`: of the picture."""

    def __init__(self, console: Console, title: str) -> None:
        self._title = title
        self._console = console
        self._live = Live(console=console, refresh_per_second=REFRESH, transient=True) if console.is_terminal else None
        self._told = 0.0
        self._phase = ""
        self._lamp = False

    def __enter__(self) -> Self:
        self._console.print(self._title, style="bold", markup=False)
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, look: Look) -> None:
        if look.first_lamp_s is not None and not self._lamp:
            self._lamp = True
            self._console.print(f"first lamp lit after {look.first_lamp_s:.1f} s", style="bold", markup=False)
        if self._live is not None:
            self._live.update(picture(look))
        elif look.phase != self._phase or time.monotonic() - self._told > LINE_EVERY_S:
            self._phase, self._told = look.phase, time.monotonic()
            self._console.print(plain(look), markup=False, highlight=False, soft_wrap=True)


def plain(look: Look) -> str:
    """One line."""
    struck = "".join(f", {words} {look.struck[kind]}x" for kind, words in STRIKES.items() if look.struck.get(kind))
    return (
        f"{look.seconds:5.1f} s {look.phase}: orders {look.orders_done}/{look.orders}, lines {look.full + look.short}"
        f"/{look.lines} ({look.short} short), {look.lit} lit, {look.presses} presses, {look.events} events{struck}"
    )


def picture(look: Look) -> RenderableType:
    """The whole picture."""
    head = Table.grid(padding=(0, 2), expand=True)
    head.add_column(width=10)
    head.add_column(ratio=1)
    head.add_column(justify="right", width=24)
    head.add_row("orders", ProgressBar(look.orders, look.orders_done), f"{look.orders_done} of {look.orders}")
    done = look.full + look.short
    head.add_row("lines", ProgressBar(look.lines, done), Text.assemble(f"{done} of {look.lines}  ", _short(look.short)))
    body = Group(head, "", _pickers(look), "", _links(look))
    phase = f"{PHASES.get(look.phase, look.phase)}  {int(look.seconds) // 60:02d}:{int(look.seconds) % 60:02d}"
    return Panel(body, subtitle=phase, width=WIDTH, border_style="cyan", padding=(1, 2))


def _pickers(look: Look) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    for width in (3, 8, 14, 12):
        table.add_column(width=width)
    table.add_column(ratio=1)
    for picker in look.pickers:
        table.add_row(*_picker(picker))
    return table


def _picker(picker: PickerLook) -> tuple[Text, ...]:
    colour = STYLES.get(picker.colour, picker.colour)
    return (
        Text(f" {picker.letter} ", style=f"bold black on {colour}"),
        Text(picker.picker),
        Text(f"{picker.presses:4d} presses"),
        Text(f"{picker.lines:4d} lines"),
        Text(picker.task or "waits for work", style="" if picker.task else "dim"),
    )


def _links(look: Look) -> Table:
    """What the parts do, and what was done to them."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=10)
    state = Text("running", style="green") if look.controller_up else Text("down", style="bold red")
    struck = Text(
        "  ".join(f"{words} {look.struck[kind]}×" for kind, words in STRIKES.items() if look.struck.get(kind))
    )
    struck.stylize("yellow")
    table.add_row("shelf", f"{look.lit} of {look.modules} lit, {look.presses} presses, {look.wrong} in vain")
    links = look.links
    table.add_row(
        "buses",
        f"{links['polls']} polls, {links['bad_frames']} bad frames, {links['repairs']} pictures repaired, "
        f"{links['duplicates']} key events came again",
    )
    table.add_row("controller", Text.assemble(state, f", start {look.starts}  ", struck))
    table.add_row("WMS", f"{look.events} events, {look.resent} tasks sent again, {look.repeated} events came again")
    return table


def _short(count: int) -> Text:
    return Text(f"{count} short", style="yellow" if count else "dim")
