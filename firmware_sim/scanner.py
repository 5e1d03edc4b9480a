"""A barcode scanner in its serial mode, on a pseudo-terminal: `scan` sends what the trigger would.

In: codes. Out: their bytes at the port `link`, as most scanners are set: the code, then CR and LF.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from firmware_sim.pty_link import PtyLink


class SimulatedScanner:
    def __init__(self, link: Path) -> None:
        self._port = PtyLink(link)

    def plug(self) -> None:
        self._port.open()

    def unplug(self) -> None:
        self._port.close()

    def scan(self, code: str, end: str = "\r\n") -> None:
        self.send((code + end).encode())

    def send(self, data: bytes) -> None:
        """Bytes as they are: noise, halves of codes."""
        with contextlib.suppress(BlockingIOError):  # nobody reads: as lost as on a wire
            os.write(self._port.master, data)
