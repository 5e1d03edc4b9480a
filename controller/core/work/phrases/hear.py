"""A phrase was said.

In: `PhraseHeard`, `PhraseRejected`. Out: PhraseTaken and what it means; PhraseMisheard; or nothing, for an answer to a
turn that is over: that is a duplicate of what another channel has said meanwhile, and nobody is told off for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.guide.talk import speak
from controller.core.guide.talk.answers import answers
from controller.core.guide.talk.sentences import name_of
from controller.core.guide.talk.standing import Standing, Step, stand
from controller.core.guide.talk.turns import counts, same_turn
from controller.core.inputs import PhraseHeard, PhraseRejected
from controller.core.speech import Answer, SayDigits, SayNumber, SayWord, Word
from controller.core.work.phrases import commands, counting, numbers, shorts, way

Handler = Callable[[Draft, Standing, Word], None]


def hear(draft: Draft, heard: PhraseHeard) -> None:
    """Decides about one phrase: it counts for the turn it answers, and only if it is an answer there."""
    standing = _standing(draft, heard.picker)
    if standing is None or not same_turn(standing, heard.turn):
        return
    if not any(_fits(x, heard) for x in speak(standing, draft.state, draft.site).answers):
        _misheard(draft, standing, heard.text or _meant(heard), "NOT_ASKED", heard.confidence)
        return
    draft.add(
        f.PhraseTaken,
        picker=heard.picker,
        turn=heard.turn,
        step=standing.step.value,
        meant=_meant(heard),
        text=heard.text,
        confidence=heard.confidence,
        steady=draft.now.steady,
    )
    if heard.word is not None:
        _take_word(draft, standing, heard.word)
    elif heard.digits is not None:
        _DIGITS[standing.step](draft, standing, heard.digits)
    elif heard.number is not None:
        _NUMBERS[standing.step](draft, standing, heard.number)


def reject(draft: Draft, rejected: PhraseRejected) -> None:
    """Something was said that is no answer: counted, so that the prompt becomes a hint and the ear locks at last."""
    standing = _standing(draft, rejected.picker)
    if standing is not None and same_turn(standing, rejected.turn):
        _misheard(draft, standing, rejected.text, rejected.why, rejected.confidence)


def _standing(draft: Draft, picker_id: str) -> Standing | None:
    profile = draft.site.pickers.get(picker_id)
    if profile is None or not profile.voice:
        return None
    return stand(draft.state, draft.site, picker_id)


def _misheard(draft: Draft, standing: Standing, text: str, why: str, confidence: float) -> None:
    if not counts(standing, draft.site):
        return
    draft.add(
        f.PhraseMisheard,
        picker=standing.picker_id,
        turn=standing.turn,
        step=standing.step.value,
        expected=tuple(name_of(x) for x in answers(standing, draft.site)),
        why=why,
        text=text,
        confidence=confidence,
    )


def _fits(answer: Answer, heard: PhraseHeard) -> bool:
    match answer:
        case SayWord(word=word):
            return heard.word is word
        case SayDigits(length=length):
            said = heard.digits
            return said is not None and len(said) == length and said.isascii() and said.isdecimal()
        case SayNumber(low=low, high=high):
            return heard.number is not None and low <= heard.number <= high


def _meant(heard: PhraseHeard) -> str:
    if heard.word is not None:
        return heard.word.value
    return heard.digits if heard.digits is not None else str(heard.number)


def _take_word(draft: Draft, standing: Standing, word: Word) -> None:
    handler = _ANYWHERE.get(word) or _WORDS.get((standing.step, word))
    assert handler is not None, (standing.step, word)  # an offered word without a meaning: our own mistake
    handler(draft, standing, word)


_ANYWHERE: Final[Mapping[Word, Handler]] = {
    Word.SAY_AGAIN: commands.say_again,
    Word.HELP: commands.ask,
    Word.WHERE: commands.ask,
    Word.HOW_MANY: commands.ask,
    Word.WHAT_IS_IT: commands.ask,
    Word.LOUDER: commands.adjust,
    Word.SOFTER: commands.adjust,
    Word.FASTER: commands.adjust,
    Word.SLOWER: commands.adjust,
    Word.SLEEP: commands.sleep,
    Word.WAKE_UP: commands.wake_up,
    Word.PAUSE: commands.rest,
    Word.RESUME: commands.rest,
    Word.SIGN_ON: commands.sign_on,
    Word.SIGN_OUT: commands.ask_sign_out,
    Word.UNDO: commands.ask_undo,
    Word.SKIP: commands.skip,
    Word.BACK: way.back,
    Word.SHORT: shorts.begin,
}
"""Words that mean the same wherever they may be said."""
_WORDS: Final[Mapping[tuple[Step, Word], Handler]] = {
    (Step.OFF, Word.READY): commands.sign_on,
    (Step.MESSAGE, Word.READY): commands.acknowledge_message,
    (Step.ANNOUNCE, Word.READY): way.set_out,
    (Step.AISLE, Word.READY): way.reach_aisle,
    (Step.PLACE, Word.READY): way.arrive,
    (Step.PLACE, Word.OVERRIDE): way.override,
    (Step.SCAN, Word.OVERRIDE): way.override,
    (Step.ITEMS, Word.OVERRIDE): numbers.go_without,
    (Step.PICK, Word.CONFIRM): counting.confirm,
    (Step.PICK, Word.DAMAGED): shorts.begin,
    (Step.PICK, Word.EMPTY): shorts.begin,
    (Step.PUT_BACK, Word.CONFIRM): counting.returned,
    (Step.HAND_OVER, Word.READY): counting.handed_over,
    (Step.HAND_OVER, Word.CONFIRM): counting.handed_over,
    (Step.HAND_OVER, Word.NEXT): counting.handed_over,
    **{(Step.SHORT_REASON, word): shorts.give_reason for word in shorts.REASONS},
    (Step.SHORT_SURE, Word.YES): shorts.do,
    (Step.UNDO_SURE, Word.YES): commands.do_undo,
    (Step.SIGN_OUT_SURE, Word.YES): commands.do_sign_out,
    **{
        (step, word): commands.withdraw
        for step in (Step.SHORT_SURE, Step.UNDO_SURE, Step.SIGN_OUT_SURE)
        for word in (Word.NO, Word.CANCEL)
    },
    (Step.SHORT_QUANTITY, Word.CANCEL): commands.withdraw,
    (Step.SHORT_REASON, Word.CANCEL): commands.withdraw,
}
_DIGITS: Final[Mapping[Step, Callable[[Draft, Standing, str], None]]] = {
    Step.PLACE: way.check,
    Step.ITEMS: numbers.take,
}
_NUMBERS: Final[Mapping[Step, Callable[[Draft, Standing, int], None]]] = {
    Step.PICK: counting.count,
    Step.SHORT_QUANTITY: shorts.give_quantity,
}
