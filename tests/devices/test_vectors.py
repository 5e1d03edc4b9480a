"""Our codec against the golden vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from devices.bus import framing
from devices.bus.pictures import state_hash

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "frames.json").read_text())
FRAMES = {v["name"]: v for v in VECTORS["frames"]}
IDS = {"ids": lambda v: v["name"]}


def one(wire: str) -> framing.Frame:
    (frame,) = framing.Receiver().feed(bytes.fromhex(wire))
    return frame


def packed(picture: dict[str, Any]) -> str:
    return next(h["bytes"] for h in VECTORS["hashes"] if h["picture"] == picture)


def flat(value: Any) -> Any:
    """A vector's field as our dataclasses hold it, bytes as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [flat(v) for v in value]
    return value


@pytest.mark.parametrize("vector", VECTORS["frames"], **IDS)
def test_decodes_and_encodes_to_the_same_bytes(vector: dict[str, Any]) -> None:
    frame = one(vector["wire"])
    assert vector["op"] == frame.CTL
    assert frame.seq == vector["seq"]
    assert getattr(frame, "repeat", False) == vector["repeat"]
    assert getattr(frame, "addr", vector["addr"]) == vector["addr"]
    assert frame.to_bytes().hex() == vector["wire"]


@pytest.mark.parametrize("vector", VECTORS["frames"], **IDS)
def test_fields(vector: dict[str, Any]) -> None:
    frame = one(vector["wire"])
    for name, expected in vector["fields"].items():
        got = flat(getattr(frame, name))
        if name == "picture":
            assert got == vector["body"]
        elif name == "fw":
            assert list(bytes.fromhex(got)) == expected
        elif name == "records" and vector["op"] == 0x81:
            assert [{k: getattr(r, k) for k in e} for r, e in zip(frame.records, expected, strict=True)] == expected  # type: ignore[union-attr]
        elif name == "records":
            assert [r[0] for r in got] == [r["addr"] for r in expected]
        else:
            assert got == expected, name


@pytest.mark.parametrize("row", VECTORS["hashes"], **IDS)
def test_state_hash(row: dict[str, Any]) -> None:
    assert state_hash(bytes.fromhex(row["bytes"])) == row["hash"]


@pytest.mark.parametrize("row", VECTORS["invalid"], **IDS)
def test_invalid_is_dropped_in_silence(row: dict[str, Any]) -> None:
    receiver = framing.Receiver()
    assert receiver.feed(bytes.fromhex(row["wire"])) == []
    if row["name"] != "cobs_zero_length":
        assert receiver.counters.bad_frames + receiver.counters.oversized == 1


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("row", VECTORS["streams"], **IDS)
def test_streams_in_pieces_of_any_size(row: dict[str, Any], size: int) -> None:
    receiver, wire = framing.Receiver(), bytes.fromhex(row["wire"])
    found = [frame for at in range(0, len(wire), size) for frame in receiver.feed(wire[at : at + size])]
    assert found == [one(FRAMES[name]["wire"]) for name in row["finds"]]
