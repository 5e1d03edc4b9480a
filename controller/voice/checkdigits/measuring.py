"""What a recogniser takes digits for, found by trying.

In: how digits are called, a voice that speaks and an ear that hears (both from outside). Out: counts of (said, heard).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from controller.voice.checkdigits.confusions import DIGITS

LENGTH = 2
"""Pairs: each digit is heard with every other one before and after it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`text`: how the code is said; `condition`: which voice, rate and noise, as the speaker knows it."""

    code: str
    text: str
    condition: int


@dataclass(slots=True)
class Tally:
    """`digits`: (said, heard) -> how often. `codes`: tried; `rejected`: nothing of two digits was heard."""

    digits: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: int = 0
    rejected: int = 0

    @property
    def right(self) -> float:
        """Share of the digits heard that were right."""
        return sum(n for (a, b), n in self.digits.items() if a == b) / max(1, sum(self.digits.values()))

    def take(self, said: str, heard: str | None) -> None:
        self.codes += 1
        if heard is None or len(heard) != len(said):
            self.rejected += 1
            return
        self.digits.update(zip(said, heard, strict=True))


def trials(words: Mapping[str, Sequence[str]], conditions: int) -> Iterator[Trial]:
    """Every code of two digits under every condition; where a digit has several words they take turns.

    `words`: digit -> how it is called.
    """
    for condition in range(conditions):
        for turn, pair in enumerate(product(DIGITS, repeat=LENGTH)):
            text = " ".join(_word(words[digit], turn + place + condition) for place, digit in enumerate(pair))
            yield Trial("".join(pair), text, condition)


def measure(
    wanted: Iterator[Trial],
    speak: Callable[[Trial], bytes],
    hear: Callable[[bytes], str | None],
    step: Callable[[Trial], None] = lambda _: None,
) -> Tally:
    """Speak and hear every trial. `hear` returns the digits, None if it heard none of the phrases."""
    tally = Tally()
    for trial in wanted:
        tally.take(trial.code, hear(speak(trial)))
        step(trial)
    return tally


def _word(words: Sequence[str], turn: int) -> str:
    return words[turn % len(words)]
