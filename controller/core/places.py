"""Where things lie: bins and the digits on their labels.

In: rows of the layout. Out: frozen dataclasses of the configured site.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class CheckDigits:
    """Digits on a label from a moment on (wall milliseconds)."""

    valid_from: int
    digits: str


@dataclass(frozen=True, slots=True)
class Location:
    """A bin. `walk` is its place in the walking order, smaller first; `check_digits` are on its label, for voice.

    `aisle`, `bay`, `level` are spoken as they are written; empty = the layout has none.
    """

    location_id: str
    zone: str
    walk: int
    check_digits: str = ""
    aisle: str = ""
    bay: str = ""
    level: str = ""
    rotation: tuple[CheckDigits, ...] = ()
    """Digits that take turns, oldest first; once the first of them has begun, `check_digits` counts no more."""
    shares_name: bool = False
    """Whether another bin of the aisle has the same bay and level; see `told_apart`."""

    def right_digits(self, wall: int, grace_ms: int) -> tuple[str, ...]:
        """What is right at that moment, the present digits first: for a while after a change the old ones too, as
        labels are not all changed at once.
        """
        begun = [one for one in self.rotation if one.valid_from <= wall]
        if not begun:
            return (self.check_digits,)
        changed = begun[-1].valid_from
        before = begun[-2].digits if len(begun) > 1 else self.check_digits
        return (begun[-1].digits, before) if wall - changed < grace_ms else (begun[-1].digits,)


def told_apart(locations: Iterable[Location]) -> tuple[Location, ...]:
    """The same locations; those whose bay and level are said like another one's know it."""
    places = tuple(locations)
    bins = Counter(map(_spoken, places))
    return tuple(replace(x, shares_name=bool(x.bay) and bins[_spoken(x)] > 1) for x in places)


def _spoken(place: Location) -> tuple[str, ...]:
    """What one hears of its name: nobody hears capitals, nor in most languages leading noughts."""
    return tuple(x.casefold().lstrip("0") for x in (place.aisle, place.bay, place.level))
