"""Any bytes at all, in any pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from devices.bus.cobs import seal, unseal
from devices.bus.frames import Ack, Query
from devices.bus.framing import MAX_COLLECTED, Receiver

QUERY = Query(17, 3)
ACK = Ack(3, 17, 0, 0x0800)


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(st.binary(min_size=3, max_size=243))
def test_sealing_is_undone_by_unsealing(data: bytes) -> None:
    wire = seal(data)
    assert wire.count(0) == 2
    assert unseal(wire[1:-1]) == data


@given(st.binary(max_size=700), st.lists(st.integers(0, 700), max_size=5))
def test_a_frame_after_any_bytes_is_found(garbage: bytes, cuts: list[int]) -> None:
    receiver = Receiver()
    found = [f for piece in in_pieces(garbage + ACK.to_bytes(), cuts) for f in receiver.feed(piece)]
    assert found[-1] == ACK


@given(st.integers(0, 13), st.integers(0, 7))
def test_no_single_flipped_bit_passes(byte: int, bit: int) -> None:
    wire = bytearray(ACK.to_bytes())
    wire[byte] ^= 1 << bit
    assert Receiver().feed(bytes(wire) + b"\0") in ([], [ACK])
    if 0 < byte < len(wire) - 1:
        assert Receiver().feed(bytes(wire) + b"\0") == []


@given(st.binary(max_size=3000))
def test_memory_is_bounded(garbage: bytes) -> None:
    receiver = Receiver()
    receiver.feed(garbage)
    assert receiver.pending <= MAX_COLLECTED


def test_silence_ends_what_was_collected() -> None:
    receiver = Receiver()
    receiver.feed(QUERY.to_bytes()[:-3])
    receiver.forget()
    assert receiver.pending == 0
    assert receiver.feed(ACK.to_bytes()) == [ACK]


def test_the_fault_names_the_bytes() -> None:
    receiver = Receiver()
    receiver.feed(QUERY.to_bytes().replace(b"\x11", b"\x12"))
    assert "0x2144df1c" in receiver.last_fault
    assert receiver.counters.bad_frames == 1
