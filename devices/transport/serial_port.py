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
from typing import ClassVar

import serial

from devices.transport.port import Port, PortGone

log = logging.getLogger(__name__)


class SerialPort(Port):
    """One serial port; see `Port`."""

    faults: ClassVar = (serial.SerialException, OSError, termios.error, ValueError)
    """ValueError: a URL or rate that pyserial does not know."""

    def __init__(self, url: str, baud: int) -> None:
        super().__init__(url)
        self.baud = baud
        self.unwritten = 0  # bytes that did not fit into the kernel's buffer
        self._port: serial.SerialBase | None = None
        self._told_latency = False

    def write(self, data: bytes) -> None:
        """Send at once; what the kernel does not take is dropped and counted. Raises `PortGone`."""
        try:
            written = os.write(self._fd, data)
        except BlockingIOError:
            written = 0
        except self.faults as fault:
            raise PortGone(f"{self.url}: {fault}") from fault
        self.unwritten += len(data) - written

    def close(self) -> None:
        """May be called twice."""
        port, self._port, self._fd = self._port, None, -1
        if port is not None:
            with contextlib.suppress(*self.faults):
                port.close()

    def _open(self) -> int:
        port = serial.serial_for_url(self.url, baudrate=self.baud, timeout=0, exclusive=True, do_not_open=True)
        try:
            port.open()
            fd = int(port.fileno())
            os.set_blocking(fd, False)
            self._low_latency(port)
        except self.faults:
            with contextlib.suppress(*self.faults):
                port.close()
            raise
        self._port = port
        return fd

    def _low_latency(self, port: serial.SerialBase) -> None:
        """Ask a USB adapter not to hold bytes back; not every one can do that."""
        try:
            port.set_low_latency_mode(True)  # type: ignore[attr-defined]
        except (AttributeError, NotImplementedError, *self.faults) as fault:
            if not self._told_latency:
                log.info("%s: no low-latency mode (%s)", self.url, fault)
            self._told_latency = True
