"""Sound as arrays of 16-bit samples: levels, mixing at a signal-to-noise ratio, the band of a narrow headset.

In: mono samples at 16 kHz. Out: mono samples at 16 kHz.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from operator import add
from typing import Final

from controller.voice.ear.pcm import resample

Samples = array  # of "h"
RATE: Final = 16_000
NARROW_RATE: Final = 8_000
FRAME: Final = 320
"""20 ms: speech changes its level no faster."""
ACTIVE_DB: Final = 30.0
"""Frames this far below the loudest one are pauses, not speech (after ITU-T P.56, simplified)."""
SPEECH_RMS: Final = 1640.0
"""-26 dB of full scale, the usual level of active speech (ITU-T P.56)."""
LIMIT: Final = 32_767
BAND: Final = (300.0, 3_400.0)
"""Hz that a narrow-band telephone or headset passes (ITU-T G.712)."""


def frame_powers(samples: Sequence[int]) -> list[float]:
    """Mean square of every whole 20 ms frame."""
    whole = range(0, len(samples) - FRAME + 1, FRAME)
    return [sum([x * x for x in samples[start : start + FRAME]]) / FRAME for start in whole]


def active_rms(samples: Sequence[int]) -> float:
    """Root mean square over the frames in which somebody speaks; 0 for silence."""
    powers = frame_powers(samples)
    floor = max(powers, default=0.0) * 10 ** (-ACTIVE_DB / 10)
    speech = [power for power in powers if power > floor]
    return math.sqrt(sum(speech) / len(speech)) if speech else 0.0


def speech_span(samples: Sequence[int]) -> tuple[int, int]:
    """First and one past the last sample of the frames in which somebody speaks; (0, 0) for silence."""
    powers = frame_powers(samples)
    floor = max(powers, default=0.0) * 10 ** (-ACTIVE_DB / 10)
    active = [number for number, power in enumerate(powers) if power > floor]
    return (active[0] * FRAME, (active[-1] + 1) * FRAME) if active else (0, 0)


def rms(samples: Sequence[int]) -> float:
    return math.sqrt(sum([x * x for x in samples]) / len(samples)) if samples else 0.0


def scaled(samples: Sequence[int], gain: float) -> Samples[int]:
    """Times `gain`; what does not fit 16 bits is clipped."""
    return array("h", [_clip(int(gain * x)) for x in samples])


def added(one: Sequence[int], other: Sequence[int], gain: float = 1.0) -> Samples[int]:
    """`one + gain × other`, as long as the shorter; clipped like a converter does."""
    plain = gain == 1.0  # thrice as fast, and what babble is made with
    sums = list(map(add, one, other)) if plain else [int(x + gain * y) for x, y in zip(one, other, strict=False)]
    if sums and (max(sums) > LIMIT or min(sums) < -LIMIT):
        sums = [_clip(x) for x in sums]
    return array("h", sums)


def noise_gain(noise: Sequence[int], snr_db: float) -> float:
    """What brings `noise` to `snr_db` below speech of the usual level."""
    level = rms(noise)
    return SPEECH_RMS / level * 10 ** (-snr_db / 20) if level else 0.0


def low_pass(samples: Sequence[int], cut_hz: float = BAND[1], rate: int = RATE) -> list[float]:
    """A Butterworth low pass of order 6, as three biquads (R. Bristow-Johnson, Audio EQ Cookbook)."""
    values: Sequence[float] = samples
    for quality in (0.5176, 0.7071, 1.9319):
        values = _biquad(values, cut_hz, rate, quality, high=False)
    return list(values)


def narrow_band(samples: Sequence[int]) -> Samples[int]:
    """What a narrow-band headset makes of it: 300–3400 Hz at 8 kHz, given back at 16 kHz. It is linear: what is added
    may be narrowed before.
    """
    band = _biquad(low_pass(samples), BAND[0], RATE, 0.7071, high=True)
    return resample(array("h", [_clip(int(x)) for x in band[::2]]), NARROW_RATE, RATE)


def _biquad(values: Sequence[float], cut_hz: float, rate: int, quality: float, *, high: bool) -> list[float]:
    omega = 2 * math.pi * cut_hz / rate
    alpha, cosine = math.sin(omega) / (2 * quality), math.cos(omega)
    edge = (1 + cosine) / 2 if high else (1 - cosine) / 2
    b0, b1 = edge / (1 + alpha), (-2 * edge if high else 2 * edge) / (1 + alpha)
    a1, a2 = -2 * cosine / (1 + alpha), (1 - alpha) / (1 + alpha)
    out, z1, z2 = [], 0.0, 0.0
    for x in values:  # transposed direct form II
        y = b0 * x + z1
        z1 = b1 * x - a1 * y + z2
        z2 = b0 * x - a2 * y
        out.append(y)
    return out


def _clip(value: int) -> int:
    return max(-LIMIT, min(LIMIT, value))
