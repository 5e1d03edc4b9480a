"""The sample site is what its script makes, and looks like a warehouse. In: config/parts-warehouse. Out: counts."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from controller.settings import load


@pytest.fixture(scope="module")
def folder(repo: Path) -> Path:
    return repo / "config/parts-warehouse"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_script_makes_exactly_what_is_committed(folder: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(folder / "make_site.py"), str(tmp_path)], check=True)
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (folder / made.name).read_bytes(), made.name
    assert len(list(tmp_path.iterdir())) == 6


def test_parts(folder: Path) -> None:
    parts = table(folder / "parts.csv")
    assert len({part["part"] for part in parts}) == len(parts) >= 300
    assert {flag for part in parts for flag in part["handling"].split()} >= {"fragile", "heavy", "hazmat", "esd"}
    assert {part["criticality"] for part in parts} == {"normal", "high", "critical"}
    assert Counter(part["serial"] for part in parts)["yes"] > 20


def test_orders(folder: Path) -> None:
    lines = table(folder / "orders.csv")
    orders = Counter(line["order"] for line in lines)
    assert len(orders) >= 60
    assert min(orders.values()) == 1
    assert max(orders.values()) == 12
    assert any(int(line["qty"]) > 99 for line in lines)
    assert all(line["due"].startswith("+") for line in lines)
    zones_of_a_tote = defaultdict(set)
    for line in lines:
        zones_of_a_tote[line["tote"]].add(line["zone"])
    assert all(len(zones) == 1 for zones in zones_of_a_tote.values())
    assert max(Counter(line["location"] for line in lines).values()) >= 5


def test_orders_and_tasks_name_only_what_exists(folder: Path) -> None:
    site = load(folder / "pickbeam.toml").site()
    parts = {part["part"]: part for part in table(folder / "parts.csv")}
    tasks = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    lines = [(line["part"], line["location"], line["zone"]) for line in table(folder / "orders.csv")]
    lines += [(line["sku"], line["location"], task["zone"]) for task in tasks for line in task["lines"]]
    for part, location, zone in lines:
        assert location in parts[part]["locations"].split()
        assert site.locations[location].zone == zone
    assert len({task["task_id"] for task in tasks}) == len(tasks) > 16


def test_check_digits_of_neighbours_differ(folder: Path) -> None:
    digits = [row["check_digits"] for row in table(folder / "locations.csv") if row["check_digits"]]
    assert len(digits) == 108
    for one, other in pairwise(digits):
        assert one[0] != other[0]
        assert one[1] != other[1]
