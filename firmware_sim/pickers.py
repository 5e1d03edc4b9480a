"""Simulated pickers: they look at what modules show, walk, press, err, leave, and come back.

In: a shelf to look at and press on, virtual time, a seed. Out: presses. They know nothing of tasks: only their own
colour, pattern and letter, their home module and the way along the shelf.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from firmware_sim.agenda import Agenda
from firmware_sim.gpio_board import ANY_COLOUR
from firmware_sim.station import Sight

PUT_BACK_PATTERN = 2  # the double flash: take it out of the tote again
PRESS_S = 0.09  # how long a finger stays on a key
HOLD_S = 1.3  # "press and hold"
SPURN_S = 4.0  # so long a light that does not go out is left alone, where no display tells whose it is
SETTLE_S = 0.35  # until a module has reacted to a press and shown the host's answer


@dataclass(frozen=True, slots=True)
class Person:
    """One picker as the shelves address him. Colour and pattern as on the wire; `route`: modules in walking order."""

    name: str
    colour: int
    pattern: int
    letter: str
    home: str | None
    route: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """Times in seconds at speed 1, and how often (share of the picks) something else than a plain confirm happens."""

    speed: float = 1.0
    step_s: float = 0.6  # from one module to the next
    reach_s: float = 0.9
    piece_s: float = 0.35
    look_s: float = 0.25
    short: float = 0.04  # counts down with minus, then confirms
    empty: float = 0.02  # function key
    damaged: float = 0.01  # function and minus together
    skip: float = 0.02  # function held
    wrong: float = 0.03  # presses an unlit module first
    double: float = 0.05  # presses twice
    undo: float = 0.01  # takes the last one back with minus held
    away: float = 0.01  # leaves for `away_s`
    away_s: float = 40.0


class Place(Protocol):
    """What a picker needs of a shelf."""

    now: float

    def look(self, module: str) -> Sight: ...

    def press(self, module: str, key: str, at: float, hold: float = ..., *, who: str | None = ...) -> None: ...


class Picker:
    """One person. `live()` is his day: it yields how long (seconds) until he does the next thing."""

    def __init__(self, person: Person, shelf: Place, habits: Habits, seed: int) -> None:
        self.person = person
        self.presses = 0
        self._shelf = shelf
        self._habits = habits
        self._random = Random(f"{seed} {person.name}")
        self._at = -1  # place on the route; -1 = at home
        self._spurned: dict[str, float] = {}

    def live(self) -> Iterator[float]:
        yield self._random.random() * self._habits.look_s
        while True:
            if self._wanted_at_home():
                yield from self._go_home()
            elif (place := self._next()) is not None:
                yield from self._visit(place)
            yield self._habits.look_s / self._habits.speed * self._random.uniform(0.7, 1.3)

    def _wanted_at_home(self) -> bool:
        if self.person.home is None:
            return False
        sight = self._shelf.look(self.person.home)
        return sight.colour == self.person.colour and sight.text in (f"{self.person.letter} IN", "DONE")

    def _go_home(self) -> Iterator[float]:
        assert self.person.home is not None
        yield self._walk(-1)
        if self._wanted_at_home():
            yield from self._press(self.person.home, "confirm")

    def _next(self) -> int | None:
        """The next lit place of his: ahead of him if there is one, else from the start of the route."""
        mine = [n for n, module in enumerate(self.person.route) if self._quantity(module) is not None]
        return min(mine, key=lambda n: (n < self._at, n), default=None)

    def _quantity(self, module: str) -> int | None:
        """The quantity shown for him at `module`; None where nothing is; 1 where there is no display."""
        sight, me = self._shelf.look(module), self.person
        if sight.text is None:
            spurned = self._shelf.now < self._spurned.get(module, 0.0)
            return 1 if sight.colour in (me.colour, ANY_COLOUR) and not spurned else None
        if sight.colour != me.colour or module == me.home:
            return None
        sign, digits = sight.text[0], sight.text[1:].strip().rstrip("k").lstrip("~")
        if sight.pattern == me.pattern and sight.text.isdigit():
            return int(sight.text)
        mine = (sign == me.letter and sight.pattern == me.pattern) or (
            sign == "-" and sight.pattern == PUT_BACK_PATTERN
        )
        return int(digits) if mine and digits.isdigit() else None

    def _visit(self, place: int) -> Iterator[float]:
        module, habits = self.person.route[place], self._habits
        if self._random.random() < habits.away:
            yield habits.away_s / habits.speed * self._random.uniform(0.5, 1.5)
        yield self._walk(place)
        if self._random.random() < habits.wrong and (other := self._unlit()) is not None:
            yield from self._press(other, "confirm")
        quantity = self._quantity(module)
        if quantity is not None:
            yield (habits.reach_s + habits.piece_s * min(quantity, 20)) / habits.speed
            if self._quantity(module) is not None:
                yield from self._answer(module, quantity)

    def _answer(self, module: str, quantity: int) -> Iterator[float]:
        luck, habits = self._random.random(), self._habits
        for share, act in (
            (habits.short, self._short(module, quantity)),
            (habits.empty, self._press(module, "function")),
            (habits.damaged, self._chord(module)),
            (habits.skip, self._press(module, "function", HOLD_S)),
            (habits.double, self._double(module)),
            (habits.undo, self._undo(module)),
        ):
            if luck < share:
                yield from act
                return
            luck -= share
        yield from self._press(module, "confirm")

    def _short(self, module: str, quantity: int) -> Iterator[float]:
        """Count down to what is there, as long as the display follows, and confirm that."""
        there = self._random.randrange(quantity) if quantity else 0
        shown: int | None = quantity
        while shown is not None and shown > there:
            yield from self._press(module, "minus")
            before, shown = shown, self._quantity(module)
            if shown == before:
                break
        yield from self._press(module, "confirm")

    def _chord(self, module: str) -> Iterator[float]:
        self._shelf.press(module, "minus", self._shelf.now + 0.1, PRESS_S, who=self.person.name)
        yield from self._press(module, "function", 0.4)

    def _double(self, module: str) -> Iterator[float]:
        """Twice: sometimes within the module's lock-out, sometimes just after it."""
        gap = self._random.choice((0.15, 0.4))
        self._shelf.press(module, "confirm", self._shelf.now + gap, PRESS_S / 2, who=self.person.name)
        yield from self._press(module, "confirm", PRESS_S / 2, after=gap)

    def _undo(self, module: str) -> Iterator[float]:
        yield from self._press(module, "confirm")
        yield 1.0
        yield from self._press(module, "minus", HOLD_S)

    def _press(self, module: str, key: str, hold: float = PRESS_S, after: float = 0.0) -> Iterator[float]:
        self.presses += 1
        self._shelf.press(module, key, self._shelf.now, hold, who=self.person.name)
        self._spurned[module] = self._shelf.now + SPURN_S
        yield hold + after + SETTLE_S

    def _walk(self, place: int) -> float:
        steps, self._at = abs(place - self._at), place
        return steps * self._habits.step_s / self._habits.speed * self._random.uniform(0.8, 1.2)

    def _unlit(self) -> str | None:
        """A module near by that shows nothing."""
        near = self.person.route[max(0, self._at - 3) : self._at + 4]
        dark = [module for module in near if self._shelf.look(module).colour == 0]
        return self._random.choice(dark) if dark else None


class Crew(Agenda):
    """All pickers of a shelf. Advance it after the shelf."""

    def __init__(self, people: Sequence[Person], shelf: Place, habits: Habits | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.pickers = [Picker(person, shelf, habits or Habits(), seed) for person in people]
        for picker in self.pickers:
            self.add(shelf.now, picker.live())
