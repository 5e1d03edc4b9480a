"""Whole numbers as people say them, and back.

In: the number words of a language file. Out: every phrase of a number, and the number of a phrase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

HIGHEST = 999
"""Larger quantities are not said: they are counted in cases, or typed."""
_ALL = range(HIGHEST + 1)


@dataclass(frozen=True)
class Numbers:
    """How a language forms 0–999.

    A number below a hundred that stands in `words` is said so and in no other way. Another one is composed of its tens
    and its unit by each pattern of `compose`, from the words of both, `compound` (German `ein`) before `words`. From
    100 on, `hundreds` are joined to the rest by each pattern of `join`. `unknown`: words that the recogniser lacks;
    phrases with them are left out.
    """

    words: Mapping[int, tuple[str, ...]]
    compound: Mapping[int, tuple[str, ...]]
    compose: tuple[str, ...]
    hundreds: Mapping[int, tuple[str, ...]]
    whole_hundreds: Mapping[int, tuple[str, ...]]
    """Where a full hundred is said differently from the beginning of a number: Spanish `cien`."""
    join: tuple[str, ...]
    unknown: frozenset[str] = field(default=frozenset())

    def phrases(self, number: int) -> tuple[str, ...]:
        """All ways to say 0 ≤ `number` ≤ 999 that the recogniser can hear, the best one first; empty if none.

        Of spellings that sound the same (`dreiundzwanzig`, `drei und zwanzig`) only the first: the recogniser would
        share its confidence among them.
        """
        said = self._below_hundred(number) if number < 100 else self._from_hundred(number)
        sounds: dict[str, str] = {}
        for phrase in said:
            if self.unknown.isdisjoint(phrase.split()):
                sounds.setdefault(phrase.replace(" ", "").replace("-", ""), phrase)
        return tuple(sounds.values())

    def number(self, phrase: str) -> int | None:
        """What a phrase says; None if it is no number of this language."""
        return self._meanings.get(phrase)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of every spelling of every number."""
        said = (self._below_hundred(number) if number < 100 else self._from_hundred(number) for number in _ALL)
        return frozenset(word for phrases in said for phrase in phrases for word in phrase.split())

    @cached_property
    def _meanings(self) -> dict[str, int]:
        """Made at the first question: some thousand phrases, about 15 ms on a desktop machine."""
        return {phrase: number for number in reversed(_ALL) for phrase in self.phrases(number)}

    def _below_hundred(self, number: int) -> Iterator[str]:
        if number in self.words:
            yield from self.words[number]
            return
        tens, unit = number - number % 10, number % 10
        for pattern in self.compose:
            for first in self.words.get(tens, ()):
                for second in self.compound.get(unit, self.words.get(unit, ())):
                    yield pattern.format(ten=first, unit=second)

    def _from_hundred(self, number: int) -> Iterator[str]:
        hundred, rest = divmod(number, 100)
        if not rest:
            yield from self.whole_hundreds.get(hundred, self.hundreds.get(hundred, ()))
            return
        for pattern in self.join:
            for first in self.hundreds.get(hundred, ()):
                for second in self._below_hundred(rest):
                    yield pattern.format(hundred=first, rest=second)
