"""Prompts that were synthesised before.

In: sound by text, voice and rate. Out: the same sound, as long as it was not the longest unused when memory ran out.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

OVERHEAD: Final = 200
"""Bytes counted per entry besides its sound and text, so that many short ones are bounded too."""


class Key(NamedTuple):
    text: str
    voice: str
    rate_wpm: int


class Cache:
    """Least recently used out first. `limit_mb` ≥ 0, of 1,000,000 bytes; used by one thread."""

    def __init__(self, limit_mb: float) -> None:
        self._limit = round(limit_mb * 1_000_000)
        self._sounds: OrderedDict[Key, bytes] = OrderedDict()
        self.size = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: Key) -> bytes | None:
        found = self._sounds.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._sounds.move_to_end(key)
        return found

    def put(self, key: Key, sound: bytes) -> None:
        """A sound larger than the whole limit is not kept."""
        self._drop(key)
        if _weight(key, sound) > self._limit:
            return
        self._sounds[key] = sound
        self.size += _weight(key, sound)
        while self.size > self._limit:
            self._drop(next(iter(self._sounds)))

    def __len__(self) -> int:
        return len(self._sounds)

    def _drop(self, key: Key) -> None:
        sound = self._sounds.pop(key, None)
        if sound is not None:
            self.size -= _weight(key, sound)


def _weight(key: Key, sound: bytes) -> int:
    return len(sound) + len(key.text) + OVERHEAD
