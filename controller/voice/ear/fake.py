"""A recogniser without Vosk, for tests: words are coded in the audio itself.

In: PCM in which |sample| = FIRST + STEP × index means the word of that index in a vocabulary; quieter is silence.
Out: an `Engine` that reads it back, exactly and at once. `spoken` makes such audio.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf

from controller.voice.ear.engine import MANY, RATE, Alternative, Margin
from controller.voice.ear.pcm import from_bytes
from controller.voice.grammar import UNKNOWN, HeardWord

FIRST, STEP = 4000, 10
LOOK = 80
"""Samples per look at the audio: 5 ms."""


def spoken(vocabulary: Sequence[str], text: str, seconds: float = 0.3, gap: float = 0.02) -> bytes:
    """Audio that says the words of `text`, each as long as `seconds`, `gap` seconds of faint hum after each."""
    out: array[int] = array("h")
    for word in text.split():
        value = FIRST + STEP * vocabulary.index(word)
        out.extend([value, -value] * round(seconds * RATE / 2))
        out.extend([20, -20] * round(gap * RATE / 2))
    return out.tobytes()


def quiet(seconds: float, level: int = 20) -> bytes:
    """Faint hum of that many samples' height."""
    return array("h", [level, -level] * round(seconds * RATE / 2)).tobytes()


class FakeEngine:
    """Words that are not among the phrases are [unk] if that is told, else left out. `sure`: the confidence of a word,
    1 if not named. `second`: what `words` gives instead of the truth, if set. `near`: alternatives beside the truth,
    whose score is 0. `doubt`: phrases that are no likelier than other speech. `crowd`: how far every phrase is ahead
    of all other words together.
    """

    def __init__(self, vocabulary: Sequence[str], sure: dict[str, float] | None = None) -> None:
        self.vocabulary = tuple(vocabulary)
        self.sure = sure or {}
        self.second: str | None = None
        self.near: tuple[Alternative, ...] = ()
        self.doubt: frozenset[str] = frozenset()
        self.crowd = inf

    def recogniser(self) -> FakeRecogniser:
        return FakeRecogniser(self)

    def words(self, pcm: bytes, phrases: Sequence[str]) -> tuple[HeardWord, ...]:
        found = self.decode(pcm, phrases)
        if self.second is None:
            return found
        return tuple(HeardWord(word, found[0].start, found[-1].end, 1.0) for word in self.second.split())

    def alternatives(self, pcm: bytes, phrases: Sequence[str], count: int = MANY) -> tuple[Alternative, ...]:
        words = self.decode(pcm, phrases)
        found = (Alternative(" ".join(word.word for word in words), 0.0, words), *self.near)
        return tuple(sorted(found, key=lambda one: -one.score))[:count]

    def margin(self, pcm: bytes, phrase: str, like: Sequence[str] = ()) -> Margin:  # noqa: ARG002 the same for all audio
        alike = [-one.score for one in self.near if one.text in like]
        return Margin(0.0 if phrase in self.doubt else inf, self.crowd, min(alike, default=inf))

    def missing(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(word for word in words if word not in self.vocabulary)

    def reading(self, pcm: bytes, phrase: str) -> Alternative | None:
        """The more words differ, the less likely."""
        words = self.decode(pcm, (phrase, UNKNOWN))
        said, meant = [word.word for word in words], phrase.split()
        wrong = sum(a != b for a, b in zip(said, meant, strict=False)) + abs(len(said) - len(meant))
        return Alternative(phrase, -10.0 * wrong, words)

    def decode(self, pcm: bytes, phrases: Sequence[str]) -> tuple[HeardWord, ...]:
        told = {word for phrase in phrases for word in phrase.split()}
        return tuple(self._heard(pcm, told))

    def _heard(self, pcm: bytes, told: set[str]) -> Iterator[HeardWord]:
        at = 0
        for index, looks in groupby(from_bytes(pcm)[::LOOK], key=_SLOTS.__getitem__):
            start, at = at, at + len(list(looks))
            if 0 <= index < len(self.vocabulary):
                word = self.vocabulary[index] if self.vocabulary[index] in told else UNKNOWN
                if word in told:
                    yield HeardWord(word, start * LOOK / RATE, at * LOOK / RATE, self.sure.get(word, 1.0))


class _Slots(dict[int, int]):
    """Sample -> the place of its word in the vocabulary, reckoned once: a test listens to a million of them."""

    def __missing__(self, sample: int) -> int:
        self[sample] = slot = (abs(sample) - FIRST) // STEP
        return slot


_SLOTS = _Slots()


class FakeRecogniser:
    """Hears everything that was fed since the last restart, without delay."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self._phrases: tuple[str, ...] = ()
        self._audio = b""

    def restart(self, phrases: Sequence[str]) -> None:
        self._phrases, self._audio = tuple(phrases), b""

    def feed(self, pcm: bytes) -> None:
        self._audio += pcm

    def partial(self) -> str:
        return " ".join(word.word for word in self.final())

    def final(self) -> tuple[HeardWord, ...]:
        return self._engine.decode(self._audio, self._phrases)
