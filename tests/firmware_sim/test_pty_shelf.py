"""The shelf on real pseudo-terminals, in real time, with a small host on a serial port of the standard kind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
import serial
from mini_host import decode, encode, picture

from firmware_sim import pty_shelf
from firmware_sim.control import request
from firmware_sim.ledger import Ledger
from firmware_sim.pty_shelf import PtyShelf
from firmware_sim.shelf import Shelf

pytestmark = pytest.mark.slow
WINDOW_S = 0.03  # far beyond the protocol's: this computer may be busy


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(seed=1, ledger=Ledger(tmp_path / "presses.jsonl"))
    shelf.add_bus("A")
    shelf.add_bus("B", 115_200)
    for n in (1, 2, 3):
        shelf.add_module(f"A-{n}", "A", n)
    shelf.add_module("B-1", "B", 1)
    shelf.add_gpio("G-1", (17,), 27)
    yield shelf
    shelf.ledger.close()


@pytest.fixture
def served(shelf: Shelf, tmp_path: Path) -> Iterator[PtyShelf]:
    yield from _serving(PtyShelf(shelf, tmp_path / "sim", aliases={"P.01": "A-1"}))


def _serving(served: PtyShelf) -> Iterator[PtyShelf]:
    thread = Thread(target=served.serve)
    thread.start()
    yield served
    served.stop()
    thread.join()
    served.close()


def ask(port: serial.Serial, address: int, operation: int, body: bytes = b"", seq: int = 1) -> bytes | None:
    port.reset_input_buffer()
    port.write(encode(address, operation, seq, body))
    heard, until = b"", time.monotonic() + WINDOW_S
    while time.monotonic() < until:
        heard += port.read(64)
        for raw in heard.split(b"\0")[1:-1]:
            if raw and (frame := decode(raw)) is not None:
                return frame
    return None


def opened(path: Path, baud: int = 250_000) -> serial.Serial:
    return serial.Serial(str(path), baud, timeout=0.001)


def test_modules_answer_at_their_baud_and_only_there(served: PtyShelf, tmp_path: Path) -> None:
    for bus, baud in (("A", 250_000), ("B", 115_200)):
        with opened(tmp_path / f"sim/bus-{bus}", baud) as port:
            answers = [ask(port, 1, 0x02) for _ in range(20)]
            assert sum(answer is not None for answer in answers) >= 18
    with opened(tmp_path / "sim/bus-A", 115_200) as port:
        assert [ask(port, 1, 0x02) for _ in range(5)] == [None] * 5


def test_answers_keep_the_pace_of_the_line(served: PtyShelf, tmp_path: Path) -> None:
    took = []
    with opened(tmp_path / "sim/bus-A") as port:
        for _ in range(100):
            start = time.monotonic()
            if ask(port, 1, 0x02) is not None:
                took.append(time.monotonic() - start)
    line_s = (10 + 46) * 10 / 250_000
    assert len(took) > 90
    assert min(took) > line_s + 0.0002
    assert sorted(took)[len(took) // 2] < line_s + 0.01


def test_a_press_from_the_control_socket_reaches_the_host(served: PtyShelf, tmp_path: Path) -> None:
    with opened(tmp_path / "sim/bus-A") as port:
        assert ask(port, 1, 0x10, picture()) is not None
        assert request(tmp_path / "sim", {"press": "P.01"}) == {"ok": True, "module": "A-1"}
        assert request(tmp_path / "sim", {"press": "nowhere"})["ok"] is False
        time.sleep(0.2)
        told = next(reply for _ in range(20) if (reply := ask(port, 255, 0x01, bytes((1, 1, 0, 0, 0, 0, 0)))))
    assert [told[at + 1] for at in range(6, len(told), 6)] == [0x80, 0x10]
    looked = request(tmp_path / "sim", {"look": True})["modules"]
    assert isinstance(looked, dict)
    assert looked["A-1"] == [2, 0, "...."]
    lamp, row = [json.loads(line) for line in (tmp_path / "presses.jsonl").read_text().splitlines()]
    assert (lamp["module"], lamp["lit"], lamp["token"]) == ("A-1", True, row["token"])
    assert lamp["t"] < row["t"]
    assert (row["module"], row["picker"], row["key"], row["quantity"]) == ("A-1", "hand", "confirm", 3)


def test_pins_go_over_the_socket(served: PtyShelf, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as controller:
        controller.settimeout(3)
        controller.connect(str(tmp_path / "sim/gpio.sock"))
        inputs = controller.makefile("r")
        assert json.loads(inputs.readline()) == {"pin": 27, "level": 1}
        controller.sendall(b'not json\n{"pin": 17, "value": 1}\n')
        time.sleep(0.1)
        looked = request(tmp_path / "sim", {"look": True})["modules"]
        assert isinstance(looked, dict)
        assert looked["G-1"] == [15, 0, None]
        request(tmp_path / "sim", {"press": "G-1"})
        assert [json.loads(inputs.readline())["level"] for _ in range(2)] == [0, 1]


def test_the_control_socket_unplugs_a_bus_for_a_while(served: PtyShelf, tmp_path: Path) -> None:
    link = tmp_path / "sim/bus-A"
    assert request(tmp_path / "sim", {"unplug": "A", "for": 0.4}) == {"ok": True}
    time.sleep(0.2)
    assert not link.exists()
    assert request(tmp_path / "sim", {"unplug": "A", "for": 1})["ok"] is False
    assert request(tmp_path / "sim", {"unplug": "C", "for": 1})["ok"] is False
    time.sleep(0.4)
    assert served.unplugged == 1
    with opened(link) as port:
        assert any(ask(port, 1, 0x02) for _ in range(10))


def test_an_unplugged_port_comes_back_under_its_name(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pty_shelf, "UNPLUG_EVERY_S", (0.3, 0.3))
    monkeypatch.setattr(pty_shelf, "UNPLUGGED_S", (0.2, 0.2))
    good = failures = 0
    serving = _serving(PtyShelf(shelf, tmp_path / "sim", faults={"unplug"}))
    served = next(serving)
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        try:
            with opened(tmp_path / "sim/bus-A") as port:
                while time.monotonic() < until:
                    good += ask(port, 1, 0x02) is not None
        except (OSError, serial.SerialException, termios.error):
            failures += 1
            time.sleep(0.05)
    with suppress(StopIteration):
        next(serving)
    assert served.unplugged >= 4
    assert (good > 20, failures >= 2) == (True, True)


def test_the_command_serves_a_site_and_ends_cleanly(repo: Path, tmp_path: Path) -> None:
    config = repo / "config/parts-warehouse/pickbeam.toml"
    command = [sys.executable, "-m", "controller", "sim", "shelf", str(config)]
    command += ["--json", "--dir", str(tmp_path / "s"), "--pickers", "2", "--faults", "noisy,reboot"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repo, env={**os.environ}) as shelf:
        assert shelf.stdout is not None
        ready = json.loads(shelf.stdout.readline())
        assert set(ready["ready"]) == {"A", "B"}
        assert all(Path(port).exists() for port in ready["ready"].values())
        assert request(tmp_path / "s", {"press": "A-001"})["ok"] is True
        shelf.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in shelf.stdout]
        assert shelf.wait(10) == 0
    assert rest[-1]["report"]["presses"] <= 1
    assert list((tmp_path / "s").iterdir()) == []
