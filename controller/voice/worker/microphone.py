"""One microphone: read in a thread, lost, looked for, found.

In: a device. Out, on the event loop: blocks of 16 kHz mono samples, and what is wrong with it, once per change.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from controller.voice.ear import Source, SourceError, open_source

RATE: Final = 16_000
READ_S: Final = 0.25
LOST_AFTER_S: Final = 1.5
"""Seconds without a sample; together with the reading's own 0.25 s, a loss is told within 2 s."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0
WINDOW_S: Final = 3.0
TOLERANCE: Final = 0.15
"""Share by which samples may come faster or slower than they should, over a window; clocks differ by far less."""


class Pace:
    """Whether samples come at the rate they should. Two windows in a row decide, so that one stall does not."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._bytes = 0
        self._off = 0

    def add(self, size: int, now: float) -> str | None:
        """What is wrong, empty if nothing, None while undecided. `now`: s, monotonic."""
        if self._began is None:
            self._began = now
            return None
        self._bytes += size
        passed = now - self._began
        if passed < WINDOW_S:
            return None
        rate = self._bytes / 2 / passed
        self._began, self._bytes = now, 0
        if abs(rate / RATE - 1) <= TOLERANCE:
            self._off = 0
            return ""
        self._off += 1
        if self._off < 2:
            return None
        return (
            f"{round(rate, -2):.0f} samples come per second instead of {RATE}: the speech sounds too high or too low; "
            "set the source to 16 kHz, or use plughw: instead of hw:"
        )


class Microphone:
    """`arrived(block)`, `changed(fault, why)`: `fault` is MIC_LOST or WRONG_RATE, `why` None when that is over.

    `run` reads until cancelled.
    """

    def __init__(
        self,
        device: str,
        arrived: Callable[[bytes], None],
        changed: Callable[[str, str | None], None],
        opener: Callable[[str], Source] = open_source,
    ) -> None:
        self._device = device
        self._arrived = arrived
        self._changed = changed
        self._open = opener
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: dict[str, bool] = {}
        self._pause = FIRST_PAUSE

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        thread = threading.Thread(target=self._live, name=f"microphone {self._device}", daemon=True)
        thread.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._stop.set()

    # ---- in the thread ----------------------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_until_lost()
            except EOFError:
                self._tell("MIC_LOST", f"{self._device} has ended; start the headset, or name another source")
                if self._device.startswith("wav:"):
                    return  # a file is heard once
            except SourceError as fault:
                self._tell("MIC_LOST", str(fault))
            self._stop.wait(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _read_until_lost(self) -> None:
        source = self._open(self._device)
        try:
            pace, last = Pace(), time.monotonic()
            while not self._stop.is_set():
                block = source.read(READ_S)
                now = time.monotonic()
                if block:
                    last = now
                    self._block(block, pace.add(len(block), now))
                elif now - last > LOST_AFTER_S:
                    raise SourceError(f"{self._device} gives no samples; plug the headset in, or pair it again")
        finally:
            source.close()

    def _block(self, block: bytes, off: str | None) -> None:
        self._pause = FIRST_PAUSE
        self._tell("MIC_LOST", None)
        if off is not None:
            self._tell("WRONG_RATE", off or None)
        self._call(self._arrived, block)

    def _tell(self, fault: str, why: str | None) -> None:
        well = None if fault == "MIC_LOST" else True  # nothing is known of a microphone before its first sample
        if self._told.get(fault, well) is (why is None):
            return
        self._told[fault] = why is None
        self._call(self._changed, fault, why)

    def _call(self, function: Callable[..., None], *args: object) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):  # the loop has ended, and this thread will
            self._loop.call_soon_threadsafe(function, *args)
