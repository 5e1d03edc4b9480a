"""The host and the modules' own firmware, which share no code, on the simulated line."""

from __future__ import annotations

import random
import statistics

import pytest

from devices.bus.events import KEY_KINDS, LinkEvent, LinkKey
from devices.bus.link import Link
from devices.model import DARK, Picture
from firmware_sim.air import Conditions
from firmware_sim.line import Line
from firmware_sim.station import Accepted

GREEN = Picture(2, 0, "A  3", quantity=3, confirmable=True, token=9)
SETTLED = 6.0  # s: everybody's HELLO is through, also on a bad line
COMMIT = 0.0005  # s until an event is durable


class Meeting:
    """A link and firmware modules in virtual time."""

    def __init__(self, count: int, *, baud: int, loss: float) -> None:
        self.line = Line(baud=baud, seed=1, conditions=Conditions(frame_loss=loss))
        self.line.on_event = self._accepted
        for addr in range(1, count + 1):
            self.line.add(addr)
        self.link = Link(range(1, count + 1), baud=baud)
        self.made: dict[tuple[int, int, int], float] = {}
        self.got: list[tuple[int, int, int]] = []
        self.waits: list[float] = []
        self.now = 0.0
        self._durable: list[tuple[float, LinkKey]] = []

    def run(self, until: float) -> None:
        while self.now < until:
            upcoming = [self.link.deadline, self.line.next_time(), until] + [at for at, _ in self._durable[:1]]
            self.now = max(min(upcoming), self.now + 1e-6)
            self.line.advance(self.now)
            for at, data in self.line.host_receives():
                self.link.received(data, at)
            self._acknowledge()
            while (frame := self.link.poll(self.now)) is not None:
                self.line.host_sends(frame, self.now)
            for event in self.link.take_events():
                self._reported(event)

    def _accepted(self, event: Accepted) -> None:
        if event.code >> 4 in KEY_KINDS:
            self.made[event.address, event.boot_id, event.ev_seq] = event.at

    def _reported(self, event: LinkEvent) -> None:
        if isinstance(event, LinkKey):
            mark = (event.addr, event.boot_id, event.ev_seq)
            self.got.append(mark)
            self.waits.append(self.now - self.made[mark])
            self._durable.append((self.now + COMMIT, event))

    def _acknowledge(self) -> None:
        while self._durable and self._durable[0][0] <= self.now:
            _, key = self._durable.pop(0)
            self.link.acknowledge(key.addr, key.boot_id, key.ev_seq, self.now)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "baud", "loss"), [(250, 250_000, 0.0), (250, 250_000, 0.05), (64, 115_200, 0.3)])
def test_no_press_is_lost_or_doubled_and_lamps_are_right(count: int, baud: int, loss: float) -> None:
    meeting, rng = Meeting(count, baud=baud, loss=loss), random.Random(3)
    meeting.run(SETTLED)
    wanted = dict.fromkeys(range(1, count + 1), DARK)
    for _ in range(40):
        addr = rng.randint(1, count)
        meeting.line.press(addr, "confirm")
        changed = rng.randint(1, count)
        wanted[changed] = rng.choice([GREEN, DARK])
        meeting.link.show(changed, wanted[changed])
        meeting.run(meeting.now + rng.uniform(0.05, 0.4))
    meeting.run(meeting.now + 2.0)
    assert len(meeting.got) == len(set(meeting.got))
    assert set(meeting.got) == set(meeting.made)
    assert len(meeting.made) > 30
    for addr, picture in wanted.items():
        assert meeting.line.stations[addr].sight().colour == picture.colour, addr


@pytest.mark.slow
def test_a_press_at_250_modules_is_known_within_milliseconds() -> None:
    meeting, rng = Meeting(250, baud=250_000, loss=0.0), random.Random(4)
    meeting.link.show(1, GREEN)
    meeting.run(SETTLED)
    for _ in range(60):
        meeting.line.press(rng.randint(2, 250), "confirm")
        meeting.run(meeting.now + rng.uniform(0.3, 0.5))
    assert len(meeting.waits) == 60
    assert statistics.median(meeting.waits) < 0.0045
    assert max(meeting.waits) < 0.010  # 6 ms, and 4 ms where a QUERY was on the line


def test_a_reboot_in_the_middle_of_work_gets_its_picture_back() -> None:
    meeting = Meeting(16, baud=250_000, loss=0.0)
    meeting.link.show(5, GREEN)
    meeting.run(SETTLED)
    meeting.line.reboot(5)
    meeting.run(meeting.now + 0.05)
    assert meeting.line.stations[5].sight().colour == 0
    meeting.run(meeting.now + 0.3)
    assert meeting.line.stations[5].sight().colour == GREEN.colour


def test_missed_broadcasts_make_the_host_speak_to_modules_one_by_one() -> None:
    """Else each lamp change on a bad line would make a dozen modules tell of a gap at the same time."""
    presence = Link(range(1, 11), baud=250_000).presence
    assert not presence.noisy
    for _ in range(2):
        presence.frame_missed()
    assert presence.noisy
