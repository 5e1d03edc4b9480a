"""Room on the disk, and a reserve for the day there is none.

In: the journal's path. Out: how the disk stands; a ballast file that is given up when SQLite finds the disk full
(then even deleting rows and checkpointing fail), so that running lines can still be confirmed.
"""

from __future__ import annotations

import os
from pathlib import Path

from controller.journal.model import Space

MEGABYTE = 1024 * 1024


class DiskSpace:
    """`min_free_percent`: below it the disk is LOW. Used from the loop and from the writer thread."""

    def __init__(self, journal: Path, ballast_mb: int, min_free_percent: float) -> None:
        self.ballast = journal.with_name(f"{journal.name}.ballast")
        self.spent = False
        self._size = ballast_mb * MEGABYTE
        self._min_free = min_free_percent / 100
        self._folder = journal.parent

    def state(self) -> Space:
        if self.spent:
            return Space.FULL
        return Space.LOW if self._share_free() < self._min_free else Space.OK

    def free_bytes(self) -> int:
        """0 also when the medium does not answer."""
        try:
            found = os.statvfs(self._folder)
        except OSError:
            return 0
        return found.f_bavail * found.f_frsize

    def drop(self) -> bool:
        """Give the ballast up. False if there is none."""
        self.spent = True
        try:
            self.ballast.unlink()
        except OSError:
            return False
        return True

    def refill(self) -> bool:
        """Lay the ballast in (again) if that leaves the disk better than LOW. True if all is well now."""
        lies = self._present() or (self._share_free(self._size) >= self._min_free and self._lay())
        self.spent = self.spent and not lies
        return lies

    def _present(self) -> bool:
        try:
            return self.ballast.stat().st_size == self._size
        except OSError:
            return False

    def _lay(self) -> bool:
        try:
            with self.ballast.open("wb") as file:
                if self._size:
                    os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            self.ballast.unlink(missing_ok=True)
            return False
        return True

    def _share_free(self, less: int = 0) -> float:
        try:
            found = os.statvfs(self._folder)
        except OSError:
            return 0.0
        return (found.f_bavail * found.f_frsize - less) / max(1, found.f_blocks * found.f_frsize)
