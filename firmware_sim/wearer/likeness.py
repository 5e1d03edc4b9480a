"""How alike two spoken sentences sound.

In: samples of a synthesiser. Out: their distance. A synthesiser says the same text a little differently each time: its
pitch flutters, its hiss is noise, its length wanders by a hundredth. So spectra are compared, along the best alignment.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from operator import mul, sub
from typing import Final

RATE: Final = 22_050
"""Samples per second of what is compared; every second one is dropped after averaging."""
WINDOW: Final = 256
HOP: Final = 160
"""Samples at half the rate: 23 ms, every 14.5 ms."""
FRAME: Final = 2 * HOP
"""Samples of the sound per spectrum."""
BANDS: Final = tuple(150 * (5000 / 150) ** (band / 11) for band in range(12))
"""Hz."""
FLOOR: Final = 1e6
"""Power below which nothing counts: about -54 dBFS."""
BAND: Final = 6
"""Spectra by which one may run ahead of the other."""

Portrait = Sequence[Sequence[float]]
_HANN = [0.5 - 0.5 * math.cos(2 * math.pi * i / WINDOW) for i in range(WINDOW)]
_WAVES = tuple(
    tuple([_HANN[i] * wave(4 * math.pi * hertz * i / RATE) / 4 for i in range(WINDOW)] for wave in (math.cos, math.sin))
    for hertz in BANDS
)


def samples(sound: bytes) -> array[int]:
    """16 bit, little-endian; an odd byte is dropped."""
    found = array("h")
    found.frombytes(sound[: len(sound) & ~1])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def portrait(sound: array[int]) -> Portrait:
    """One logarithmic spectrum every `FRAME` samples, as long as there are enough for the next."""
    half = [sound[i] + sound[i + 1] for i in range(0, len(sound) - 1, 2)]
    return [_spectrum(half[at : at + WINDOW]) for at in range(0, len(half) - WINDOW, HOP)]


def distance(one: Portrait, other: Portrait, enough: float = math.inf) -> float:
    """Mean difference per band along the best alignment, in nepers of power; infinite as soon as it exceeds `enough`.

    Dynamic time warping in a band of ±`BAND` around the diagonal. The same sentence is at 0.1–0.4 from itself,
    most others of its length at 0.9 or more, one that differs in one syllable at 0.45 or more.
    """
    if not one or not other:
        return math.inf
    count, width = len(one), len(other)
    limit = enough * count * len(BANDS)
    before: dict[int, float] = {}
    for row, spectrum in enumerate(one):
        middle = row * (width - 1) // max(1, count - 1)
        now: dict[int, float] = {}
        for column in range(max(0, middle - BAND), min(width, middle + BAND + 1)):
            ways = (before.get(column), before.get(column - 1), now.get(column - 1))
            best = min((way for way in ways if way is not None), default=None)
            if best is None and (row, column) != (0, 0):
                continue
            now[column] = (best or 0.0) + sum(map(abs, map(sub, spectrum, other[column])))
        if not now or min(now.values()) > limit:
            return math.inf
        before = now
    found = before.get(width - 1, math.inf) / count / len(BANDS)
    return found if found <= enough else math.inf


def _spectrum(window: Sequence[int]) -> list[float]:
    return [math.log(FLOOR + sum(map(mul, window, cos)) ** 2 + sum(map(mul, window, sin)) ** 2) for cos, sin in _WAVES]
