"""What a language file may contain: every key, and what must stand behind it.

In: nothing. Out: `rule_for(path)`, the rule of one key, and `known_beside(path)`, the names that would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from controller.core.guide.talk.prompts import PROMPTS
from controller.core.model import ShortReason
from controller.core.speech import Word
from controller.voice.language.templates import TemplateError, parse

Path = tuple[str, ...]
Check = Callable[[Any], str]
"""Says what is wrong with a value, in a sentence that begins with `must`; empty if it is right."""

STYLES = ("full", "terse")
_PHRASE = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*(?: [^\W\d_]+(?:['-][^\W\d_]+)*)*\Z")


def is_phrase(value: object) -> bool:
    """Words as a recogniser writes them: small letters, one blank between; decoys may be names (`I see`)."""
    return isinstance(value, str) and bool(_PHRASE.match(value)) and value == value.lower()


def text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "must be a text"


def phrases(value: Any) -> str:
    right = isinstance(value, list) and value and all(map(is_phrase, value)) and len(set(value)) == len(value)
    return "" if right else "must be a list of different phrases in small letters without digits"


def single_words(value: Any) -> str:
    return phrases(value) or ("must be single words" if any(" " in word for word in value) else "")


def two_forms(value: Any) -> str:
    right = isinstance(value, list) and len(value) == 2 and not any(map(text, value))
    return "" if right else "must be two texts: for one and for many"


def ten_words(value: Any) -> str:
    right = isinstance(value, list) and len(value) == 10 and not any(map(text, value))
    return "" if right else "must be the ten digit words from 0 to 9"


def template(value: Any) -> str:
    if text(value):
        return "must be a text"
    try:
        parse(value)
    except TemplateError as error:
        return f"must be a sentence that can be filled in, but {error}"
    return ""


def one_of(*values: object) -> Check:
    wanted = " or ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in values)
    return lambda value: "" if value in values and type(value) is type(values[0]) else f"must be {wanted}"


def patterns(*names: str) -> Check:
    """A list of texts that have each of the names as {name} in them once."""
    shown = " and ".join(f"{{{name}}}" for name in names)

    def check(value: Any) -> str:
        right = isinstance(value, list) and all(isinstance(item, str) and _has(item, names) for item in value)
        return "" if right else f"must be a list of texts with {shown} in each"

    return check


def _has(item: str, names: tuple[str, ...]) -> bool:
    found = re.findall(r"\{([^{}]*)\}", item)
    return sorted(found) == sorted(names) and item.count("{") == item.count("}") == len(names)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file. `names`: its only keys, or None where any name is right."""

    check: Check
    names: tuple[str, ...] | None = None
    complete: bool = False
    """Whether every one of `names` has to be there."""
    numeric: bool = False
    """Whether keys are whole numbers from 0 to 99."""


WORDS = tuple(word.value for word in Word)
DIGITS = tuple("0123456789")
HUNDREDS = DIGITS[1:]

TOP: Mapping[str, Check] = {
    "name": text,
    "espeak": text,
    "decimal_point": one_of(".", ","),
}
TABLES: Mapping[Path, Table] = {
    ("words",): Table(phrases, WORDS, complete=True),
    ("spare",): Table(phrases, WORDS),
    ("digits",): Table(single_words, DIGITS, complete=True),
    ("numbers", "words"): Table(phrases, numeric=True),
    ("numbers", "compound"): Table(phrases, HUNDREDS),
    ("numbers", "hundreds"): Table(phrases, HUNDREDS, complete=True),
    ("numbers", "whole_hundreds"): Table(phrases, HUNDREDS),
    ("decoys", "like"): Table(phrases, WORDS),
    ("spelling", "letters"): Table(text),
    ("spelling", "inside"): Table(text),
    ("places", "phonetic"): Table(text),
    ("units",): Table(two_forms),
    ("handling",): Table(text),
    ("reasons",): Table(text, tuple(reason.value for reason in ShortReason), complete=True),
    ("listing",): Table(text, ("digits", "number", "or"), complete=True),
    ("sayable", "signs"): Table(text),
    ("sayable", "measures"): Table(two_forms),
    ("sayable", "between"): Table(text),
    ("sayable", "fractions"): Table(text),
    ("sayable", "words"): Table(text),
    **{("prompts", key): Table(template, STYLES) for key in PROMPTS},
}
SINGLE: Mapping[Path, Check] = {
    **{(name,): check for name, check in TOP.items()},
    ("numbers", "compose"): patterns("ten", "unit"),
    ("numbers", "join"): patterns("hundred", "rest"),
    ("decoys", "frequent"): phrases,
    ("spelling", "group"): one_of(2, 3, 4),
    ("spelling", "digits"): ten_words,
    ("places", "digits"): one_of("single", "number"),
    ("places", "zeros"): one_of(False, True),
    ("places", "letters"): one_of("plain", "phonetic"),
}
"""Keys that stand alone; every one has to be there."""


def rule_for(path: Path) -> Check | None:
    """What must stand behind a key; None if no such key is known."""
    if path in SINGLE:
        return SINGLE[path]
    table = TABLES.get(path[:-1])
    if table is None:
        return None
    numbered = not table.numeric or (path[-1].isdecimal() and 0 <= int(path[-1]) < 100)
    return table.check if numbered and (table.names is None or path[-1] in table.names) else None


def known_beside(path: Path) -> tuple[str, ...]:
    """The names that are known in the table that `path` is in."""
    every = [*SINGLE, *TABLES, *((*table, name) for table, what in TABLES.items() for name in what.names or ())]
    for depth in range(len(path)):
        names = {known[depth] for known in every if len(known) > depth and known[:depth] == path[:depth]}
        if path[depth] not in names:
            return tuple(sorted(names))
    return ()
