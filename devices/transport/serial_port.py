"""A serial port that comes and goes.

In: bytes to write. Out: bytes that arrived; `PortGone` when the port is unplugged.

A port is a path (/dev/serial/by-id/…, a pseudo-terminal) or a pyserial URL with a file descriptor (socket://host:port).
Direction switching is left to the adapter: toggling RTS in software is late by milliseconds and corrupts replies.
"""

from __future__ import annotations

import contextlib
import logging
import os
import termios
from typing import Final

import serial

from devices.errors import DevicesError

log = logging.getLogger(__name__)

READ_SIZE: Final = 4096  # the kernel's buffer of a serial port
FIRST_PAUSE: Final = 0.1  # s before the first attempt to re-open
LONGEST_PAUSE: Final = 2.0  # s; a cable plugged in again works within that
GONE: Final = (serial.SerialException, OSError, termios.error)
"""What an unplugged port raises, depending on the call that notices it."""


class PortGone(DevicesError, OSError):  # noqa: N818 - reads as what happened
    """The port cannot be read or written any more; open it again."""


class SerialPort:
    """One port. All methods return at once; the owner selects on `fileno()`."""

    def __init__(self, url: str, baud: int) -> None:
        self.url = url
        self.baud = baud
        self.retry_at = 0.0
        self.last_fault = ""
        self.unwritten = 0  # bytes that did not fit into the kernel's buffer
        self._pause = FIRST_PAUSE
        self._port: serial.SerialBase | None = None
        self._fd = -1
        self._told_latency = False

    @property
    def is_open(self) -> bool:
        return self._port is not None

    def fileno(self) -> int:
        """The file descriptor to select on; -1 while closed."""
        return self._fd

    def try_open(self, now: float) -> bool:
        """Open the port if it is time to. False while it cannot be opened; `retry_at` says when to try again."""
        if now < self.retry_at:
            return False
        try:
            self._open()
        except (*GONE, ValueError) as fault:
            self._failed(str(fault), now)
            return False
        self._pause, self.last_fault = FIRST_PAUSE, ""
        return True

    def read(self) -> bytes:
        """What has arrived; call it when the port is readable. Raises `PortGone`."""
        try:
            data = os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return b""
        except GONE as fault:
            raise PortGone(f"{self.url}: {fault}") from fault
        if not data:  # readable without a byte: hung up
            raise PortGone(f"{self.url}: hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send at once; what the kernel does not take is dropped and counted. Raises `PortGone`."""
        try:
            written = os.write(self._fd, data)
        except BlockingIOError:
            written = 0
        except GONE as fault:
            raise PortGone(f"{self.url}: {fault}") from fault
        self.unwritten += len(data) - written

    def gone(self, why: str, now: float) -> None:
        """Close after a fault and set the time of the next attempt."""
        self.close()
        self._failed(why, now)

    def close(self) -> None:
        """May be called twice."""
        port, self._port, self._fd = self._port, None, -1
        if port is not None:
            with contextlib.suppress(*GONE):
                port.close()

    def _failed(self, why: str, now: float) -> None:
        self.last_fault = why
        self.retry_at = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _open(self) -> None:
        port = serial.serial_for_url(self.url, baudrate=self.baud, timeout=0, exclusive=True, do_not_open=True)
        try:
            port.open()
            self._fd = port.fileno()
            os.set_blocking(self._fd, False)
            self._low_latency(port)
        except (*GONE, ValueError):
            self._fd = -1
            with contextlib.suppress(*GONE):
                port.close()
            raise
        self._port = port

    def _low_latency(self, port: serial.SerialBase) -> None:
        """Ask a USB adapter not to hold bytes back; not every one can do that."""
        try:
            port.set_low_latency_mode(True)  # type: ignore[attr-defined]
        except (AttributeError, NotImplementedError, ValueError, *GONE) as fault:
            if not self._told_latency:
                log.info("%s: no low-latency mode (%s)", self.url, fault)
            self._told_latency = True
