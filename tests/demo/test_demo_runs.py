"""The demo as people and CI start it: real processes, real faults, and its ends, good and bad."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow
DEMO = [sys.executable, "-m", "controller", "demo", "--quick"]
LIMIT_S = 150


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A work folder; nothing may run in it afterwards."""
    yield tmp_path / "d"
    left = ours(tmp_path / "d")
    for process in left:
        process.kill()
    assert left == []


def ours(folder: Path, *words: str) -> list[psutil.Process]:
    """Processes that have the folder, and these words, in their command line."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if any(str(folder) in part for part in line) and all(word in line for word in words) and "demo" not in line:
            found.append(process)
    return found


def run(folder: Path, *options: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*DEMO, "--dir", str(folder), *options], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    return done.returncode, done.stdout, done.stderr


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [*DEMO, "--orders", "40", "--dir", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def await_presses(folder: Path, count: int) -> None:
    until = time.monotonic() + 30
    shelf = folder / "shelf.jsonl"
    while not shelf.exists() or shelf.read_text().count('"key"') < count:
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.timeout(LIMIT_S + 20)
@pytest.mark.parametrize(
    ("faults", "seed"), [("", 1), ("noisy", 21), ("unplug", 22), ("broker", 23), ("kill", 24), ("all", 25)]
)
def test_the_ledgers_agree(folder: Path, faults: str, seed: int) -> None:
    options = ["--faults", faults] if faults else []
    code, out, err = run(folder, "--json", "--seed", str(seed), *options)
    told = json.loads(out)
    assert told["differences"] == []
    assert (code, told["ok"], told["error"]) == (0, True, None), err
    assert all(row["agrees"] for row in told["orders"])
    figures = told["figures"]
    assert figures["orders"] == len(told["orders"]) == 6
    assert figures["first_lamp_s"] < 30
    assert figures["booked_presses"] - figures["undone"] == figures["lines"]
    for kind in ("unplug", "broker", "kill"):
        assert (told["faults"].get(kind, 0) >= 1) == (faults in (kind, "all"))
    assert figures["controller_starts"] == told["faults"].get("kill", 0) + 1


@pytest.mark.timeout(LIMIT_S + 80)
@pytest.mark.parametrize(("faults", "seed"), [("", 1), ("headset,voice", 2)])
def test_voice_pickers_are_understood_and_all_ledgers_agree(folder: Path, faults: str, seed: int) -> None:
    options = ["--faults", faults] if faults else []
    text = folder.parent / "dialogue.txt"
    code, out, err = run(folder, "--voice", "2", "--json", "--seed", str(seed), "--transcript", str(text), *options)
    told = json.loads(out)
    assert told["differences"] == []
    assert (code, told["ok"], told["error"]) == (0, True, None), err
    figures = told["figures"]
    assert figures["phrases_said"] > 8
    assert figures["phrases_understood"] > figures["phrases_misheard"] + figures["phrases_of_nobody"]
    dialogue = text.read_text(encoding="utf-8")
    assert dialogue.count("mouth   Say sign on.") >= 2
    assert "= sign_on" in dialogue
    if faults:
        assert any(f"headset {what}" in dialogue for what in ("unplugged", "silent", "clipping"))
        assert told["faults"]["voice"] == 1
    else:
        assert figures["booked_by_voice"] >= 1


def test_ctrl_c_ends_everything_in_order_and_tells_how_far_it_went(folder: Path) -> None:
    demo = start(folder)
    await_presses(folder, 8)
    assert len(ours(folder)) >= 2
    demo.send_signal(signal.SIGINT)
    out, _ = demo.communicate(timeout=30)
    assert demo.returncode == 130, out
    assert "first lamp lit after" in out
    assert "Broken off; as far as it went, the ledgers agree." in out
    assert "total" in out


def test_a_process_that_dies_by_itself_is_told_with_the_end_of_its_log(folder: Path) -> None:
    demo = start(folder, "--json")
    await_presses(folder, 6)
    (shelf,) = ours(folder, "shelf")
    shelf.kill()
    out, _ = demo.communicate(timeout=30)
    told = json.loads(out)
    assert (demo.returncode, told["ok"], told["whole"]) == (1, False, False)
    assert "the shelf has ended by itself (exit code -9)" in told["error"]
    assert "pressed" in told["error"]


def test_nothing_outlives_a_demo_that_is_killed(folder: Path) -> None:
    demo = start(folder)
    await_presses(folder, 4)
    second, _, err = run(folder)
    assert (second, "another demo runs there" in err) == (2, True)
    demo.kill()
    demo.wait()
    until = time.monotonic() + 15
    while ours(folder) and time.monotonic() < until:
        time.sleep(0.2)
    assert ours(folder) == []
    assert demo.stdout is not None
    demo.stdout.close()


def test_without_amqtt_it_says_what_to_install(folder: Path) -> None:
    program = (
        "import sys; from importlib.abc import MetaPathFinder\n"
        "sys.modules['amqtt'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'amqtt' else find(name, *more)\n"
        "from controller.cli import main; sys.argv = ['pickbeam', 'demo', '--dir', sys.argv[1]]; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert 'pip install "pickbeam[demo]"' in done.stderr
    assert not folder.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--faults", "rust"], "one of noisy, unplug, broker, kill, headset, voice, or all"),
        (["--pickers", "9"], "the site has 4"),
        (["--broker", "localhost"], "mqtt://[user:password@]host[:port]"),
        (["--broker", "mqtt://localhost", "--faults", "broker"], "without --broker"),
        (["--file", "nothing.csv"], "nothing.csv"),
    ],
)
def test_wrong_use_is_told_before_anything_starts(folder: Path, options: list[str], words: str) -> None:
    code, out, err = run(folder, *options)
    assert (code, out) == (2, "")
    assert words in " ".join(err.split())
    assert not (folder / "broker.log").exists()


def test_an_outside_broker_is_used_under_a_name_of_our_own(folder: Path, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    command = [sys.executable, "-m", "controller", "broker", "--port", "0", "--port-file", str(port_file)]
    broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        until = time.monotonic() + 20
        while not port_file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        site = tmp_path / "site.toml"
        url = f"mqtt://127.0.0.1:{port_file.read_text().strip()}"
        code, out, err = run(folder, "--broker", url, "--orders", "2", "--json", "--site", str(_site(site)))
        told = json.loads(out)
        assert (code, told["differences"], told["error"]) == (0, [], None), err
        assert f'url = "{url}"' in (folder / "pickbeam.toml").read_text()
        assert 'id = "parts-warehouse-demo-' in (folder / "pickbeam.toml").read_text()
    finally:
        broker.terminate()
        broker.wait()


def _site(target: Path) -> Path:
    """The sample site, speaking the dialect of the broker under test."""
    here = Path(__file__).resolve().parents[2] / "config/parts-warehouse"
    for file in here.iterdir():
        if file.is_file():
            (target.parent / file.name).write_bytes(file.read_bytes())
    text = (here / "pickbeam.toml").read_text()
    target.write_text(text.replace("[mqtt]\n", '[mqtt]\nversion = "3.1.1"\n'))
    return target
