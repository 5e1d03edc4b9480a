"""What is asked: sets of phrases, each with the answers that the dialogue would allow there.

In: the English language file. Out: `Set`s: allowed answers, their grammar, what is said and what it should mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from controller.core.speech import Answer, Risk, SayDigits, SayNumber, SayWord, Talk, Word
from controller.voice.grammar import Grammar
from controller.voice.language import Language, Meaning

KINDS: Final = ("commands", "digits", "numbers", "check digits", "digit strings")
DIGITS: Final = tuple("zero one two three four five six seven eight nine".split())
NUMBERS: Final = range(10, 101)
STRINGS: Final = (3, 4, 5)
SAFE: Final = frozenset(
    {Word.SAY_AGAIN, Word.HELP, Word.WHERE, Word.HOW_MANY, Word.WHAT_IS_IT, Word.LOUDER, Word.SOFTER}
    | {Word.FASTER, Word.SLOWER, Word.SLEEP, Word.WAKE_UP}
)
CONFIRMING: Final = frozenset({Word.CONFIRM, Word.YES, Word.OVERRIDE})
DESTRUCTIVE: Final = frozenset({Word.SHORT, Word.SKIP, Word.UNDO, Word.SIGN_OUT})
AT_PLACE: Final = (Word.SAY_AGAIN, Word.HELP, Word.WHERE, Word.SKIP, Word.OVERRIDE, Word.BACK)
"""What may be said beside the check digits."""
AT_PICK: Final = (
    *(Word.CONFIRM, Word.SHORT, Word.DAMAGED, Word.EMPTY, Word.SAY_AGAIN, Word.HELP, Word.WHERE, Word.HOW_MANY),
    *(Word.WHAT_IS_IT, Word.BACK, Word.SKIP, Word.UNDO),
)
"""What may be said when the goods are in the hand."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to say. `meaning` is what counts as understood."""

    said: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Set:
    """`kind` is one of KINDS. Everything in `asked` is an allowed answer."""

    kind: str
    answers: tuple[Answer, ...]
    grammar: Grammar
    asked: tuple[Asked, ...]


def word(one: Word) -> SayWord:
    """The answer with the risk that this bench counts it by."""
    risk = Risk.SAFE if one in SAFE else Risk.CONFIRMING if one in CONFIRMING else Risk.NORMAL
    return SayWord(one, Risk.DESTRUCTIVE if one in DESTRUCTIVE else risk)


def commands(language: Language) -> Grammar:
    """Every command of the language at once: harder than any turn of the dialogue, which allows a dozen."""
    return language.grammar(Talk("commands", (), tuple(word(one) for one in Word)))


def at_pick(language: Language) -> tuple[Grammar, tuple[Answer, ...]]:
    """The turn in which a pick is confirmed by its quantity, or by a word."""
    answers: tuple[Answer, ...] = (*(word(one) for one in AT_PICK), SayNumber(1, 99, terminal=False))
    return language.grammar(Talk("at pick", (), answers)), answers


def sets(language: Language, *, quick: bool = False, seed: int = 0) -> tuple[Set, ...]:
    """All sets; `seed` draws the digit strings, and of numbers and check digits about every second. `quick`: a few."""
    random = Random(seed)
    share = 6 if quick else 2
    pairs = [f"{DIGITS[n // 10]} {DIGITS[n % 10]}" for n in range(seed % share, 100, share)]
    numbers = list(NUMBERS)[seed % share :: share]
    counted = [language.answers.numbers.phrases(number)[0] for number in numbers]
    beside = tuple(word(one) for one in AT_PLACE)
    made = [
        _set(language, "commands", tuple(word(one) for one in Word), _some(_phrases(language), quick=quick)),
        _set(language, "digits", (SayDigits(1),), DIGITS[:: 3 if quick else 1]),
        _set(language, "numbers", (SayNumber(NUMBERS.start, NUMBERS.stop - 1, terminal=False),), counted),
        _set(language, "check digits", (SayDigits(2), *beside), pairs),
    ]
    for length in STRINGS:
        strings = [" ".join(random.choices(DIGITS, k=length)) for _ in range(3 if quick else 10)]
        made.append(_set(language, "digit strings", (SayDigits(length),), strings))
    return tuple(made)


def texts(made: Sequence[Set]) -> list[str]:
    """Everything that has to be spoken."""
    return list(dict.fromkeys(asked.said for one in made for asked in one.asked))


def _phrases(language: Language) -> list[str]:
    return [phrase for one in Word for phrase in language.answers.words[one]]


def _some(phrases: list[str], *, quick: bool) -> list[str]:
    return phrases[::3] if quick else phrases


def _set(language: Language, kind: str, answers: tuple[Answer, ...], said: Sequence[str]) -> Set:
    grammar = language.grammar(Talk(kind, (), answers))
    asked = []
    for phrase in dict.fromkeys(said):
        meaning = language.meaning(phrase, answers)
        if meaning is None:
            raise ValueError(f"{phrase!r} is no answer in the set {kind!r}")
        asked.append(Asked(phrase, meaning))
    return Set(kind, answers, grammar, tuple(asked))
