"""The simulated headset and its hall: levels, pace, faults."""

from __future__ import annotations

import math
import socket
import time
from array import array
from pathlib import Path

import pytest

from firmware_sim.hall import SPEECH_DBFS, Hall, Mix, levelled
from firmware_sim.headset import EAR_RATE, MIC_RATE, Headset

TONE = array("h", [round(12_000 * math.sin(0.4 * i)) for i in range(MIC_RATE // 2)])


def level(samples: array[int]) -> float:
    power = sum(x * x for x in samples) / max(1, len(samples))
    return 10 * math.log10(max(power, 1e-9) / 32768**2)


def noise(hall: Hall, seconds: float = 1.0) -> array[int]:
    out = array("h")
    for _ in range(round(seconds * 50)):
        out.extend(hall.block(320))
    return out


@pytest.fixture
def quiet() -> Hall:
    return Hall()


@pytest.mark.slow
def test_the_noise_is_so_much_quieter_than_speech_and_comes_again_with_its_seed() -> None:
    mix = Mix(fan=0.7, hum=0.3, babble=0, bangs=0)
    first = noise(Hall(10, mix, seed=1))
    assert level(first) == pytest.approx(SPEECH_DBFS - 10, abs=1.5)
    assert noise(Hall(10, mix, seed=1)) == first
    assert noise(Hall(10, Mix(fan=1, hum=0, babble=0, bangs=0), seed=1)) != first


def test_speech_is_levelled_whatever_voice_it_is() -> None:
    for gain in (1, 8):
        speech = array("h", [x // gain for x in TONE]) + array("h", bytes(4000))
        assert level(levelled(speech)[: len(TONE)]) == pytest.approx(SPEECH_DBFS, abs=0.3)
    assert levelled(array("h", bytes(100))) == array("h", bytes(100))


def test_faults_are_what_they_say(quiet: Hall, tmp_path: Path) -> None:
    headset = Headset(tmp_path / "x", quiet)
    headset.speak(TONE.tobytes())
    loud = array("h")
    loud.frombytes(headset._block())
    assert level(loud) > SPEECH_DBFS - 3
    headset.faults.gain = 30
    clipped = array("h")
    clipped.frombytes(headset._block())
    assert sum(abs(x) == 32_767 for x in clipped) > len(clipped) // 2
    headset.faults.rate = 8_000
    assert len(headset._block()) == 2 * 160
    headset.faults.silent = True
    assert headset._block() == bytes(2 * 160)


def test_what_was_being_said_when_it_was_unplugged_is_gone(quiet: Hall, tmp_path: Path) -> None:
    with Headset(tmp_path / "x", quiet) as headset:
        headset.speak(TONE.tobytes() * 3)
    silence = array("h")
    silence.frombytes(headset._block())
    assert level(silence) < SPEECH_DBFS - 40
    assert headset.speak(TONE.tobytes() * 3) < time.monotonic() + 2.5, "nothing of before is waited for"
    with headset:
        assert headset.speak(TONE.tobytes()) < time.monotonic() + 1.0, "nor what was said into a dead microphone"


def read(client: socket.socket, seconds: float) -> bytes:
    client.settimeout(0.5)
    data, until = b"", time.monotonic() + seconds
    while time.monotonic() < until:
        data += client.recv(1 << 16)
    return data


@pytest.mark.slow
def test_both_ways_in_real_time_and_gone_when_unplugged(tmp_path: Path) -> None:
    ended = []
    with Headset(tmp_path / "headset", heard=ended.append) as headset:
        mic, ear = (socket.socket(socket.AF_UNIX) for _ in range(2))
        mic.connect(str(headset.path))
        ear.connect(str(headset.path))
        ear.shutdown(socket.SHUT_RD)
        until = headset.speak(TONE.tobytes())
        ear.sendall(bytes(EAR_RATE))  # half a second of 16 bit samples
        data = read(mic, 1.0)
        assert len(data) == pytest.approx(2 * MIC_RATE, rel=0.2)
        assert until < time.monotonic()
        heard = array("h")
        heard.frombytes(data[: len(data) & ~1])
        loud = [i for i in range(0, len(heard) - 320, 320) if level(heard[i : i + 320]) > -40]
        assert len(loud) == pytest.approx(25, abs=3), "half a second of speech"
        time.sleep(0.2)
        assert [round(p.ended - p.began, 1) for p in ended] == [0.5]
        assert len(ended[0].sound) == EAR_RATE
        assert headset.worn
        headset.unplug()
        assert read_to_end(mic)
        assert not headset.path.exists()
        headset.plug()
        again = socket.socket(socket.AF_UNIX)
        again.connect(str(headset.path))
        assert read(again, 0.2)
        for one in (mic, ear, again):
            one.close()


def read_to_end(client: socket.socket) -> bool:
    while True:
        try:
            if not client.recv(1 << 16):
                return True
        except ConnectionResetError:
            return True
