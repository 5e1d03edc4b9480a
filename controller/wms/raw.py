"""From bytes to a JSON object, with everything that JSON parsers let pass silently.

In: the payload of one message. Out: a `Document` (plain dict, digest, flags), or the faults that stop any reading.
Nothing here knows what the message means. May raise RecursionError on deep nesting; `codec` turns that into a fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

import msgspec

from controller.core.model import Fault

ENVELOPE = frozenset({"v", "id", "at", "src", "type", "clk", "cause", "stream", "seq", "replay", "must_understand"})
"""Top-level names that take no part in the digest."""
MAX_DIGITS = 19
"""Of a number, before and after the point: beyond that no field of ours can use it, and arithmetic gets costly."""
MAX_DETAIL = 200
"""Characters of a fault's text: an answer must stay small whatever was sent."""
UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of surrogate pairs, which UTF-8 cannot carry."""

HIDDEN_COLON = b"\\u003"
"""How a colon looks that is not written as one."""
DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
TOO_LONG = b"0" * (MAX_DIGITS + 1)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Unfit:
    """Stands in the document for a number that must not be calculated with: NaN, Infinity, 1e999999999."""

    text: str


class Doubled(dict[str, Any]):
    """An object that names a key more than once."""

    keys_twice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """`faults`: keys named twice and numbers out of any range; the rest of the document can still be looked at."""

    tree: dict[str, Any]
    digest: str
    faults: tuple[Fault, ...]
    escaped: bool
    """Whether a string may hold a control character."""


def read(raw: bytes) -> Document | Fault:
    """The document in `raw`, or why there is none. Raises RecursionError."""
    return _read_fast(raw) or _read_exactly(raw)


def _read_fast(raw: bytes) -> Document | None:
    """The document where nothing is odd about it, at a third of the time; None leaves it to `_read_exactly`."""
    if HIDDEN_COLON in raw or TOO_LONG in raw.translate(DIGITS_ALIKE):
        return None
    try:
        tree = _decoder.decode(raw)
        if not isinstance(tree, dict):
            return None
        body = _canonical(tree)
        rest = _encoder.encode({name: value for name, value in tree.items() if name in ENVELOPE})
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        return None
    if raw.count(b":") != body.count(b":") + rest.count(b":"):
        return None  # every key brings a colon: one that is gone was named twice
    return Document(tree, sha256(body).hexdigest(), (), _is_suspicious(raw))


def _read_exactly(raw: bytes) -> Document | Fault:
    if raw.startswith(b"\xef\xbb\xbf"):
        return fault("MALFORMED_JSON", (), "starts with a byte order mark; send plain UTF-8")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return fault("MALFORMED_JSON", (), f"not UTF-8 at byte {error.start}")
    parser = _Parser()
    try:
        tree = parser.parse(text)
    except json.JSONDecodeError as error:
        return fault("MALFORMED_JSON", (), f"{error.msg} at line {error.lineno} column {error.colno}")
    if not isinstance(tree, dict):
        return fault("SCHEMA_INVALID", (), "a message is a JSON object")
    faults = tuple(_oddities(tree, ())) if parser.odd else ()
    return Document(tree, _digest(tree, raw), faults, _is_suspicious(raw))


def _is_suspicious(raw: bytes) -> bool:
    """Whether a string in this JSON text can hold a control character. Three byte searches: a pattern takes longer."""
    return b"\\" in raw or b"\x7f" in raw or b"\xc2" in raw


def _canonical(tree: dict[str, Any]) -> bytes:
    """The body as the digest sees it: no envelope, keys sorted, no blanks, UTF-8, numbers as short as can be."""
    return _encoder.encode({name: value for name, value in tree.items() if name not in ENVELOPE})


def _digest(tree: dict[str, Any], raw: bytes) -> str:
    try:
        return sha256(_canonical(tree)).hexdigest()
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        return sha256(raw).hexdigest()  # holds what cannot be written again; it will be refused


def fault(code: str, path: Path, detail: str, ref: object = None) -> Fault:
    """A fault whose texts are fit to be sent, whatever they quote."""
    return Fault(code, path_text(path), clean(detail, MAX_DETAIL), None if ref is None else clean(str(ref), 64))


def path_text(path: Path) -> str:
    """`("lines", 1, "qty")` as `$.lines[1].qty`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{clean(step, 64)}" for step in path)
    return "$" + "".join(steps)


def clean(text: str, limit: int) -> str:
    """`text` without control characters, at most `limit` long."""
    return UNCLEAN.sub("\ufffd", text if len(text) <= limit else text[: limit - 1] + "…")


def number_of(text: str) -> int | Decimal | Unfit:
    """A JSON number or numeric constant as an exact value; 4.0 is 4."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Unfit(text[:40])
    if not value.is_finite() or not -MAX_DIGITS <= value.adjusted() <= MAX_DIGITS or len(text) > 2 * MAX_DIGITS:
        return Unfit(text[:40])
    whole = int(value)
    return whole if whole == value else value.normalize()


_decoder = msgspec.json.Decoder(float_hook=number_of)
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")


class _Parser:
    """One parse; `odd` tells afterwards whether anything has to be looked for."""

    def __init__(self) -> None:
        self.odd = False

    def parse(self, text: str) -> Any:
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=self._number,
            parse_int=self._integer,
            parse_constant=self._number,
        )
        return decoder.decode(text)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) == len(pairs):
            return result
        self.odd = True
        names = [name for name, _ in pairs]
        doubled = Doubled(result)
        doubled.keys_twice = tuple(name for name in result if names.count(name) > 1)
        return doubled

    def _integer(self, text: str) -> int | Decimal | Unfit:
        return int(text) if len(text) <= MAX_DIGITS else self._number(text)

    def _number(self, text: str) -> int | Decimal | Unfit:
        value = number_of(text)
        self.odd = self.odd or isinstance(value, Unfit)
        return value


def _oddities(node: Any, path: Path) -> Iterator[Fault]:
    """Keys named twice, and numbers no field can take, anywhere in the document."""
    if isinstance(node, Unfit):
        yield fault("OUT_OF_RANGE", path, f"{node.text} is not a usable number")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _oddities(item, (*path, index))
    elif isinstance(node, dict):
        for name in node.keys_twice if isinstance(node, Doubled) else ():
            yield fault("DUPLICATE_KEY", (*path, name), "named more than once", name)
        for name, item in node.items():
            yield from _oddities(item, (*path, name))
