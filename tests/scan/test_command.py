"""`pickbeam scan` over a real pseudo-terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(30)]


def test_shows_what_arrives_and_the_code() -> None:
    master, slave = os.openpty()
    words = [sys.executable, "-m", "controller", "scan", os.ttyname(slave), "--prefix", "S1:"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as seen:
        assert seen.stdout is not None
        assert "Ctrl-C" in seen.stdout.readline()
        os.write(master, b"S1:SKU-1\r\n")
        assert seen.stdout.readline().split() == ["SKU-1", "from", r"'S1:SKU-1\r\n'"]
        os.write(master, b"\xff\xfe\r")
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
