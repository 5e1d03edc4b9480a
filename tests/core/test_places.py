"""Check digits that take turns: which ones are right, and when."""

from __future__ import annotations

import pytest

from controller.core.places import CheckDigits, Location, told_apart

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


def test_a_name_that_several_bins_share_is_no_name() -> None:
    rows = [
        ("A.01.02:1", "A", "01", "02"),
        ("A.01.02:2", "a", "1", "2"),
        ("A.01.03:1", "A", "01", "03"),
        ("B.01.02:1", "B", "01", "02"),
        ("A.02:1", "A", "02", ""),
        ("A.02:2", "A", "2", ""),
        ("HOME.1", "", "", ""),
        ("HOME.2", "", "", ""),
    ]
    places = told_apart(Location(x, "Z1", 1, aisle=aisle, bay=bay, level=level) for x, aisle, bay, level in rows)
    assert [x.location_id for x in places] == [x[0] for x in rows]
    assert [x.location_id for x in places if x.shares_name] == ["A.01.02:1", "A.01.02:2", "A.02:1", "A.02:2"]
