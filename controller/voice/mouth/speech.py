"""The synthesiser for everybody: one thread, one cache.

In: a sentence, and how it is to be said. Out: its sound at the wanted volume.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from controller.voice.mouth import pcm
from controller.voice.mouth.cache import Cache, Key
from controller.voice.mouth.synth import Chosen, Synth

T = TypeVar("T")


class Voices(Protocol):
    """What is asked of a synthesiser (`Synth`; tests have a small fake)."""

    def choose(self, language: str, wanted: str | None = None) -> Chosen: ...
    def speak(self, text: str, voice: str, rate_wpm: int) -> bytes: ...


class Speech:
    """`make` is called in the thread, when the first voice is asked for."""

    def __init__(self, cache_mb: float, make: Callable[[], Voices] = Synth) -> None:
        self._cache = Cache(cache_mb)
        self._make = make
        self._synth: Voices | None = None
        self._thread = ThreadPoolExecutor(1, "synth")

    async def choose(self, language: str, wanted: str | None) -> Chosen:
        """Raises `NoSynthesiserError`."""
        return await self._do(lambda synth: synth.choose(language, wanted))

    async def sound(self, text: str, voice: str, rate_wpm: int, volume: int) -> bytes:
        """`rate_wpm` 80–400, `volume` 0–100."""
        return await self._do(lambda synth: self._sound(synth, Key(text, voice, rate_wpm), volume))

    def health(self) -> dict[str, int]:
        cache = self._cache
        return {"prompts": len(cache), "bytes": cache.size, "hits": cache.hits, "misses": cache.misses}

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _do(self, work: Callable[[Voices], T]) -> T:
        def in_thread() -> T:
            if self._synth is None:
                self._synth = self._make()
            return work(self._synth)

        return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)

    def _sound(self, synth: Voices, key: Key, volume: int) -> bytes:
        found = self._cache.get(key)
        if found is None:
            found = synth.speak(*key)
            self._cache.put(key, found)
        return pcm.louder(found, volume)
