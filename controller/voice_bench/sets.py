"""What is asked: sets of phrases, each with the answers that the dialogue would allow there.

In: the English language file. Out: `Set`s: allowed answers, their grammar, what is said and what it should mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from controller.core.guide.talk.answers import ABOUT, ALWAYS, RESTS, VOICE, say
from controller.core.speech import Answer, Risk, SayDigits, SayNumber, SayWord, Talk, Word
from controller.voice.grammar import Grammar
from controller.voice.language import Language, Meaning
from controller.voice.language.scenes import scenes

KINDS: Final = ("commands", "commands in turn", "digits", "numbers", "check digits", "digit strings")
DIGITS: Final = tuple("zero one two three four five six seven eight nine".split())
NUMBERS: Final = range(10, 101)
STRINGS: Final = (3, 4, 5)
TROUBLE: Final = (Word.SHORT, Word.DAMAGED, Word.EMPTY)
AT_PLACE: Final[tuple[Answer, ...]] = say(
    *(Word.OVERRIDE, Word.SHORT, Word.SKIP, Word.BACK, Word.WHERE, Word.PAUSE), *ALWAYS
)
"""What may be said beside the check digits, as `guide.talk.answers` has it."""
AT_PICK: Final[tuple[Answer, ...]] = (
    *say(Word.CONFIRM),
    SayNumber(1, 99),
    *say(*TROUBLE, risk=Risk.DESTRUCTIVE),
    *say(Word.SKIP, Word.UNDO, Word.BACK, *ABOUT, *RESTS, *ALWAYS, *VOICE),
)
"""What may be said when the goods are before the picker, likewise."""


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


def commands(language: Language) -> Grammar:
    """Every command of the language at once: harder than any turn of the dialogue, which allows two dozen at most."""
    return language.grammar(Talk("commands", (), say(*Word)))


def at_pick(language: Language) -> Grammar:
    """The turn in which a pick is confirmed."""
    return language.grammar(Talk("at pick", (), AT_PICK))


def sets(language: Language, *, quick: bool = False, seed: int = 0) -> tuple[Set, ...]:
    """All sets; `seed` draws the digit strings, and of numbers and check digits about every second. `quick`: a few."""
    random = Random(seed)
    share = 6 if quick else 2
    pairs = [f"{DIGITS[n // 10]} {DIGITS[n % 10]}" for n in range(seed % share, 100, share)]
    numbers = list(NUMBERS)[seed % share :: share]
    counted = [language.answers.numbers.phrases(number)[0] for number in numbers]
    made = [
        _set(language, "commands", say(*Word), _some(_phrases(language, Word), quick=quick)),
        *(
            _set(language, "commands in turn", answers, _some(_phrases(language, words), quick=quick))
            for answers, words in turns().items()
        ),
        _set(language, "digits", (SayDigits(1),), DIGITS[:: 3 if quick else 1]),
        _set(language, "numbers", (SayNumber(NUMBERS.start, NUMBERS.stop - 1, terminal=False),), counted),
        _set(language, "check digits", (SayDigits(2), *AT_PLACE), pairs),
    ]
    for length in STRINGS:
        strings = [" ".join(random.choices(DIGITS, k=length)) for _ in range(3 if quick else 10)]
        made.append(_set(language, "digit strings", (SayDigits(length),), strings))
    return tuple(made)


def turns() -> dict[tuple[Answer, ...], list[Word]]:
    """Every word in the turn of the dialogue where it has most others beside it, by the answers of these turns."""
    found: dict[tuple[Answer, ...], list[Word]] = {}
    allowed = [scene.answers for scene in scenes()]
    for word in Word:
        there = [
            answers for answers in allowed if any(isinstance(one, SayWord) and one.word is word for one in answers)
        ]
        found.setdefault(max(there, key=len), []).append(word)
    return found


def texts(made: Sequence[Set]) -> list[str]:
    """Everything that has to be spoken."""
    return list(dict.fromkeys(asked.said for one in made for asked in one.asked))


def _phrases(language: Language, words: Iterable[Word]) -> list[str]:
    return [phrase for one in words for phrase in language.answers.words[one]]


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
