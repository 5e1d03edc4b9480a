"""What a wearer intends at one bin, decided when he hears what to take.

In: his habits, the quantity. Out: `Plan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random

from firmware_sim.wearer.habits import Habits


class Way(Enum):
    CONFIRM = "confirm"
    NUMBER = "number"
    PART = "part"
    SHORT = "short"
    DAMAGED = "damaged"
    SKIP = "skip"
    BOTH = "both"


@dataclass(slots=True)
class Plan:
    """`quantity`: what the line asks for; `counted`: told before; `take`: what there is, where it is less."""

    location: str
    quantity: int
    way: Way
    take: int
    counted: int = 0

    @property
    def left(self) -> int:
        return self.quantity - self.counted


def plan(location: str, quantity: int, habits: Habits, random: Random, *, must_count: bool, skipped: bool) -> Plan:
    """`must_count`: the voice asked for a number; `skipped`: he was here before and left."""
    luck = random.random()
    for way, share in (
        (Way.SHORT, habits.short),
        (Way.DAMAGED, habits.damaged),
        (Way.SKIP, 0.0 if skipped else habits.skip),
        (Way.PART, habits.part if quantity > 1 else 0.0),
        (Way.BOTH, 0.0 if must_count else habits.both),
        (Way.NUMBER, 1.0 if must_count else habits.number),
    ):
        if luck < share:
            less = way in {Way.SHORT, Way.DAMAGED}
            there = random.randrange(quantity) if less else quantity
            return Plan(location, quantity, way, there)
        luck -= share
    return Plan(location, quantity, Way.CONFIRM, quantity)
