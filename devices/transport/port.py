"""Something with a name that can be read and that comes and goes: what all ports have in common.

In: nothing. Out: bytes that arrived; `PortGone` when the port is unplugged; when to try it again.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import ClassVar, Final

from devices.errors import DevicesError

READ_SIZE: Final = 4096  # the kernel's buffer of a serial port
FIRST_PAUSE: Final = 0.1  # s before the first attempt to re-open
LONGEST_PAUSE: Final = 2.0  # s; a cable plugged in again works within that


class PortGone(DevicesError, OSError):  # noqa: N818 - reads as what happened
    """The port cannot be read or written any more; open it again."""


class Port(ABC):
    """One port. All methods return at once; the owner selects on `fileno()`."""

    faults: ClassVar[tuple[type[Exception], ...]] = (OSError,)
    """What an unplugged port raises, depending on the call that notices it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.retry_at = 0.0
        self.last_fault = ""
        self._pause = FIRST_PAUSE
        self._fd = -1

    @property
    def is_open(self) -> bool:
        return self._fd >= 0

    def fileno(self) -> int:
        """The file descriptor to select on; -1 while closed."""
        return self._fd

    def try_open(self, now: float) -> bool:
        """Open the port if it is time to. False while it cannot be opened; `retry_at` says when to try again."""
        if now < self.retry_at:
            return False
        try:
            self._fd = self._open()
        except self.faults as fault:
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
        except self.faults as fault:
            raise PortGone(f"{self.url}: {fault}") from fault
        if not data:  # readable without a byte: hung up
            raise PortGone(f"{self.url}: hung up")
        return data

    def gone(self, why: str, now: float) -> None:
        """Close after a fault and set the time of the next attempt."""
        self.close()
        self._failed(why, now)

    @abstractmethod
    def close(self) -> None:
        """May be called twice."""

    @abstractmethod
    def _open(self) -> int:
        """The file descriptor, which does not block. Raises one of `faults`, with nothing left open."""

    def _failed(self, why: str, now: float) -> None:
        self.last_fault = why
        self.retry_at = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
