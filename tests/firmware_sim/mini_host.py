"""A small host of its own, for driving the simulated line: nothing of `devices`, nothing of the firmware's codec.

In: a `Line` and virtual time. Out: events found, duplicates counted, replies to single requests.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from firmware_sim.line import Line

WINDOW_S = 0.0026  # first byte of a reply
QUIET_S = 0.0015  # garbage has ended


def encode(address: int, operation: int, seq: int, body: bytes = b"") -> bytes:
    frame = bytes((address, operation, seq)) + body
    frame += zlib.crc32(frame).to_bytes(4, "little")
    return b"\0" + b"".join(bytes((len(run) + 1,)) + run for run in frame.split(b"\0")) + b"\0"


def decode(raw: bytes) -> bytes | None:
    """ADDR…BODY of the bytes between two delimiters, or None."""
    out, at = b"", 0
    while at < len(raw):
        out += raw[at + 1 : at + raw[at]] + b"\0"
        at += raw[at]
    out = out[:-1]
    good = at == len(raw) and len(out) >= 7 and zlib.crc32(out[:-4]).to_bytes(4, "little") == out[-4:]
    return out[:-4] if good else None


def picture(  # noqa: PLR0917
    light: int = 2, flags: int = 3, token: int = 1, text: str = "A  3", qty: int = 3, over: int = 0
) -> bytes:
    return bytes((light, flags, token)) + text.encode() + qty.to_bytes(2, "little") + bytes((over,))


class Event:
    def __init__(self, src: int, boot: int, record: bytes) -> None:
        self.src, self.boot = src, boot
        self.seq, self.code, self.token, self.age = record[0], record[1], record[4], record[5]
        self.value = int.from_bytes(record[2:4], "little")

    def __repr__(self) -> str:
        return f"Event({self.src}, seq={self.seq}, code={self.code:#x}, value={self.value}, token={self.token})"


class MiniHost:
    def __init__(self, line: Line, *, acknowledge: bool = True) -> None:
        self.line, self.acknowledge = line, acknowledge
        self.now = line.now
        self.seq = 0
        self.epoch: int | None = None
        self.events: list[tuple[float, Event]] = []
        self.doubles = 0
        self.garbage = 0
        self.acks: list[tuple[int, int, int]] = []
        self._last: dict[int, tuple[int, int]] = {}

    def ask(self, address: int, operation: int, body: bytes = b"", seq: int | None = None) -> bytes | None:
        """Send one frame; the reply's ADDR…BODY, None for silence, b"" for garbage."""
        self.seq = (self.seq + 1) & 0xFF if seq is None else seq
        end = self.line.host_sends(encode(address, operation, self.seq, body), self.now)
        return self._listen(end)

    def tell(self, address: int, operation: int, body: bytes = b"") -> None:
        """Send one frame that has no reply."""
        self.seq = (self.seq + 1) & 0xFF
        self.now = self.line.host_sends(encode(address, operation, self.seq, body), self.now)
        self.line.advance(self.now)

    def poll(self, low: int = 1, high: int = 250) -> bytes | None:
        ack = self.acks.pop(0) if self.acks else (0, 0, 0)
        valid = (1, self.epoch) if self.epoch is not None else (0, 0)
        reply = self.ask(0xFF, 0x01, bytes((low, high, *ack, *valid)))
        if reply:
            self._take(reply)
        return reply

    def sweep(self, low: int = 1, high: int = 250) -> None:
        """One poll, and the halves of it while there are collisions."""
        reply = self.poll(low, high)
        if reply == b"":
            self.garbage += 1
            if low < high:
                middle = (low + high) // 2
                self.sweep(low, middle)
                self.sweep(middle + 1, high)

    def run(self, until: float) -> None:
        while self.now < until:
            self.sweep()

    def show(self, records: dict[int, bytes], *, hold: bool = False) -> None:
        self.epoch = 0 if self.epoch is None else (self.epoch + 1) & 0xFF
        body = b"".join(bytes((address,)) + shown for address, shown in records.items())
        self.tell(0xFF, 0x11, bytes((self.epoch, hold)) + body)

    def commit(self) -> None:
        self.epoch = 0 if self.epoch is None else (self.epoch + 1) & 0xFF
        self.tell(0xFF, 0x12, bytes((self.epoch,)))

    def codes(self, src: int | None = None) -> list[int]:
        return [event.code for _, event in self.events if src in (None, event.src)]

    def _listen(self, end: float) -> bytes | None:
        heard, last, deadline = b"", end, end + WINDOW_S
        while self.line.next_time() <= deadline:
            self.line.advance(self.line.next_time())
            for at, piece in self.line.host_receives():
                heard, last, deadline = heard + piece, at, at + QUIET_S
            if (frame := _whole(heard)) is not None:
                self.now = last
                return frame
        self.line.advance(deadline)
        self.now = deadline
        return b"" if heard else None

    def _take(self, reply: bytes) -> None:
        if reply[1] != 0x81:
            return
        src, boot = reply[3], int.from_bytes(reply[4:6], "little")
        for event in _records(src, boot, reply[6:]):
            if self._last.get(src, (None, 0))[0] == boot and not _after(event.seq, self._last[src][1]):
                self.doubles += 1
                continue
            self._last[src] = (boot, event.seq)
            self.events.append((self.now, event))
        if self.acknowledge:
            self.acks.append((src, self._last[src][1], boot & 0xFF))


def _records(src: int, boot: int, body: bytes) -> Iterator[Event]:
    for at in range(0, len(body), 6):
        yield Event(src, boot, body[at : at + 6])


def _after(seq: int, last: int) -> bool:
    return 0 < (seq - last) % 255 < 128


def _whole(heard: bytes) -> bytes | None:
    parts = heard.split(b"\0")
    return next((frame for raw in parts[1:-1] if raw and (frame := _decoded(raw)) is not None), None)


def _decoded(raw: bytes) -> bytes | None:
    return decode(raw) if 0 not in raw else None
