"""Percentiles, aims and the document."""

from __future__ import annotations

import json

import pytest

from controller.bench.report import Aim, Beside, Entry, document, machine, percentile


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
def test_a_percentile_is_a_sample_that_was_seen(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_the_median_of_two_is_the_lower() -> None:
    assert percentile([2.0, 1.0], 0.5) == 1.0


def test_no_samples_are_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("aim", "met"), [(Aim("<=", 3.0), True), (Aim("<=", 2.9), False), (Aim(">=", 3.0), True), (Aim(">=", 3.1), False)]
)
def test_an_aim_is_met_or_missed(aim: Aim, met: bool) -> None:
    assert Entry("g", "n", 3.0, "ms", aim).met is met


def test_without_an_aim_nothing_is_missed() -> None:
    assert Entry("g", "n", 3.0, "ms").met is None


def test_the_document_is_json_with_one_entry_a_line() -> None:
    entries = [
        Entry("g", "first", 2.0, "ms", Aim("<=", 1.0, "why"), Beside("peer", 4.0), Beside("limit", 0.5), "n=3"),
        Entry("g", "second", 123456.789, "1/s"),
    ]
    text = document(machine(), entries)
    found = json.loads(text)
    assert (
        found["entries"]
        == [json.loads(line.strip().rstrip(",")) for line in text.splitlines() if '"name"' in line][-2:]
    )
    first, second = found["entries"]
    assert first == {
        "group": "g",
        "name": "first",
        "value": 2.0,
        "unit": "ms",
        "aim": {"op": "<=", "value": 1.0, "why": "why"},
        "met": False,
        "peer": {"name": "peer", "value": 4.0, "ratio": 0.5},
        "limit": {"name": "limit", "value": 0.5, "ratio": 4.0},
        "note": "n=3",
    }
    assert second["value"] == 123500
    assert second["aim"] is second["met"] is second["peer"] is None
    assert {"cpu", "cores", "kernel", "python"} <= found["machine"].keys()


def test_a_ratio_to_nothing_does_not_divide_by_zero() -> None:
    assert Entry("g", "n", 1.0, "ms", peer=Beside("p", 0.0)).to_dict()["peer"]["ratio"] is None
