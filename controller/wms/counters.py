"""How often something happened in the last hour.

In: moments, in seconds of a steady clock. Out: a count, exact to the minute, in constant memory.
"""

from __future__ import annotations

MINUTES = 60


class Hourly:
    def __init__(self) -> None:
        self._counts = [0] * MINUTES
        self._minutes = [-MINUTES] * MINUTES

    def add(self, now: float) -> None:
        minute = int(now // 60)
        slot = minute % MINUTES
        if self._minutes[slot] != minute:
            self._minutes[slot], self._counts[slot] = minute, 0
        self._counts[slot] += 1

    def count(self, now: float) -> int:
        newest = int(now // 60)
        pairs = zip(self._minutes, self._counts, strict=True)
        return sum(count for minute, count in pairs if newest - minute < MINUTES)
