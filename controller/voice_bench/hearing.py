"""The product's own ear and its recogniser, as the voice worker puts them together.

In: a model folder, sound. Out: utterances; or, with everything that rejects taken away, the likeliest phrase.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Final

from controller.voice.ear import Ear, Models
from controller.voice.ear.phrases import Phrases
from controller.voice.grammar import Grammar, Utterance
from controller.voice.language import Language
from controller.voice.models_store import resolve
from controller.voice_bench.sound import RATE, Samples

MODEL: Final = resolve("en")
BLOCK: Final = RATE // 20
"""Samples of 50 ms: what a microphone's source gives at a time."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`at_s`: seconds of sound, from the first sample of the piece to the end of the block that brought it; `busy_s`:
    what the ear took for that block.
    """

    utterance: Utterance
    at_s: float
    busy_s: float


@cache
def language() -> Language:
    return Language.load("en")


@cache
def models(folder: Path) -> Models:
    """Once per process and folder. Raises ModelError with the cure."""
    return Models.load(folder)


def fitted(folder: Path) -> Language:
    """The language without the synonyms that the model does not know, as at the start of the product."""
    lacks = models(folder).missing(_all_words())
    return language().fitted(lambda word: word not in lacks)


def ear(folder: Path) -> Ear:
    """One more ear over the same model."""
    everything = fitted(folder).everything()
    wide = [*(choice.text for choice in everything.choices), *everything.decoys]
    return Ear(models(folder), wide=wide)


class Listener:
    """One ear that is asked many things, one turn after the other."""

    def __init__(self, folder: Path) -> None:
        self.ear = ear(folder)
        self._turn = 0

    def ask(self, grammar: Grammar, sound: Samples[int]) -> list[Decision]:
        """All decisions within `sound`, up to the first accepted one: after that the dialogue has moved on."""
        self._turn += 1
        self.ear.listen(replace(grammar, turn=f"{grammar.turn} {self._turn}"))
        found = []
        for decision in self.feed(sound):
            found.append(decision)
            if decision.utterance.accepted:
                break
        return found

    def feed(self, sound: Samples[int]) -> Iterator[Decision]:
        """Block by block, as fast as it goes."""
        for start in range(0, len(sound), BLOCK):
            block = sound[start : start + BLOCK]
            begun = perf_counter()
            utterances = self.ear.feed(block.tobytes())
            busy = perf_counter() - begun
            for utterance in utterances:
                yield Decision(utterance, (start + len(block)) / RATE, busy)


def forced(folder: Path, grammar: Grammar, sound: Samples[int]) -> str:
    """The likeliest phrase where every sound has to be one: no [unk], no decoys, no thresholds."""
    return " ".join(word.word for word in models(folder).words(sound.tobytes(), Phrases(grammar).ours))


def _all_words() -> frozenset[str]:
    everything = language().everything()
    said = " ".join([*(choice.text for choice in everything.choices), *everything.decoys])
    return language().vocabulary() | frozenset(said.split())
