"""Words that sound nearly like an answer and are none: what the model must tell apart, and seldom hears otherwise.

In: the lexicon. Out: for each such word the words of the dialogue that it sounds nearly like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from controller.voice_bench.talk import ALIKE, EVERYDAY
from tools.acoustic_model.lexicon import (
    COMMANDS,
    ONES,
    TEENS,
    TENS,
    Phones,
    decoys,
    dictionary_pronunciations,
    general_words,
    trade_words,
)

NEAR = 1 / 3
"""Sounds changed, put in or left out, as a share of those of the answer (which count as two at least)."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One way to say an answer."""

    answer: str
    phones: Phones
    sounds: frozenset[str]
    at_most: float


@cache
def neighbours() -> dict[str, tuple[str, ...]]:
    """Some 400 of the decoys and general words: `fake` (take, wake), `but` (what). Without those that are said
    alike, as `for` and `four`, and without the bench's strange words, which are heard no more often than others.
    """
    answers = dict.fromkeys((*" ".join(COMMANDS).split(), *ONES, *TEENS, *TENS))
    said = [
        _Said(answer, phones, frozenset(phones), NEAR * max(len(phones), 2))
        for answer in answers
        for phones in dictionary_pronunciations(answer)
    ]
    strange = {*decoys(), *general_words(), *trade_words()}.difference(answers, ALIKE, EVERYDAY)
    near = {word: _near(dictionary_pronunciations(word), said) for word in sorted(strange)}
    return {word: like for word, like in near.items() if like}


def _near(spoken: Sequence[Phones], answers: Sequence[_Said]) -> tuple[str, ...]:
    """The answers that one of these pronunciations is near to, and none is the same as."""
    differ: dict[str, int] = {}
    for one in spoken:
        heard = frozenset(one)
        for said in answers:
            if abs(len(one) - len(said.phones)) > said.at_most or len(said.sounds - heard) > said.at_most:
                continue  # sooner known than `edits`, which counts no less
            count = edits(one, said.phones)
            if count <= said.at_most:
                differ[said.answer] = min(count, differ.get(said.answer, count))
    return tuple(answer for answer, count in differ.items() if count)


def edits(one: Phones, other: Phones) -> int:
    """Phones changed, put in or left out between the two (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, phone in enumerate(one, 1):
        above, row = row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (phone != wanted)))
    return row[-1]
