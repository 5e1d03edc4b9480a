"""How good an assignment of check digits is.

In: digits per location, what is near, what is confused. Out: the pair most likely mistaken, and means, beside what
chance would have done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from controller.voice.checkdigits.assign import allowed
from controller.voice.checkdigits.confusions import Confusions
from controller.voice.checkdigits.near import Place, pairs

TRIES = 5
"""Random assignments that the made one is compared with."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Standing at `at` and reading its `said`, `taken` of `instead` is heard with this probability (0–1)."""

    at: str
    said: str
    instead: str
    taken: str
    probability: float


@dataclass(frozen=True, slots=True)
class Quality:
    """`mean`: probability that the digits of a near wrong place pass for the right ones, over all near pairs,
    weighted by nearness; `by_chance`: the same for random digits. `alike`: near pairs with the same digits; `apart`:
    share of the near pairs that differ in every digit. `own_number`: locations whose digits stand in their own name.
    """

    locations: int
    pairs: int
    worst: Mistake | None
    mean: float
    by_chance: float
    alike: int
    apart: float
    own_number: tuple[str, ...]


def rate(places: Sequence[Place], digits: Mapping[str, str], confusions: Confusions, seed: int = 0) -> Quality:
    """Of the places that have digits."""
    there = [place for place in places if digits.get(place.location)]
    found = [(there[a], there[b], weight) for a, row in pairs(there).items() for b, weight in row.items()]
    mistakes = [_mistake(a, b, digits, confusions) for a, b, _ in found]
    differ = [all(x != y for x, y in zip(one.said, one.taken, strict=False)) for one in mistakes]
    return Quality(
        locations=len(there),
        pairs=len(found) // 2,
        worst=max(mistakes, key=lambda one: one.probability, default=None),
        mean=_mean([(one.probability, weight) for one, (_, _, weight) in zip(mistakes, found, strict=True)]),
        by_chance=_by_chance(there, digits, confusions, found, seed),
        alike=sum(one.said == one.taken for one in mistakes) // 2,
        apart=sum(differ) / len(differ) if differ else 1.0,
        own_number=tuple(p.location for p in there if not allowed(digits[p.location], p.location)),
    )


def _mistake(at: Place, instead: Place, digits: Mapping[str, str], confusions: Confusions) -> Mistake:
    said, taken = digits[at.location], digits[instead.location]
    return Mistake(at.location, said, instead.location, taken, confusions.taken_for(said, taken))


def _by_chance(
    there: Sequence[Place],
    digits: Mapping[str, str],
    confusions: Confusions,
    found: Sequence[tuple[Place, Place, float]],
    seed: int,
) -> float:
    rng, means = Random(seed), []
    for _ in range(TRIES):
        drawn = {p.location: "".join(rng.choices("0123456789", k=len(digits[p.location]))) for p in there}
        means.append(_mean([(_mistake(a, b, drawn, confusions).probability, weight) for a, b, weight in found]))
    return sum(means) / len(means)


def _mean(weighted: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for _, weight in weighted)
    return sum(value * weight for value, weight in weighted) / total if total else 0.0
