"""The virtual Modbus master and its slaves: frames, silences, losses."""

from __future__ import annotations

import pytest

from controller.bench.modbus import HOST_S, SILENCE_S, SLAVE_S, TIMEOUT_S, Master, Slave, crc16, is_whole, seal


def test_the_crc_is_that_of_the_specification() -> None:
    assert seal(bytes.fromhex("010300000002")) == bytes.fromhex("010300000002c40b")
    assert crc16(b"123456789") == 0x4B37


def test_a_slave_answers_only_whole_frames_for_itself() -> None:
    request = seal(bytes.fromhex("010300000002"))
    reply = Slave(1).answer(request)
    assert reply is not None
    assert is_whole(reply)
    assert len(reply) == 9
    assert Slave(2).answer(request) is None
    assert Slave(1).answer(request[:-1] + b"\0") is None


def test_a_poll_takes_its_characters_and_both_silences() -> None:
    master = Master(1, baud=250_000)
    master.poll(1)
    assert master.now == pytest.approx((8 + 9) * 11 / 250_000 + 2 * SILENCE_S + SLAVE_S + HOST_S)


def test_a_round_of_250_takes_what_the_arithmetic_says() -> None:
    master = Master(250, baud=250_000)
    for address in master.slaves:
        master.poll(address)
    assert master.now == pytest.approx(1.312, rel=0.01)


def test_every_press_is_counted_once_also_between_two_polls() -> None:
    master = Master(3, baud=115_200)
    master.slaves[2].presses += 2
    assert [master.poll(addr) for addr in (1, 2, 3)] == [0, 2, 0]
    assert master.poll(2) == 0


def test_a_press_is_known_within_one_round_and_none_is_lost() -> None:
    master = Master(16, baud=250_000)
    presses = [(0.1 * n, 1 + n % 16) for n in range(40)]
    found = master.press_to_master(presses)
    assert len(found) == len(presses)
    assert 0 < min(found) <= max(found) < 16 * 0.0056


def test_a_lost_frame_costs_a_time_out_and_no_press() -> None:
    master = Master(4, baud=250_000, loss=0.3, seed=3)
    presses = [(0.5 * n, 1 + n % 4) for n in range(40)]
    found = master.press_to_master(presses)
    assert len(found) == len(presses)
    assert max(found) > TIMEOUT_S


def test_a_lamp_is_written_until_it_is_acknowledged() -> None:
    master = Master(1, baud=250_000, loss=0.5, seed=1)
    master.light(1, b"0123456789")
    assert master.slaves[1].lamp == b"0123456789"
