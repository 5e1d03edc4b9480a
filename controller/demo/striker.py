"""Faults strike here: when one is due, and what became of it.

In: the strikes of a plan, the time, what is ready. Out: which strike is due now. Pure: time is passed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.demo.plan import Strike


@dataclass(slots=True)
class Striker:
    """One kind of fault. `ready(now)`: its victim lives (again); `due(now)`: the strike to carry out, once."""

    strikes: Iterator[Strike]
    done: int = 0
    planned: Strike | None = None
    _at: float | None = None

    def ready(self, now: float) -> Strike | None:
        """Plans the next strike, if there is another."""
        self.planned = next(self.strikes, None)
        self._at = None if self.planned is None else now + self.planned.after_s
        return self.planned

    def due(self, now: float) -> Strike | None:
        if self._at is None or now < self._at:
            return None
        return self.struck()

    def postpone(self, seconds: float) -> None:
        """Gives the planned strike more time."""
        if self._at is not None:
            self._at += seconds

    def struck(self) -> Strike | None:
        """The planned strike has happened."""
        strike, self.planned, self._at = self.planned, None, None
        self.done += strike is not None
        return strike
