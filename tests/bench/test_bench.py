"""The whole command, quick."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from controller.bench import place
from controller.cli.bench import GROUPS
from controller.errors import StartError


@pytest.mark.slow
def test_quick_measures_everything_within_a_minute(tmp_path: Path) -> None:
    try:
        place.mosquitto()
    except StartError as missing:
        pytest.skip(str(missing))
    out = tmp_path / "build" / "bench.json"
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "controller", "bench", "--quick", "--out", str(out)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "not measured" not in done.stderr.decode()
    assert time.monotonic() - begun < 60
    found = json.loads(out.read_text())
    assert {entry["group"] for entry in found["entries"]} == set(GROUPS)
    by_name = {entry["name"]: entry for entry in found["entries"]}
    assert by_name["presses lost or doubled"]["value"] == 0
    for name, entry in by_name.items():
        assert entry["value"] >= 0, name
        assert entry["unit"], name
        assert entry["aim"] is None or entry["met"] in (True, False)
    aimed = [entry for entry in found["entries"] if entry["aim"]]
    assert len(aimed) >= 13
    assert done.stdout.decode().count("met") + done.stdout.decode().count("missed") >= len(aimed)


@pytest.mark.slow
def test_an_unknown_group_is_refused_before_anything_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "controller", "bench", "speed", "--out", str(tmp_path / "x.json")],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert "speed" in done.stderr.decode()
    assert not (tmp_path / "x.json").exists()
