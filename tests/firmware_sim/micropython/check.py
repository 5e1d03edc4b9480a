"""The firmware core against the golden vectors; runs under MicroPython and under CPython alike.

In: the path of frames.json. Out: a last line "ok: …", or an AssertionError naming the vector.
"""

import json
import sys

from firmware_sim.firmware.face import DARK, Face
from firmware_sim.firmware.module import Module
from firmware_sim.firmware.wire import Receiver, seal

UID = bytes.fromhex("e660c06213865126")


class Wire:
    """A Port: what the host sent, what the module answered, a clock set by hand."""

    def __init__(self):
        self.waiting = b""
        self.sent = []
        self.us = 0

    def any(self):
        return len(self.waiting)

    def readinto(self, view):
        size = min(len(self.waiting), len(view))
        view[:size] = self.waiting[:size]
        self.waiting = self.waiting[size:]
        return size

    def send(self, view, size):
        self.sent.append(bytes(view[:size]))

    def ticks_us(self):
        return self.us


def module(address):
    """A module, its wire, and its HELLO acknowledged."""
    wire = Wire()
    made = Module(wire, UID, address, lambda n: 0x01CD % n)
    made.fifo.done(1, 0)
    wire.us = 50000  # so that `heard_ms` tells
    return made, wire


def ask(made, wire, data):
    """Give the module bytes and let it run for 2 ms; the replies it sent."""
    wire.sent = []
    made.step()
    wire.waiting += data
    for _ in range(20):
        made.step()
        wire.us += 100
    return wire.sent


def frame(data):
    """ADDR…BODY of one frame on the wire, found by the firmware's receiver; None if it finds none."""
    found = frames(data, None)
    return found[0] if found else None


def frames(data, address):
    """All frames in `data` that a station with this address finds; None = it takes every address."""
    receiver = Receiver()
    receiver.address = address or 0
    if address is None:
        receiver._for_me = lambda _: True
    found = []
    for at in range(0, len(data), 100):
        piece = data[at : at + 100]
        receiver.space()[: len(piece)] = piece
        receiver.filled(len(piece))
        while receiver.next():
            found.append(bytes(receiver.buf[receiver.at : receiver.at + receiver.size]))
    return found


def stuffed(content):
    out = bytearray(260)
    out[2 : 2 + len(content)] = content
    return bytes(out[: seal(out, len(content))])


def check_frames(vectors):
    for vector in vectors["frames"]:
        wire = bytes.fromhex(vector["wire"])
        control = vector["op"] | (0x40 if vector["repeat"] else 0)
        content = bytes((vector["addr"], control, vector["seq"])) + bytes.fromhex(vector["body"])
        assert frame(wire) == content, vector["name"]
        assert stuffed(content) == wire, vector["name"]
    return len(vectors["frames"])


def check_invalid(vectors):
    """What is no frame, or means nothing to a module, must leave it as it is and be answered by silence."""
    for vector in vectors["invalid"]:
        for address in (0, 1, 17, 250):
            made, wire = module(address)
            before = state(made)
            assert ask(made, wire, bytes.fromhex(vector["wire"])) == [], vector["name"]
            assert state(made) == before, vector["name"]
    return len(vectors["invalid"])


def state(made):
    return (made.face.hash(), made.epoch, made.rx.address, made.boot_id, made.fifo.count, made.muted, made.heard_ms)


def check_streams(vectors):
    names = {bytes.fromhex(vector["wire"]): vector["name"] for vector in vectors["frames"]}
    for vector in vectors["streams"]:
        found = [names[stuffed(content)] for content in frames(bytes.fromhex(vector["wire"]), None)]
        assert found == vector["finds"], (vector["name"], found)
    return len(vectors["streams"])


def check_hashes(vectors):
    for vector in vectors["hashes"]:
        face = Face()
        face.show(bytearray(bytes.fromhex(vector["bytes"])), 0, False)
        assert face.hash() == vector["hash"], vector["name"]
    assert bytes(Face()._picture) == DARK
    return len(vectors["hashes"])


def check_replies(vectors):
    """Requests among the vectors, answered by a module, must give the replies among the vectors."""
    wires = {vector["name"]: bytes.fromhex(vector["wire"]) for vector in vectors["frames"]}
    made, wire = module(17)
    (reply,) = ask(made, wire, wires["set_green_3"])
    assert frame(reply)[3:] == b"\x11\x00\xd2\x08", "ack"
    (reply,) = ask(made, wire, wires["query"])
    assert len(frame(reply)) == 3 + 36, "info"
    (reply,) = ask(made, wire, wires["identify"])
    assert frame(reply)[3:] == b"\x11", "identify"
    made, wire = module(0)
    (reply,) = ask(made, wire, wires["dub_all"])
    assert frame(reply)[3:] == UID, "dub"
    (reply,) = ask(made, wire, wires["mute"])
    assert frame(reply)[3:] == UID, "mute"
    assert ask(made, wire, wires["dub_all"]) == [], "muted"
    (reply,) = ask(made, wire, wires["assign_free"])
    assert frame(reply)[3:] == UID + b"\x2a", "assign"
    (reply,) = ask(made, wire, wires["assign_take_away"])
    assert made.rx.address == 0, "assign"
    return 8


def check_press():
    """A press, through the real main loop: queued, told on the next poll, told again until it is acknowledged."""
    made, wire = module(17)
    picture = bytes((2, 3, 9)) + b"A  3" + bytes((3, 0, 0))
    ask(made, wire, stuffed(bytes((17, 0x10, 1)) + picture))
    made.keys.edge(0, True, made.ms)
    for _ in range(200):
        wire.us += 100
        made.step()
    poll = bytes((0xFF, 0x01, 2, 1, 250))
    for _ in range(2):
        (reply,) = ask(made, wire, stuffed(poll + bytes(5)))
        told = frame(reply)
        assert told[:3] == b"\xfe\x81\x02" and told[6:11] == b"\x02\x10\x03\x00\x09", told
    assert ask(made, wire, stuffed(poll + bytes((17, 2, 0xCD, 0, 0)))) == []


def main(path):
    with open(path) as file:
        vectors = json.load(file)
    checks = (check_frames, check_invalid, check_streams, check_hashes, check_replies)
    counts = [check(vectors) for check in checks]
    check_press()
    print("ok:", sum(counts), "vectors under", sys.implementation.name)
