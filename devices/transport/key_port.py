"""A device that types: a barcode scanner in its keyboard mode, read at its event device so that nobody else gets it.

In: the path of an event device (/dev/input/by-id/…-event-kbd). Out: the bytes that were typed, as on an American
keyboard, which is what scanners pretend to be unless they are set otherwise.

Events are `struct input_event` of the kernel (linux/input.h): time as two longs, type, code, value. Codes are those of
linux/input-event-codes.h.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
from typing import Final

from devices.transport.port import Port

EVENT: Final = struct.Struct("@llHHi")
EV_KEY: Final = 1
RELEASED, PRESSED = 0, 1
EVIOCGRAB: Final = 0x40044590
SHIFTS: Final = frozenset({42, 54})
ROWS: Final = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 71: "789-456+1230."}
"""Code of the first key -> a row of keys; the last one is the number pad."""
PLAIN: Final = {first + n: key for first, row in ROWS.items() for n, key in enumerate(row)} | {
    15: "\t",
    28: "\r",
    55: "*",
    57: " ",
    96: "\r",
    98: "/",
}
SHIFTED: Final = dict(zip("1234567890-=[];'`\\,./", '!@#$%^&*()_+{}:"~|<>?', strict=True))


class KeyPort(Port):
    """One event device; see `Port`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._rest = b""
        self._held: set[int] = set()

    def read(self) -> bytes:
        """What has been typed. Raises `PortGone`."""
        data = self._rest + super().read()
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        events = EVENT.iter_unpack(data[:whole])
        return "".join(self._typed(code, value) for _, _, kind, code, value in events if kind == EV_KEY).encode()

    def close(self) -> None:
        """May be called twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _open(self) -> int:
        self._rest, self._held = b"", set()
        fd = os.open(self.url, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.ioctl(fd, EVIOCGRAB, 1)  # or every code would also be typed into the console
        except OSError as fault:
            if fault.errno not in (errno.ENOTTY, errno.EINVAL):  # a pipe that stands for a device has nothing to grab
                os.close(fd)
                raise
        return fd

    def _typed(self, code: int, value: int) -> str:
        if code in SHIFTS:
            (self._held.discard if value == RELEASED else self._held.add)(code)
        key = PLAIN.get(code, "") if value == PRESSED else ""
        return SHIFTED.get(key, key.upper()) if self._held else key
