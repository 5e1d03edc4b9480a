"""`pickbeam scan` over a real pseudo-terminal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.scanner import SimulatedScanner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(30)]


def test_shows_what_arrives_and_the_code(tmp_path: Path) -> None:
    scanner = SimulatedScanner(tmp_path / "scanner")
    scanner.plug()
    words = [sys.executable, "-m", "controller", "scan", str(tmp_path / "scanner"), "--prefix", "S1:"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as seen:
        assert seen.stdout is not None
        assert seen.stderr is not None
        assert "Ctrl-C" in seen.stderr.readline()
        scanner.scan("S1:SKU-1")
        assert seen.stdout.readline().split() == ["SKU-1", "from", r"'S1:SKU-1\r\n'"]
        scanner.send(b"\xff\xfe\r")
        assert "baud" in seen.stdout.readline()
        seen.send_signal(signal.SIGINT)
        assert seen.wait(10) == 130


def test_a_port_that_is_not_there_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "controller", "scan", "/dev/nowhere"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "/dev/nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_simulated_one_says_what_is_typed(tmp_path: Path) -> None:
    port = tmp_path / "scanner"
    with subprocess.Popen(
        [sys.executable, "-m", "controller", "sim", "scanner", str(port)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as typed:
        assert typed.stderr is not None
        assert typed.stdin is not None
        assert str(port) in typed.stderr.readline()
        words = [sys.executable, "-m", "controller", "scan", str(port), "--json"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as seen:
            assert seen.stdout is not None
            assert seen.stderr is not None
            assert "Ctrl-C" in seen.stderr.readline()
            print("SKU-1", file=typed.stdin, flush=True)
            assert json.loads(seen.stdout.readline())["code"] == "SKU-1"
            typed.stdin.close()
            assert seen.wait(10) == 1  # the scanner is gone
        assert typed.wait(10) == 0


def test_a_terminated_command_tidies_up(tmp_path: Path) -> None:
    port = tmp_path / "scanner"
    words = [sys.executable, "-m", "controller", "sim", "scanner", str(port)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as typed:
        assert typed.stderr is not None
        typed.stderr.readline()
        assert port.is_symlink()
        typed.terminate()
        assert typed.wait(10) == 143
    assert not port.is_symlink()
