"""Understanding what an earphone says, without being told: by comparing it with every sentence that may come.

In: the sound of a prompt, sentences with their own sound. Out: which sentences it is made of, one after the other.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.wearer.likeness import FRAME, RATE, Portrait, distance, portrait, samples

SURE: Final = 0.4
ALIKE: Final = 0.55
"""Sentences that differ by less than the first are the same, by more than the second are not; see `distance`."""
STRETCH: Final = 0.06
SLACK: Final = 300
"""How much longer or shorter a sentence may be than the last time it was said: a share, and samples besides."""
SILENT: Final = 41
PAUSE: Final = 190
TAIL: Final = 220
"""A sentence ends with `TAIL` samples below `SILENT` (at the usual volume), and begins with as many or fewer; some are
lost where a loud sound ends late. Where it ends has to be known to a hundred samples, or spectra do not compare.
"""
SHORTEST: Final = RATE // 20
CUT: Final = RATE // 50
"""Bytes (10 ms) of a beep that tell that it was one."""
OPEN_END: Final = 0.85
"""Of a sentence whose end is not known, this share of its beginning is compared."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be said. `values`: what it tells (names as in the dialogue's table); `open_end`: more words follow that
    nobody can know beforehand.
    """

    key: str
    text: str
    values: tuple[tuple[str, str], ...] = ()
    open_end: bool = False

    def __getitem__(self, name: str) -> str:
        return dict(self.values)[name]


@dataclass(slots=True)
class Memory:
    """How sentences sound. `synthesise`: text -> samples as the earphone plays them."""

    synthesise: Callable[[str], bytes]
    _sounds: dict[str, array[int]] = field(default_factory=dict)
    _portraits: dict[str, Portrait] = field(default_factory=dict)

    def length(self, text: str) -> int:
        """In samples."""
        if text not in self._sounds:
            self._sounds[text] = samples(self.synthesise(text))
        return len(self._sounds[text])

    def portrait(self, text: str) -> Portrait:
        if text not in self._portraits:
            self.length(text)
            self._portraits[text] = portrait(self._sounds[text])
        return self._portraits[text]


def split(sound: bytes, beeps: Mapping[str, bytes]) -> Iterator[str | array[int]]:
    """Beeps by their name, and what was heard between them. Beeps are the same every time, to the sample; one that was
    cut short is left out.
    """
    at = 0
    while at < len(sound):
        found = [(place, name) for name, beep in beeps.items() if (place := _find(sound, beep, at)) >= 0]
        if not found:
            break
        place, name = min(found)
        if place > at:
            yield samples(_without_cut_beep(sound[at:place], beeps))
        yield name
        at = place + len(beeps[name])
    if len(sound) - at > 2 * SHORTEST:
        yield samples(_without_cut_beep(sound[at:], beeps))


def understand(sound: array[int], expected: Iterable[Sequence[Sentence]], memory: Memory) -> list[Sentence]:
    """The sentences of a prompt; empty if it is none that was expected. `expected`: the likeliest ones first, then
    those that may come as well; what is only fairly alike counts when nothing in both fits better. Who puts his headset
    on may have missed the first words: two whole sentences after a pause are understood too.
    """
    tried: list[Sentence] = []
    parse = _Parse(sound, (), memory)
    for number, more in enumerate(expected):
        tried += more
        for limit in (SURE,) if number == 0 else (SURE, ALIKE):
            parse = _Parse(sound, tuple(tried), memory, limit)
            if found := parse.since(0):
                return found
    late = (parse.since(start) or [] for start in parse.starts())
    return next((found for found in late if len(found) > 1), [])


class _Parse:
    def __init__(self, sound: array[int], sentences: Sequence[Sentence], memory: Memory, limit: float = ALIKE) -> None:
        self._limit = limit
        self._sound = sound
        self._sentences = sentences
        self._memory = memory
        self._pauses = list(_pauses(sound))
        self._heard: dict[int, Portrait] = {}
        self._dead: set[int] = set()

    def starts(self) -> list[int]:
        """Where a sentence may begin after a pause."""
        return [max(first, end - PAUSE) for first, end in self._pauses]

    def since(self, at: int) -> list[Sentence] | None:
        """The sentences from here to the end; None if they are not understood."""
        if len(self._sound) - at < SHORTEST:
            return []
        if at in self._dead:
            return None
        for _, sentence, end in sorted(self._fitting(at), key=lambda option: option[0]):
            rest = self.since(end)
            if rest is not None:
                return [sentence, *rest]
        self._dead.add(at)
        return self._beginning(at)

    def _fitting(self, at: int) -> Iterator[tuple[float, Sentence, int]]:
        for sentence in self._sentences:
            if sentence.open_end:
                continue
            end = self._end(at, self._memory.length(sentence.text))
            if end is not None:
                heard = self._portrait(at)[: max(1, (end - at) // FRAME)]
                far = distance(self._memory.portrait(sentence.text), heard, self._limit)
                if far < math.inf:
                    yield far, sentence, end

    def _beginning(self, at: int) -> list[Sentence] | None:
        """A sentence that goes on in a way nobody can know."""
        found: list[tuple[float, Sentence]] = []
        for sentence in self._sentences:
            if sentence.open_end:
                known = self._memory.portrait(sentence.text)
                known = known[: int(OPEN_END * len(known))]
                far = distance(known, self._portrait(at)[: len(known)], ALIKE)
                if far < math.inf:
                    found.append((far, sentence))
        return [min(found, key=lambda option: option[0])[1]] if found else None

    def _end(self, at: int, length: int) -> int | None:
        """Where a sentence of this length would end: at a pause or at the end of the sound."""
        slack, end = STRETCH * length + SLACK, at + length
        if abs(len(self._sound) - end) <= slack:
            return len(self._sound)
        for first, last in self._pauses:
            if first <= end + slack and last >= end - slack and last > at + SHORTEST:
                return min(first + TAIL, last)
        return None

    def _portrait(self, at: int) -> Portrait:
        if at not in self._heard:
            self._heard[at] = portrait(self._sound[at:])
        return self._heard[at]


def _without_cut_beep(sound: bytes, beeps: Mapping[str, bytes]) -> bytes:
    alike = max((_alike(sound, beep) for beep in beeps.values()), default=0)
    return sound[alike:] if alike >= CUT else sound


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes from the beginning are the same; even."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return at & ~1
    return min(len(one), len(other)) & ~1


def _find(sound: bytes, beep: bytes, at: int) -> int:
    """From an even place on, at an even place."""
    place = sound.find(beep, at)
    while place >= 0 and place % 2:
        place = sound.find(beep, place + 1)
    return place


def _pauses(sound: array[int]) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for at, value in enumerate(sound):
        if -SILENT <= value <= SILENT:
            first = at if first is None else first
        elif first is not None:
            if at - first >= PAUSE:
                yield first, at
            first = None
