"""One bus on a pseudo-terminal: what the controller opens in place of a serial port.

In: bytes the controller writes; bytes of the line with the moment at which they are due. Out: the same, on the other
side.
Bytes are never paced one by one: each piece goes out whole when its last byte would have arrived.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from collections import deque
from pathlib import Path

from firmware_sim.line import Line
from firmware_sim.pty_link import PtyLink

TCGETS2 = 0x802C542A
SPEED_AT = 40  # offset of c_ospeed in struct termios2
TERMIOS2_BYTES = 44
READ_MAX = 4096
ALL = 0xFF
UNANSWERED = (0x11, 0x12, 0x27)  # SETB, COMMIT, RESET
LATE_S = 0.001  # a piece released later than this after its moment is reported


class PtyBus:
    """`line` behind the stable name `link`. Times are those of the line's clock."""

    def __init__(self, line: Line, link: Path) -> None:
        self.line = line
        self._port = PtyLink(link)
        self.pieces = 0
        self.late = 0  # pieces released late: this computer was busy, the bus was not at fault
        self.dropped = 0  # pieces so late that the host had sent again: never released
        self.worst_late_s = 0.0
        self._due: deque[tuple[float, bytes]] = deque()
        self.open()

    def open(self) -> None:
        """Create the pseudo-terminal and point the link at it."""
        self._port.open()
        self.line.plug()

    def close(self) -> None:
        """Pull the adapter out: whoever has the port open gets an error."""
        if self.master >= 0:
            self.line.unplug()
            self._due.clear()
            self._port.close()

    @property
    def master(self) -> int:
        """Our end; -1 while the adapter is out."""
        return self._port.master

    @property
    def link(self) -> Path:
        return self._port.link

    def baud(self) -> int:
        """What the controller has set the port to."""
        got = fcntl.ioctl(self.master, TCGETS2, bytes(TERMIOS2_BYTES))
        return int(struct.unpack_from("I", got, SPEED_AT)[0])

    def read(self, now: float) -> bool:
        """Take what the host wrote and put it on the line at `now`; say whether there was anything."""
        data = b""
        with contextlib.suppress(BlockingIOError, OSError):  # EIO: nobody has it open
            data = os.read(self.master, READ_MAX)
        if not data:
            return False
        self.line.advance(now)
        self._give_up(now)
        self.line.host_baud = self.baud()
        if self.line.host_baud == self.line.baud:  # else the modules hear nothing that makes sense
            self.line.host_sends(self._timely(data), now)
        return True

    def release(self, now: float) -> None:
        """Hand over what has arrived at the host's end by `now`."""
        self._due.extend(self.line.host_receives())
        while self._due and self._due[0][0] <= now:
            at, piece = self._due.popleft()
            self.pieces += 1
            self._note_late(now - at)
            with contextlib.suppress(BlockingIOError):  # nobody reads: as lost as on a wire
                os.write(self.master, piece)

    def _give_up(self, now: float) -> None:
        """The host sends again: what it has not received by now must not meet its request nor look like the answer."""
        self._due.extend(self.line.host_receives())
        if self.line.hush() or self._due:
            self.dropped += 1
        while self._due:
            self._note_late(now - self._due.popleft()[0])

    def _timely(self, data: bytes) -> bytes:
        """Of several requests read at once the host has given up all but the last; broadcasts without a reply count."""
        frames = [frame for frame in data.split(b"\0") if frame]
        kept = [frame for frame in frames[:-1] if len(frame) > 3 and frame[1] == ALL and frame[2] in UNANSWERED]
        self.dropped += len(frames[:-1]) - len(kept)
        return b"".join(b"\0" + frame + b"\0" for frame in [*kept, *frames[-1:]])

    def _note_late(self, late_s: float) -> None:
        if late_s > LATE_S:
            self.late += 1
            self.worst_late_s = max(self.worst_late_s, late_s)
