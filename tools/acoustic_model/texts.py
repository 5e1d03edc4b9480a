"""What the synthetic speakers say: random utterances with the weights of a picking dialogue.

In: a random generator; NEIGHBOURS of the environment, for texts that mostly sound nearly like answers.
Out: an `Utterance`: words, and where the speaker pauses.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass

from tools.acoustic_model.lexicon import (
    COMMANDS,
    HESITATIONS,
    LETTERS,
    NOUNS,
    ONES,
    TEENS,
    TENS,
    decoys,
    general_words,
    trade_words,
    vocabulary,
)
from tools.acoustic_model.neighbours import neighbours

NEIGHBOURS = int(os.environ.get("NEIGHBOURS", "12"))
"""How often what nearly sounds like an answer is said, where all else together counts 110."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words in order; `pauses[i]` tells whether the speaker pauses between word i and word i + 1."""

    words: tuple[str, ...]
    pauses: tuple[bool, ...]

    def text(self) -> str:
        """For engines that read text: a comma is a pause."""
        gaps = ("," if pause else "" for pause in (*self.pauses, False))
        return " ".join(word + gap for word, gap in zip(self.words, gaps, strict=True))


def number_words(number: int, *, british: bool = False) -> list[str]:
    """0-999 in words, with "and" after the hundreds where `british`. ValueError outside of that range."""
    if not 0 <= number <= 999:
        raise ValueError(f"{number} is not spoken as one number: give 0-999, or digits one by one")
    if number < 10:
        return [ONES[number]]
    if number < 20:
        return [TEENS[number - 10]]
    if number < 100:
        return [TENS[number // 10 - 2], *([ONES[number % 10]] if number % 10 else [])]
    rest = number_words(number % 100) if number % 100 else []
    return [ONES[number // 100], "hundred", *(["and"] if british and rest else []), *rest]


def digits(rng: random.Random, count: int) -> list[str]:
    """`count` digits spoken one by one; in strings a zero may be "oh" or "nought"."""
    return [
        rng.choices(("zero", "oh", "nought"), (6, 3, 1))[0] if word == "zero" and count > 1 else word
        for word in rng.choices(ONES, k=count)
    ]


def _digits(rng: random.Random) -> list[str]:
    return digits(rng, rng.choices((1, 2, 3, 4, 5, 6), (40, 25, 13, 12, 6, 4))[0])


def _number(rng: random.Random) -> list[str]:
    # Tens alone as often as teens: whoever hardly ever hears "fifty" at the end of an utterance takes it for "fifteen".
    numbers = rng.choices(
        (range(10), range(10, 20), range(20, 100, 10), range(20, 100), range(100, 1000)), (1, 4, 4, 5, 3)
    )
    words = number_words(rng.choice(numbers[0]), british=rng.random() < 0.5)
    if words[:2] == ["one", "hundred"] and rng.random() < 0.3:
        words[0] = "a"
    return words


def _command(rng: random.Random) -> list[str]:
    return rng.choice(COMMANDS).split()


def _command_and_number(rng: random.Random) -> list[str]:
    """Like "three confirm" and "short two": the quantity comes before or after the phrase."""
    number = _number(rng) if rng.random() < 0.5 else _digits(rng)
    return [*number, *_command(rng)] if rng.random() < 0.5 else [*_command(rng), *number]


def _letters(rng: random.Random) -> list[str]:
    words = rng.choices(LETTERS, k=rng.choices((1, 2, 3), (5, 2, 1))[0])
    return [*words, *digits(rng, 2)] if rng.random() < 0.3 else words


def _nouns(rng: random.Random) -> list[str]:
    words = [rng.choice(NOUNS)]
    return [*words, *_number(rng)] if rng.random() < 0.3 else words


def _general(rng: random.Random) -> list[str]:
    words = decoys() if rng.random() < 0.6 else (*general_words(), *trade_words())
    return rng.choices(words, k=rng.choices((1, 2, 3, 4, 5), (6, 4, 3, 2, 1))[0])


def _talk(rng: random.Random) -> list[str]:
    """A sentence between colleagues in which words of the dialogue occur."""
    words = rng.choices(decoys(), k=rng.randint(2, 4))
    words.insert(rng.randrange(len(words) + 1), rng.choice(vocabulary()))
    return words


def _neighbours(rng: random.Random) -> list[str]:
    """A word that sounds nearly like an answer, alone or in its place within a command."""
    word, like = rng.choice(list(neighbours().items()))
    holders = [phrase.split() for phrase in COMMANDS if not set(like).isdisjoint(phrase.split())]
    if not holders or rng.random() < 0.6:
        return [word]
    return [word if part in like else part for part in rng.choice(holders)]


_KINDS: tuple[tuple[int, Callable[[random.Random], list[str]]], ...] = (
    (28, _digits),
    (28, _command),
    (16, _number),
    (7, _command_and_number),
    (5, _letters),
    (5, _nouns),
    (16, _general),
    (5, _talk),
    (NEIGHBOURS, _neighbours),
)


def utterance(rng: random.Random) -> Utterance:
    """One random utterance of 1-10 words; about one in twenty has a hesitation, one in four some pause."""
    kind = rng.choices([kind for _, kind in _KINDS], [weight for weight, _ in _KINDS])[0]
    words = kind(rng)
    if rng.random() < 0.05:
        words.insert(rng.randrange(len(words) + 1), rng.choice(HESITATIONS))
    style = rng.random()
    if style < 0.12:  # word by word, as to a machine
        pauses = tuple(True for _ in words[1:])
    elif style < 0.3:
        pauses = tuple(rng.random() < 0.35 for _ in words[1:])
    else:
        pauses = tuple(False for _ in words[1:])
    return Utterance(tuple(words), pauses)
