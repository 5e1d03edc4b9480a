"""Which locations a picker may stand at when he is sent to another one.

In: places of a site. Out: pairs with a weight, 0–1: how easily one is taken for the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SAME_BAY = 1.0
WALK = {1: 1.0, 2: 0.6, 3: 0.4}
"""By the distance in the walking order."""
NEXT_BAY = 0.5
"""Same level and place, one bay further."""
NEXT_AISLE = 0.5
"""Same bay, level and place, one aisle further: the wrong turn."""

Pairs = Mapping[int, Mapping[int, float]]
"""Index of a place -> index of another -> weight; the same both ways."""


@dataclass(frozen=True, slots=True)
class Place:
    """A location. `aisle`, `bay`, `level` may be empty: then only the walking order says what is near."""

    location: str
    walk: int
    aisle: str = ""
    bay: str = ""
    level: str = ""


def pairs(places: Sequence[Place]) -> Pairs:
    """Every pair that is near, with the largest of the weights that hold for it."""
    found: dict[int, dict[int, float]] = {index: {} for index in range(len(places))}
    for one, other, weight in _all(places):
        if one != other and found[one].get(other, 0) < weight:
            found[one][other] = found[other][one] = weight
    return found


def _all(places: Sequence[Place]) -> Iterator[tuple[int, int, float]]:
    walk = sorted(range(len(places)), key=lambda index: (places[index].walk, natural(places[index].location)))
    for rank, one in enumerate(walk):
        yield from ((one, walk[rank + step], WALK[step]) for step in WALK if rank + step < len(walk))
    shelved = [index for index, place in enumerate(places) if place.aisle and place.bay]
    bays: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index in shelved:
        bays[places[index].aisle, places[index].bay].append(index)
    for bay in bays.values():
        yield from ((one, other, SAME_BAY) for one in bay for other in bay)
    spots = _spots(places, shelved)
    aisle_after = _after(places[index].aisle for index in shelved)
    bays_of: dict[str, list[str]] = defaultdict(list)
    for aisle, bay_name in bays:
        bays_of[aisle].append(bay_name)
    bay_after = {aisle: _after(names) for aisle, names in bays_of.items()}
    for (aisle, bay_name, level, rank), one in spots.items():
        for spot, weight in (
            ((aisle, bay_after[aisle].get(bay_name, ""), level, rank), NEXT_BAY),
            ((aisle_after.get(aisle, ""), bay_name, level, rank), NEXT_AISLE),
        ):
            if spot in spots:
                yield one, spots[spot], weight


def _spots(places: Sequence[Place], shelved: Iterable[int]) -> dict[tuple[str, str, str, int], int]:
    """(aisle, bay, level, how manieth there) -> place."""
    shelves: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index in shelved:
        place = places[index]
        shelves[place.aisle, place.bay, place.level].append(index)
    return {
        (*shelf, rank): index
        for shelf, there in shelves.items()
        for rank, index in enumerate(sorted(there, key=lambda at: natural(places[at].location)))
    }


def _after(names: Iterable[str]) -> dict[str, str]:
    """Each name's follower in natural order."""
    ordered = sorted(set(names), key=natural)
    return dict(pairwise(ordered))


def natural(name: str) -> list[tuple[int, int | str]]:
    """For sorting as people do: A2 before A10."""
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]
