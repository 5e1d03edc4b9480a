"""Sound as samples: 16 bit, little-endian, mono.

In: bytes of samples. Out: the same made louder or shorter; tones and silence from nothing. Standard
library only: the worker runs on a Raspberry Pi, where numpy would cost more memory than a recogniser.
"""

from __future__ import annotations

import math
import sys
from array import array
from typing import Final

RATE: Final = 22_050
"""Samples per second of the mouth: what espeak-ng's own voices are made at."""
WIDTH: Final = 2
QUIET: Final = 64
"""Samples below this (-54 dBFS) at either end of a prompt are silence."""
KEEP: Final = RATE // 100
"""Samples of silence that stay at either end, so that nothing clicks."""
PEAK: Final = 32_767


def seconds(data: bytes, rate: int = RATE) -> float:
    return len(data) / (WIDTH * rate)


def samples(data: bytes) -> array[int]:
    """The samples as numbers; an odd byte at the end is dropped."""
    found = array("h")
    found.frombytes(data[: len(data) & ~1])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def to_bytes(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = array("h", values)
        values.byteswap()
    return values.tobytes()


def silence(duration: float, rate: int = RATE) -> bytes:
    return bytes(WIDTH * round(duration * rate))


def trimmed(data: bytes) -> bytes:
    """Without the silence at both ends: espeak-ng puts 240 ms behind every sentence, all delay."""
    values = samples(data)
    first = next((i for i, x in enumerate(values) if x > QUIET or x < -QUIET), None)
    if first is None:
        return b""
    last = next(i for i in range(len(values) - 1, -1, -1) if values[i] > QUIET or values[i] < -QUIET)
    return to_bytes(values[max(0, first - KEEP) : last + 1 + KEEP])


def louder(data: bytes, volume: int) -> bytes:
    """At `volume` 0–100: 100 leaves the samples as they are, and each step sounds alike since loudness goes with the
    square of the setting (80 = -4 dB, 50 = -12 dB, 10 = -40 dB).
    """
    if volume >= 100:
        return data
    factor = round((max(0, volume) / 100) ** 2 * 4096)
    return to_bytes(array("h", [x * factor >> 12 for x in samples(data)]))


def tone(frequency: float, duration: float, level: float, rate: int = RATE) -> bytes:
    """A sine with soft ends (5 ms). `level`: peak, 0–1."""
    count = round(duration * rate)
    edge = max(1, min(count // 2, rate // 200))
    step, top = 2 * math.pi * frequency / rate, level * PEAK
    ends = [min(1.0, (i + 1) / edge, (count - i) / edge) for i in range(count)]
    return to_bytes(array("h", [round(top * ends[i] * math.sin(step * i)) for i in range(count)]))
