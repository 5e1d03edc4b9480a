"""Is what was heard an answer? Only complete phrases are, said surely enough for what they would do.

A recogniser's confidence says "no rival in this grammar", not "this was said": hence the decoys, the thresholds per
risk, and the second opinion that the ear asks for.

In: words with confidences, the turn's phrases. Out: a verdict; `why` as in `Utterance`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp

from controller.core.speech import Risk
from controller.voice.ear.engine import Alternative, Margin
from controller.voice.ear.phrases import Phrases
from controller.voice.grammar import UNKNOWN, HeardWord

THRESHOLDS: Mapping[Risk, float] = {
    Risk.SAFE: 0.3,
    Risk.SETTING: 0.7,
    Risk.NORMAL: 0.3,
    Risk.CONFIRMING: 0.7,
    Risk.DESTRUCTIVE: 0.8,
}
"""With the embedded model, whose scores are scaled so that confidences say something (docs/decisions/0008). At 10 dB a
wholly new speaker has some 93 % of his commands taken in the turns of the dialogue at 0.3, two less at 0.5, five at
0.7, hardly any wrongly; of strange words those that sound like answers pass at any threshold. For what is destructive:
at 0.9 his undo is refused in a quiet hall, at 0.6 an hour of babble began eleven shorts and the like. At 0.6 for what
confirms it confirmed two quantities, at 0.7 one.
"""
MARGINS: Mapping[Risk, float] = {
    Risk.SAFE: 3.0,
    Risk.SETTING: 5.0,
    Risk.NORMAL: 3.0,
    Risk.CONFIRMING: 7.0,
    Risk.DESTRUCTIVE: 3.0,
}
"""Nats by which a phrase must be likelier than the best chain of any words, each of which costs what a choice among all
words costs (8.5 with the embedded model): 3 = another word may fit 5.5 nats better, but no more. Confirmations that
were given are far ahead, those of babble are not; short and its like are not so clear-cut, and are read a second time.
Strange words were taken for louder and its like most of all, which pickers hardly ever say.
Nats are of scaled scores, as the model's folder sets them.
"""
A_LETTER = 0.75
"""Nats a letter, and no more, are asked of short words, which cannot stand out as far: ready, yes."""
CLEAR, BLURRED, QUIET_DB = 1.0, 0.2, 30.0
"""Nats by which other words may fit better where speech is QUIET_DB over the hall; BLURRED more for each dB less. A
crowd of any words together, than the best of them; what sounds like the answer, than the answer. What is no answer a
crowd of words fits, and noise makes a crowd fit anything (docs/decisions/0011).
"""
WAKE = 0.95
"""What a wake phrase needs: it is listened for all day, among conversations."""
SURE = 0.9
"""A confirming phrase below this is read a second time."""
DIGITS = 0.4
"""What strings of digits need at most. The controller compares them with those it expects: what is misheard is told,
and asked again (docs/decisions/0007).
"""
BACKGROUND_DB = 8.0
"""Unknown speech before or after a phrase and this much below it is somebody else's, behind a close-talk microphone."""
NEAR = 5.0
"""Nats: a complete phrase this close to the best reading, which is none, is taken instead of it (e^5 = 148 : 1 for an
acoustic model that scores frames as if they were independent, which is about one doubtful sound).
"""
SHORTEST = 0.1
"""Seconds: no word of any vocabulary here is shorter; clicks and breaths are."""
WHOLE = 0.9
"""The share of a phrase among all that is whole with which it counts though the recogniser doubted it. Between those of
what chains alone had made doubtful (1.0, mostly) and of one number among two that sound alike (0.85).
"""
LIKE: Mapping[Risk, float] = {
    Risk.SAFE: 3.0,
    Risk.SETTING: 1.5,
    Risk.NORMAL: 3.0,
    Risk.CONFIRMING: 1.5,
    Risk.DESTRUCTIVE: 1.5,
}
"""Nats by which a phrase that sounds like an answer may be likelier than the answer at most, in noise. Of 93 words by
people none is 1.5 nats behind its nearest neighbour, three are by one (docs/decisions/0010).
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    text: str
    words: tuple[HeardWord, ...]
    confidence: float
    why: str
    """Empty = accepted."""
    risk: Risk | None = None


def judge(
    words: Sequence[HeardWord],
    phrases: Phrases,
    level: Callable[[HeardWord], float],
    floor: float,
    thresholds: Mapping[Risk, float] = THRESHOLDS,
) -> Verdict:
    """`level`: how loud a word was; `floor`: how loud the hall is, dBFS."""
    own = _foreground(words, level)
    text = " ".join(word.word for word in own)
    confidence = min((word.confidence for word in own), default=0.0)
    risk = phrases.risk(text)
    why = _why(own, text, phrases)
    if not why and risk is not None:
        if confidence < least(thresholds[risk], text, phrases):
            why = "LOW_CONFIDENCE"
        elif faint(own, level, floor):
            why = "TOO_QUIET"
    return Verdict(text, tuple(own), confidence, why, risk)


def faint(words: Sequence[HeardWord], level: Callable[[HeardWord], float], floor: float) -> bool:
    """Whether these are no words that somebody said to the microphone: too short, or hardly louder than the hall."""
    return words[-1].end - words[0].start < SHORTEST or max(level(word) for word in words) < floor + 3.0


def least(threshold: float, text: str, phrases: Phrases) -> float:
    """The confidence that this phrase needs where others of its risk need `threshold`."""
    return min(threshold, DIGITS) if phrases.is_digits(text) else threshold


def doubtful(verdict: Verdict, phrases: Phrases) -> bool:
    """Whether an answer must be the best among all words of the language as well."""
    if verdict.risk is Risk.DESTRUCTIVE:
        return True
    return verdict.risk is Risk.CONFIRMING and verdict.confidence < SURE and not phrases.is_digits(verdict.text)


def _foreground(words: Sequence[HeardWord], level: Callable[[HeardWord], float]) -> Sequence[HeardWord]:
    """Without unknown speech at the edges that is much quieter than the rest."""
    known = [level(word) for word in words if word.word != UNKNOWN]
    if not known or len(known) == len(words):
        return words
    loud = min(known)
    start, end = 0, len(words)
    while words[start].word == UNKNOWN and level(words[start]) < loud - BACKGROUND_DB:
        start += 1
    while words[end - 1].word == UNKNOWN and level(words[end - 1]) < loud - BACKGROUND_DB:
        end -= 1
    return words[start:end]


def _why(words: Sequence[HeardWord], text: str, phrases: Phrases) -> str:
    said = [word.word for word in words]
    if phrases.risk(text) is not None:
        return ""
    if UNKNOWN in said or not said:
        return "UNKNOWN"
    if text in phrases.decoys or any(word not in _vocabulary(phrases) for word in said):
        return "DECOY"
    return "LENGTH" if phrases.wrong_length(said) else "INCOMPLETE"


def _vocabulary(phrases: Phrases) -> set[str]:
    return {word for phrase in phrases.ours for word in phrase.split()}


def outstanding(text: str, margin: Margin, risk: Risk, over_hall: float) -> bool:
    """Whether `text`, so far likelier than anything else that people say, was said. `over_hall`: dB of its loudest word
    over the hall.
    """
    wanted = min(MARGINS[risk], A_LETTER * sum(map(len, text.split())))
    return margin.anything >= wanted and margin.crowd >= wanted - _blur(over_hall)


def stranger(text: str, margin: Margin, risk: Risk, over_hall: float) -> str:
    """Why what was heard as `text` was not that: DECOY, it is rather what sounds like it; UNKNOWN, other words fit as
    well; or empty.
    """
    if margin.like < -min(LIKE[risk], _blur(over_hall)):
        return "DECOY"
    return "" if outstanding(text, margin, risk, over_hall) else "UNKNOWN"


def _blur(over_hall: float) -> float:
    """Nats by which other words may fit better for the noise alone."""
    return CLEAR + BLURRED * max(0.0, QUIET_DB - over_hall)


def reconsidered(verdict: Verdict, phrases: Phrases) -> bool:
    """Whether the recogniser may have thought less of a whole phrase than it should: its confidences are shares among
    chains and parts of phrases too, which nobody says. Not of what is longer than any phrase by more than a word.
    """
    if len(verdict.words) > phrases.longest + 1:
        return False
    if verdict.why == "LOW_CONFIDENCE":
        return not phrases.is_digits(verdict.text)
    return verdict.why in {"INCOMPLETE", "LENGTH", "DECOY"} and not phrases.whole(verdict.text)


def nearest(found: Sequence[Alternative], phrases: Phrases) -> tuple[Alternative, float] | None:
    """The best complete phrase among alternatives (best first) if it is near the best of all, and its share among all
    that is whole, 0–1: phrases, decoys, unknown speech.
    """
    best = next((one for one in found if phrases.risk(one.text) is not None), None)
    if best is None or found[0].score - best.score > NEAR:
        return None
    whole = [one.score for one in found if phrases.whole(one.text)]
    return best, 1.0 / sum(exp(min(700.0, score - best.score)) for score in whole)
