"""A grammar made ready: what the recogniser is told, and what a row of words then is.

In: a `Grammar`. Out: phrases for the recogniser; for words heard, whether they are complete and may still grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from controller.core.speech import Risk
from controller.voice.grammar import UNKNOWN, DigitString, Grammar


class Standing(Enum):
    """What words heard so far are."""

    NOTHING = "nothing"
    PART = "part of a phrase"
    STRANGE = "no phrase at all: unknown speech, a decoy, a chain"
    GROWING = "complete, and the beginning of a longer phrase of several words"
    SPLITTING = "complete, and spelled like the beginning of a longer word: six, sixty"
    SYNONYM = "complete, and whatever longer phrase begins with it means the same: where, where is it"
    COMPLETE = "complete, and the beginning of nothing else"


class Phrases:
    """One turn's grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.risks: dict[str, Risk] = {choice.text: choice.risk for choice in grammar.choices}
        self._means = {choice.text: choice.means or choice.text for choice in grammar.choices}
        self._like = {choice.text: choice.like for choice in grammar.choices}
        self.decoys = frozenset(grammar.decoys) - self.risks.keys()
        strings = [phrase for string in grammar.strings for phrase in _pairs(string)]
        ours = dict.fromkeys([*self.risks, *strings])
        self.ours: tuple[str, ...] = tuple(ours)
        self.longest = max((*(len(text.split()) for text in self.risks), *map(_words, grammar.strings)), default=0)
        """Words of the longest complete phrase."""
        self.told: tuple[str, ...] = (
            *ours,
            *(decoy for decoy in sorted(self.decoys) if decoy not in ours),
            *((UNKNOWN,) if grammar.reject else ()),
        )
        """What the recogniser is told. Vosk makes a bigram of it: chains and parts of these come out as well."""

    def words(self) -> set[str]:
        """Every word that the model must know, without [unk]."""
        return {word for phrase in self.told if phrase != UNKNOWN for word in phrase.split()}

    def risk(self, text: str) -> Risk | None:
        """The risk of a complete phrase, None if it is not complete."""
        found = self.risks.get(text)
        if found is not None:
            return found
        words = text.split()
        return next((string.risk for string in self.grammar.strings if _fits(words, string) == "whole"), None)

    def whole(self, text: str) -> bool:
        """Whether this may be all that somebody said: a complete phrase, a decoy, unknown speech; no part, no chain."""
        return self.risk(text) is not None or text in self.decoys or UNKNOWN in text.split()

    def means(self, text: str) -> str:
        """Phrases that mean the same are the same answer."""
        return self._means.get(text, text)

    def like(self, text: str) -> tuple[str, ...]:
        """What sounds like a complete phrase and is no answer in this turn."""
        return tuple(phrase for phrase in self._like.get(text, ()) if self.risk(phrase) is None)

    def is_digits(self, text: str) -> bool:
        """Whether this is the whole or the beginning of a digit string."""
        words = text.split()
        return any(_fits(words, string) in {"whole", "part"} for string in self.grammar.strings)

    def wrong_length(self, words: Sequence[str]) -> bool:
        """Whether these are digits, but not as many as asked, or without the word that ends them."""
        return any(
            words and all(word in string.digits or word in string.terminals for word in words)
            for string in self.grammar.strings
        )

    def standing(self, text: str) -> Standing:
        if not text:
            return Standing.NOTHING
        words = text.split()
        if self.risk(text) is None:
            partly = any(choice.startswith(text + " ") for choice in self.risks) or self.is_digits(text)
            return Standing.PART if partly else Standing.STRANGE
        if any(_fits(words, string) == "part" for string in self.grammar.strings):
            return Standing.GROWING
        return self._among_longer(text)

    def _among_longer(self, text: str) -> Standing:
        """What a complete phrase is, by the phrases that begin with it."""
        longer = [choice for choice in self.risks if choice != text and choice.startswith(text)]
        others = [choice for choice in longer if self.means(choice) != self.means(text)]
        if any(choice.startswith(text + " ") for choice in others):
            return Standing.GROWING
        if others:
            return Standing.SPLITTING
        return Standing.SYNONYM if longer else Standing.COMPLETE


def _fits(words: Sequence[str], string: DigitString) -> str:
    """`whole`, `part` (more words would make it whole) or `no`."""
    digits, rest = words[: string.length], words[string.length :]
    if not words or not all(word in string.digits for word in digits):
        return "no"
    if len(digits) < string.length:
        return "part"
    if not rest:
        return "part" if string.terminals else "whole"
    ending = " ".join(rest)
    if ending in string.terminals:
        return "whole"
    return "part" if any(terminal.startswith(ending + " ") for terminal in string.terminals) else "no"


def _words(string: DigitString) -> int:
    """How many a whole string has at most."""
    return string.length + max((len(end.split()) for end in string.terminals), default=0)


def _pairs(string: DigitString) -> list[str]:
    """All pairs of digits, so that the bigram lets any digit follow any other at the same cost, and how it ends."""
    if string.length == 1:
        alone = [] if string.terminals else list(string.digits)
    else:
        alone = [f"{one} {two}" for one in string.digits for two in string.digits]
    return [*alone, *(f"{digit} {end}" for digit in string.digits for end in string.terminals)]
