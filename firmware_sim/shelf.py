"""The shelf: all modules of a site by name, on their lines and pins, as people see and press them.

In: presses by people, virtual time. Out: sights, and accepted key events in the ledger. Who drives the lines from the
other side (a test's host, pseudo-terminals) is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from firmware_sim.air import Conditions
from firmware_sim.gpio_board import GpioBoard
from firmware_sim.ledger import Ledger
from firmware_sim.line import Line
from firmware_sim.station import Accepted, Lit, Sight, Station


class Shelf:
    """Modules by name. All times are virtual seconds, the same for all lines."""

    def __init__(self, *, seed: int = 0, conditions: Conditions | None = None, ledger: Ledger | None = None) -> None:
        self.lines: dict[str, Line] = {}
        self.gpio = GpioBoard()
        self.ledger = ledger or Ledger()
        self.watch: Callable[[str, str], None] | None = None  # called with (module, key) for every accepted press
        self.now = 0.0
        self._seed = seed
        self._conditions = conditions
        self._stations: dict[str, Station] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._hands: dict[str, str | None] = {}

    def add_bus(self, bus: str, baud: int = 250_000) -> Line:
        line = Line(baud=baud, seed=self._seed * 1000 + len(self.lines), conditions=self._conditions)
        line.on_event = partial(self._accepted, bus)
        line.on_lit = partial(self._lit, bus)
        self.lines[bus] = line
        return line

    def add_module(self, module: str, bus: str, address: int) -> Station:
        station = self.lines[bus].add(address)
        self._stations[module] = station
        self._names[bus, address] = module
        return station

    def add_gpio(self, module: str, led_pins: tuple[int, ...], button_pin: int) -> None:
        """A module of plain pins: one LED pin or red, green, blue, and a button to ground."""
        self.gpio.add(module, led_pins, button_pin)

    def modules(self) -> list[str]:
        return [*self._stations, *self.gpio.modules]

    def on_buses(self) -> list[str]:
        return [*self._stations]

    def look(self, module: str) -> Sight:
        """What `module` shows now. Raises KeyError for a module that does not exist."""
        station = self._stations.get(module)
        return self.gpio.look(module, self.now) if station is None else station.sight()

    def press(self, module: str, key: str, at: float, hold: float = 0.1, *, who: str | None = None) -> None:
        """Press `key` of `module` at `at` for `hold` seconds. A GPIO module has one button: other keys are ignored."""
        self._hands[module] = who
        station = self._stations.get(module)
        if station is not None:
            station.press(key, at, hold, bounce=True)
        elif key == "confirm":
            self.gpio.press(module, at, hold)
            self.ledger.button(module, who, at)
            self._tell(module, key)
        elif module not in self.gpio.modules:
            raise KeyError(module)

    def advance(self, to: float) -> None:
        """Let everything happen on all lines and pins up to `to`."""
        for line in self.lines.values():
            line.advance(to)
        self.gpio.advance(to)
        self.now = max(self.now, to)

    def next_time(self) -> float:
        return min([line.next_time() for line in self.lines.values()] + [self.gpio.next_time()])

    def reboot(self, module: str) -> None:
        """Interrupt the supply of a bus module."""
        station = self._stations[module]
        station.line.reboot(station.address)

    def _accepted(self, bus: str, event: Accepted) -> None:
        module = self._names.get((bus, event.address))
        if module is not None:
            self.ledger.accepted(module, self._hands.get(module), event)
            if event.code >> 4 < 8:
                self._tell(module, "press")

    def _lit(self, bus: str, lit: Lit) -> None:
        module = self._names.get((bus, lit.address))
        if module is not None:
            self.ledger.lit(module, lit.token, lit.at)

    def _tell(self, module: str, key: str) -> None:
        if self.watch is not None:
            self.watch(module, key)
