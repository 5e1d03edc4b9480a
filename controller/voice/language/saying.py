"""Sentences: prompts of the dialogue with their values put into words.

In: prompts and the templates of a language. Out: text for the mouth; commas are pauses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from controller.core.speech import Prompt, Spelled, Value
from controller.voice.language.sayable import Sayable, amount
from controller.voice.language.templates import Field, Option, PhraseOf, Template

Style = Literal["full", "terse"]
_RUNS = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True)
class Spelling:
    """How characters are said. `group`: how many together. `letters`: names for those that the voice gets wrong;
    `inside`: for those that it gets wrong only where no pause follows.
    """

    group: int
    digits: tuple[str, ...]
    letters: Mapping[str, str]
    inside: Mapping[str, str]

    def say(self, text: str) -> str:
        """Character by character in groups, with a comma between; separators only end a group."""
        runs = re.split(r"[\W_]+", text.upper())
        return ", ".join(self.together(part) for run in runs for part in _parts(run, self.group))

    def together(self, signs: str) -> str:
        """Characters without a pause between them; one behind them is expected."""
        return " ".join(
            [*(self.inside.get(sign) or self.character(sign) for sign in signs[:-1]), self.character(signs[-1])]
        )

    def character(self, sign: str) -> str:
        return self.digits[int(sign)] if sign.isascii() and sign.isdigit() else self.letters.get(sign, sign)


@dataclass(frozen=True)
class Places:
    """How location ids are said; see `[places]` of a language file."""

    spelling: Spelling
    whole_numbers: bool
    zeros: bool
    phonetic: Mapping[str, str]
    """Letter -> its word in a spelling alphabet; empty = letters are said plainly."""

    def say(self, location: str) -> str:
        """`A.03.07:2` as `A, three, seven, two`: a run of letters or digits is a group, without leading noughts."""
        return ", ".join(map(self._run, _RUNS.findall(location.upper())))

    def _run(self, run: str) -> str:
        if run.isascii() and run.isdigit():
            number = run if self.zeros else run.lstrip("0") or "0"
            return number if self.whole_numbers and not number.startswith("0") else self.spelling.together(number)
        if len(run) > 3 and not self.phonetic:
            return run.capitalize()  # HOME, DOCK: a word
        if not self.phonetic:
            return self.spelling.together(run)
        return " ".join(self.phonetic.get(letter) or self.spelling.character(letter) for letter in run)


@dataclass(frozen=True)
class Sentences:
    """Everything of a language that is said."""

    templates: Mapping[tuple[str, str], Template]
    """(key, style) -> template; a key without a terse one is said in full."""
    spelling: Spelling
    places: Places
    sayable: Sayable
    units: Mapping[str, tuple[str, str]]
    handling: Mapping[str, str]
    reasons: Mapping[str, str]
    listing: Mapping[str, str]
    decimal_point: str

    def say(self, prompt: Prompt, style: Style, phrase_of: Callable[[str], str]) -> str:
        """The sentence of a prompt. `phrase_of`: value of a `Word` -> the picker's phrase for it.

        Raises KeyError for a prompt or value that the dialogue's table does not have.
        """
        template = self.templates.get((prompt.key, style)) or self.templates[prompt.key, "full"]
        filled = self._fill(template, dict(prompt.values), phrase_of)
        return re.sub(r"\s+([,.?!;:])", r"\1", re.sub(r"\s+", " ", filled)).strip()

    def amount(self, number: int | Decimal) -> str:
        return amount(number, self.decimal_point)

    def _fill(self, template: Template, values: Mapping[str, Value], phrase_of: Callable[[str], str]) -> str:
        said = []
        for part in template:
            match part:
                case str():
                    said.append(part)
                case PhraseOf(word=word):
                    said.append(phrase_of(word))
                case Option(parts=parts):
                    if not any(isinstance(inner, Field) and _empty(values[inner.name]) for inner in parts):
                        said.append(self._fill(parts, values, phrase_of))
                case Field():
                    said.append(self._field(part, values, phrase_of))
        return "".join(said)

    def _field(self, field: Field, values: Mapping[str, Value], phrase_of: Callable[[str], str]) -> str:
        value = values[field.name]
        if field.unit:
            code = _text(values[field.unit])
            unknown = f"# {self.sayable.say(code)}"
            return self._form(value, self.units.get(code.upper(), (unknown, unknown)))
        if field.forms:
            return self._form(value, field.forms)
        match field.way:
            case "place":
                return self.places.say(_text(value))
            case "digits":
                return self.spelling.say(_text(value))
            case "handling":
                codes = re.split(r"[\s,;]+", _text(value).strip())
                return ", ".join(self._handling(code) for code in codes)
            case "reason":
                return self.reasons.get(_text(value)) or self.sayable.say(_text(value))
            case "phrases":
                return self._list([self.listing.get(word) or phrase_of(word) for word in _text(value).split()])
        if isinstance(value, Spelled):
            return self.spelling.say(value.text)
        return self.sayable.say(value) if isinstance(value, str) else self.amount(value)

    def _handling(self, code: str) -> str:
        """Of unknown codes, compounds are words, also in capitals: NO-OIL."""
        compound = re.fullmatch(r"[^\W\d_]+([-_][^\W\d_]+)+", code)
        return self.handling.get(code.lower()) or self.sayable.say(code.lower() if compound else code)

    def _form(self, value: Value, forms: tuple[str, ...]) -> str:
        number = value if isinstance(value, int | Decimal) else Decimal(_text(value))
        return forms[0 if number == 1 else 1].replace("#", self.amount(number))

    def _list(self, items: list[str]) -> str:
        """`a, b, or c`."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])}, {self.listing['or']} {items[-1]}"


def _parts(run: str, group: int) -> list[str]:
    """As few parts as possible, none longer than `group`, as even as possible, the longer ones first."""
    if not run:
        return []
    count = -(-len(run) // group)
    short, longer = divmod(len(run), count)
    ends = [short * number + min(number, longer) for number in range(count + 1)]
    return [run[start:end] for start, end in pairwise(ends)]


def _text(value: Value) -> str:
    return value.text if isinstance(value, Spelled) else str(value)


def _empty(value: Value) -> bool:
    return not _text(value).strip() if isinstance(value, str | Spelled) else not value
