"""The application's end of the bus loop: starts it, speaks with it, starts it again.

In: wanted pictures and acknowledgements, by bus and address. Out: messages of the loop, on the event loop; `died(why)`.

The loop runs in a child process, so that nothing in the application can delay a poll; or in a thread where processes
are not wanted. Either way the same socket pair joins the two, and the loop ends when this end closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from devices.bus_loop import BusLoop
from devices.channel import Channel, ChannelClosed, Message, Start

log = logging.getLogger(__name__)

Mode = Literal["process", "thread"]
FIRST_PAUSE: Final = 0.1  # s before a dead loop is started again
LONGEST_PAUSE: Final = 5.0  # s
STEADY_AFTER: Final = 30.0  # s alive after which the pauses begin small again
END_WAIT: Final = 2.0  # s for the loop to close its ports before it is killed


class BusHost:
    """One bus loop at a time. `start` gives the first message of each, with the cursors of that moment."""

    def __init__(
        self, start: Callable[[], Start], received: Callable[[Message], None], died: Callable[[str], None], mode: Mode
    ) -> None:
        self.restarts = -1
        self.pid: int | None = None
        """Of the child; None in thread mode."""
        self._start = start
        self._received = received
        self._died = died
        self._mode = mode
        self._channel: Channel | None = None
        self._ended = asyncio.Event()
        self._closed = False

    async def run(self) -> None:
        """Keep a loop running until cancelled or closed."""
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
        """To the loop; dropped while there is none, `start` and the pictures after it make up for that."""
        if self._channel is None:
            return
        try:
            self._channel.send(message)
        except ChannelClosed as fault:
            self._end(str(fault))
            return
        self._watch_writing()

    def close(self) -> None:
        """May be called twice."""
        self._closed = True
        self._end("")

    # ---- one life of the loop ---------------------------------------------------------------------------------------

    async def _one_life(self) -> None:
        ours, theirs = socket.socketpair()
        self.restarts += 1
        self._ended.clear()
        stop = self._spawn(theirs)
        channel = self._channel = Channel(ours)
        asyncio.get_running_loop().add_reader(ours.fileno(), self._readable)
        try:
            self.send(self._start())
            await self._ended.wait()
        finally:
            self._forget(channel)
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, stop))

    def _spawn(self, theirs: socket.socket) -> Callable[[], None]:
        """Start the loop; what is returned waits for its end."""
        if self._mode == "thread":
            thread = threading.Thread(target=BusLoop(Channel(theirs)).run, name="bus-loop", daemon=True)
            thread.start()
            return lambda: thread.join(END_WAIT)
        with theirs:
            child = spawn_process(theirs.fileno())
        self.pid = child.pid
        return lambda: end_process(child)

    def _readable(self) -> None:
        if self._channel is None:
            return
        try:
            messages = self._channel.receive()
        except ChannelClosed as fault:
            self._end(str(fault))
            return
        for message in messages:
            self._received(message)

    def _watch_writing(self) -> None:
        loop, channel = asyncio.get_running_loop(), self._channel
        if channel is not None and channel.unsent:
            loop.add_writer(channel.fileno(), self._writable)

    def _writable(self) -> None:
        channel = self._channel
        if channel is None:
            return
        try:
            channel.flush()
        except ChannelClosed as fault:
            self._end(str(fault))
            return
        if not channel.unsent:
            asyncio.get_running_loop().remove_writer(channel.fileno())

    def _end(self, why: str) -> None:
        channel = self._channel
        if channel is None:
            return
        self._forget(channel)
        self._ended.set()
        if not self._closed:
            log.warning("the bus loop ended (%s); it is started again", why)
            self._died(why)

    def _forget(self, channel: Channel) -> None:
        self._channel = None
        if channel.fileno() >= 0:
            with contextlib.suppress(RuntimeError):  # the event loop may be closed already
                loop = asyncio.get_running_loop()
                loop.remove_reader(channel.fileno())
                loop.remove_writer(channel.fileno())
            channel.close()


def spawn_process(fd: int) -> subprocess.Popen[bytes]:
    """`python -m devices.bus_loop`, with one end of the socket pair."""
    here = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "devices.bus_loop", str(fd)]
    return subprocess.Popen(command, pass_fds=[fd], stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path})


def end_process(child: subprocess.Popen[bytes]) -> None:
    """The child ends by itself when the socket pair closes; help it if it does not."""
    try:
        child.wait(END_WAIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
