"""The envelope of every frame: CRC-32, byte stuffing, delimiters.

In: the bytes ADDR…BODY. Out: wire bytes, and back. Raises `BadFrame` on bytes that cannot be one.
"""

from __future__ import annotations

import zlib
from typing import Final

from devices.errors import BadFrame

MAX_PLAIN: Final = 247  # ADDR CTL SEQ + 240 of body + CRC: never a second COBS block
MIN_PLAIN: Final = 7
CRC_RESIDUE: Final = 0x2144DF1C  # crc32 over data and its own CRC, little-endian


def seal(data: bytes) -> bytes:
    """ADDR…BODY to wire bytes, delimiters included."""
    plain = data + zlib.crc32(data).to_bytes(4, "little")
    if len(plain) > MAX_PLAIN:
        raise BadFrame(f"{len(plain)} bytes, at most {MAX_PLAIN} fit a frame")
    return b"\0" + b"".join([bytes((len(run) + 1,)) + run for run in plain.split(b"\0")]) + b"\0"


def unseal(stuffed: bytes) -> bytes:
    """Bytes between two delimiters to ADDR…BODY."""
    plain = unstuff(stuffed)
    if not MIN_PLAIN <= len(plain) <= MAX_PLAIN:
        raise BadFrame(f"{len(plain)} bytes, expected {MIN_PLAIN}…{MAX_PLAIN}: {plain[:16].hex()}")
    residue = zlib.crc32(plain)
    if residue != CRC_RESIDUE:
        raise BadFrame(f"CRC residue {residue:#010x}, expected {CRC_RESIDUE:#010x}: {plain.hex()}")
    return plain[:-4]


def unstuff(stuffed: bytes) -> bytes:
    """Undo COBS; `stuffed` holds no zero."""
    runs: list[bytes] = []
    at, end = 0, len(stuffed)
    while at < end:
        code = stuffed[at]
        if at + code > end:
            raise BadFrame(f"COBS code {code} at {at} points past the end ({end}): {stuffed[:16].hex()}")
        runs.append(stuffed[at + 1 : at + code])
        at += code
    return b"\0".join(runs)
