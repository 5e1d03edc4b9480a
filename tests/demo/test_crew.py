"""Who speaks, what he is given, and what the derived settings make of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from controller.demo.crew import choose_crew, give_work
from controller.demo.orders import addressed
from controller.demo.plan import Plan
from controller.demo.site import Crew, Folder, crew_of
from controller.demo.toml_out import toml_of
from controller.demo.world import child_of
from controller.settings import Settings, load

SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
PLAN = Plan(
    site=SITE,
    folder=Path("d"),
    order_files=(),
    orders=1,
    pickers=4,
    speed=1,
    seed=1,
    faults=frozenset(),
    broker=None,
    limit_s=60,
    quick=False,
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(SITE)


@pytest.mark.parametrize(
    ("pickers", "voice", "pressing", "speaking"),
    [
        (4, 0, ("P-01", "P-02", "P-03", "P-04"), ()),
        (4, 1, ("P-01", "P-02", "P-03"), ("P-04",)),
        (4, 2, ("P-01", "P-03"), ("P-02", "P-04")),  # those who are left still work in all zones
        (4, 4, (), ("P-01", "P-02", "P-03", "P-04")),
        (1, 3, (), ("P-01",)),
    ],
)
def test_those_speak_whom_the_others_can_do_without(
    settings: Settings, pickers: int, voice: int, pressing: tuple[str, ...], speaking: tuple[str, ...]
) -> None:
    assert choose_crew(settings, replace(PLAN, pickers=pickers, voice=voice)) == Crew(pressing, speaking)


def task(name: str, zone: str, lines: int) -> dict[str, object]:
    return {"task_id": name, "zone": zone, "lines": [{}] * lines}


def test_handy_tasks_of_his_zones_are_addressed_to_who_speaks() -> None:
    tasks = [task("long", "Z1", 9), task("foreign", "Z3", 1), task("two", "Z1", 2), task("one", "Z1", 1)]
    given = addressed(tasks, {"P-01": ("Z1",)}, 3)
    assert [x["task_id"] for x in given["P-01"]] == ["two", "one"]
    assert [x.get("picker") for x in tasks] == [None, None, "P-01", "P-01"]
    assert addressed([task("long", "Z1", 9)], {"P-01": ("Z1",)}, 3)["P-01"] != [], "one at least"


def test_everybody_signs_out_after_as_many_tasks(settings: Settings) -> None:
    tasks = [task(f"T{n}", zone, 1) for n, zone in enumerate(("Z1", "Z1", "Z1", "Z3", "Z2"))]
    count = give_work(settings, Crew(("P-01", "P-03"), ("P-02", "P-04")), tasks, quick=False)
    theirs = [[x for x in tasks if x.get("picker") == name] for name in ("P-02", "P-04")]
    assert count == len(theirs[0]) == len(theirs[1]) == 1
    assert give_work(settings, Crew((), ("P-01",)), tasks, quick=False) is None, "nobody else would go on"
    assert give_work(settings, Crew(("P-01",), ()), tasks, quick=False) is None


def test_only_who_speaks_wears_a_headset() -> None:
    rows = [{"id": "A", "voice": {"device": "alsa:x"}}, {"id": "B"}, {"id": "C"}]
    made = crew_of(rows, Crew(("C", "A"), ("B",)), Folder(Path("/d")))
    assert [x["id"] for x in made] == ["C", "A", "B"]
    assert [x.get("voice", {}).get("device") for x in made] == [None, None, "unix:/d/sim/headset-B.sock"]
    document = {"picker": made}
    assert tomllib.loads(toml_of(document)) == document


def test_a_process_is_found_by_its_parent_and_command_line() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()", "some-marked-words"], stdin=subprocess.PIPE)
    try:
        assert child_of(os.getpid(), "some-marked-words") == child.pid
        assert child_of(os.getpid(), "other words") is None
        assert child_of(1, "some-marked-words") is None
    finally:
        child.communicate(b"\n")
