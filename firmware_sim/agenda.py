"""What is to happen when: lives written as generators that yield how long until their next step.

In: generators, virtual time. Out: their steps, in order of time.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator


class Agenda:
    """Drive it with `next_time()` and `advance(to)`."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Iterator[float]]] = []
        self._order = 0

    def add(self, at: float, life: Iterator[float]) -> None:
        """Take the first step of `life` at `at`."""
        self._order += 1
        heapq.heappush(self._due, (at, self._order, life))

    def next_time(self) -> float:
        return self._due[0][0] if self._due else math.inf

    def advance(self, to: float) -> None:
        """Take every step that is due by `to`."""
        while self._due and self._due[0][0] <= to:
            at, order, life = heapq.heappop(self._due)
            wait = next(life, None)
            if wait is not None:
                heapq.heappush(self._due, (at + wait, order, life))
