"""What the ear asks of a recogniser, and the errors of the ear.

In: nothing. Out: two protocols that the recogniser over Vosk and the fake of the tests fulfil.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from controller.errors import PortError
from controller.voice.grammar import HeardWord

RATE = 16_000
"""Samples per second of everything inside the ear."""
MANY = 10
"""Readings of a piece of audio, best first, that are looked at: chains of its phrases are among them."""


class SourceError(PortError):
    """The audio of a microphone, file or socket cannot be had (any more); its text ends with the cure."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to read a piece of audio. `score` is a log likelihood: only differences over the same audio and the
    same engine mean something; 1 nat = a factor e.
    """

    text: str
    score: float
    words: tuple[HeardWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Margin:
    """Nats by which audio is likelier as a phrase: than as `anything` else, a chain of any words or [unk], at the cost
    of their choice; than as the `crowd` of the likeliest such chains together; than as the best of those that sound
    `like` it, inf where none of these comes near. -inf where the audio cannot be the phrase.
    """

    anything: float
    crowd: float = inf
    like: float = inf


class Recogniser(Protocol):
    """Listens to one utterance after the other. Times count from the last `restart`."""

    def restart(self, phrases: Sequence[str]) -> None:
        """Forget all audio; from now on hear only chains of the words of `phrases`."""

    def feed(self, pcm: bytes) -> None: ...

    def partial(self) -> str:
        """The words so far, as far as they can be told yet."""

    def final(self) -> tuple[HeardWord, ...]:
        """All words with times and confidences; call `restart` before the next `feed`."""


class Engine(Protocol):
    """A loaded model (or several): makes recognisers and reads kept audio again."""

    def recogniser(self) -> Recogniser: ...

    def words(self, pcm: bytes, phrases: Sequence[str]) -> tuple[HeardWord, ...]:
        """The best reading of a whole piece of audio, with confidences."""

    def alternatives(self, pcm: bytes, phrases: Sequence[str], count: int = MANY) -> tuple[Alternative, ...]:
        """Up to `count` readings of a whole piece of audio, best first."""

    def margin(self, pcm: bytes, phrase: str, like: Sequence[str] = ()) -> Margin:
        """How far a whole piece of audio stands out as this phrase. `like`: phrases that sound like it."""

    def missing(self, words: Iterable[str]) -> frozenset[str]:
        """The words that the model does not know."""
