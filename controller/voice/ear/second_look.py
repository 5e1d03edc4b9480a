"""Before a phrase counts, its audio is read again: does it stand out of all that people say, and was it not another?

In: an engine, what was heard, its audio. Out: the verdict, confirmed or with why not. `ahead` reads while the ear still
waits whether more comes, so that the end of speech is not followed by reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from controller.core.speech import Risk
from controller.voice.ear.acceptance import WHOLE, Verdict, least, nearest, stranger
from controller.voice.ear.engine import RATE, Engine, Margin
from controller.voice.ear.phrases import Phrases
from controller.voice.grammar import UNKNOWN, HeardWord

AROUND_S = 0.25
"""Audio around a phrase that is read again with it. Less is sooner read."""
WAITS = frozenset({Risk.SETTING, Risk.CONFIRMING, Risk.DESTRUCTIVE})
"""What is not taken early: while it is waited whether more comes, it is read again."""


@dataclass(frozen=True, slots=True)
class Audio:
    """What the ear kept: `began` in the ear's time, seconds."""

    pcm: bytes
    began: float

    def around(self, words: Sequence[HeardWord]) -> Audio:
        return self.between(words[0].start - AROUND_S, words[-1].end + AROUND_S)

    def between(self, start: float, end: float) -> Audio:
        first, last = (max(0, round((at - self.began) * RATE)) * 2 for at in (start, end))
        return Audio(self.pcm[first:last], self.began + first / (2 * RATE))

    def timed(self, words: Sequence[HeardWord]) -> tuple[HeardWord, ...]:
        """Words of this piece in the ear's time."""
        return tuple(replace(word, start=word.start + self.began, end=word.end + self.began) for word in words)


@dataclass(frozen=True, slots=True)
class Reading:
    """`wide`: the best of all words of the language, None = not read."""

    text: str
    sound_at: float
    margin: Margin
    wide: tuple[HeardWord, ...] | None


class SecondLook:
    """One ear's. `wide`: phrases (all of a language's words) for the second opinion; `second`: the model for it.
    `sound_at`: when the last sound over the noise was; what was read ahead holds as long as none has come since.
    """

    def __init__(self, engine: Engine, second: Engine, wide: Sequence[str]) -> None:
        self._engine, self._second, self._wide = engine, second, tuple(wide)
        self._ahead: Reading | None = None

    def restart(self) -> None:
        """Another utterance."""
        self._ahead = None

    def wants(self, text: str, phrases: Phrases) -> bool:
        """Whether to look `ahead` at these words: what can be taken early does not wait. Once per utterance and phrase:
        where the noise rises and falls it is read at the end.
        """
        known = self._ahead is not None and self._ahead.text == text
        return not known and phrases.risk(text) in WAITS and not phrases.is_digits(text)

    def ahead(self, audio: Audio, text: str, phrases: Phrases, sound_at: float) -> None:
        """Read what will be asked if these words are all; `audio`: they alone, with a little around them."""
        risk = phrases.risk(text)
        if risk is None:
            return
        wide = self._among_all(audio, phrases) if risk is Risk.DESTRUCTIVE else None
        self._ahead = Reading(text, sound_at, self._margin(audio, text, phrases), wide)

    def nearest(self, audio: Audio, verdict: Verdict, phrases: Phrases, thresholds: Mapping[Risk, float]) -> Verdict:
        """The recogniser doubted what it heard, or heard a chain or a part of phrases, or another number of digits than
        asked, which its grammar cannot say; perhaps nothing else that is whole comes near. Of what it doubted only the
        doubt is looked at again.
        """
        found = nearest(self._engine.alternatives(audio.pcm, phrases.told), phrases)
        if found is None:
            return verdict
        best, share = found
        risk = phrases.risk(best.text)
        if risk is None or (verdict.risk is not None and phrases.means(best.text) != phrases.means(verdict.text)):
            return verdict
        if share < least(max(thresholds[risk], WHOLE), best.text, phrases):
            return verdict
        words = tuple(replace(word, confidence=share) for word in audio.timed(best.words))
        return Verdict(best.text, words, share, "", risk)

    def stranger(self, audio: Audio, verdict: Verdict, phrases: Phrases, sound_at: float, over_hall: float) -> str:
        """Why this was none of the phrases after all: UNKNOWN, other words fit as well; DECOY, it is rather a phrase
        that sounds like it; or empty. `over_hall`: dB of its loudest word over the hall. Strings of digits are not
        asked: by chance they are hardly ever of the right length, or the right ones.
        """
        text, risk = verdict.text, verdict.risk
        if risk is None or phrases.is_digits(text):
            return ""
        ahead = self._read_ahead(verdict, sound_at)
        if ahead is not None and not stranger(text, ahead.margin, risk, over_hall):
            return ""
        return stranger(text, self._margin(audio.around(verdict.words), text, phrases), risk, over_hall)

    def opinions(
        self, audio: Audio, verdict: Verdict, phrases: Phrases, sound_at: float
    ) -> Iterator[Sequence[HeardWord]]:
        """The same audio among all words of the language: another phrase there means the small grammar forced it. First
        what was read ahead, which may lack a soft end.
        """
        ahead = self._read_ahead(verdict, sound_at)
        if ahead is not None and ahead.wide is not None:
            yield ahead.wide
        yield self._among_all(audio.around(verdict.words), phrases)

    def _read_ahead(self, verdict: Verdict, sound_at: float) -> Reading | None:
        one = self._ahead
        return one if one is not None and (one.text, one.sound_at) == (verdict.text, sound_at) else None

    def _margin(self, audio: Audio, text: str, phrases: Phrases) -> Margin:
        return self._engine.margin(audio.pcm, text, phrases.like(text))

    def _among_all(self, audio: Audio, phrases: Phrases) -> tuple[HeardWord, ...]:
        wide = dict.fromkeys((*phrases.told, *self._wide, UNKNOWN))
        return audio.timed(self._second.words(audio.pcm, tuple(wide)))
