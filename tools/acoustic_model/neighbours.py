"""Words that sound nearly like an answer and are none: what the model must tell apart, and seldom hears otherwise.

In: the lexicon. Out: for each such word the words of the dialogue that it sounds nearly like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product

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
)

NEAR = 1 / 3
"""Sounds changed, put in or left out, as a share of those of the answer (which count as two at least)."""


@cache
def neighbours() -> dict[str, tuple[str, ...]]:
    """Some 400 of the decoys and general words: `fake` (take, wake), `but` (what). Without those that are said
    alike, as `for` and `four`, and without the bench's strange words, which stay unheard.
    """
    answers = {word: dictionary_pronunciations(word) for word in (*" ".join(COMMANDS).split(), *ONES, *TEENS, *TENS)}
    strange = {*decoys(), *general_words()}.difference(answers, ALIKE, EVERYDAY)
    near = {word: tuple(_near(dictionary_pronunciations(word), answers)) for word in sorted(strange)}
    return {word: like for word, like in near.items() if like}


def _near(spoken: Sequence[Phones], answers: Mapping[str, Sequence[Phones]]) -> Iterator[str]:
    """The answers that one of these pronunciations is near to, and none is the same as."""
    for answer, said in answers.items():
        pairs = ((one, other) for one, other in product(spoken, said) if _may_be_near(one, other))
        differ = min((edits(one, other) / max(len(other), 2) for one, other in pairs), default=1.0)
        if 0 < differ <= NEAR:
            yield answer


def _may_be_near(one: Phones, other: Phones) -> bool:
    """Sooner known than `edits`, which counts no less."""
    at_most = NEAR * max(len(other), 2)
    return abs(len(one) - len(other)) <= at_most and len(set(other).difference(one)) <= at_most


def edits(one: Phones, other: Phones) -> int:
    """Phones changed, put in or left out between the two (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, phone in enumerate(one, 1):
        above, row = row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (phone != wanted)))
    return row[-1]
