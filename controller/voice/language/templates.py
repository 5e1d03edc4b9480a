"""The sentences of a language file: a small template language.

In: template texts. Out: parts to be filled in, or a `TemplateError` that says what cannot be read.

    {name}                the value as its kind is said: text, number, spelled characters
    {name!place}          through a named way of saying; see `WAYS`
    {name|one #|many #}   a word form by the number, # is the number itself
    {name@unit}           an amount: the number with the unit of measure whose code is the value `unit`
    {=confirm}            the picker's own phrase for a command
    [ … ]                 left out when a value in it is empty or nought
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WAYS = ("digits", "handling", "phrases", "place", "reason", "text")
"""Ways of saying that a template may ask for: character by character, handling codes as words, commands as the picker's
phrases, a location in groups, a reason in words, free text."""

_TOKEN = re.compile(r"\{([^{}]*)\}|([\[\]{}])|([^\[\]{}]+)")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class TemplateError(ValueError):
    """A template cannot be read."""


@dataclass(frozen=True, slots=True)
class Field:
    """A place for the value `name`. At most one of the others is set."""

    name: str
    way: str = ""
    unit: str = ""
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhraseOf:
    """A place for the picker's phrase of a command; `word` is the value of a `Word`."""

    word: str


@dataclass(frozen=True, slots=True)
class Option:
    """Parts that are left out together."""

    parts: tuple[Part, ...]


Part = str | Field | PhraseOf | Option
Template = tuple[Part, ...]


def parse(text: str) -> Template:
    """The parts of a template; raises `TemplateError`."""
    outer: list[Part] = []
    inner: list[Part] | None = None
    for match in _TOKEN.finditer(text):
        field, sign, plain = match.groups()
        match sign:
            case "[" if inner is None:
                inner = []
                continue
            case "]" if inner is not None:
                outer.append(Option(tuple(inner)))
                inner = None
                continue
            case str():
                where = f"`{sign}` at character {match.start() + 1}"
                raise TemplateError(f"{where} has no partner or stands inside another")
        (outer if inner is None else inner).append(plain if field is None else _field(field))
    if inner is not None:
        raise TemplateError("`[` is not closed")
    return tuple(outer)


def fields(template: Template) -> Iterator[Field | PhraseOf]:
    """All places of a template, those inside options too."""
    for part in template:
        if isinstance(part, Option):
            yield from fields(part.parts)
        elif not isinstance(part, str):
            yield part


def values_of(template: Template) -> frozenset[str]:
    """The names of the values that a template takes."""
    names = [name for part in fields(template) if isinstance(part, Field) for name in (part.name, part.unit)]
    return frozenset(filter(None, names))


def _field(text: str) -> Field | PhraseOf:
    if text.startswith("="):
        return PhraseOf(_name(text[1:], text))
    if "|" in text:
        name, *forms = text.split("|")
        if len(forms) != 2:
            raise TemplateError(f"{{{text}}} needs two forms, for one and for many: {{{name}|one #|many #}}")
        return Field(_name(name, text), forms=tuple(forms))
    if "@" in text:
        name, unit = text.split("@", 1)
        return Field(_name(name, text), unit=_name(unit, text))
    name, _, way = text.partition("!")
    if way not in WAYS and "!" in text:
        raise TemplateError(f"{{{text}}} asks for `{way}`; known are {', '.join(WAYS)}")
    return Field(_name(name, text), way=way)


def _name(text: str, whole: str) -> str:
    if not _NAME.match(text):
        raise TemplateError(f"{{{whole}}} has no proper name in it: small letters, digits and _")
    return text
