"""The head of an OpenFst file: enough to tell a graph from rubbish, and to read the words in it.

In: a file. Out: its output symbols if they are inside, one by one. Layout from OpenFst's `FstHeader::Read` (fst.cc)
and `SymbolTableImpl::Read` (symbol-table.cc): little-endian; strings are an int32 length and bytes; the header is
magic, type, arc type, version, flags, properties, start, states, arcs; the symbol tables follow it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
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


def words(path: Path) -> Iterator[str]:
    """Its output symbols; none if they are in words.txt. Raises NotAModelError if it is no FST, OSError if it cannot be
    read.
    """
    with path.open("rb") as file:
        try:
            yield from _words(file)
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise NotAModelError(f"{path} is no OpenFst graph ({error}). Import or fetch the model again.") from error


def _words(file: BinaryIO) -> Iterator[str]:
    if _number(file, "<i") != FST_MAGIC:
        raise ValueError("wrong first bytes")
    _kind, _arc = _string(file), _string(file)
    _version, flags = _number(file, "<i"), _number(file, "<i")
    file.read(32)  # properties, start, number of states, number of arcs
    if flags & HAS_INPUT_SYMBOLS:
        for _ in _symbols(file):
            pass
    if flags & HAS_OUTPUT_SYMBOLS:
        yield from _symbols(file)


def _symbols(file: BinaryIO) -> Iterator[str]:
    if _number(file, "<i") != SYMBOLS_MAGIC:
        raise ValueError("its table of words is damaged")
    _name, _next = _string(file), _number(file, "<q")
    count = _number(file, "<q")
    if not 0 <= count <= MAX_SYMBOLS:
        raise ValueError(f"its table claims {count} words")
    for _ in range(count):
        yield _string(file)
        file.read(8)  # the word's number


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
