"""What may be answered: the phrases of commands, numbers and digits, and what a phrase means.

In: the answers that the dialogue allows. Out: the grammar for the ear, and its exact inverse: every phrase of a grammar
means the one answer it was made for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from controller.core.speech import Answer, Risk, SayDigits, SayNumber, SayWord, Talk, Word
from controller.voice.grammar import Choice, DigitString, Grammar
from controller.voice.language.counting import HIGHEST, Numbers

MOST_DECOYS = 32
"""In one grammar. More of them cost true answers: each is a rival of the recogniser's best guess."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase means: exactly one of the three is set."""

    word: Word | None = None
    digits: str | None = None
    number: int | None = None


@dataclass(frozen=True)
class Answers:
    """Everything of a language that is heard. `digits`: word -> its digit. `near`: value of a `Word` -> phrases that
    sound like it.
    """

    words: Mapping[Word, tuple[str, ...]]
    digits: Mapping[str, str]
    numbers: Numbers
    frequent: tuple[str, ...]
    near: Mapping[str, tuple[str, ...]]

    def grammar(self, talk: Talk, *, reject: bool) -> Grammar:
        """What the ear listens for now. The first of several answers that a phrase would fit has it."""
        answers = [answer for answer in talk.answers if not talk.asleep or answer == _wake(answer)]
        choices: dict[str, Choice] = {}
        strings: list[DigitString] = []
        for answer in answers:
            match answer:
                case SayDigits(length=length, terminal=terminal, risk=risk):
                    strings.append(DigitString(length, tuple(self.digits), self._terminals(terminal), risk))
                case SayWord() | SayNumber():
                    for phrase in self._phrases(answer):
                        if self.meaning(phrase, answers) == self.meaning(phrase, (answer,)):
                            means = answer.word.value if isinstance(answer, SayWord) else ""
                            choices.setdefault(phrase, Choice(phrase, answer.risk, means, self.near.get(means, ())))
        decoys = self._decoys(choices, (word for string in strings for word in string.digits))
        return Grammar(talk.turn, tuple(choices.values()), tuple(strings), decoys, reject)

    def everything(self) -> Grammar:
        """All commands, single digits and decoys, for a second opinion over the same audio: compare the text, it is
        nothing to accept.
        """
        phrases = [*(phrase for each in self.words.values() for phrase in each), *self.digits]
        others = tuple(decoy for decoy in self.frequent if decoy not in phrases)
        return Grammar("", tuple(Choice(phrase, Risk.NORMAL) for phrase in phrases), (), others)

    def meaning(self, text: str, answers: Iterable[Answer]) -> Meaning | None:
        """What `text` means where `answers` are allowed; None if it is none of them."""
        phrase = " ".join(text.lower().split())
        meanings = (self._meaning(phrase, answer) for answer in answers)
        return next((meaning for meaning in meanings if meaning is not None), None)

    def vocabulary(self) -> frozenset[str]:
        """Every word that can be answered, without decoys."""
        phrases = (phrase for each in self.words.values() for phrase in each)
        commands = frozenset(word for phrase in phrases for word in phrase.split())
        return commands | set(self.digits) | self.numbers.vocabulary

    def fitted(self, knows: Callable[[str], bool]) -> Answers:
        """Without the phrases that the recogniser cannot hear because it does not know a word of them."""

        def audible(phrases: Iterable[str]) -> tuple[str, ...]:
            return tuple(phrase for phrase in phrases if all(map(knows, phrase.split())))

        unknown = frozenset(word for word in self.numbers.vocabulary if not knows(word))
        return Answers(
            words={word: audible(phrases) for word, phrases in self.words.items()},
            digits={word: digit for word, digit in self.digits.items() if knows(word)},
            numbers=replace(self.numbers, unknown=self.numbers.unknown | unknown),
            frequent=audible(self.frequent),
            near={name: audible(phrases) for name, phrases in self.near.items()},
        )

    def _meaning(self, phrase: str, answer: Answer) -> Meaning | None:
        match answer:
            case SayWord(word=word):
                return Meaning(word=word) if phrase in self.words[word] else None
            case SayDigits(length=length, terminal=terminal):
                digits = [self.digits.get(word) for word in self._body(phrase, terminal=terminal).split()]
                said = "".join(filter(None, digits))
                return Meaning(digits=said) if len(digits) == len(said) == length else None
            case SayNumber(low=low, high=high, terminal=terminal):
                number = self.numbers.number(self._body(phrase, terminal=terminal))
                return Meaning(number=number) if number is not None and low <= number <= high else None

    def _body(self, phrase: str, *, terminal: bool) -> str:
        """The phrase without its terminal; empty if it should have one and has none."""
        if not terminal:
            return phrase
        ends = (end for end in self._terminals(terminal) if phrase.endswith(f" {end}"))
        return next((phrase.removesuffix(f" {end}") for end in ends), "")

    def _terminals(self, terminal: bool) -> tuple[str, ...]:  # noqa: FBT001 (the field of an answer, passed through)
        return self.words[Word.CONFIRM] if terminal else ()

    def _phrases(self, answer: SayWord | SayNumber) -> Iterator[str]:
        if isinstance(answer, SayWord):
            yield from self.words[answer.word]
            return
        ends = [f" {end}" for end in self._terminals(answer.terminal)] or [""]
        for number in range(max(answer.low, 0), min(answer.high, HIGHEST) + 1):
            for phrase in self.numbers.phrases(number):
                yield from (f"{phrase}{end}" for end in ends)

    def _decoys(self, choices: Iterable[str], digits: Iterable[str]) -> tuple[str, ...]:
        """Frequent talk; none that is made of the words of an answer. What sounds like an answer is no decoy: the
        recogniser would take answers for it.
        """
        own = {word for phrase in choices for word in phrase.split()} | set(digits)
        return tuple(decoy for decoy in self.frequent if not own.issuperset(decoy.split()))[:MOST_DECOYS]


def _wake(answer: Answer) -> Answer | None:
    return answer if isinstance(answer, SayWord) and answer.word is Word.WAKE_UP else None
