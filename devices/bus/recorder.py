"""The black box of one bus.

In: every piece of bytes sent and received. Out: the last 200 of them, decoded, as lines of text.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from devices.bus.framing import decode
from devices.errors import BadFrame

KEPT: Final = 200  # about 0.3 s of a busy line: enough to see what led to a fault


class Recorder:
    """Keeps raw bytes; decoding waits until somebody reads."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, str, bytes]] = deque(maxlen=KEPT)

    def sent(self, now: float, data: bytes) -> None:
        self._rows.append((now, ">", data))

    def received(self, now: float, data: bytes) -> None:
        self._rows.append((now, "<", data))

    def lines(self) -> list[str]:
        """Oldest first: time in seconds, direction, content."""
        return [f"{at:.6f} {way} {describe(data)}" for at, way, data in self._rows]


def describe(data: bytes) -> str:
    """The frames in a piece of bytes; what is none, in hex."""
    return "; ".join([_one(piece) for piece in data.split(b"\0") if piece]) or "delimiter"


def _one(piece: bytes) -> str:
    try:
        return str(decode(piece))
    except BadFrame:
        return f"bytes {piece.hex()}"
