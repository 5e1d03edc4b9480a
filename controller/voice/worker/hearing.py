"""One ear at work: everything that is done to it, one thing after the other, in a pool of threads.

In: audio, and what the ear is to do. Out: utterances, on the event loop. Recognition releases the interpreter lock, so
several ears use several processor cores; one ear is never used by two threads at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from controller.voice.ear import Ear
from controller.voice.grammar import Utterance

SECOND: Final = 2 * 16_000
"""Bytes."""
MOST_S: Final = 1.0
"""Seconds of audio that may wait; what was said longer ago is no answer any more."""
LAGGING_S: Final = 10.0
"""Seconds that health speaks of a lag after audio was dropped."""

Action = Callable[[Ear], None]


class Hearing:
    """`said` is called on the event loop with every utterance."""

    def __init__(self, ear: Ear, pool: Executor, said: Callable[[Utterance], None]) -> None:
        self.ear = ear
        self.heard_s = 0.0
        self.dropped_s = 0.0
        self.busy_s = 0.0
        """Seconds of audio heard and dropped, and of work done for them."""
        self._pool = pool
        self._said = said
        self._waiting: deque[bytes | Action] = deque()
        self._bytes = 0
        self._dropped_at = float("-inf")
        self._is_deaf = False
        self._wake = asyncio.Event()

    def audio(self, block: bytes) -> None:
        """The next samples of the microphone."""
        self._waiting.append(block)
        self._bytes += len(block)
        if self._bytes > MOST_S * SECOND:
            self._drop()
        self._wake.set()

    def do(self, action: Action) -> None:
        """After all audio so far."""
        self._waiting.append(action)
        self._wake.set()

    def deaf(self) -> None:
        """After all audio so far, hear nothing."""
        self.do(self._make_deaf)

    def hear(self, tail: float = 0.0) -> None:
        """After `tail` seconds of the audio from now on, hear again."""
        self.do(lambda ear: self._make_hear(ear, tail))

    def forget(self) -> None:
        """The utterance under way has a hole in it, and with a hole it could become any answer."""
        self.do(self._make_forget)

    def lagging(self, now: float) -> bool:
        """`now`: loop time."""
        return now - self._dropped_at < LAGGING_S

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            items, self._waiting = self._waiting, deque()
            began = loop.time()
            for utterance in await loop.run_in_executor(self._pool, self._work, items):
                self._said(utterance)
            self._bytes = sum(len(x) for x in self._waiting if isinstance(x, bytes))
            self.busy_s += loop.time() - began

    def _work(self, items: deque[bytes | Action]) -> list[Utterance]:
        found: list[Utterance] = []
        for item in items:
            if isinstance(item, bytes):
                found += self.ear.feed(item)
                self.heard_s += len(item) / SECOND
            else:
                item(self.ear)
        return found

    def _drop(self) -> None:
        """Everything that waits, and the utterance under way with it."""
        self._dropped_at = asyncio.get_running_loop().time()
        dropped = sum(len(x) for x in self._waiting if isinstance(x, bytes))
        self.dropped_s += dropped / SECOND
        self._bytes -= dropped
        self._waiting = deque(x for x in self._waiting if not isinstance(x, bytes))
        self._waiting.appendleft(self._make_forget)

    # ---- in the pool ------------------------------------------------------------------------------------------------

    def _make_deaf(self, ear: Ear) -> None:
        self._is_deaf = True
        ear.deaf()

    def _make_hear(self, ear: Ear, tail: float) -> None:
        self._is_deaf = False
        ear.hear(tail)

    def _make_forget(self, ear: Ear) -> None:
        if not self._is_deaf:
            ear.deaf()
            ear.hear()
