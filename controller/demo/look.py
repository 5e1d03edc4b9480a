"""What there is to see of a running demo.

In: the WMS, the world, the shelf's ledger as it grows. Out: one `Look` each time it is asked for.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from controller.demo.ledgers import Press, press_of
from controller.demo.wms import Wms
from controller.demo.world import World
from controller.settings import Settings

NO_HOST: Final = "----"
"""What a module shows that hears no controller."""
SHELF_EVERY_S: Final = 0.5
"""The shelf is asked this often: it has buses to serve."""


@dataclass(frozen=True, slots=True)
class PickerLook:
    """`colour` as in the settings; `task` None: has nothing to do."""

    picker: str
    colour: str
    letter: str
    presses: int
    lines: int
    task: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """One moment. `phase`: starting, picking, settling, comparing."""

    phase: str
    seconds: float
    orders: int
    orders_done: int
    lines: int
    full: int
    short: int
    lit: int
    modules: int
    presses: int
    wrong: int
    pickers: tuple[PickerLook, ...]
    controller_up: bool
    starts: int
    struck: Mapping[str, int]
    events: int
    resent: int
    repeated: int
    links: Mapping[str, int]
    first_lamp_s: float | None


@dataclass(slots=True)
class ShelfTail:
    """The shelf's ledger as it grows."""

    path: Path
    presses: list[Press] = field(default_factory=list)
    by_picker: Counter[str] = field(default_factory=Counter)
    first_lit: float | None = None
    """Seconds since 1970."""
    _read: int = 0

    def more(self) -> None:
        """Takes in what was added since."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._take(json.loads(line))

    def _take(self, row: dict[str, Any]) -> None:
        if "lit" in row:
            self.first_lit = self.first_lit or float(row["t"])
        elif "key" in row:
            self.presses.append(press_of(row))
            self.by_picker[str(row.get("picker"))] += 1


class Watcher:
    """Puts a `Look` together. `began`: when the demo was called, s since 1970."""

    def __init__(self, settings: Settings, crew: int, wms: Wms, world: World, shelf: ShelfTail, began: float) -> None:  # noqa: PLR0917
        self._settings, self._wms, self._world, self._shelf, self._began = settings, wms, world, shelf, began
        self._pickers = settings.pickers[:crew]
        self._tasks_of = Counter(wms.order_of.values())
        homes = {picker.home for picker in settings.pickers}
        self._homes = {module for location, module in settings.module_at().items() if location in homes}
        self._lines = sum(len(task["lines"]) for task in wms.tasks)
        self._lit = 0
        self._asked = 0.0

    def look(self, phase: str) -> Look:
        self._ask_shelf()
        tally, world = self._wms.tally, self._world
        done = Counter(order for task, order in self._wms.order_of.items() if task in tally.ended)
        return Look(
            phase=phase,
            seconds=time.time() - self._began,
            orders=len(self._tasks_of),
            orders_done=sum(done[order] == count for order, count in self._tasks_of.items()),
            lines=self._lines,
            full=tally.full,
            short=tally.short,
            lit=self._lit,
            modules=len(self._settings.modules),
            presses=len(self._shelf.presses),
            wrong=tally.wrong_presses,
            pickers=tuple(self._picker(picker.id, picker.colour, picker.letter) for picker in self._pickers),
            controller_up=world.controller_up,
            starts=world.controller_starts,
            struck=dict(world.struck),
            events=self._wms.upto,
            resent=self._wms.resent,
            repeated=self._wms.ledger.repeated,
            links=self._wms.links.total(),
            first_lamp_s=None if self._shelf.first_lit is None else self._shelf.first_lit - self._began,
        )

    def _picker(self, picker: str, colour: str, letter: str) -> PickerLook:
        tally = self._wms.tally
        return PickerLook(
            picker, colour, letter, self._shelf.by_picker[picker], tally.by_picker[picker], tally.at_work.get(picker)
        )

    def _ask_shelf(self) -> None:
        now = time.monotonic()
        if now - self._asked < SHELF_EVERY_S:
            return
        self._asked = now
        shown = self._world.ask_shelf({"look": True}).get("modules", {})
        lit = [m for m, (colour, _, text) in shown.items() if colour and text != NO_HOST and m not in self._homes]
        self._lit = len(lit)
