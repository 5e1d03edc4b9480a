"""The line: timing, listen before talk, freshness, collisions, faults, and its cost."""

from __future__ import annotations

import time
from random import Random

import pytest
from mini_host import MiniHost, encode, picture

from firmware_sim.air import Conditions, collector_pauses
from firmware_sim.line import Line
from firmware_sim.station import Accepted

BYTE_S = 10 / 250_000


def crowd(count: int, *, settled: bool = True, seed: int = 1, **changes: object) -> MiniHost:
    line = Line(seed=seed, **changes)  # type: ignore[arg-type]
    for address in range(1, count + 1):
        line.add(address)
    host = MiniHost(line)
    if settled:
        while len(host.events) < count:
            host.sweep()
        host.events.clear()
    return host


def replies_of(line: Line, data: bytes) -> list[tuple[float, bytes]]:
    """Send at once and listen for 5 ms; the pieces heard, with their time after the end of the request."""
    end = line.host_sends(data, line.now)
    line.advance(end + 0.005)
    return [(at - end, piece) for at, piece in line.host_receives()]


def outcomes(host: MiniHost, count: int) -> list[bytes | None]:
    """What `count` polls bring, the line being left alone for 5 ms after each."""
    found = []
    for _ in range(count):
        found.append(host.poll())
        host.now += 0.005
        host.line.advance(host.now)
        host.line.host_receives()
    return found


def test_a_unicast_reply_begins_within_its_window() -> None:
    host = crowd(1)
    for _ in range(200):
        pieces = replies_of(host.line, encode(1, 0x02, 1))
        assert 0.0001 + BYTE_S <= pieces[0][0] <= 0.0012 + BYTE_S + 1e-6
        assert sum(len(piece) for _, piece in pieces) == 3 + 36 + 7


def test_a_poll_is_answered_within_its_window_and_spread() -> None:
    host = crowd(1, settled=False)
    starts = [replies_of(host.line, encode(255, 1, 1, bytes((1, 250, 0, 0, 0, 0, 0))))[0][0] for _ in range(300)]
    assert min(starts) >= 0.0001
    assert max(starts) <= 0.0012 + 0.0006 + BYTE_S + 1e-6
    assert max(starts) - min(starts) > 0.0009


def test_a_stale_poll_is_not_answered_and_counted() -> None:
    host = crowd(1, settled=False, conditions=Conditions(pause=lambda _: 0.0013))
    assert outcomes(host, 20) == [None] * 20
    assert host.line.stations[1].module.late == 20


def test_a_stale_set_is_still_carried_out() -> None:
    host = crowd(1, settled=False, conditions=Conditions(pause=lambda _: 0.004))
    assert host.ask(1, 0x10, picture()) is None
    host.line.advance(host.now + 0.01)
    assert host.line.stations[1].sight().text == "A  3"


def test_listening_first_turns_most_double_answers_into_one() -> None:
    host = crowd(2, settled=False)
    host.acknowledge = False
    answers = outcomes(host, 300)
    assert 0.02 < answers.count(b"") / 300 < 0.35
    assert None not in answers


def test_without_listening_nearly_all_double_answers_collide() -> None:
    host = crowd(2, settled=False, conditions=Conditions(deaf_s=1.0))
    host.acknowledge = False
    assert outcomes(host, 100).count(b"") > 60


def test_capture_lets_the_first_through() -> None:
    host = crowd(2, settled=False, conditions=Conditions(deaf_s=1.0, capture=1.0))
    host.acknowledge = False
    assert outcomes(host, 100).count(b"") == 0


def test_a_host_frame_over_a_reply_spoils_both() -> None:
    line = crowd(1).line
    end = line.host_sends(encode(1, 0x02, 1), line.now)
    line.advance(end + 0.0016)
    before = line.frames
    line.host_sends(encode(1, 0x10, 2, picture()), line.now)
    line.advance(line.now + 0.01)
    assert line.frames == before + 1
    assert line.stations[1].sight().text == "    ", "the module was still sending"


@pytest.mark.parametrize("echo", [False, True])
def test_local_echo(echo: bool) -> None:
    line = crowd(1, settled=False, echo=echo).line
    sent = encode(1, 0x02, 1)
    heard = b"".join(piece for _, piece in replies_of(line, sent))
    assert heard.startswith(sent) is echo


def test_another_baud_rate_is_not_understood() -> None:
    host = crowd(3)
    host.line.host_baud = 115_200
    assert all(host.ask(n, 0x02) is None for n in (1, 2, 3))
    host.line.host_baud = 250_000
    assert host.ask(1, 0x02)


@pytest.mark.slow
def test_a_stuck_talker_blocks_everything_for_its_time() -> None:
    host = crowd(3)
    host.line.stick(0.5)
    assert not host.poll()
    host.now = max(host.now, host.line.now) + 0.6
    host.line.advance(host.now)
    host.line.host_receives()
    assert host.ask(1, 0x02)


def test_an_unplugged_host_hears_nothing_and_is_not_heard() -> None:
    host = crowd(2)
    host.line.unplug()
    host.line.press(1, "confirm")
    host.run(host.now + 4)
    assert host.events == []
    assert host.line.stations[1].sight().text == "----"
    host.line.plug()
    host.run(host.now + 0.2)
    assert host.codes(1) == [0x50]


def test_frames_cut_anywhere_are_skipped_and_the_next_is_found() -> None:
    line = crowd(1).line
    whole = encode(1, 0x02, 9)
    for cut in range(len(whole)):
        line.host_sends(whole[:cut], line.now)
        line.advance(line.now + 0.02)
        line.host_receives()
        assert replies_of(line, whole), cut


def test_hush_takes_back_what_is_under_way() -> None:
    line = crowd(1).line
    for wait in (0.0002, 0.0015):
        end = line.host_sends(encode(1, 0x02, 1), line.now)
        line.advance(end + wait)
        line.hush()
        line.host_receives()
        line.advance(end + 0.01)
        assert line.host_receives() == []
    assert replies_of(line, encode(1, 0x02, 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "conditions"),
    [
        (250, Conditions()),
        (64, Conditions(frame_loss=0.05, bit_errors=1e-5, glitch=0.1, capture=0.3)),
        (16, Conditions(frame_loss=0.3)),
        (64, Conditions(pause=collector_pauses(0.1))),
    ],
)
def test_no_press_is_lost_or_told_twice(count: int, conditions: Conditions) -> None:
    host = crowd(count, settled=False, conditions=conditions, seed=count)
    accepted: list[Accepted] = []
    while len(host.events) < count:
        host.sweep()
    host.run(host.now + 0.5)
    host.events.clear()
    host.line.on_event = accepted.append
    luck, at = Random(4), host.now
    for _ in range(100):
        at += luck.expovariate(20)
        host.line.press(luck.randrange(1, count + 1), "confirm", at, bounce=True)
    host.run(at + 3.0)
    made = {(event.address, event.boot_id, event.ev_seq) for event in accepted}
    got = [(event.src, event.boot, event.seq) for _, event in host.events]
    assert len(got) == len(set(got))
    assert set(got) == made
    assert len(made) > 75


@pytest.mark.slow
def test_250_modules_run_well_ahead_of_real_time() -> None:
    host = crowd(250)
    start, began = time.process_time(), host.now
    host.run(began + 3.0)
    assert (host.now - began) / (time.process_time() - start) > 3


def test_one_seed_one_course() -> None:
    courses = []
    for _ in range(2):
        host = crowd(20, settled=False, conditions=Conditions(frame_loss=0.1))
        host.run(1.0)
        courses.append([(at, repr(event)) for at, event in host.events])
    assert courses[0] == courses[1]
