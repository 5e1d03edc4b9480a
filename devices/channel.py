"""Messages between the application and the bus loop, over a socket pair.

In: the frozen dataclasses below. Out: the same at the other end, in order. Pickled, with a length in front; both ends
are our own processes, nobody else can write into the pair.
"""

from __future__ import annotations

import pickle
import socket
import struct
from dataclasses import dataclass, field
from typing import Any, Final

from devices.bus.events import LinkEvent
from devices.errors import DevicesError
from devices.model import Picture

LENGTH: Final = struct.Struct("<I")
MAX_UNSENT: Final = 8 << 20  # bytes; 250 modules with 16 events each are 1 MB, more means that the reader is dead
READ_SIZE: Final = 1 << 16


class ChannelClosed(DevicesError, ConnectionError):  # noqa: N818 - reads as what happened
    """The other end is gone, or does not read any more."""


@dataclass(frozen=True, slots=True)
class StartBus:
    """One bus: `port_latency` in s; `cursors` by address as in `Link`."""

    url: str
    baud: int
    port_latency: float
    addresses: tuple[int, ...]
    cursors: dict[int, tuple[int, int]]
    pictures: tuple[tuple[int, Picture], ...]


@dataclass(frozen=True, slots=True)
class Start:
    """First message: all buses, the pictures to begin with included."""

    buses: tuple[StartBus, ...]


@dataclass(frozen=True, slots=True)
class Show:
    bus: int
    pictures: tuple[tuple[int, Picture], ...]


@dataclass(frozen=True, slots=True)
class Acknowledge:
    bus: int
    addr: int
    boot_id: int
    ev_seq: int


@dataclass(frozen=True, slots=True)
class Locate:
    """IDENTIFY for some seconds."""

    bus: int
    addr: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Happened:
    """Events of one bus, in order."""

    bus: int
    events: tuple[LinkEvent, ...]


@dataclass(frozen=True, slots=True)
class LineUp:
    bus: int


@dataclass(frozen=True, slots=True)
class LineDown:
    bus: int
    why: str
    trace: tuple[str, ...] = ()
    """The last frames before it, decoded."""


@dataclass(frozen=True, slots=True)
class HealthReport:
    bus: int
    counters: dict[str, Any]
    modules: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Those that told about themselves since the last report."""


Message = Start | Show | Acknowledge | Locate | Happened | LineUp | LineDown | HealthReport


class Channel:
    """One end. Never blocks: what the socket does not take waits for `flush`."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._arrived = bytearray()
        self._unsent = bytearray()

    def fileno(self) -> int:
        return self.sock.fileno()

    @property
    def unsent(self) -> bool:
        return bool(self._unsent)

    def send(self, message: Message) -> None:
        """Raises `ChannelClosed`."""
        body = pickle.dumps(message, protocol=5)
        self._unsent += LENGTH.pack(len(body)) + body
        self.flush()
        if len(self._unsent) > MAX_UNSENT:
            raise ChannelClosed(f"{len(self._unsent)} bytes unread by the other end")

    def flush(self) -> None:
        """Send what waits, as far as the socket takes it."""
        try:
            while self._unsent:
                del self._unsent[: self.sock.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError as fault:
            raise ChannelClosed(str(fault)) from fault

    def receive(self) -> list[Message]:
        """All messages that are complete. Raises `ChannelClosed` at the end."""
        try:
            data = self.sock.recv(READ_SIZE)
        except BlockingIOError:
            return []
        except OSError as fault:
            raise ChannelClosed(str(fault)) from fault
        if not data:
            raise ChannelClosed("closed by the other end")
        self._arrived += data
        return self._complete()

    def close(self) -> None:
        self.sock.close()

    def _complete(self) -> list[Message]:
        found: list[Message] = []
        while len(self._arrived) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._arrived)[0]
            if len(self._arrived) < end:
                break
            found.append(pickle.loads(self._arrived[LENGTH.size : end]))  # noqa: S301 - both ends are ours
            del self._arrived[:end]
        return found
