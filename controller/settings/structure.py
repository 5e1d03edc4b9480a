"""What the settings file says, and every way in which its shape is wrong.

In: TOML text. Out: a `Document` as whole as can be had, and all faults of shape: unknown keys, wrong types, values out
of range. A faulty key counts as not written, so that the checks that follow still find what else is wrong.
`jsonschema` is imported only where a fault is known to be there: a right configuration pays nothing for it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from controller.settings.model import URL_PATTERN, Document, Identity
from controller.settings.voice import DEVICE_PATTERN, LANGUAGE_PATTERN
from controller.wording import FileFault, did_you_mean

ARRAYS = {"bus", "picker"}
PLACEHOLDER = Identity(id="", controller="")
"""Stands for a missing [site] while the other checks run; it never leaves `load`."""
UNREAD: dict[str, Any] = {"zones": ()}
"""What stands for a needed key that could not be read: nothing. The cross checks pass over it."""


def parse(text: str, file: str) -> tuple[dict[str, Any], list[FileFault]]:
    """The TOML tree; empty with one fault if it is not TOML."""
    try:
        return tomllib.loads(text), []
    except RecursionError:
        return {}, [FileFault(file, "line 1", "is nested too deeply", "Settings need no nesting beyond [section].")]
    except ValueError as wrong:
        found = re.search(r"\(at (?:line (\d+)|(end of document))", str(wrong))
        line = (found.group(1) if found else None) or str(text.count("\n") + 1)
        what = re.sub(r" \(at .*\)$", "", str(wrong))
        return {}, [
            FileFault(file, f"line {line}", f"is not TOML: {what}", 'Texts need "quotes", keys stand before `=`.')
        ]


def shape(tree: dict[str, Any], file: str) -> tuple[Document, set[str], list[FileFault]]:
    """The document, the arrays of which an entry could not be read at all, and the faults."""
    try:
        return msgspec.convert(tree, Document), set(), []
    except msgspec.ValidationError as wrong:
        found = list(_faults(tree, file)) or [FileFault(file, _key_of(str(wrong)), str(wrong), "Mend the value.")]
    lost: set[str] = set()
    kept = {name: value for part in msgspec.structs.fields(Document) for name, value in _salvage(part, tree, lost)}
    return Document(**{"identity": PLACEHOLDER, **kept}), lost, found


# --- every fault ----------------------------------------------------------------------------------------------------


def _faults(tree: dict[str, Any], file: str) -> Iterator[FileFault]:
    for error in sorted(_validator().iter_errors(tree), key=lambda error: [str(part) for part in error.absolute_path]):
        yield from _fault(error, file)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(msgspec.json.schema(Document))


def _fault(error: Any, file: str) -> Iterator[FileFault]:
    """`error` is a jsonschema.ValidationError."""
    path = list(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            known = error.schema["properties"]
            for name in sorted(set(error.instance) - set(known)):
                yield FileFault(file, _key([*path, name]), "is unknown", did_you_mean(name, known))
        case "required":
            for name in sorted(set(error.validator_value) - set(error.instance)):
                if f"'{name}'" in error.message:
                    fix = "Add the section." if not path else f"Add `{name} = …`."
                    yield FileFault(file, _key([*path, name]), "is missing", fix)
        case "anyOf":
            for inner in error.context:
                if inner.validator_value != "null":
                    yield from _fault(inner, file)
        case kind:
            what, fix = _words(kind, error.validator_value, error.instance)
            yield FileFault(file, _key(path), what, fix)


TYPES = {
    "string": 'a text in "quotes"',
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a section",
}


def _words(kind: str, bound: Any, value: Any) -> tuple[str, str]:
    """What is wrong and what to do, for one broken rule of the schema."""
    shown = repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}…"
    match kind:
        case "type":
            return f"{shown} has the wrong type", f"It has to be {TYPES.get(bound, bound)}."
        case "enum":
            near = did_you_mean(str(value), [str(choice) for choice in bound]) if isinstance(value, str) else ""
            return f"{shown} is no choice", near or f"Choose from {', '.join(map(json.dumps, bound))}."
        case "minimum":
            return f"{shown} is too small", f"The least is {bound}."
        case "maximum":
            return f"{shown} is too large", f"The most is {bound}."
        case "pattern":
            return f"{shown} has the wrong form", PATTERNS.get(bound, f"It has to match {bound}.")
        case "minLength" | "minItems":
            return f"{shown} is empty or too short", f"At least {bound}."
        case "maxLength" | "maxItems":
            return f"{shown} is too long", f"At most {bound}."
    return f"{shown} breaks the rule {kind}", f"The rule is {bound}."


PATTERNS = {
    r"^[A-Za-z0-9_-]{1,32}\Z": "1–32 letters, digits, `_` or `-`: it goes into MQTT topics.",
    r"^[A-Za-z0-9_.-]{1,32}\Z": "1–32 letters, digits, `_`, `-` or `.`.",
    URL_PATTERN: "mqtt://HOST, mqtts://HOST, with :PORT if it is not the usual one.",
    LANGUAGE_PATTERN: "Two small letters: en, de, es, fr.",
    DEVICE_PATTERN: "alsa:NAME, unix:PATH, wav:PATH, pipe:PATH or none.",
    r"^[A-Z0-9]\Z": "One capital letter or digit.",
}


def _key(path: list[Any]) -> str:
    """`[site].id`, `[[bus]][2].baud`; a section of its own: `[site]`."""
    if not path:
        return "the whole file"
    section, *rest = path
    if section in ARRAYS:
        text, rest = f"[[{section}]]", list(rest)
    else:
        text = f"[{section}]"
    return text + "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in rest)


def _key_of(message: str) -> str:
    """The key out of msgspec's own message: `… - at `$.picking.lease_s``."""
    found = re.search(r"`\$\.?([^`]*)`", message)
    path = [int(part) if part.isdigit() else part for part in re.findall(r"\w+", found.group(1))] if found else []
    return _key(path)


# --- what can still be used -----------------------------------------------------------------------------------------


def _salvage(part: Any, tree: dict[str, Any], lost: set[str]) -> Iterator[tuple[str, Any]]:
    """The section under its field name, without its faulty keys; nothing if it was not written or is no section."""
    name, value = part.encode_name, tree.get(part.encode_name)
    if name in ARRAYS:
        entries = value if isinstance(value, list) else []
        usable = [_usable(part.type.__args__[0], entry) for entry in entries if isinstance(entry, dict)]
        if len(usable) < len(entries) or not isinstance(value, list | None) or not all(entry.id for entry in usable):
            lost.add(name)
        yield part.name, tuple(usable)
    elif isinstance(value, dict):
        yield part.name, _usable(part.type, value)


def _usable(struct: Any, value: dict[str, Any]) -> Any:
    """`value` as `struct` without the keys that do not fit; what it must have and has not is empty."""
    good = {}
    for field in msgspec.structs.fields(struct):
        if field.required:
            good[field.name] = UNREAD.get(field.name, "")
        if field.encode_name in value:
            try:
                good[field.name] = msgspec.convert(value[field.encode_name], field.type)
            except msgspec.ValidationError:
                continue
    return struct(**good)
