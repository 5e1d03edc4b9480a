"""Facts about what was said, scanned and heard.

In: `station.decide`. Out: phrases taken and misheard, the dialogue's place, proofs refused or doubted, messages,
headsets.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.core.dialogue import Dialogue
from controller.core.facts.base import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseTaken(Fact):
    """A phrase answered its turn. `step`: of the dialogue; `meant`: a Word's value, or the digits or number said."""

    picker: str
    turn: str
    step: str
    meant: str
    text: str
    confidence: float
    steady: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseMisheard(Fact):
    """Something was said that is no answer here. `why`: as in PhraseRejected, or NOT_ASKED; `expected`: Words'
    values, `digits`, `number`. Only as many as change anything are recorded per turn.
    """

    picker: str
    turn: str
    step: str
    expected: tuple[str, ...]
    why: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueMoved(Fact):
    """The talk with a picker stands here now."""

    picker: str
    dialogue: Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRefused(Fact):
    """Check digits that are not those of the place. `attempt` counts from 1 at this line."""

    picker: str
    task_id: str
    line_id: str
    location: str
    said: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTooEarly(Fact):
    """The right check digits, `after_ms` after the line was given, where the way alone takes `walk_ms` at least."""

    picker: str
    task_id: str
    line_id: str
    location: str
    after_ms: int
    walk_ms: int
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceAdjusted(Fact):
    """`volume` and `rate`: steps from the picker's configured ones, -5…5."""

    picker: str
    volume: int
    rate: int
    asleep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(Fact):
    """It will be said at the next safe prompt until `until` (wall ms), but not in the turn `after`."""

    picker: str
    text: str
    until: int
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAcknowledged(Fact):
    """The oldest waiting message was heard."""

    picker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageExpired(Fact):
    """Its time was over before a safe prompt came."""

    picker: str
    text: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsetDown(Fact):
    """A picker's headset cannot be used; he goes on by light."""

    picker: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsetUp(Fact):
    picker: str
