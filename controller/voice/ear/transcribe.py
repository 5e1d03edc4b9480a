"""What was said in this recording? More patient than the ear: every choice is tried on the whole recording, several
times, and the most likely one is taken.

In: mono samples of one utterance and what may have been said. Out: `Transcript`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log10
from typing import Protocol

from controller.voice.ear import pcm
from controller.voice.ear.engine import RATE, Alternative, Engine
from controller.voice.ear.levels import FRAME, SILENT_DB, decibels
from controller.voice.ear.phrases import Phrases
from controller.voice.grammar import UNKNOWN, Choice, DigitString, Grammar, HeardWord

LEAD_S, TAIL_S = 0.4, 0.6
"""Room around the recording: tightly cut ones lose their first sounds otherwise."""
ROOM_DB = -62.0
"""Level of the noise in that room."""
SPEECH_DB = -23.0
"""Level that speech is brought to, RMS of its louder frames."""
SPEEDS = (1.0, 1.08)
"""The recording is also read faster (and so higher): the votes of both count. Measured on 190 synthetic words, many
with foreign accents and narrow band: one usual pass 73 %, all choices tried 78 %, with this second reading 79 %;
slower or noisier readings only cost.
"""
TRIED = 10
"""So many of the phrases that a quick search finds are tried one by one; each try reads the whole recording again. Of
180 words by people (60 choices; clean, at 10 dB and narrow) 144 are right with 5, 149 with 10.
"""
SURE = 0.97
"""A reading with this share needs no second one at another speed."""
SOFT = 3.0
"""Nats are divided by this before they become shares: frames are not as independent as the model takes them to be."""
LOST = 30.0
"""Nats under the worst reading that a phrase counts which the search did not find at all."""
STANDS_OUT, LEAST = 2.0, 0.3
"""Nats by which the best choice must be likelier than any other words (`Engine.margin`), and its share among the
choices, where it may be none of them. Of 60 words by people among 60 choices, clean and at 10 dB, 82 and 63 % are
right, 3 and 7 wrong, and of 51 short strange recordings 6 and 8 % are taken for one. Without the share, at 2.5 nats, 80
and 72 right, 5 and 18 wrong, 12 and 22 taken; with 0.25 83 and 68 right, 5 and 8 wrong, 14 taken (d8f4951a078d).
"""
CROWDED = -2.0
"""Nats, not more, by which a crowd of other words together may be likelier than the best choice. Of 115 words, letters
and numbers by people, clean, at 10 dB and narrow, 84, 80 and 87 % are right, and of 175 strange recordings 5, 7 and
10 % are taken; without it 85, 81 and 87, and 7, 8 and 10 (docs/decisions/0011).
"""
STEADY_DB = 4.0
"""A recording whose loudest frames are no further over its usual ones has nobody speaking."""


class Scorer(Engine, Protocol):
    """An engine that can also say how well a recording fits one phrase."""

    def reading(self, pcm: bytes, phrase: str) -> Alternative | None: ...


@dataclass(frozen=True, slots=True)
class Transcript:
    """`why` as in `Utterance`, or NO_SPEECH; empty when accepted. Times count from the beginning of the recording."""

    text: str
    confidence: float
    accepted: bool
    why: str
    words: tuple[HeardWord, ...] = ()


class Take:
    """A recording at one speed, ready for the recogniser; what it fits is asked once for each phrase."""

    def __init__(self, models: Scorer, samples: array[int], speed: float = 1.0) -> None:
        self.pcm = prepared(samples, speed)
        self._models = models
        self._readings: dict[str, Alternative | None] = {}

    def reading(self, phrase: str) -> Alternative | None:
        if phrase not in self._readings:
            self._readings[phrase] = self._models.reading(self.pcm, phrase)
        return self._readings[phrase]


class Transcriber:
    """Reads recordings of one utterance each. Without `unknown` some choice is always taken if anybody speaks."""

    def __init__(
        self,
        models: Scorer,
        choices: Sequence[str],
        digits: DigitString | None = None,
        *,
        unknown: bool = False,
    ) -> None:
        strings = (digits,) if digits is not None else ()
        self._models = models
        self._digits = digits
        self._unknown = unknown
        self._phrases = Phrases(Grammar("transcribe", tuple(Choice(text) for text in choices), strings, reject=unknown))

    def words(self) -> set[str]:
        """Every word that the model must know."""
        return self._phrases.words()

    def read(self, samples: array[int]) -> Transcript:
        """`samples`: 16 kHz mono."""
        if not speaks(samples):
            return Transcript("", 0.0, accepted=False, why="NO_SPEECH")
        takes = [Take(self._models, samples)]
        candidates = self._candidates(takes)
        scores = self._scores(takes, candidates)
        best = max(scores, key=lambda text: scores[text])
        if _share(scores, best) < SURE:
            takes += [Take(self._models, samples, speed) for speed in SPEEDS[1:]]
            again = self._scores(takes[1:], candidates)
            scores = {text: (score + again[text] * (len(takes) - 1)) / len(takes) for text, score in scores.items()}
            best = max(scores, key=lambda text: scores[text])
        confidence = _share(scores, best)
        reading = takes[0].reading(best)
        words = _shifted(reading.words if reading else (), -LEAD_S, confidence)
        if not self._unknown:
            return Transcript(best, confidence, accepted=True, why="", words=words)
        margin = self._models.margin(takes[0].pcm, best)
        known = min(_known(margin.anything, STANDS_OUT), _known(margin.crowd, CROWDED))
        why = "UNKNOWN" if known < 0.5 else "LOW_CONFIDENCE" if confidence < LEAST else ""
        return Transcript(best, confidence * known, accepted=not why, why=why, words=words)

    # --- which phrases to try ----------------------------------------------------------------------------------------

    def _candidates(self, takes: Sequence[Take]) -> list[str]:
        choices = list(self._phrases.risks)
        if len(choices) > TRIED:
            choices = self._near(takes[0].pcm, choices)
        if self._digits is not None:
            choices += self._strings(takes, self._digits)
        return choices

    def _near(self, pcm: bytes, choices: list[str]) -> list[str]:
        """Those that a quick search finds; where it is sure of a few, the next best among the others as well."""
        near: list[str] = []
        while len(near) < TRIED:
            left = [text for text in choices if text not in near]
            found = [one.text for one in self._models.alternatives(pcm, left, 20)]
            new = [text for text in dict.fromkeys(found) if text in left]
            if not new:
                return near if len(near) > 1 else choices
            near += new
        return near[:TRIED]

    def _strings(self, takes: Sequence[Take], digits: DigitString) -> list[str]:
        """Digit strings of the right length: found ones, or made from the found ones by leaving out or putting in."""
        if digits.length == 1:
            return list(digits.digits)
        ours = [phrase for phrase in self._phrases.ours if phrase not in self._phrases.risks]
        found = [one.text for take in takes for one in self._models.alternatives(take.pcm, ours, 10)]
        right = [text for text in dict.fromkeys(found) if len(text.split()) == digits.length]
        if right and len(takes) * 2 >= len(found):
            return right
        grown = self._grow(takes[0], [text.split() for text in dict.fromkeys(found) if text][:3] or [[]], digits)
        return list(dict.fromkeys([*right, *grown]))

    def _grow(self, take: Take, beam: list[list[str]], digits: DigitString) -> list[str]:
        """Leave out or put in one digit at a time, keeping the three most likely, until the length is right."""
        for _ in range(2 * digits.length + 8):
            if all(len(words) == digits.length for words in beam):
                break
            edited = {
                " ".join(edit) for words in beam for edit in _edits(words, digits) if 0 < len(edit) <= len(words) + 1
            }
            scores = self._scores([take], sorted(edited))
            beam = [text.split() for text in sorted(scores, key=lambda text: -scores[text])[:3]]
        return [" ".join(words) for words in beam if len(words) == digits.length]

    # --- how likely they are -----------------------------------------------------------------------------------------

    def _scores(self, takes: Sequence[Take], candidates: Sequence[str]) -> dict[str, float]:
        """Mean log likelihood over the takes of each candidate."""
        total = dict.fromkeys(candidates, 0.0)
        for take in takes:
            readings = {text: take.reading(text) for text in candidates}
            found = [reading.score for reading in readings.values() if reading]
            worst = min(found, default=0.0) - LOST
            for text, reading in readings.items():
                total[text] += (reading.score if reading else worst) / len(takes)
        return total


def speaks(samples: array[int]) -> bool:
    """Whether anybody says anything: it is neither silence nor a steady noise."""
    levels = sorted(decibels(samples[at : at + FRAME]) for at in range(0, len(samples), FRAME))
    if not levels or levels[-1] <= SILENT_DB + 15.0:
        return False
    short = len(levels) < 20  # a tight cut has no frames without speech to compare with
    return short or levels[-1 - len(levels) // 20] - levels[len(levels) // 10] > STEADY_DB


def prepared(samples: array[int], speed: float = 1.0) -> bytes:
    """The recording at a usual level, within a room, at another speed if wished."""
    levels = [decibels(samples[at : at + FRAME]) for at in range(0, len(samples), FRAME)]
    loudest = max(levels)
    powers = [10 ** (level / 10) for level in levels if level > loudest - 20]
    level = 10 * log10(sum(powers) / len(powers))
    voice = pcm.scaled(samples, min(SPEECH_DB - level, 40.0))
    if speed != 1.0:
        voice = pcm.resample(voice, round(RATE * speed / 160) * 160, RATE)
    return (pcm.noise(LEAD_S, ROOM_DB) + voice + pcm.noise(TAIL_S, ROOM_DB, 2)).tobytes()


def _edits(words: list[str], digits: DigitString) -> Iterable[list[str]]:
    if len(words) > digits.length:
        return [words[:at] + words[at + 1 :] for at in range(len(words))]
    if len(words) < digits.length:
        return [[*words[:at], digit, *words[at:]] for at in range(len(words) + 1) for digit in digits.digits]
    return [words]


def _share(scores: dict[str, float], best: str) -> float:
    """Of one among all, 0–1."""
    return 1.0 / sum(exp(max(-500.0, min(500.0, (score - scores[best]) / SOFT))) for score in scores.values())


def _known(margin: float, least: float) -> float:
    """The share of the best choice against speech in general, 0–1; half where it is just as far ahead as it must be."""
    return _share({"": margin, UNKNOWN: least}, "")


def _shifted(words: Iterable[HeardWord], by: float, confidence: float) -> tuple[HeardWord, ...]:
    return tuple(
        replace(word, start=round(word.start + by, 3), end=round(word.end + by, 3), confidence=confidence)
        for word in words
    )
