"""When has somebody finished speaking? Our own answer: Vosk's rules can only be set in files of the model.

Time is audio time. Silence is told by level against the noise of the hall; where the hall is so loud that a word's
end does not show in it, by words that change no more for longer.

In: the words so far and how long it has been quiet. Out: go on, or end now, and why.
"""

from __future__ import annotations

from enum import Enum

from controller.core.speech import Risk
from controller.voice.ear.phrases import Phrases, Standing

EARLY_STABLE, EARLY_QUIET = 0.2, 0.1
"""A safe phrase that can become no other is taken when its words have stood for 200 ms and the voice has paused for
100 ms: less than the 250 ms of end-of-speech silence, more than the closure of a stop consonant (≤ 90 ms). Or when the
voice has paused for 200 ms: then the words that the recogniser held back have been decoded as well.
"""
QUIET = {
    Standing.COMPLETE: 0.25,
    Standing.SYNONYM: 0.25,
    Standing.SPLITTING: 0.35,
    Standing.GROWING: 0.6,
    Standing.PART: 0.7,
    Standing.STRANGE: 0.6,
}
"""Seconds of silence that end an utterance, by what its words are. Pauses within phrases are mostly under 0.3 s, within
digit strings read off a label under 0.6 s.
"""
UNHEARD, UNHEARD_STRANGE = 0.45, 1.0
"""Seconds more that unchanged words need where silence cannot be told by level; more where they are no phrase: somebody
who talks on and on makes no new words there.
"""
LONGEST = 10.0
"""Seconds: nobody answers that long; this is a conversation or a radio."""


class Ending(Enum):
    GO_ON = "go on"
    EARLY = "taken from a stable partial result"
    ENDED = "the voice has ended"
    TOO_LONG = "it does not end"


class Endpoint:
    """Follows one utterance; make a new one for the next."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._text = ""
        self._standing = Standing.NOTHING
        self._changed = 0.0
        self._began: float | None = None
        self._doubted = ""

    @property
    def whole(self) -> bool:
        """Whether the words are a phrase that hardly goes on."""
        return self._standing in {Standing.COMPLETE, Standing.SYNONYM, Standing.SPLITTING}

    def doubt(self) -> None:
        """These words were decided and not good enough while more may come: wait for the certain end."""
        self._doubted = self._text

    def update(self, now: float, text: str, quiet: float) -> Ending:
        """`now`, `quiet`: seconds of audio; quiet = since the last sound over the noise."""
        if text != self._text:
            self._text, self._changed = text, now
            self._standing = self._phrases.standing(text)
            if self._began is None and text:
                self._began = now
        if self._began is None or self._standing is Standing.NOTHING:
            return Ending.GO_ON
        stable = now - self._changed
        if self._early(stable, quiet):
            return Ending.EARLY
        needed = self._needed()
        whole = self._standing not in {Standing.PART, Standing.STRANGE}
        if quiet >= needed or stable >= needed + (UNHEARD if whole else UNHEARD_STRANGE):
            return Ending.ENDED
        return Ending.TOO_LONG if now - self._began >= LONGEST else Ending.GO_ON

    def _early(self, stable: float, quiet: float) -> bool:
        return (
            self._standing is Standing.COMPLETE
            and self._text != self._doubted
            and self._phrases.risk(self._text) in {Risk.SAFE, Risk.NORMAL}
            and not self._phrases.is_digits(self._text)
            and ((stable >= EARLY_STABLE and quiet >= EARLY_QUIET) or quiet >= EARLY_STABLE)
        )

    def _needed(self) -> float:
        if self._doubted == self._text:
            return QUIET[Standing.PART]
        if self._standing is Standing.COMPLETE and self._phrases.is_digits(self._text):
            return QUIET[Standing.COMPLETE] + 0.05  # a digit may be in the 50 ms that the recogniser holds back
        return QUIET[self._standing]
