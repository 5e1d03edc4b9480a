"""Unpacks what Rob Northen's ProPack packed by its first method, as games of the nineties did.

In: a packed piece, header and all. Out: what it was.

A piece is chunks of literals and matches; how many of either, how far back and how long a match is, is written in three
Huffman codes a chunk. The bits of the codes are read from words of 16, lowest first; literals lie between these words.
"""

from __future__ import annotations

import struct

MAGIC = b"RNC\x01"
_HEADER = struct.Struct(">4sIIHHBB")
#: Length and bits of a code, lowest first -> number of the value's class
Code = dict[tuple[int, int], int]


class _Bits:
    """The packed stream; at least 16 bits are looked at in advance."""

    def __init__(self, data: bytes) -> None:
        self._data = data + bytes(4)
        self._at = 0
        self._buffer, self._count = self._word(), 16

    def _word(self) -> int:
        return int.from_bytes(self._data[self._at : self._at + 2], "little")

    def read(self, count: int) -> int:
        value = self._buffer & ((1 << count) - 1)
        self._buffer >>= count
        self._count -= count
        if self._count < 16:
            self._at += 2
            self._buffer |= self._word() << self._count
            self._count += 16
        return value

    def literals(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        self._count -= 16
        self._buffer = self._buffer & ((1 << self._count) - 1) | self._word() << self._count
        self._count += 16
        return taken

    def code(self) -> Code:
        """A canonical Huffman code: the lengths are written, the codes follow from them."""
        lengths = [self.read(4) for _ in range(self.read(5))]
        found, following = {}, 0
        for length in range(1, 17):
            for value, of_value in enumerate(lengths):
                if of_value == length:
                    found[length, int(f"{following >> (16 - length):0{length}b}"[::-1], 2)] = value
                    following += 1 << (16 - length)
        return found

    def value(self, code: Code) -> int:
        """A number below 2 as it is, a larger one by its highest bit and the rest. ValueError at a code of none."""
        for length in range(1, 17):
            kind = code.get((length, self._buffer & ((1 << length) - 1)))
            if kind is not None:
                self.read(length)
                return kind if kind < 2 else 1 << (kind - 1) | self.read(kind - 1)
        raise ValueError("a code that means nothing: the piece is broken")


def unpacked(piece: bytes) -> bytes:
    """ValueError if the piece is not packed by method 1, or is broken."""
    magic, size, packed, _, _, _, chunks = _HEADER.unpack_from(piece)
    if magic != MAGIC:
        raise ValueError("not packed by ProPack's method 1")
    bits, out = _Bits(piece[_HEADER.size : _HEADER.size + packed]), bytearray()
    bits.read(2)
    for _ in range(chunks):
        literal, distance, length = bits.code(), bits.code(), bits.code()
        for left in range(bits.read(16), 0, -1):
            if count := bits.value(literal):
                out += bits.literals(count)
            if left > 1:
                back, count = bits.value(distance) + 1, bits.value(length) + 2
                for _ in range(count):
                    out.append(out[-back])
    if len(out) != size:
        raise ValueError(f"{len(out)} bytes instead of {size}: the piece is broken")
    return bytes(out)
