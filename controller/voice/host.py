"""The controller's end of the voice worker: starts it, speaks with it, kills it when it hangs, starts it again.

In: messages for the worker. Out: its messages, on the event loop; `died(why)` once per life.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from controller.voice.wire import Message, Wire, WireClosedError

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds before a dead worker is started again: a broken model must not keep the processor busy with loading it."""
STEADY_AFTER: Final = 60.0
"""Seconds alive after which the pauses begin small again."""
HANGS_AFTER: Final = 10
"""Seconds without a sign of life; one comes every 2 s."""
END_WAIT: Final = 3.0
"""Seconds for the worker to end by itself."""


class WorkerHost:
    """One worker at a time. `start` gives the first messages of each."""

    def __init__(
        self,
        start: Callable[[], Sequence[Message]],
        received: Callable[[Message], None],
        died: Callable[[str], None],
    ) -> None:
        self.lives = 0
        self.pid: int | None = None
        self._start = start
        self._received = received
        self._died = died
        self._wire: Wire | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()
        self._silent_s = 0
        self._closed = False

    async def run(self) -> None:
        """Keep a worker running until cancelled or closed."""
        pause = FIRST_PAUSE
        while not self._closed:
            began = asyncio.get_running_loop().time()
            await self._one_life()
            if asyncio.get_running_loop().time() - began > STEADY_AFTER:
                pause = FIRST_PAUSE
            if not self._closed:
                await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def send(self, message: Message) -> None:
        """To the worker; dropped while there is none, `start` makes up for that."""
        if self._wire is None:
            return
        try:
            self._wire.send(message)
        except WireClosedError as fault:
            self._end(str(fault))
            return
        if self._wire.unsent:
            asyncio.get_running_loop().add_writer(self._wire.fileno(), self._writable)

    def close(self) -> None:
        """May be called twice."""
        self._closed = True
        self._end("")

    # ---- one life of the worker -------------------------------------------------------------------------------------

    async def _one_life(self) -> None:
        ours, theirs = socket.socketpair()
        self.lives += 1
        self._ended.clear()
        self._silent_s = 0
        with theirs:
            self._child = spawn(theirs.fileno())
        self.pid = self._child.pid
        self._wire = Wire(ours)
        asyncio.get_running_loop().add_reader(ours.fileno(), self._readable)
        try:
            for message in self._start():
                self.send(message)
            await self._watch()
        finally:
            self._forget()
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, end, self._child))

    async def _watch(self) -> None:
        """Until the worker has ended. Counts seconds instead of measuring them: when the whole machine slept, its first
        sign of life must not come too late.
        """
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1.0)
            self._silent_s += 1
            if self._silent_s > HANGS_AFTER and self._child is not None:
                self._child.kill()
                self._end(f"it gave no sign of life for {HANGS_AFTER} s")

    def _readable(self) -> None:
        if self._wire is None:
            return
        try:
            messages = self._wire.receive()
        except WireClosedError as fault:
            self._end(str(fault))
            return
        self._silent_s = 0
        for message in messages:
            self._received(message)

    def _writable(self) -> None:
        wire = self._wire
        if wire is None:
            return
        try:
            wire.flush()
        except WireClosedError as fault:
            self._end(str(fault))
            return
        if not wire.unsent:
            asyncio.get_running_loop().remove_writer(wire.fileno())

    def _end(self, why: str) -> None:
        if self._wire is None:
            return
        self._forget()
        self._ended.set()
        if not self._closed:
            log.warning("the voice worker ended (%s); it is started again, picking goes on by light", why)
            self._died(why)

    def _forget(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None and wire.fileno() >= 0:
            with contextlib.suppress(RuntimeError):  # the event loop may be closed already
                loop = asyncio.get_running_loop()
                loop.remove_reader(wire.fileno())
                loop.remove_writer(wire.fileno())
            wire.close()


def spawn(fd: int) -> subprocess.Popen[bytes]:
    """`python -m controller.voice.worker`, with one end of the socket pair, out of reach of Ctrl-C: the controller
    ends it. Its memory is kept in two arenas: with one per thread, four ears took a third more.
    """
    here = str(Path(__file__).resolve().parent.parent.parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {"MALLOC_ARENA_MAX": "2", **os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-m", "controller.voice.worker", str(fd)]
    return subprocess.Popen(
        command,
        pass_fds=[fd],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=env,
        start_new_session=True,
    )


def end(child: subprocess.Popen[bytes]) -> None:
    """The worker ends by itself when the socket pair closes; help it if it does not."""
    try:
        child.wait(END_WAIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
