"""The head of an OpenFst file: enough to tell a graph from rubbish, and to read the words in it.

In: a file. Out: its type, and its output symbols if they are inside. Layout from OpenFst's `FstHeader::Read` (fst.cc)
and `SymbolTableImpl::Read` (symbol-table.cc): little-endian; strings are an int32 length and bytes; the header is
magic, type, arc type, version, flags, properties, start, states, arcs; the symbol tables follow it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from controller.voice.models_store.errors import NotAModelError

FST_MAGIC = 2125659606
SYMBOLS_MAGIC = 2125658996
HAS_INPUT_SYMBOLS, HAS_OUTPUT_SYMBOLS = 1, 2
MAX_STRING = 4096
"""No type name and no word is longer: a larger length is the mark of another file."""
MAX_SYMBOLS = 5_000_000
"""The largest published Vosk model has below 1.5 million words."""


@dataclass(frozen=True, slots=True)
class Graph:
    """`kind`: const, olabel_lookahead, ngram, …; `words`: its output symbols, None if they are in words.txt."""

    kind: str
    words: frozenset[str] | None


def read(path: Path) -> Graph:
    """Raises NotAModelError if it is no FST, OSError if it cannot be read."""
    with path.open("rb") as file:
        try:
            return _graph(file)
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise NotAModelError(f"{path} is no OpenFst graph ({error}). Import or fetch the model again.") from error


def _graph(file: BinaryIO) -> Graph:
    if _number(file, "<i") != FST_MAGIC:
        raise ValueError("wrong first bytes")
    kind, _arc = _string(file), _string(file)
    _version, flags = _number(file, "<i"), _number(file, "<i")
    file.read(32)  # properties, start, number of states, number of arcs
    if flags & HAS_INPUT_SYMBOLS:
        _symbols(file)
    return Graph(kind, _symbols(file) if flags & HAS_OUTPUT_SYMBOLS else None)


def _symbols(file: BinaryIO) -> frozenset[str]:
    if _number(file, "<i") != SYMBOLS_MAGIC:
        raise ValueError("its table of words is damaged")
    _name, _next = _string(file), _number(file, "<q")
    count = _number(file, "<q")
    if not 0 <= count <= MAX_SYMBOLS:
        raise ValueError(f"its table claims {count} words")
    words = set()
    for _ in range(count):
        words.add(_string(file))
        file.read(8)  # the word's number
    return frozenset(words)


def _string(file: BinaryIO) -> str:
    length = _number(file, "<i")
    if not 0 <= length <= MAX_STRING:
        raise ValueError(f"a name of {length} bytes")
    text = file.read(length)
    if len(text) < length:
        raise ValueError("it ends too early")
    return text.decode("utf-8")


def _number(file: BinaryIO, form: str) -> int:
    value: int = struct.unpack(form, file.read(struct.calcsize(form)))[0]
    return value
