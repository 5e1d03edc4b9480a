"""Fake modules behind a real pseudo-terminal.

In: frames that arrive on the master side. Out: replies at once, without wire timing; `unplug` closes the terminal.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from pathlib import Path

from bench_bus import FakeModule

from devices.bus.framing import Receiver


class PtyShelf:
    """Serves modules from a thread; `path` is a stable link to the terminal, as udev makes one."""

    def __init__(self, path: Path, modules: list[FakeModule]) -> None:
        self.path = path
        self.modules = modules
        self.heard_at: dict[type, float] = {}
        self._master = -1
        self._slave = -1
        self._running = True
        self.plug()
        self._thread = threading.Thread(target=self._serve, name="pty-shelf")
        self._thread.start()

    def plug(self) -> None:
        master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        self._master = master

    def unplug(self) -> None:
        master, self._master = self._master, -1
        self.path.unlink()
        time.sleep(0.03)  # the thread lets go of it
        os.close(master)
        os.close(self._slave)

    def close(self) -> None:
        self._running = False
        self._thread.join()
        for fd in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def _serve(self) -> None:
        receiver = Receiver()
        while self._running:
            fd = self._master
            if fd < 0:
                time.sleep(0.005)
                continue
            if not select.select([fd], [], [], 0.01)[0]:
                continue
            for frame in receiver.feed(os.read(fd, 4096)):
                self.heard_at[type(frame)] = time.monotonic()
                replies = [r for r in [m.hear(frame) for m in self.modules] if r is not None]
                os.write(fd, replies[0].to_bytes() if replies else b"")
