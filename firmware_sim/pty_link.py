"""A pseudo-terminal behind a name that stays: somebody opens it in place of a serial port, and it can be pulled out.

In: a path. Out: a file descriptor to read what was written to the port, and to write what shall arrive there.
"""

from __future__ import annotations

import os
import pty
import tty
from pathlib import Path


class PtyLink:
    def __init__(self, link: Path) -> None:
        self.link = link
        self.master = -1
        self._slave = -1

    def open(self) -> None:
        """Make a new pseudo-terminal and point the link at it."""
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.link.with_name(f".{self.link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self.link)

    def close(self) -> None:
        """Pull the plug: whoever has the port open gets an error. May be called twice."""
        if self.master >= 0:
            self.link.unlink(missing_ok=True)
            os.close(self.master)
            os.close(self._slave)
            self.master = self._slave = -1
