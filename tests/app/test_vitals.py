"""What the station tells of itself: the lines of its modules, with the counters that a remote eye needs."""

from __future__ import annotations

from typing import Any

from controller.vitals import _links


def test_each_bus_is_told_with_its_link_counters_only() -> None:
    counters: dict[str, Any] = {"up": True, "polls": 9, "frames": 4, "duplicates": 2, "loss": 0.1, "unconfirmed": [3]}
    drivers: list[dict[str, Any]] = [
        {"buses": {"A": counters, "B": {"up": False}}, "modules": {}, "restarts": 0},
        {"modules": {"G-1": {"fault": None}}, "bridge_refused": 0},
    ]
    assert _links(drivers) == {
        "A": {"up": True, "polls": 9, "frames": 4, "duplicates": 2, "loss": 0.1},
        "B": {"up": False},
    }
