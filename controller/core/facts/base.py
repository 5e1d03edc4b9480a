"""What every fact has.

In: nothing. Out: `Fact`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`at`: wall milliseconds; `cause`: the input it follows from."""

    at: int
    cause: str
