"""The firmware's codec and reactions against the golden vectors: under CPython, and (slow) under MicroPython."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "micropython"
VECTORS = ROOT / "tests/vectors/frames.json"
NODE_FOLDER = ROOT / "build/node"
PACKAGE = "@micropython/micropython-webassembly-pyscript"


@pytest.fixture(scope="module")
def check() -> dict[str, Any]:
    return runpy.run_path(str(HERE / "check.py"))


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(VECTORS.read_text())
    return loaded


@pytest.mark.parametrize("part", ["frames", "invalid", "streams", "hashes", "replies"])
def test_vectors(check: dict[str, Any], vectors: dict[str, Any], part: str) -> None:
    assert check[f"check_{part}"](vectors) >= 3


def test_press_through_the_main_loop(check: dict[str, Any]) -> None:
    check["check_press"]()


def test_a_wrong_codec_is_noticed(check: dict[str, Any], vectors: dict[str, Any]) -> None:
    frame = dict(vectors["frames"][0])
    frame["wire"] = frame["wire"][:-4] + "0100"
    with pytest.raises(AssertionError, match=frame["name"]):
        check["check_frames"]({"frames": [frame]})


@pytest.mark.slow
def test_under_micropython() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        assert not os.environ.get("CI"), "CI must have node: the firmware is checked under MicroPython"
        pytest.skip("node is not installed")
    if not (NODE_FOLDER / "node_modules" / PACKAGE).exists():
        NODE_FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", NODE_FOLDER)
        subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=NODE_FOLDER, check=True, timeout=100)
    ran = subprocess.run(
        [node, HERE / "check.mjs", NODE_FOLDER, ROOT], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.rstrip().endswith("under micropython")
