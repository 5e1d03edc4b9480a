"""New speakers out of old ones, with the WORLD vocoder: other vocal tracts, melodies and rates, and mixtures of two.

In: 16 kHz waves of known speakers.
Out: waves of speakers that do not exist: `applied` alters one voice, `blended` melts two that say the same.

Analysis: Morise et al. 2016, "WORLD"; frequency warping as in vocal tract length perturbation (Jaitly and Hinton
2013), here with bends besides the factor; mixing after dynamic time warping of cepstra (Sakoe and Chiba 1978).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyworld
from scipy.fft import dct

Array = np.ndarray[Any, Any]
_RATE = 16000
FRAME_MS = 6.0
#: Where the frequency axis is bent, in hertz.
_KNOTS = np.array([0.0, 400.0, 900.0, 1600.0, 2500.0, 3800.0, 5500.0, 8000.0])
_FLOOR = 1e-14


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """A wave as WORLD sees it: pitch in hertz (0 = unvoiced), log power spectrum, aperiodicity; a row per frame."""

    pitch: Array
    spectrum: Array
    breath: Array


@dataclass(frozen=True, slots=True)
class Change:
    """What makes a new speaker of one utterance.

    tract: factor of all formants; bends: factors at the knots of the frequency axis; pitch: new mean in hertz or None;
    melody: factor of the pitch range; rate: factor of the speed; breath: added aperiodicity 0-1; tilt_db: per octave
    above 500 Hz.
    """

    tract: float
    bends: tuple[float, ...]
    pitch: float | None
    melody: float
    rate: float
    rate_wobble: float
    breath: float
    tilt_db: float


def analysed(wave: Array) -> Voiceprint:
    """The analysis of a 16 kHz wave, one frame every 6 ms."""
    data = np.ascontiguousarray(wave, dtype=np.float64) / 32768
    data += np.random.default_rng(len(data)).normal(0, 1e-5, len(data))  # digital silence has no spectrum
    pitch, times = pyworld.dio(data, _RATE, f0_floor=60.0, f0_ceil=500.0, frame_period=FRAME_MS)
    pitch = pyworld.stonemask(data, pitch, times, _RATE)
    spectrum = pyworld.cheaptrick(data, pitch, times, _RATE)
    return Voiceprint(pitch, np.log(spectrum + _FLOOR), pyworld.d4c(data, pitch, times, _RATE))


def random_change(rng: random.Random, *, tract: tuple[float, float] = (0.76, 1.3)) -> Change:
    """A random speaker: children to deep men, lively to monotonous, hasty to slow."""
    scale = math.exp(rng.uniform(math.log(tract[0]), math.log(tract[1])))
    usual = 120 * scale**2.4  # short tracts go with high voices
    pitch = min(380.0, max(70.0, usual * math.exp(rng.gauss(0, 0.28))))
    return Change(
        tract=scale,
        bends=tuple(1 + rng.gauss(0, 0.035) for _ in _KNOTS),
        pitch=pitch,
        melody=rng.uniform(0.4, 1.9),
        rate=math.exp(rng.uniform(math.log(0.62), math.log(1.75))),
        rate_wobble=rng.uniform(0, 0.3),
        breath=rng.uniform(0.05, 0.5) if rng.random() < 0.3 else 0.0,
        tilt_db=rng.gauss(0, 2.0),
    )


def applied(print_: Voiceprint, change: Change, rng: random.Random) -> Array:
    """The wave of `print_` as the speaker of `change` would have said it, in the range of int16."""
    rows = _warped_time(len(print_.pitch), change, rng)
    spectrum = _rows(_warped_frequency(print_.spectrum, change), rows)
    breath = _rows(print_.breath, rows)
    pitch = print_.pitch[np.rint(rows).astype(int)]
    voiced = pitch > 0
    if change.pitch is not None and voiced.any():
        mean = np.exp(np.log(pitch[voiced]).mean())
        pitch = np.where(voiced, change.pitch * (np.maximum(pitch, 1.0) / mean) ** change.melody, 0.0)
        pitch = np.where(voiced, np.clip(pitch, 55.0, 480.0), 0.0)
    if change.breath:
        breath = np.clip(breath + change.breath * np.linspace(0.2, 1.0, breath.shape[1]), 0, 1)
    return _sound(pitch, spectrum, breath)


def blended(first: Array, second: Array, rng: random.Random) -> Voiceprint:
    """A speaker between those of two waves of the same words."""
    one, two = analysed(first), analysed(second)
    left, right = _aligned(_cepstra(one.spectrum), _cepstra(two.spectrum))
    share = rng.uniform(0.25, 0.75)
    spectrum = (1 - share) * one.spectrum[left] + share * two.spectrum[right]
    breath = (1 - share) * one.breath[left] + share * two.breath[right]
    pitch = one.pitch[left] if rng.random() < 0.5 else two.pitch[right]
    # the path visits each frame of both, so it is longer than either: thin it to the mixture of both lengths
    length = round((1 - share) * len(one.pitch) + share * len(two.pitch))
    keep = np.rint(np.linspace(0, len(left) - 1, length)).astype(int)
    return Voiceprint(pitch[keep], spectrum[keep], breath[keep])


def _sound(pitch: Array, spectrum: Array, breath: Array) -> Array:
    power = np.ascontiguousarray(np.exp(spectrum))
    wave = pyworld.synthesize(
        np.ascontiguousarray(pitch), power, np.ascontiguousarray(breath), _RATE, frame_period=FRAME_MS
    )
    return np.asarray(wave) * 32768


def _warped_frequency(spectrum: Array, change: Change) -> Array:
    """Moves the formants: what was at frequency f comes to f * tract * bend(f); and tilts the spectrum."""
    frequencies = np.linspace(0, _RATE / 2, spectrum.shape[1])
    moved = np.maximum.accumulate(_KNOTS * change.tract * np.array(change.bends))
    moved[0] = 0.0
    source = np.interp(frequencies, moved, _KNOTS)  # beyond the last knot the edge is repeated
    position = source / (_RATE / 2) * (spectrum.shape[1] - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, spectrum.shape[1] - 1)
    weight = position - low
    octaves = np.log2(np.maximum(frequencies, 500.0) / 500.0)
    tilt = change.tilt_db * octaves * (math.log(10) / 10)
    warped: Array = spectrum[:, low] * (1 - weight) + spectrum[:, high] * weight + tilt
    return warped


def _warped_time(count: int, change: Change, rng: random.Random) -> Array:
    """Positions of the source for each new frame: faster or slower, and unevenly so (knots 80 ms apart)."""
    knots = max(2, round(count * FRAME_MS / 80))
    speeds = np.array([change.rate * math.exp(rng.gauss(0, change.rate_wobble)) for _ in range(knots)])
    speed = np.interp(np.arange(count), np.linspace(0, count - 1, knots), speeds)
    new_time = np.concatenate([[0.0], np.cumsum(1 / speed)[:-1]])
    return np.interp(np.arange(0.0, new_time[-1], 1.0), new_time, np.arange(count))


def _rows(values: Array, rows: Array) -> Array:
    """Rows of a matrix at fractional positions."""
    low = np.floor(rows).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    weight = (rows - low)[:, None]
    between: Array = values[low] * (1 - weight) + values[high] * weight
    return between


def _cepstra(spectrum: Array) -> Array:
    """12 cepstral coefficients of a roughly mel-spaced spectrum, and the level, for the alignment."""
    bins = np.unique(np.rint(np.geomspace(4, spectrum.shape[1] - 1, 40)).astype(int))
    coefficients: Array = dct(spectrum[:, bins], norm="ortho", axis=1)[:, :13]
    coefficients -= coefficients.mean(axis=0)  # the speakers' average spectra differ
    coefficients[:, 0] *= 0.5
    return coefficients


def _aligned(one: Array, two: Array) -> tuple[Array, Array]:
    """The cheapest path of dynamic time warping: two lists of rows of the same length. Steps (1,1), (1,0), (0,1)."""
    distance = np.sqrt(np.maximum((one**2).sum(1)[:, None] + (two**2).sum(1)[None] - 2 * one @ two.T, 0.0))
    height, width = distance.shape
    total = np.full((height + 1, width + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(2, height + width + 1):  # all cells of an anti-diagonal at once
        row = np.arange(max(1, diagonal - width), min(height, diagonal - 1) + 1)
        column = diagonal - row
        before = np.minimum(total[row - 1, column], total[row, column - 1]) + 0.3 * distance[row - 1, column - 1]
        total[row, column] = distance[row - 1, column - 1] + np.minimum(before, total[row - 1, column - 1])
    path = []
    row_, column_ = height, width
    while row_ > 0 and column_ > 0:
        path.append((row_ - 1, column_ - 1))
        steps = ((row_ - 1, column_ - 1), (row_ - 1, column_), (row_, column_ - 1))
        row_, column_ = min(steps, key=lambda cell: total[cell])
    rows, columns = zip(*reversed(path), strict=True)
    return np.array(rows), np.array(columns)
