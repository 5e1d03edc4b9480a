"""What may be answered at each step: the smallest set that lets work go on, as every further word costs accuracy.

In: a `Standing`. Out: answers with their risks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Decimal
from functools import cache
from typing import Final

from controller.core.guide.talk.expected import length_asked
from controller.core.guide.talk.standing import Standing, Step
from controller.core.model import Line, ShortReason, Site
from controller.core.speech import Answer, Risk, SayDigits, SayNumber, SayWord, Word
from controller.core.work.quantities import limit

MOST = 999
"""The largest number that is said as a number."""
MOST_DIGITS = 8
REASONS: Final[Mapping[Word, ShortReason]] = {
    Word.DAMAGED: ShortReason.DAMAGED,
    Word.EMPTY: ShortReason.EMPTY,
    Word.WRONG_ITEM: ShortReason.WRONG_ITEM,
    Word.BLOCKED: ShortReason.BLOCKED,
    Word.EXPIRED: ShortReason.EXPIRED_LOT,
    Word.NOT_FOUND: ShortReason.NOT_FOUND,
    Word.MISMATCH: ShortReason.QTY_MISMATCH,
    Word.OVERSIZE: ShortReason.OVERSIZE,
    Word.OTHER_REASON: ShortReason.OTHER,
}
DESTRUCTIVE = frozenset({Word.SHORT, Word.SKIP, Word.UNDO, Word.SIGN_OUT, Word.OVERRIDE, Word.YES})
CONFIRMING = frozenset({Word.CONFIRM, Word.WAKE_UP})

ALWAYS = (Word.SAY_AGAIN, Word.HELP)
VOICE = (Word.LOUDER, Word.SOFTER, Word.FASTER, Word.SLOWER)
RESTS = (Word.PAUSE, Word.SLEEP, Word.SIGN_OUT)
ABOUT = (Word.WHERE, Word.HOW_MANY, Word.WHAT_IS_IT)


def answers(standing: Standing, site: Site) -> tuple[Answer, ...]:
    """Everything that may be said now, locked out or not."""
    return _BY_STEP[standing.step](standing, site)


@cache
def say(*words: Word, risk: Risk | None = None) -> tuple[Answer, ...]:
    """These words, each with what it costs to mishear it. There are few sets of them, asked for after every commit."""
    return tuple(SayWord(word, risk or _risk(word)) for word in words)


def can_count(line: Line) -> bool:
    """Whether its quantity can be said as numbers: whole, and not beyond the largest number."""
    return line.qty == line.qty.to_integral_value() and line.qty <= MOST


def must_count(standing: Standing) -> bool:
    """Whether the quantity has to be said, and "confirm" alone is no answer."""
    return standing.count_wanted and standing.line is not None and can_count(standing.line.line)


def short_of(standing: Standing) -> Decimal | None:
    """How many a short would leave in the tote, where that is known without asking; else None."""
    assert standing.line is not None
    line, dialogue = standing.line.line, standing.dialogue
    if dialogue.settled:
        known = line.serials == "capture" or line.qty <= 1
        return Decimal(len(dialogue.items) if line.serials == "capture" else 0) if known else None
    if dialogue.counted or not dialogue.there or line.qty <= 1:
        return dialogue.counted
    return None


def _risk(word: Word) -> Risk:
    if word in ALWAYS or word in ABOUT:
        return Risk.SAFE
    if word in VOICE:
        return Risk.SETTING
    if word in DESTRUCTIVE:
        return Risk.DESTRUCTIVE
    return Risk.CONFIRMING if word in CONFIRMING else Risk.NORMAL


def _undo(standing: Standing) -> tuple[Answer, ...]:
    return say(Word.UNDO) if standing.can_undo else ()


def _skip(standing: Standing) -> tuple[Answer, ...]:
    """Not with some of it in hand: what is counted would be forgotten. Nor of goods that go back."""
    return () if standing.dialogue.counted or standing.returning else say(Word.SKIP)


def _give_up(standing: Standing) -> tuple[Answer, ...]:
    """Ways out of a line before it is picked."""
    return () if standing.returning else (*say(Word.SHORT), *_skip(standing))


# --- one function a step ------------------------------------------------------------------------------------------


def _off(_standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return (*say(Word.SIGN_ON), *say(Word.READY, risk=Risk.CONFIRMING), *say(*ALWAYS, *VOICE))


def _asleep(_standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return say(Word.WAKE_UP)


def _paused(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    resume = () if standing.paused_by_host else say(Word.RESUME)
    leave = () if standing.dialogue.counted else say(Word.SIGN_OUT)
    return (*resume, *leave, *say(Word.SLEEP, *ALWAYS, *VOICE))


def _message(_standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return say(Word.READY, *ALWAYS, *VOICE)


def _idle(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return (*_undo(standing), *say(*RESTS, *ALWAYS, *VOICE))


def _announce(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return (*say(Word.READY, Word.HOW_MANY), *_undo(standing), *say(*RESTS, *ALWAYS, *VOICE))


def _aisle(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return (*say(Word.READY), *_give_up(standing), *_undo(standing), *say(*ABOUT, *RESTS, *ALWAYS, *VOICE))


def _busy(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return (*_skip(standing), *_undo(standing), *say(*RESTS, *ALWAYS, *VOICE))


def _place(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    """Digits are asked for among as few other words as can be."""
    back = say(Word.BACK) if standing.location is not None and standing.location.aisle else ()
    more = (*_give_up(standing), *_undo(standing), *back, *say(Word.WHERE, Word.PAUSE, *ALWAYS))
    digits = standing.check_digits
    if _sayable(digits):
        return (SayDigits(len(digits)), *say(Word.OVERRIDE), *more)
    return (*say(Word.READY), *more, *say(Word.SLEEP, Word.SIGN_OUT, *VOICE))


def _scan(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return (*say(Word.OVERRIDE, Word.BACK), *_give_up(standing), *say(*ABOUT, Word.PAUSE, *ALWAYS))


def _pick(standing: Standing, site: Site) -> tuple[Answer, ...]:
    assert standing.line is not None
    line, counted = standing.line.line, standing.dialogue.counted
    high = min(MOST, int(limit(line, site.policy) - counted))
    number: tuple[Answer, ...] = (SayNumber(1, high),) if can_count(line) and high >= 1 else ()
    whole = () if must_count(standing) else say(Word.CONFIRM)
    trouble = say(Word.SHORT, Word.DAMAGED, Word.EMPTY, risk=Risk.DESTRUCTIVE)
    rests = say(*RESTS) if not counted else say(Word.PAUSE, Word.SLEEP)
    more = (*_skip(standing), *_undo(standing), *say(Word.BACK, *ABOUT), *rests, *say(*ALWAYS, *VOICE))
    return (*whole, *number, *trouble, *more)


def _items(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    assert standing.line is not None
    length = length_asked(standing.line.line, standing.dialogue)
    asked: tuple[Answer, ...] = (SayDigits(length),) if length else ()
    short = () if standing.dialogue.reason is not None else say(Word.SHORT)  # it is one already
    return (*asked, *short, *say(Word.OVERRIDE, Word.BACK, Word.WHAT_IS_IT, Word.PAUSE, *ALWAYS))


def _put_back(_standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return say(Word.CONFIRM, Word.BACK, *ABOUT, Word.PAUSE, *ALWAYS, *VOICE)


def _hand_over(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    done = say(Word.READY, Word.CONFIRM, Word.NEXT, risk=Risk.CONFIRMING)
    return (*done, *_undo(standing), *say(*RESTS, *ALWAYS, *VOICE))


def _short_quantity(standing: Standing, _site: Site) -> tuple[Answer, ...]:
    assert standing.line is not None
    below = int(standing.line.line.qty.to_integral_value(ROUND_CEILING)) - 1
    return (SayNumber(0, min(MOST, below), terminal=False), *say(Word.CANCEL, *ALWAYS))


def _short_reason(_standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return say(*REASONS, Word.CANCEL, *ALWAYS)


def _sure(_standing: Standing, _site: Site) -> tuple[Answer, ...]:
    return say(Word.YES, Word.NO, Word.CANCEL, *ALWAYS)


def _sayable(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS


_BY_STEP: Final[Mapping[Step, Callable[[Standing, Site], tuple[Answer, ...]]]] = {
    Step.OFF: _off,
    Step.ASLEEP: _asleep,
    Step.PAUSED: _paused,
    Step.MESSAGE: _message,
    Step.IDLE: _idle,
    Step.ANNOUNCE: _announce,
    Step.AISLE: _aisle,
    Step.BUSY: _busy,
    Step.PLACE: _place,
    Step.SCAN: _scan,
    Step.PICK: _pick,
    Step.ITEMS: _items,
    Step.PUT_BACK: _put_back,
    Step.HAND_OVER: _hand_over,
    Step.SHORT_QUANTITY: _short_quantity,
    Step.SHORT_REASON: _short_reason,
    Step.SHORT_SURE: _sure,
    Step.UNDO_SURE: _sure,
    Step.SIGN_OUT_SURE: _sure,
}
