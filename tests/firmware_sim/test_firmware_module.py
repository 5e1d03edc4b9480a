"""The module on the line: start, queue, acknowledgement, epochs, pictures, addresses, service."""

from __future__ import annotations

import zlib

import pytest
from mini_host import MiniHost, picture

from firmware_sim.air import Conditions
from firmware_sim.line import Line

GPOLL, QUERY, SET, DUB, MUTE, ASSIGN, IDENTIFY, UNMUTE, SELFTEST, RESET = (
    0x01,
    0x02,
    0x10,
    0x20,
    0x21,
    0x22,
    0x23,
    0x24,
    0x26,
    0x27,
)
HELLO, GAP, OVERFLOW, CONFIRM = 0x80, 0x90, 0xC0, 0x10
EVERYBODY = bytes(4) + b"\xff" * 4


def site(count: int = 1, *, settled: bool = True, conditions: Conditions | None = None) -> MiniHost:
    line = Line(seed=5, conditions=conditions)
    for address in range(1, count + 1):
        line.add(address)
    host = MiniHost(line)
    if settled:
        host.run(0.1 + count / 20)
        assert sorted(event.src for _, event in host.events) == list(range(1, count + 1))
        host.events.clear()
    return host


def test_hello_is_the_first_event_and_tells_the_hash() -> None:
    host = site(settled=False)
    host.poll()
    ((_, event),) = host.events
    dark = zlib.crc32(b"\0\0\0    \0\0\0") & 0xFFFF
    assert (event.seq, event.code, event.value) == (1, HELLO, dark)


def test_an_event_is_told_until_it_is_acknowledged() -> None:
    host = site(settled=False)
    host.acknowledge = False
    for _ in range(3):
        assert host.poll()
    assert (len(host.events), host.doubles) == (1, 2)
    host.acks.append((1, 1, (host.events[0][1].boot + 1) & 0xFF))
    assert host.poll(), "an acknowledgement for another start is void"
    host.acks.append((1, 9, host.events[0][1].boot & 0xFF))
    assert host.poll(), "an acknowledgement of what was never told is void"
    host.acks.append((1, 1, host.events[0][1].boot & 0xFF))
    assert host.poll(2, 250) is None, "carried out by a module outside the range too"
    assert host.poll() is None


@pytest.mark.slow
def test_events_are_numbered_without_gaps_and_never_0() -> None:
    host = site()
    host.show({1: picture()})
    for n in range(300):
        host.line.press(1, "confirm", host.now + n * 0.35, 0.05)
    host.run(host.now + 300 * 0.35 + 0.3)
    assert [event.seq for _, event in host.events] == [(n + 1) % 255 + 1 for n in range(300)]


def test_a_full_queue_keeps_the_oldest_and_counts_the_rest() -> None:
    host = site()
    host.show({1: picture()})
    for n in range(20):
        host.line.press(1, "confirm", host.now + n * 0.1, 0.03)
        host.show({1: picture(light=0, flags=0, token=0, text="    ", qty=0)}) if n == 0 else None
    host.line.advance(host.now + 2.5)
    host.now = host.line.now
    host.run(host.now + 0.5)
    codes = host.codes()
    assert (len(codes), codes[:16], codes[16]) == (17, [0x50] * 16, OVERFLOW)
    assert host.events[-1][1].value == 4


def test_an_event_frame_holds_four_and_ages() -> None:
    host = site()
    for n in range(6):
        host.line.press(1, "confirm", host.now + n * 0.1, 0.03)
    host.line.advance(host.now + 2.0)
    host.now = host.line.now
    reply = host.poll()
    assert reply is not None
    assert len(reply) == 3 + 3 + 4 * 6
    assert [event.age for _, event in host.events] == pytest.approx([200, 190, 180, 170], abs=2)
    host.now += 3.0
    host.line.advance(host.now)
    host.poll()
    assert host.events[-1][1].age == 255


def test_a_reset_makes_a_new_boot_and_hello_with_its_cause() -> None:
    host = site(2)
    assert host.ask(1, RESET, b"\x06\xb0") is None
    host.run(host.now + 0.05)
    assert host.events == []
    host.tell(1, RESET, b"\x07\xb0")
    host.line.reboot(2)
    host.run(host.now + 0.4)
    assert {event.src: (event.seq, event.code) for _, event in host.events} == {1: (1, HELLO | 2), 2: (1, HELLO | 3)}


def test_set_is_answered_with_the_hash_and_beeps_once() -> None:
    host = site()
    shown = picture(flags=0x07)
    replies = [host.ask(1, SET, shown, seq=77) for _ in range(2)]
    want = bytes((1, 0)) + (zlib.crc32(shown) & 0xFFFF).to_bytes(2, "little")
    assert replies == [b"\xfe\x90\x4d" + want] * 2
    assert host.line.stations[1].module.face.beeps == 1


def test_held_pictures_appear_with_commit() -> None:
    host = site(3)
    host.show({1: picture(), 3: picture(text="A  4")}, hold=True)
    assert [host.line.stations[n].sight().colour for n in (1, 2, 3)] == [0, 0, 0]
    host.commit()
    assert [host.line.stations[n].sight().colour for n in (1, 2, 3)] == [2, 0, 2]
    host.run(host.now + 0.1)
    assert host.codes() == []


def test_a_missed_batch_is_told_once_as_a_gap() -> None:
    host = site(3)
    host.show({1: picture()})
    host.line.stations[2].loss = 1.0
    host.show({2: picture()})
    host.show({2: picture()})
    host.line.stations[2].loss = None
    host.run(host.now + 0.3)
    assert [(event.src, event.code) for _, event in host.events] == [(2, GAP)]
    assert host.ask(2, SET, picture()) is not None


def test_a_repeated_batch_is_no_gap_and_the_first_epoch_is_taken_silently() -> None:
    host = site(2)
    host.epoch = 41
    host.show({1: picture()})
    host.epoch = 41
    host.show({1: picture()})
    host.run(host.now + 0.2)
    assert host.codes() == []
    assert [host.line.stations[n].module.epoch for n in (1, 2)] == [42, 42]


def test_query_tells_who_it_is() -> None:
    host = site()
    host.line.press(1, "confirm")
    host.line.advance(host.now + 3)
    host.now = host.line.now
    reply = host.ask(1, QUERY)
    assert reply is not None
    info = reply[3:]
    assert (len(info), info[0], info[5], info[14:22]) == (36, 1, 1, host.line.stations[1].module.uid)
    assert int.from_bytes(info[22:26], "little") == 3
    assert info[27] == 1, "one event waits"


def test_identify_and_selftest() -> None:
    host = site(12)
    assert host.ask(12, IDENTIFY, b"\x02") == b"\xfe\xa3" + bytes((host.seq, 12))
    assert host.line.stations[12].sight().text == "  12"
    assert host.ask(12, IDENTIFY, b"\x00") is not None
    assert host.line.stations[12].sight().text == "    "
    assert host.ask(12, SELFTEST, b"\x07") == b"\xfe\xa6" + bytes((host.seq, 12, 0))


def test_modules_without_address_are_found_and_given_one() -> None:
    line = Line(seed=8)
    for _ in range(12):
        line.add(0)
    host = MiniHost(line)
    given: list[bytes] = []

    def insist(address: int, operation: int, body: bytes) -> bytes:
        """Another module may still be answering the search, over our request."""
        return next(reply for _ in range(5) if (reply := host.ask(address, operation, body)))

    def find(low: int, high: int) -> None:
        reply = host.ask(0xFD, DUB, low.to_bytes(4, "little") + high.to_bytes(4, "little"))
        if reply:
            uid = reply[3:]
            assert insist(0xFD, MUTE, uid)[3:] == uid
            given.append(uid)
            assert insist(0xFD, ASSIGN, uid + bytes((len(given),)))[11] == len(given)
            find(low, high)
        elif reply == b"" and low < high:
            middle = (low + high) // 2
            find(low, middle)
            find(middle + 1, high)

    find(0, 0xFFFFFFFF)
    assert (len(set(given)), sorted(line.stations), line.strays) == (12, list(range(1, 13)), [])
    assert line.stations[5].module.uid == given[4]
    assert host.ask(5, ASSIGN, given[4] + b"\0") is not None
    assert [stray.module.uid for stray in line.strays] == [given[4]]
    assert host.ask(0xFD, DUB, EVERYBODY) is None, "still muted"
    host.tell(0xFD, UNMUTE)
    assert host.ask(0xFD, DUB, EVERYBODY) is not None


def test_two_modules_with_one_address_answer_as_garbage() -> None:
    host = site()
    host.line.add(1, clash=True)
    answers = [host.ask(1, QUERY) for _ in range(20)]
    assert answers.count(b"") >= 15
