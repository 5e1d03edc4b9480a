"""A device that types, over a named pipe that stands for the event device."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.transport.key_port import EVENT, PLAIN, SHIFTED, KeyPort
from devices.transport.port import PortGone

KEYS = {char: code for code, char in reversed(PLAIN.items())}
UNSHIFTED = {shifted: plain for plain, shifted in SHIFTED.items()}
SHIFT, SYN, KEY, REPEAT = 42, 0, 1, 2


@pytest.fixture
def typing(tmp_path: Path) -> Iterator[tuple[KeyPort, int]]:
    os.mkfifo(tmp_path / "event0")
    port = KeyPort(str(tmp_path / "event0"))
    assert port.try_open(0.0)
    writer = os.open(tmp_path / "event0", os.O_WRONLY)
    yield port, writer
    port.close()


def event(code: int, value: int, kind: int = KEY) -> bytes:
    return EVENT.pack(1, 2, kind, code, value)


def typed(text: str) -> bytes:
    """What a scanner makes of it: shift down and up around every key that needs it."""
    out = b""
    for char in text:
        key = UNSHIFTED.get(char, char.lower())
        stroke = event(KEYS[key], 1) + event(0, 0, SYN) + event(KEYS[key], 0)
        out += event(SHIFT, 1) + stroke + event(SHIFT, 0) if key != char else stroke
    return out


@pytest.mark.parametrize("text", ["0123456789", "A.01.01:2\r", "SKU-1/b_(x)+#~\t", "]C1(01)04012345678901\r"])
def test_reads_what_was_typed(typing: tuple[KeyPort, int], text: str) -> None:
    port, writer = typing
    os.write(writer, typed(text))
    assert port.read().decode() == text


def test_events_come_in_any_pieces(typing: tuple[KeyPort, int]) -> None:
    port, writer = typing
    events = typed("Ab1")
    for at in range(0, len(events), 7):
        os.write(writer, events[at : at + 7])
        if at == 7:
            assert port.read() == b""
    assert port.read() == b"Ab1"


def test_keys_that_are_held_count_once_and_others_not_at_all(typing: tuple[KeyPort, int]) -> None:
    port, writer = typing
    os.write(writer, event(KEYS["a"], 1) + event(KEYS["a"], REPEAT) + event(KEYS["a"], 0) + event(183, 1))
    assert port.read() == b"a"


def test_a_device_that_is_pulled_out_is_gone(typing: tuple[KeyPort, int]) -> None:
    port, writer = typing
    os.close(writer)
    with pytest.raises(PortGone):
        port.read()
    port.gone("pulled", 1.0)
    assert not port.try_open(1.05)
    assert port.try_open(1.2)


def test_a_device_that_is_not_there_is_said(tmp_path: Path) -> None:
    port = KeyPort(str(tmp_path / "nothing"))
    assert not port.try_open(0.0)
    assert "nothing" in port.last_fault
