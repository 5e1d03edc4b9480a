"""The clocks of the machine, read in one place.

In: the system. Out: `Instant`s for the core, uptime and synchronisation state for events.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from typing import Final

from controller.core.model import Instant

TIME_ERROR: Final = 5
"""adjtimex() answers this while the kernel's clock is not synchronised."""
TIMEX_BYTES: Final = 512
"""More than struct timex takes on any Linux; zeroed, it only asks."""
SYNC_CHECK_S: Final = 10.0
"""How long an answer about synchronisation is good for."""


class Clock:
    """`now()` for decisions. Steady time begins as wall time and then only follows the monotonic clock."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()
        self._libc = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        self._synced = self._ask()
        self._asked = time.monotonic()

    def now(self) -> Instant:
        steady = (time.monotonic_ns() + self._offset_ns) // 1_000_000
        return Instant(steady, time.time_ns() // 1_000_000, self.synced())

    def steady(self) -> int:
        return (time.monotonic_ns() + self._offset_ns) // 1_000_000

    def synced(self) -> bool:
        """Whether the kernel calls the wall clock synchronised (NTP)."""
        if time.monotonic() - self._asked > SYNC_CHECK_S:
            self._synced, self._asked = self._ask(), time.monotonic()
        return self._synced

    def _ask(self) -> bool:
        return 0 <= int(self._libc.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))) < TIME_ERROR


def up_ms() -> int:
    """Milliseconds since boot."""
    return time.monotonic_ns() // 1_000_000
