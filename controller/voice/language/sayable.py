"""Texts of a WMS as a voice can say them: `Hydraulic hose 2SN 3/8in 600 mm`.

In: free text and the tables `[sayable]` of a language. Out: words, numbers and pauses; no character that a synthesiser
spells out, stumbles over, or takes for markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 200
"""Characters of free text that are said, about fifteen seconds; the rest is cut at a word."""
LONG_NUMBER = 5
"""From so many digits on a number is said digit by digit: it is an id and no amount."""

_TOKEN = re.compile(
    r"(?P<fraction>(?<![\w/.,])\d{1,2}/\d{1,2}(?![\d/.,]\d))"
    r"|(?P<number>\d+(?:[.,]\d+)?)"
    r"|(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*(?:[23](?!\w))?)"
    r"|(?P<pause>[,;:.!?](?=\s|$))"
    r"|(?P<blank>\s+)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_ONE_BEHIND = frozenset("-/")
"""Behind these signs a measure is said in its form for one: `3-cyl`, `cm3/rev`."""
_HYPHENS = frozenset("-_")
_SHORT = 3
"""Letters. Capitals are spelled out up to one more than this, but not where longer words are in capitals too."""
_VOWELS = frozenset("aeiouyäöüáéíóúàâèêëîïôùûæœ")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    glued: bool
    """Whether no blank stands before it."""


_NOTHING = Token("", "", glued=False)


@dataclass(frozen=True)
class Sayable:
    """The tables of one language. `measures`: behind a number, forms for one and for many. `between`: signs between two
    numbers. `letters`: names of letters that the voice gets wrong. `decimal_point`: how this language writes one.
    """

    signs: Mapping[str, str]
    measures: Mapping[str, tuple[str, str]]
    between: Mapping[str, str]
    fractions: Mapping[str, str]
    words: Mapping[str, str]
    letters: Mapping[str, str]
    decimal_point: str

    def say(self, text: str) -> str:
        """`text` in words; empty if nothing of it can be said."""
        signs = unicodedata.normalize("NFC", text)
        clean = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in signs)
        tokens = tuple(_tokens(_cut(clean)))
        long = [token.text for token in tokens if token.kind == "word" and len(token.text) > _SHORT]
        shouted = bool(long) and all(map(str.isupper, long))
        said = " ".join(filter(None, (self._token(tokens, place, shouted) for place in range(len(tokens)))))
        return re.sub(r" *([,.!?])(?=\s|$)[\s,.!?]*", r"\1 ", said).strip(" ,")

    def _token(self, tokens: tuple[Token, ...], place: int, shouted: bool) -> str:  # noqa: FBT001 (a fact, no switch)
        token = tokens[place]
        before = tokens[place - 1] if place else _NOTHING
        after = tokens[place + 1] if place + 1 < len(tokens) else _NOTHING
        joins = token.glued and after.glued
        if before.kind == after.kind == "number" and token.text in self.between and (joins or token.kind == "word"):
            return self.between[token.text]
        if token.text == "/" and before.kind == after.kind == "word" and joins:
            return self.between.get("per", "")
        match token.kind:
            case "fraction":
                return self.fractions.get(token.text, token.text.replace("/", f" {self.between.get('/', '')} "))
            case "number":
                return self._number(token.text)
            case "pause":
                return "," if token.text in ",;:" else token.text
            case "word":
                counted = tokens[place - 2] if before.text in {"-", "/"} and place > 1 else before
                if measure := self._measure(token.text, counted, before.text):
                    return measure
                whole = token.text.islower() and _compound(tokens, place)  # no-oil is not number oil
                return token.text if whole else self._word(token.text, shouted, first=not place)
        return self.signs.get(token.text, "")

    def _measure(self, text: str, counted: Token, before: str) -> str:
        """The measure `text` behind what it counts; in `cm3/rev` the second one stands for one. Empty if it is none."""
        if text not in self.measures or not (counted.kind in {"number", "fraction"} or before == "/"):
            return ""
        if before == "-" and len(text) == 1:
            return ""  # 7241-A is an id
        one = counted.text == "1" or counted.text in self.fractions or before in _ONE_BEHIND
        return self.measures[text][0 if one else 1]

    def _number(self, text: str) -> str:
        if text.isdecimal():
            single = len(text) >= LONG_NUMBER or (text.startswith("0") and len(text) > 1)
            return " ".join(text) if single else text
        return text.replace(",", ".").replace(".", self.decimal_point)

    def _word(self, text: str, shouted: bool, *, first: bool) -> str:  # noqa: FBT001 (a fact, no switch)
        if text in self.words:
            return self.words[text]
        small = text.lower()
        if shouted and _VOWELS.intersection(small) and len(text) >= _SHORT:
            return small
        if not text.isupper() or len(text) > _SHORT + 1 or (first and len(text) == 1):  # A tote …
            return text
        return " ".join(self.letters.get(letter, letter) for letter in text)


def amount(number: int | Decimal, decimal_point: str) -> str:
    """A quantity in digits, without needless noughts: `2.5`, in German `2,5`."""
    plain = format(Decimal(number).normalize(), "f")
    return plain.replace(".", decimal_point)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]


def _compound(tokens: tuple[Token, ...], place: int) -> bool:
    """Whether a hyphen joins this word to another one."""
    around = (tokens[max(0, place - 2) : place + 1], tokens[place : place + 3])
    return any(
        len(part) == 3
        and part[0].kind == part[2].kind == "word"
        and part[1].text in _HYPHENS
        and part[1].glued
        and part[2].glued
        for part in around
    )


def _tokens(text: str) -> Iterator[Token]:
    glued = False
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "blank":
            yield Token(match.lastgroup or "sign", match.group(), glued)
        glued = match.lastgroup != "blank"
