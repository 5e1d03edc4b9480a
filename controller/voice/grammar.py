"""What an ear listens for, as plain phrases of one language.

In: a language makes these out of the answers that the dialogue allows. Out: the ear takes them to the recogniser and
gives back utterances.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.core.speech import Risk

UNKNOWN = "[unk]"
"""What the recogniser says for speech that is none of the phrases."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One complete phrase: lower-case words of the model's vocabulary, one space between. `means`: phrases with the
    same one, unless it is empty, are the same answer. `like`: what sounds like it and is none.
    """

    text: str
    risk: Risk = Risk.NORMAL
    means: str = ""
    like: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DigitString:
    """Exactly `length` of the digit words, followed by one of `terminals` unless that is empty."""

    length: int
    digits: tuple[str, ...]
    """Words that count as one digit each, e.g. zero, oh, one … nine."""
    terminals: tuple[str, ...] = ()
    risk: Risk = Risk.CONFIRMING


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that may be said in one turn. `decoys`: phrases that are offered to the recogniser and then discarded."""

    turn: str
    choices: tuple[Choice, ...]
    strings: tuple[DigitString, ...] = ()
    decoys: tuple[str, ...] = ()
    reject: bool = True
    """Whether speech that is none of it may come back as unknown; without it something is always chosen."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """Seconds since the ear began to listen; `confidence` 0–1."""

    word: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing that was said. `why` is empty when it was accepted, else the reason of its rejection:
    UNKNOWN, DECOY, INCOMPLETE, LENGTH, LOW_CONFIDENCE, SECOND_OPINION, TOO_QUIET, TOO_LONG, LOCKED_OUT.
    """

    turn: str
    text: str
    words: tuple[HeardWord, ...]
    confidence: float
    """The least of its words', 0–1."""
    accepted: bool
    why: str = ""
    early: bool = False
    """Taken from a stable partial result, before the end of speech was certain."""
    spoke_until: float = 0.0
    """When its last word ended, seconds as in `words`."""
    decided_at: float = 0.0
    """How much audio had been heard when it was decided, seconds."""
