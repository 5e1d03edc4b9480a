"""Less than asked: how many, why, and is that so.

In: a draft, the `Standing`, a word or a number. Out: the next of these questions, and at last the line booked short.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from controller.core.dialogue import Ask
from controller.core.draft import Draft
from controller.core.guide.talk.answers import REASONS, short_of
from controller.core.guide.talk.standing import Standing
from controller.core.speech import Word
from controller.core.work.phrases.moves import move, settle_line

__all__ = ["REASONS", "begin", "do", "give_quantity", "give_reason"]


def begin(draft: Draft, standing: Standing, word: Word) -> None:
    """Short, or at once its reason: damaged, empty."""
    _next(draft, standing, short=short_of(standing), reason=REASONS.get(word))


def give_quantity(draft: Draft, standing: Standing, number: int) -> None:
    _next(draft, standing, short=Decimal(number), reason=standing.dialogue.reason)


def give_reason(draft: Draft, standing: Standing, word: Word) -> None:
    _next(draft, standing, short=standing.dialogue.short, reason=REASONS[word])


def do(draft: Draft, standing: Standing, _word: Word) -> None:
    """Yes: no more will come. Lots and serial numbers of what is there are still asked for."""
    dialogue = standing.dialogue
    taken = dialogue.short or Decimal(0)
    settle_line(draft, standing, replace(dialogue, counted=taken, short=None, there=True), "voice")


def _next(draft: Draft, standing: Standing, **known: Any) -> None:
    """Asks for what is not known yet."""
    if known["short"] is None:
        move(draft, standing, ask=Ask.SHORT_QUANTITY, **known)
    elif known["reason"] is None:
        move(draft, standing, ask=Ask.SHORT_REASON, **known)
    else:
        move(draft, standing, ask=Ask.SHORT_SURE, **known)
