"""Simulated GPIO pins: LEDs that the controller drives, buttons that people press.

In: output values (0…1) by pin, presses with their time. Out: what an LED shows, and button levels as they change
(1 = idle, 0 = pressed: the button pulls its pin to ground).
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

from firmware_sim.station import Sight

ANY_COLOUR = 15  # a single LED: it has a colour, but not one that tells pickers apart
GLOW_S = 1.2  # a blinking LED counts as lit for this long after it was last on
CHANGE_S = 0.03  # a mixture of colours shorter than this is a change from one to the next: nobody sees it
COLOURS = {
    (1, 0, 0): 1,
    (0, 1, 0): 2,
    (0, 0, 1): 3,
    (1, 1, 0): 4,
    (1, 0, 1): 5,
    (0, 1, 1): 6,
    (1, 1, 1): 7,
}
AMBER = 8
AMBER_GREEN = 0.75  # less green than this share of the red makes amber of yellow


@dataclass(frozen=True, slots=True)
class Pins:
    leds: tuple[int, ...]
    button: int


class GpioBoard:
    """The pins of one computer."""

    def __init__(self) -> None:
        self.modules: dict[str, Pins] = {}
        self.levels: dict[int, int] = {}
        self.changes: list[tuple[int, int]] = []  # (pin, level), for whoever takes them to the controller
        self._now = 0.0
        self._out: dict[int, float] = {}
        self._lit: dict[str, tuple[float, int]] = {}
        self._changed: dict[str, float] = {}
        self._by_pin: dict[int, str] = {}
        self._due: list[tuple[float, int, int]] = []

    def add(self, module: str, leds: tuple[int, ...], button: int) -> None:
        self.modules[module] = Pins(leds, button)
        self.levels[button] = 1
        self._by_pin.update(dict.fromkeys(leds, module))

    def write(self, pin: int, value: float) -> None:
        """The controller sets an output."""
        module = self._by_pin.get(pin)
        if module is None:
            return
        colour = self._seen(module, self._now)
        if colour:
            self._lit[module] = (self._now, colour)
        self._changed[module] = self._now
        self._out[pin] = value

    def look(self, module: str, now: float) -> Sight:
        colour = self._seen(module, now)
        at, last = self._lit.get(module, (-math.inf, 0))
        return Sight(colour or (last if now - at < GLOW_S else 0), 0, None)

    def press(self, module: str, at: float, hold: float) -> None:
        button = self.modules[module].button
        heapq.heappush(self._due, (at, button, 0))
        heapq.heappush(self._due, (at + hold, button, 1))

    def advance(self, to: float) -> None:
        while self._due and self._due[0][0] <= to:
            _, pin, level = heapq.heappop(self._due)
            if self.levels[pin] != level:
                self.levels[pin] = level
                self.changes.append((pin, level))
        self._now = max(self._now, to)

    def next_time(self) -> float:
        return self._due[0][0] if self._due else math.inf

    def _seen(self, module: str, now: float) -> int:
        """Its colour, unless the pins are just changing one after the other."""
        return self._colour(module) if now - self._changed.get(module, -math.inf) >= CHANGE_S else 0

    def _colour(self, module: str) -> int:
        values = [self._out.get(pin, 0.0) for pin in self.modules[module].leds]
        top = max(values)
        if top <= 0:
            return 0
        if len(values) == 1:
            return ANY_COLOUR
        red, green, blue = (value / top for value in values)
        on = (int(red > 0.1), int(green > 0.1), int(blue > 0.1))
        return AMBER if on == (1, 1, 0) and green < AMBER_GREEN * red else COLOURS[on]
