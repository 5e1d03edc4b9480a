"""Whom to ask next: the whole range, or the halves of one that answered all at once.

In: how the last poll ended. Out: the next range lo…hi.

Strategy: silence on the whole range means nobody has anything. Garbage means several answered: the range is halved, the
lower half polled first, depth first. Nothing is lost by closing a branch too early, its events stay queued and the
whole range is asked again. When even the smallest ranges collide, or nothing but collisions comes, everyone is asked
alone once.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

OVERLOAD_SMALLEST: Final = 3  # collisions in a row on ranges of one or two addresses
OVERLOAD_ANY: Final = 8  # collisions in a row anywhere: that is once down the tree of 250
EMPTY_QUIET: Final = 1  # silent polls that close a branch where the line is clean
EMPTY_NOISY: Final = 3  # the same where frames get lost


class Outcome(Enum):
    """How an exchange ended."""

    SILENT = "nobody answered"
    REPLY = "one clean reply"
    STALE = "a clean reply that said nothing new"
    GARBAGE = "bytes that make no frame"


class Polling:
    """The order of group polls on one bus."""

    def __init__(self, addresses: Iterable[int]) -> None:
        self._addresses = sorted(addresses)
        self.whole = (self._addresses[0], self._addresses[-1]) if self._addresses else (1, 250)
        self.collisions = 0
        self.sweeps = 0
        self._branches: list[tuple[int, int]] = []  # the last one is next
        self._empty = 0  # silent polls of the last branch so far
        self._in_row = 0
        self._smallest_in_row = 0
        self._sweep: list[int] = []

    def next_range(self) -> tuple[int, int]:
        """lo, hi of the next poll."""
        if self._sweep:
            return self._sweep[-1], self._sweep[-1]
        return self._branches[-1] if self._branches else self.whole

    def busy(self) -> bool:
        """A collision is being resolved."""
        return bool(self._branches or self._sweep)

    def ended(self, outcome: Outcome, src: int = 0, *, noisy: bool = False) -> None:
        """The poll of `next_range()` ended like this; `src` is who replied."""
        if outcome is Outcome.GARBAGE:
            self._collided()
            return
        if outcome is not Outcome.SILENT:
            self._in_row = self._smallest_in_row = 0
        if self._sweep:
            self._sweep.pop()
        elif self._branches and outcome is not Outcome.REPLY:
            self._nothing_new(outcome, EMPTY_NOISY if noisy else EMPTY_QUIET)
        elif outcome is Outcome.STALE:
            self._ask_around(src)
        else:
            self._empty = 0

    def sweep(self) -> None:
        """Ask every address alone, once."""
        self.sweeps += 1
        self._branches.clear()
        self._empty = self._in_row = self._smallest_in_row = 0
        self._sweep = self._addresses[::-1]

    def _nothing_new(self, outcome: Outcome, limit: int) -> None:
        self._empty += 1
        if outcome is Outcome.STALE or self._empty >= limit:
            self._branches.pop()
            self._empty = 0

    def _ask_around(self, src: int) -> None:
        """A module repeats what is not durable yet; its answer may have kept others silent."""
        lo, hi = self.whole
        self._branches = [(a, b) for a, b in ((src + 1, hi), (lo, src - 1)) if a <= b]

    def _collided(self) -> None:
        self.collisions += 1
        if self._sweep:
            self._sweep.pop()
            return
        lo, hi = self._branches.pop() if self._branches else self.whole
        self._empty = 0
        self._in_row += 1
        self._smallest_in_row = self._smallest_in_row + 1 if hi - lo <= 1 else 0
        if self._smallest_in_row >= OVERLOAD_SMALLEST or self._in_row >= OVERLOAD_ANY:
            self.sweep()
        elif lo < hi:
            middle = (lo + hi) // 2
            self._branches += [(middle + 1, hi), (lo, middle)]
