"""One picker's speaker: plays, loses its device, finds it again.

In: sound. Out: whether it was heard, and once per change what is wrong with the speaker. Without a speaker the sound
goes nowhere; the door logs that once, with the cure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from controller.voice.mouth.sinks import Sink, SpeakerError

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between attempts to find a lost speaker."""


class Player:
    """`changed(why)`: the speaker was lost (`why` with the cure) or found (None). `run` looks for a lost one."""

    def __init__(self, sink: Sink, changed: Callable[[str | None], None]) -> None:
        self.fault: str | None = None
        self._sink = sink
        self._changed = changed
        self._lost = asyncio.Event()

    async def play(self, sound: bytes) -> bool:
        """Ends with the last sample; False at once if there is no speaker. Cancelled, it is silent."""
        if self.fault is not None:
            return False
        try:
            await self._sink.play(sound)
        except SpeakerError as fault:
            self._lose(str(fault))
            return False
        return True

    async def run(self, looked: Callable[[], None] = lambda: None) -> None:
        """Looks at the speaker once, then says so, and again and again while it is lost; until cancelled."""
        try:
            await self._probe()
            looked()
            while True:
                await self._lost.wait()
                await self._find()
        finally:
            self._sink.close()

    async def _find(self) -> None:
        pause = FIRST_PAUSE
        while self.fault is not None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            await self._probe()

    async def _probe(self) -> None:
        try:
            await self._sink.probe()
        except SpeakerError as fault:
            self._lose(str(fault))
            return
        self._lost.clear()
        if self.fault is not None:
            self.fault = None
            self._changed(None)

    def _lose(self, why: str) -> None:
        first = self.fault is None
        self.fault = why
        self._lost.set()
        if first:
            self._changed(why)
