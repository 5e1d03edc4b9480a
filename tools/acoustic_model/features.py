"""
Speech features that the recogniser computes too: 40 log-mel energies, and the MFCC that are their cosine transform.

In: 16 kHz samples in the range of 16-bit integers.
Out: log-mel frames (10 ms apart); the matrix that turns log-mel into the MFCC a Vosk model reads, and its inverse.

The definitions are those of Kaldi's `compute-mfcc-feats` with conf/mfcc.conf of this model: 25 ms windows, pre-emphasis
0.97, "povey" window, 512-point spectrum, 40 triangles from 20 to 7600 Hz, orthonormal cosine transform, lifter 22.
The transform keeps all 40 coefficients, so it loses nothing: training happens on log-mel, the model reads MFCC.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
WINDOW, SHIFT, SPECTRUM = 400, 160, 512
BINS = 40
LOW_HZ, HIGH_HZ = 20.0, 7600.0
LIFTER = 22.0
FLOOR = float(np.log(np.finfo(np.float32).eps))  # what digital silence without dither gives

Frames = NDArray[np.float32]


def mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Mel scale as Kaldi has it: 1127 ln(1 + f / 700)."""
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz, dtype=np.float64) / 700.0))


def hertz_of_bins() -> NDArray[np.float64]:
    """Centre of each of the 40 triangles in Hz."""
    edges = np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BINS + 2)
    return np.asarray(700.0 * np.expm1(edges[1:-1] / 1127.0))


@cache
def _mel_bank() -> Frames:
    """Triangles, even on the mel scale, over the 256 lower spectrum lines: [256, 40]."""
    edges = np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BINS + 2)
    line = mel(np.arange(SPECTRUM // 2) * RATE / SPECTRUM)[:, None]
    left, centre, right = edges[None, :-2], edges[None, 1:-1], edges[None, 2:]
    rise, fall = (line - left) / (centre - left), (right - line) / (right - centre)
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


@cache
def _analysis() -> Frames:
    """
    One matrix for all that is linear before the power spectrum: [400, 512], real parts beside imaginary ones.

    A window of samples loses its mean, is pre-emphasised (its first sample by itself), tapered and transformed.
    """
    identity = np.eye(WINDOW)
    centred = identity - 1.0 / WINDOW
    delayed = np.vstack([centred[:1], centred[:-1]])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1))
    prepared = (centred - 0.97 * delayed) * (hann**0.85)[:, None]
    angle = 2 * np.pi / SPECTRUM * np.outer(np.arange(SPECTRUM // 2), np.arange(WINDOW))
    return np.vstack([np.cos(angle) @ prepared, np.sin(angle) @ prepared]).T.astype(np.float32)


def frame_count(samples: int) -> int:
    """Frames that fit wholly into so many samples (Kaldi: snip-edges)."""
    return 0 if samples < WINDOW else 1 + (samples - WINDOW) // SHIFT


def log_mel(wave: NDArray[np.generic]) -> Frames:
    """Log-mel energies [frames, 40] of a wave without dither; at least `FLOOR`."""
    x = np.asarray(wave, dtype=np.float32)
    count = frame_count(len(x))
    if not count:
        return np.zeros((0, BINS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(x, WINDOW)[::SHIFT][:count]
    lines = frames @ _analysis()
    half = SPECTRUM // 2
    power = lines[:, :half] ** 2 + lines[:, half:] ** 2
    return np.log(np.maximum(power @ _mel_bank(), np.finfo(np.float32).eps)).astype(np.float32)


@cache
def mfcc_matrix() -> NDArray[np.float64]:
    """M [40, 40] with mfcc = M @ log-mel: orthonormal DCT-II, rows scaled by the lifter 1 + 11 sin(pi n / 22)."""
    row, column = np.arange(BINS)[:, None], np.arange(BINS)[None, :]
    dct = np.sqrt(2.0 / BINS) * np.cos(np.pi / BINS * (column + 0.5) * row)
    dct[0] = np.sqrt(1.0 / BINS)
    lifter = 1.0 + 0.5 * LIFTER * np.sin(np.pi * np.arange(BINS) / LIFTER)
    return np.asarray(lifter[:, None] * dct)


def mfcc(wave: NDArray[np.generic]) -> Frames:
    """MFCC [frames, 40] of a wave without dither."""
    return np.asarray(log_mel(wave) @ mfcc_matrix().T, dtype=np.float32)


def level_db(wave: NDArray[np.generic]) -> float:
    """Root mean square in dB relative to one 16-bit step; -20 for digital silence."""
    x = np.asarray(wave, dtype=np.float64)
    return float(10.0 * np.log10(np.mean(x * x) + 1e-2)) if len(x) else -20.0
