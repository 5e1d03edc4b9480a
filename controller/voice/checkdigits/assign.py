"""Which digits go where.

In: places, what is confused, rules. Out: a code per location. Greedy along the walking order, then improved place by
place until nothing gets better: the same seed makes the same digits.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from controller.voice.checkdigits.confusions import DIGITS, Confusions
from controller.voice.checkdigits.near import Pairs, Place, pairs

MOST_CODES = 250
"""Codes to choose from; of 3 and 4 digits a sample is enough, and the table of their confusions stays small."""
PASSES = 8
SAME_PLACE = 0.02
"""Cost of a digit that two near codes share at the same position: labels are misread as well as misheard."""
SWAPPED = 0.02
"""Cost of the same digits in another order (12, 21): people swap them."""
USED = 1e-6
"""Cost per use anywhere: codes are spread evenly, so that knowing some tells nothing about others."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`length`: 2–4 digits. `repeats`: codes like 11 and 00 are allowed."""

    length: int = 2
    repeats: bool = False


def seed_of(secret: bytes, number: int) -> int:
    """The seed of set `number` of a site: nobody without the secret can tell the next set from this one."""
    return int.from_bytes(hmac.digest(secret, b"pickbeam check digits %d" % number, "sha256"), "big")


def make(
    places: Sequence[Place],
    confusions: Confusions,
    rules: Rules,
    seed: int,
    *,
    kept: Mapping[str, str] | None = None,
    before: Sequence[Mapping[str, str]] = (),
) -> dict[str, str]:
    """Digits for every location. `kept`: those that are not to be changed. `before`: earlier sets, newest last: no
    location gets a code again that it had, and no digit of its last one at the same position, as far as possible.
    """
    rng = Random(seed)
    codes = _codes(rules, rng, set((kept or {}).values()))
    work = _Work(places, codes, _table(codes, confusions), pairs(places), rng)
    for index, place in enumerate(places):
        fixed = (kept or {}).get(place.location, "")
        if fixed:
            work.fix(index, fixed)
        else:
            work.forbid(index, place.location, [one[place.location] for one in before if place.location in one])
    work.fill()
    return {place.location: codes[work.chosen[index]] for index, place in enumerate(places)}


def allowed(code: str, location: str) -> bool:
    """A code that stands in its own location's number is read off the wrong line, or guessed."""
    return code not in number_of(location)


def number_of(location: str) -> str:
    """All its digits in a row."""
    return "".join(re.findall(r"\d", location))


def is_trap(code: str) -> bool:
    """All the same (11), a run (123, 321) or a pair twice (1212): heard as fewer or more digits, or guessed."""
    steps = {int(b) - int(a) for a, b in pairwise(code)}
    return steps == {0} or (len(code) > 2 and steps in ({1}, {-1})) or (len(code) == 4 and code[:2] == code[2:])


class _Work:
    """One assignment being made. `chosen`: index of the code of each place, -1 = none yet."""

    def __init__(
        self, places: Sequence[Place], codes: Sequence[str], table: Sequence[Sequence[float]], near: Pairs, rng: Random
    ) -> None:
        self._places, self._codes, self._table, self._near, self._rng = places, codes, table, near, rng
        self._extra: list[dict[int, float]] = [{} for _ in places]
        self._fixed: set[int] = set()
        self._used = [0] * len(codes)
        self.chosen = [-1] * len(places)

    def fix(self, index: int, code: str) -> None:
        self._fixed.add(index)
        self._take(index, self._codes.index(code))

    def forbid(self, index: int, location: str, before: Sequence[str]) -> None:
        """Costs of codes at one place that do not depend on its neighbours; 1 is as bad as the neighbour's own code."""
        number = number_of(location)
        for at, code in enumerate(self._codes):
            cost = 0.0 if code not in number else 2.0
            cost += 1.0 if code in before else 0.0
            cost += SAME_PLACE * sum(a == b for a, b in zip(code, before[-1], strict=False)) if before else 0.0
            if cost:
                self._extra[index][at] = cost

    def fill(self) -> None:
        order = [
            i for i in sorted(range(len(self._places)), key=lambda i: self._places[i].walk) if i not in self._fixed
        ]
        for index in order:
            self._take(index, self._best(index))
        for _ in range(PASSES):
            changed = False
            for index in order:
                best = self._best(index)
                changed |= best != self.chosen[index]
                self._take(index, best)
            if not changed:
                return

    def _take(self, index: int, code: int) -> None:
        if self.chosen[index] >= 0:
            self._used[self.chosen[index]] -= 1
        self.chosen[index] = code
        self._used[code] += 1

    def _best(self, index: int) -> int:
        """The cheapest code for a place as its neighbours stand; its own one if no other is cheaper."""
        costs = [USED * used for used in self._used]
        for other, weight in self._near[index].items():
            if self.chosen[other] >= 0:
                row = self._table[self.chosen[other]]
                costs = [cost + weight * more for cost, more in zip(costs, row, strict=True)]
        for code, cost in self._extra[index].items():
            costs[code] += cost
        present = self.chosen[index]
        if present >= 0:
            costs[present] -= USED
        least = min(costs)
        if present >= 0 and costs[present] <= least + USED:
            return present
        return self._rng.choice([code for code, cost in enumerate(costs) if cost <= least])


def _codes(rules: Rules, rng: Random, kept: set[str]) -> list[str]:
    every = [f"{number:0{rules.length}}" for number in range(len(DIGITS) ** rules.length)]
    fit = [code for code in every if rules.repeats or not is_trap(code)]
    if len(fit) > MOST_CODES:
        fit = sorted(rng.sample(fit, MOST_CODES))
    return fit + sorted(kept - set(fit) - {""})


def _table(codes: Sequence[str], confusions: Confusions) -> list[list[float]]:
    """What it costs that two near places have these codes, the same both ways."""
    shares = [[confusions.shares[one][other] for other in DIGITS] for one in DIGITS]
    digits = [tuple(map(int, code)) for code in codes]
    mixed = [sorted(code) for code in codes]
    table = [[1.0] * len(codes) for _ in codes]
    for one, said in enumerate(digits):
        for other in range(one):
            cost = _cost(said, digits[other], shares) + (SWAPPED if mixed[one] == mixed[other] else 0.0)
            table[one][other] = table[other][one] = cost
    return table


def _cost(one: tuple[int, ...], other: tuple[int, ...], shares: Sequence[Sequence[float]]) -> float:
    """Of two different codes."""
    there = back = 1.0
    same = 0
    for a, b in zip(one, other, strict=False):
        there *= shares[a][b]
        back *= shares[b][a]
        same += a == b
    taken = there + back if len(one) == len(other) else 0.0
    return taken + SAME_PLACE * same
