"""What rejected phrases do to a turn: a hint after some, and after twice as many the ear is locked.

In: a `Standing` and the site. Out: whether the turn is a hint or locked, the name of the turn as headsets know it, and
the answers that a locked turn keeps.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from controller.core.guide.talk.standing import Standing, Step
from controller.core.model import Site
from controller.core.speech import Answer, SayWord, Word

QUIET: Final = frozenset({Step.OFF, Step.ASLEEP, Step.PAUSED, Step.IDLE})
"""Nothing is asked of him here: talk beside him is not meant for us, and gets no hint."""
KEY: Final = frozenset({Word.SAY_AGAIN, Word.HELP})
"""What opens a locked ear: safe, whoever said it."""
MARK: Final = "#"


class Patience(Enum):
    """How many unusable phrases this turn has seen."""

    LISTENING = ""
    HINTING = "hint"
    LOCKED = "locked"


def patience(standing: Standing, site: Site) -> Patience:
    """How far this turn's patience is used up."""
    talk, limit = standing.talk, site.policy.rejects_before_hint
    if standing.step in QUIET or talk.rejects_in != standing.turn or talk.rejects < limit:
        return Patience.LISTENING
    return Patience.HINTING if talk.rejects < 2 * limit else Patience.LOCKED


def counts(standing: Standing, site: Site) -> bool:
    """Whether one more unusable phrase is worth recording; babble must not fill the journal."""
    talk = standing.talk
    return talk.rejects_in != standing.turn or talk.rejects < 2 * site.policy.rejects_before_hint


def full_name(standing: Standing, how: Patience) -> str:
    """The name of the turn: it changes where something else is said, not with every noise."""
    return standing.turn if how is Patience.LISTENING else f"{standing.turn}{MARK}{how.value}"


def same_turn(standing: Standing, answered: str) -> bool:
    """Whether a phrase answers what is asked now; a hint in between does not change the question."""
    return answered == standing.turn or answered in {f"{standing.turn}{MARK}{x.value}" for x in Patience}


def kept(allowed: tuple[Answer, ...], how: Patience) -> tuple[Answer, ...]:
    """The answers that are still listened to."""
    if how is not Patience.LOCKED:
        return allowed
    return tuple(x for x in allowed if isinstance(x, SayWord) and x.word in KEY)
