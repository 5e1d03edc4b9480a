"""The link and the firmware on the virtual clock, as the measurements use them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from controller.bench.rack import Rack
from controller.bench.virtual_bus import VirtualBus
from devices.bus.frames import Event, Gpoll, Query, SetBatch
from devices.bus.framing import Receiver
from devices.bus.pictures import pack_picture
from devices.model import Picture


def test_presses_arrive_once_within_a_few_polls() -> None:
    bus = VirtualBus(8, seed=1)
    bus.settle()
    found = bus.singles(10)
    assert (found.taken, found.lost, found.doubled) == (10, 0, 0)
    assert 0.001 < min(found.latencies) <= max(found.latencies) < 0.015


def test_presses_are_missed_by_nobody_where_frames_get_lost() -> None:
    bus = VirtualBus(16, loss=0.3, seed=2)
    bus.settle()
    found = bus.presses(5, 4.0)
    assert found.taken > 5
    assert (found.lost, found.doubled) == (0, 0)


def test_a_batch_of_lamps_is_timed_until_the_last_is_lit() -> None:
    bus = VirtualBus(64, seed=3)
    bus.settle()
    assert 0.010 < bus.batch(50) < 0.030
    assert len(bus.lit) == 8


@pytest.mark.slow
def test_a_wrong_count_would_be_seen() -> None:
    bus = VirtualBus(8, seed=4)
    bus.settle()
    bus.link.take_events = list  # type: ignore[method-assign]
    bus.press(bus.now + 0.01)
    bus.run(0.5)
    found = bus.outcome()
    assert (found.taken, found.lost) == (1, 1)


def test_the_rack_answers_when_the_wire_would_have_carried_it(tmp_path: Path) -> None:
    rack = Rack(tmp_path / "tty", 3)
    lamps: list[tuple[int, float]] = []
    told: list[int] = []
    rack.on_lamp = lambda addr, _shows, at: lamps.append((addr, at))
    rack.on_event = lambda addr, _at: told.append(addr)
    picture = pack_picture(Picture(2, 0, "A  4", 4, confirmable=True, token=9))
    rack._hear(SetBatch(1, 1, 0, ((2, picture),)), 25, 10.0)
    assert [addr for addr, _ in lamps] == [2]
    rack.press(2)
    rack._hear(Gpoll(2, 1, 250), 15, 11.0)
    assert 11.0 + 15 / 25_000 + 0.0004 < rack.due() < 11.0 + 15 / 25_000 + 0.0020
    first, rest = (piece for _, piece, _ in rack._pieces)
    (event,) = Receiver().feed(first + rest)
    assert isinstance(event, Event)
    assert (event.src, event.records[0].value, event.records[0].token) == (2, 4, 9)
    clock = itertools.count()
    rack.serve(12.0, lambda: float(next(clock)))
    assert told == [2]
    rack._hear(Gpoll(3, 1, 250, ack_addr=2, ack_seq=1, ack_boot=event.boot_id & 0xFF), 15, 13.0)
    assert rack.due() == float("inf"), "acknowledged: nothing more to say"
    rack._hear(Query(3, 4), 9, 14.0)
    assert rack.due() < 14.01
    rack.close()
