"""Whose turn it is on the half-duplex line.

In: when something was sent or received. Out: whether the line is free, and how long to wait for a reply.

The host sends, then listens until a reply is complete, or nobody began one in time, or garbage has fallen silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from devices.bus.framing import Frame

REPLY_WINDOW: Final = 0.0022  # s from the end of our frame to the first byte of a reply
SILENCE: Final = 0.0015  # s without a byte that end garbage
TURNAROUND: Final = 0.0001  # s after a reply in which a module releases the line
PORT_LATENCY: Final = 0.0005  # s that a UART holds back bytes, and the system our waking up
MAX_EXTRA: Final = 0.020  # s; covers a USB adapter's 16 ms latency timer
EXTRA_STEP: Final = 0.0005  # s more patience for each reply that came after its window
TALK_LIMIT: Final = 0.030  # s; 256 bytes take 22 ms at 115 200 baud: who talks longer is stuck
GLITCH: Final = 2  # bytes or fewer are a driver switching on or off, not a collision
BITS_PER_BYTE: Final = 10


@dataclass(slots=True)
class Exchange:
    """A request on the line and what came back so far."""

    request: Frame
    window: float
    """Until when the first byte may come."""
    deadline: float
    began: float | None = None
    """When the first byte came back."""
    noise: int = 0
    """Bytes that are no delimiter."""


class Line:
    """Occupancy of one line."""

    def __init__(self, baud: int, port_latency: float, now: float) -> None:
        self.byte_time = BITS_PER_BYTE / baud
        self.free_at = now
        self.exchange: Exchange | None = None
        self.late = 0
        self.port_latency = port_latency
        self.extra = 0.0  # patience learnt from late replies
        self._last: Frame | None = None  # the request before this one, if nobody answered it

    def sent(self, frame: Frame, size: int, now: float, *, replies: bool) -> None:
        """`size` bytes begin to leave now."""
        self.free_at = now + size * self.byte_time
        if replies:
            window = self.free_at + REPLY_WINDOW + self.port_latency + self.extra
            self.exchange = Exchange(frame, window, window)

    def heard(self, noise: int, pending: int, now: float) -> None:
        """Bytes arrived, `noise` of them no delimiters; `pending` are collected and make no frame yet."""
        exchange = self.exchange
        if exchange is None:
            self.free_at = max(self.free_at, now + (SILENCE if pending else TURNAROUND))
            return
        if exchange.began is None:
            exchange.began = now
        exchange.noise += noise
        exchange.deadline = max(exchange.window, min(now + SILENCE + self.extra, exchange.began + TALK_LIMIT))

    def answers(self, frame: Frame) -> bool:
        """Is this the reply to the request on the line? Counts replies that come after their window."""
        exchange = self.exchange
        if exchange is not None and matches(exchange.request, frame):
            return True
        if exchange is not None:
            exchange.noise = 0  # a valid frame that was not asked for: an echo, or a reply after its window
        if self._last is not None and matches(self._last, frame):
            self.late += 1
            self._last = None
            self.extra = min(self.extra + EXTRA_STEP, MAX_EXTRA)
        return False

    def close(self, now: float, *, answered: bool) -> Exchange | None:
        """The exchange is over."""
        exchange, self.exchange = self.exchange, None
        if exchange is None:
            return None
        if answered:
            self.free_at = now + TURNAROUND
            self.extra *= 0.999  # forget a slow spell within some thousand replies
        self._last = None if answered else exchange.request
        return exchange

    def deadline(self) -> float:
        return self.free_at if self.exchange is None else self.exchange.deadline


def matches(request: Frame, reply: Frame) -> bool:
    """The reply's operation and SEQ are the request's, and it comes from the module that was asked."""
    if reply.CTL != request.CTL | 0x80 or reply.seq != request.seq:
        return False
    asked = getattr(request, "addr", None)
    source = getattr(reply, "src", None)
    if source is None or asked is None:
        return True
    return bool(source == asked)
