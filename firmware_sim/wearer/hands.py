"""A wearer's eyes and hands: which lamps are his, and pressing instead of speaking.

In: a `Person`. Out: presses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from firmware_sim.wearer.person import Label, Person

NO_HOST: Final = "----"
AT_HOME: Final = ("IN", "DONE")
STEP_S: Final = 0.6


class Hands:
    """`by_light`: he gave up on his headset and follows the lamps until it speaks again. `handed_over`: his last press
    was the one at home that ends a task.
    """

    def __init__(self, person: Person) -> None:
        self.by_light = False
        self.handed_over = False
        self._me = person
        self._label_of = {x.module: x for x in person.labels.values() if x.module is not None}

    def is_lit(self, location: str) -> bool:
        """For him."""
        return self._me.labels[location].module in self._lit()

    def lit_first(self, labels: Iterable[Label]) -> list[Label]:
        """In walking order, those with his lamp before the others."""
        lit = self._lit()
        return sorted(labels, key=lambda x: (x.module not in lit, x.walk))

    def press(self, at: str | None) -> str | None:
        """At home if that is asked for, at this location, or at the next one that is lit for him. The module; None if
        nothing is lit for him.
        """
        me = self._me
        self.handed_over = False
        if (home := me.badge.home) is not None and (wanted := self._wanted_at_home()):
            self.handed_over = wanted == "DONE"
            me.walk(None, STEP_S)
            me.press(home, "instead")
            return home
        lit = self._lit()
        if not lit:
            return None
        self.by_light = True
        first = None if at is None else me.labels[at].module
        module = first if first in lit else min(lit, key=lambda x: self._label_of[x].walk)
        assert module is not None
        me.walk(self._label_of[module].walk, STEP_S)
        me.press(module, "instead")
        return module

    def _lit(self) -> set[str]:
        """Modules on the shelves that ask him to pick."""
        badge, found = self._me.badge, set()
        for module, (colour, pattern, text) in self._me.look().items():
            if module not in self._label_of or module == badge.home or text == NO_HOST:
                continue
            if text is None:
                mine = colour == badge.colour
            else:
                mine = colour == badge.colour and (pattern == badge.pattern or text[:1] == badge.letter)
            if mine:
                found.add(module)
        return found

    def _wanted_at_home(self) -> str:
        """What his home module asks for: IN, DONE or nothing."""
        home = self._me.badge.home
        colour, _, text = self._me.look().get(home or "", (0, 0, ""))
        mine = colour == self._me.badge.colour
        return next((word for word in AT_HOME if mine and (text or "").endswith(word)), "")
