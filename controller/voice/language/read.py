"""Language files from TOML, the shipped one and a site's overlay over it, checked key by key.

In: paths. Out: `Entries`, all values by their path with the file they stand in; or every fault at once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.core.guide.talk.prompts import PROMPTS
from controller.core.speech import Word
from controller.voice.language.faults import WrongLanguageError
from controller.voice.language.shape import SINGLE, STYLES, TABLES, known_beside, rule_for
from controller.voice.language.shape import Path as Key
from controller.voice.language.templates import Field, PhraseOf, fields, parse, values_of
from controller.wording import FileFault, did_you_mean

LARGEST_FILE = 262_144
"""Bytes that are read; the shipped files have some twelve thousand."""


@dataclass(frozen=True, slots=True)
class Entry:
    value: Any
    file: str


Entries = Mapping[Key, Entry]


def read(shipped: Path, overlay: Path | None = None) -> Entries:
    """All entries of a language, those of `overlay` in the place of the shipped ones.

    Raises `WrongLanguageError` with every fault of both files.
    """
    faults: list[FileFault] = []
    entries: dict[Key, Entry] = {}
    for file in (shipped, overlay):
        if file is not None:
            _add(entries, file, faults)
    if not faults:
        faults += _missing(entries, shipped.name)
        faults += _sentences(entries)
        faults += _told_apart(entries, str(shipped))
    if faults:
        raise WrongLanguageError(faults)
    return entries


def section(entries: Entries, *path: str) -> dict[str, Any]:
    """The table below `path`: key -> value."""
    return {key[-1]: entry.value for key, entry in entries.items() if key[:-1] == path}


def dotted(key: Key) -> str:
    return ".".join(key)


def _add(entries: dict[Key, Entry], file: Path, faults: list[FileFault]) -> None:
    try:
        raw = file.read_bytes()
        document = tomllib.loads(raw[:LARGEST_FILE].decode())
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        faults.append(FileFault(str(file), "file", what, "Correct the path, or the rights of the file."))
        return
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        faults.append(FileFault(str(file), "file", f"is no readable TOML: {error}", "Correct this line."))
        return
    for key, value in _leaves(document):
        fault = _fault(str(file), key, value)
        if fault is not None:
            faults.append(fault)
        else:
            entries[key] = Entry(value, str(file))


def _leaves(table: Mapping[str, Any], path: Key = ()) -> Iterator[tuple[Key, Any]]:
    for name, value in table.items():
        here = (*path, name)
        if here[:-1] == ("prompts",) and isinstance(value, str):
            yield from (((*here, style), value) for style in STYLES)  # one sentence for both styles
        elif isinstance(value, dict):
            yield from _leaves(value, here)
        else:
            yield here, value


def _fault(file: str, key: Key, value: Any) -> FileFault | None:
    check = rule_for(key)
    if check is None and any(path[: len(key)] == key for path in (*TABLES, *SINGLE)):
        return FileFault(file, dotted(key), "must be a table", f"Write `[{dotted(key)}]` above its keys.")
    if check is None:
        known = known_beside(key)
        wrong = next((name for depth, name in enumerate(key) if known == known_beside(key[: depth + 1])), key[-1])
        return FileFault(file, dotted(key), "is unknown", did_you_mean(wrong, known))
    what = check(value)
    return FileFault(file, dotted(key), what, "Correct it as in the shipped language files.") if what else None


def _missing(entries: Entries, file: str) -> Iterator[FileFault]:
    wanted = list(SINGLE)
    wanted += [(*path, name) for path, table in TABLES.items() if table.complete for name in table.names or ()]
    wanted += [("prompts", key, "full") for key in PROMPTS]
    wanted += [("numbers", "words", str(number)) for number in (*range(20), *range(20, 100, 10))]
    for key in wanted:
        if key not in entries:
            yield FileFault(file, dotted(key), "is missing", f"Add `{key[-1]} = …`.")


def _sentences(entries: Entries) -> Iterator[FileFault]:
    """Templates that ask for a value the dialogue does not give, or keep one from the picker that it gives."""
    words = {word.value for word in Word}
    for key, entry in entries.items():
        if key[0] != "prompts":
            continue
        template, given = parse(entry.value), set(PROMPTS[key[1]])
        for name in sorted(values_of(template) - given):
            what = f"asks for the value {{{name}}}, which this sentence does not get"
            yield FileFault(entry.file, dotted(key), what, did_you_mean(name, given))
        for name in sorted(given - values_of(template)) if key[2] == "full" else ():
            what = f"does not say the value {{{name}}}"
            yield FileFault(entry.file, dotted(key), what, f"Add {{{name}}} to the sentence.")
        for part in fields(template):
            if isinstance(part, PhraseOf) and part.word not in words:
                what = f"names the command {{={part.word}}}, which does not exist"
                yield FileFault(entry.file, dotted(key), what, did_you_mean(part.word, words))
            elif isinstance(part, Field) and part.forms and "#" not in part.forms[1]:
                what = f"has no # in the form for many of {{{part.name}}}"
                yield FileFault(entry.file, dotted(key), what, "Put # where the number is to be said.")


def _told_apart(entries: Entries, shipped: str) -> Iterator[FileFault]:
    """Phrases that would mean two things; it is the site's file that has to give way."""
    owners: dict[str, list[Key]] = {}
    for key, entry in sorted(entries.items(), key=lambda item: item[1].file != shipped):
        if key[:-1] not in {("words",), ("digits",), ("numbers", "words")}:
            continue
        for phrase in entry.value:
            for other in owners.get(phrase, ()):
                if key[0] == other[0] or "words" in {key[0], other[0]}:  # a digit may be a number too
                    what = f"has the phrase `{phrase}`, which is one of {dotted(other)} too"
                    yield FileFault(entry.file, dotted(key), what, "Leave it with one of them.")
            owners.setdefault(phrase, []).append(key)
