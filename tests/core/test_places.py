"""Check digits that take turns: which ones are right, and when."""

from __future__ import annotations

import pytest

from controller.core.places import CheckDigits, Location

PLACE = Location("A.1", "Z1", 1, "47", rotation=(CheckDigits(1000, "72"), CheckDigits(5000, "13")))


@pytest.mark.parametrize(
    ("wall", "right"),
    [
        (999, ("47",)),
        (1000, ("72", "47")),
        (1499, ("72", "47")),
        (1500, ("72",)),
        (4999, ("72",)),
        (5000, ("13", "72")),
        (5500, ("13",)),
        (10**9, ("13",)),
    ],
)
def test_old_digits_count_for_a_while(wall: int, right: tuple[str, ...]) -> None:
    assert PLACE.right_digits(wall, grace_ms=500) == right


def test_without_a_rotation_the_label_is_right_for_ever() -> None:
    assert Location("A.1", "Z1", 1, "47").right_digits(10**9, grace_ms=0) == ("47",)
