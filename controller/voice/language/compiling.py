"""From the checked entries of language files to what a language works with.

In: `Entries`. Out: `Answers` for the ear's side, `Sentences` for the mouth's.
"""

from __future__ import annotations

from typing import Any

from controller.core.speech import Word
from controller.voice.language.answering import Answers
from controller.voice.language.counting import Numbers
from controller.voice.language.read import Entries, section
from controller.voice.language.sayable import Sayable
from controller.voice.language.saying import Places, Sentences, Spelling
from controller.voice.language.templates import parse


def answers_of(entries: Entries) -> Answers:
    words, digits = section(entries, "words"), section(entries, "digits")
    return Answers(
        words={word: tuple(words[word.value]) for word in Word},
        digits={phrase: digit for digit in sorted(digits) for phrase in digits[digit]},
        numbers=_numbers(entries),
        frequent=tuple(entries["decoys", "frequent"].value),
        near=_lists(section(entries, "decoys", "like")),
    )


def spare_of(entries: Entries) -> dict[str, tuple[str, ...]]:
    """Phrases to suggest, by the value of their command."""
    return _lists(section(entries, "spare"))


def sentences_of(entries: Entries) -> Sentences:
    point = entries["decimal_point",].value
    spelling = Spelling(
        entries["spelling", "group"].value,
        tuple(entries["spelling", "digits"].value),
        section(entries, "spelling", "letters"),
        section(entries, "spelling", "inside"),
    )
    return Sentences(
        templates={(key[1], key[2]): parse(entry.value) for key, entry in entries.items() if key[0] == "prompts"},
        spelling=spelling,
        places=_places(entries, spelling),
        sayable=_sayable(entries, spelling, point),
        units=_pairs(section(entries, "units")),
        handling={code.lower(): said for code, said in section(entries, "handling").items()},
        reasons=section(entries, "reasons"),
        listing=section(entries, "listing"),
        decimal_point=point,
    )


def _numbers(entries: Entries) -> Numbers:
    def table(name: str) -> dict[int, tuple[str, ...]]:
        return {int(number): tuple(phrases) for number, phrases in section(entries, "numbers", name).items()}

    return Numbers(
        words=table("words"),
        compound=table("compound"),
        compose=tuple(entries["numbers", "compose"].value),
        hundreds=table("hundreds"),
        whole_hundreds=table("whole_hundreds"),
        join=tuple(entries["numbers", "join"].value),
    )


def _places(entries: Entries, spelling: Spelling) -> Places:
    phonetic = section(entries, "places", "phonetic")
    return Places(
        spelling,
        whole_numbers=entries["places", "digits"].value == "number",
        zeros=entries["places", "zeros"].value,
        phonetic=phonetic if entries["places", "letters"].value == "phonetic" else {},
    )


def _sayable(entries: Entries, spelling: Spelling, point: str) -> Sayable:
    return Sayable(
        signs=section(entries, "sayable", "signs"),
        measures=_pairs(section(entries, "sayable", "measures")),
        between=section(entries, "sayable", "between"),
        fractions=section(entries, "sayable", "fractions"),
        words=section(entries, "sayable", "words"),
        letters={**spelling.letters, **spelling.inside},
        decimal_point=point,
    )


def _pairs(table: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (forms[0], forms[1]) for name, forms in table.items()}


def _lists(table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in table.items()}
