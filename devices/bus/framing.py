"""Bytes from the line to frames.

In: any bytes, in any pieces. Out: the valid frames among them, in order; everything else is counted and dropped.
Strategy: collect up to a delimiter, then check CRC, operation, address and length in one go. Never raises.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from devices.bus import frames as f
from devices.bus import service_frames as s
from devices.bus.cobs import unseal
from devices.errors import BadFrame

MAX_COLLECTED: Final = 256  # longest frame between delimiters is 248; more is garbage until the next delimiter

Frame = (
    f.Gpoll | f.Event | f.Set | f.Ack | f.SetBatch | f.Commit | f.Query | f.Info
    | s.Dub | s.DubReply | s.Mute | s.MuteReply | s.Unmute | s.Assign | s.AssignReply
    | s.Identify | s.IdentifyReply | s.SelfTest | s.SelfTestReply | s.Reset
)  # fmt: skip

FRAME_TYPES: Final[dict[int, type[Frame]]] = {
    kind.CTL: kind
    for kind in (
        f.Gpoll, f.Event, f.Set, f.Ack, f.SetBatch, f.Commit, f.Query, f.Info,
        s.Dub, s.DubReply, s.Mute, s.MuteReply, s.Unmute, s.Assign, s.AssignReply,
        s.Identify, s.IdentifyReply, s.SelfTest, s.SelfTestReply, s.Reset,
    )
}  # fmt: skip


def decode(stuffed: bytes) -> Frame:
    """The frame between two delimiters, or `BadFrame`."""
    data = unseal(stuffed)
    kind = FRAME_TYPES.get(data[1] & ~f.REPEAT_BIT)
    if kind is None:
        raise BadFrame(f"operation {data[1]:#04x} is unknown: {data.hex()}")
    return kind.from_bytes(data)


@dataclass(slots=True)
class FramingCounters:
    """Since the receiver was made."""

    frames: int = 0
    bad_frames: int = 0
    oversized: int = 0
    bytes: int = 0


class Receiver:
    """Finds frames in a byte stream."""

    def __init__(self) -> None:
        self.counters = FramingCounters()
        self.last_fault = ""
        self._buffer = bytearray()
        self._skipping = False

    @property
    def pending(self) -> int:
        """Bytes collected since the last delimiter."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """All frames that are complete with `data`."""
        self.counters.bytes += len(data)
        found: list[Frame] = []
        *closed, rest = data.split(b"\0")
        for piece in closed:
            self._collect(piece)
            self._close(found)
        self._collect(rest)
        return found

    def forget(self) -> None:
        """Drop what was collected: the line has been silent, no frame goes on after that."""
        self._buffer.clear()
        self._skipping = False

    def health(self) -> dict[str, int]:
        return asdict(self.counters)

    def _collect(self, piece: bytes) -> None:
        if self._skipping:
            return
        self._buffer += piece
        if len(self._buffer) > MAX_COLLECTED:
            self.counters.oversized += 1
            self._buffer.clear()
            self._skipping = True

    def _close(self, found: list[Frame]) -> None:
        stuffed, self._buffer = bytes(self._buffer), bytearray()
        self._skipping = False
        if not stuffed:
            return
        try:
            found.append(decode(stuffed))
            self.counters.frames += 1
        except BadFrame as fault:
            self.counters.bad_frames += 1
            self.last_fault = str(fault)
