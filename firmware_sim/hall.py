"""The noise of a hall: fans, a conveyor's hum, bangs, colleagues who talk.

In: a seed and levels. Out: samples, 16 kHz. Two seconds of each kind are made once and then wander over each other at
random, which costs a simulated headset next to nothing and never repeats as a whole.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

RATE: Final = 16_000
LENGTH: Final = 2 * RATE
SPEECH_DBFS: Final = -23.0
"""Level of a wearer's speech, which signal-to-noise ratios refer to."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the kinds in the noise's power; they need not add up to 1. `bangs`: per minute."""

    fan: float = 0.6
    hum: float = 0.3
    babble: float = 0.1
    bangs: float = 4.0


class Hall:
    """Noise at `snr_db` below a wearer's speech; None = a silent room with the microphone's own noise (-72 dBFS)."""

    def __init__(self, snr_db: float | None = None, mix: Mix | None = None, seed: int = 0) -> None:
        mix = mix or Mix()
        self._random = Random(seed)
        level = -72.0 if snr_db is None else SPEECH_DBFS - snr_db
        self._rms = 32768 * 10 ** (level / 20)
        if snr_db is None:
            mix = Mix(1.0, 0.0, 0.0, 0.0)
        total = mix.fan + mix.hum + mix.babble
        parts = [(make, share) for make, share in ((fan, mix.fan), (hum, mix.hum), (babble, mix.babble)) if share > 0]
        self._loops = [(make(seed), self._rms * math.sqrt(share / total) / 8192) for make, share in parts]
        self._at = [self._random.randrange(LENGTH) for _ in self._loops]
        self._bangs = mix.bangs / 60 / RATE
        self._bang: array[int] = array("h")

    def block(self, count: int) -> array[int]:
        """The next `count` samples."""
        out = [0.0] * count
        for number, (loop, gain) in enumerate(self._loops):
            at = self._at[number]
            if at + count > LENGTH:
                at = self._random.randrange(LENGTH - count)  # go on somewhere else: no period that a model could learn
            out = [x + gain * y for x, y in zip(out, loop[at : at + count], strict=True)]
            self._at[number] = at + count
        if self._random.random() < self._bangs * count:
            self._bang = bang(self._random.randrange(8))
        if self._bang:
            piece = self._bang[:count]
            del self._bang[:count]
            gain = 3 * self._rms / 8192
            for i, x in enumerate(piece):
                out[i] += gain * x
        return array("h", [max(-32767, min(32767, round(x))) for x in out])


def levelled(samples: array[int]) -> array[int]:
    """Speech at `SPEECH_DBFS`, measured over its louder half so that pauses do not count."""
    frames = sorted(sum(x * x for x in samples[i : i + 320]) for i in range(0, len(samples), 320))
    power = sum(frames[len(frames) // 2 :]) / max(1, 320 * (len(frames) - len(frames) // 2))
    if power < 1:
        return samples
    gain = 32768 * 10 ** (SPEECH_DBFS / 20) / math.sqrt(power)
    return array("h", [max(-32767, min(32767, round(gain * x))) for x in samples])


@lru_cache(maxsize=8)
def fan(seed: int) -> array[int]:
    """Air: white noise through a low-pass of one pole at about 500 Hz, over a quiet white floor."""
    chance, value, out = Random(f"fan {seed}"), 0.0, []
    for _ in range(LENGTH):
        new = chance.gauss(0.0, 1.0)
        value += 0.18 * (new - value)
        out.append(value + 0.05 * new)
    return _even(out)


@lru_cache(maxsize=8)
def hum(seed: int) -> array[int]:
    """A drive: harmonics of 50 Hz, the roller's rattle at 12 per second."""
    chance = Random(f"hum {seed}")
    tones = [(50 * k, chance.uniform(0.3, 1.0) / k, chance.uniform(0, 6.28)) for k in (1, 2, 3, 4, 6, 8, 12, 16)]
    out = []
    for i in range(LENGTH):
        t = i / RATE
        rattle = (0.5 + 0.5 * math.sin(75.4 * t)) ** 4 * chance.gauss(0.0, 0.25)
        out.append(rattle + sum(a * math.sin(6.2832 * f * t + p) for f, a, p in tones))
    return _even(out)


@lru_cache(maxsize=8)
def babble(seed: int) -> array[int]:
    """Six people at once, without words: buzzes of 90–230 Hz through two formants, in syllables of 3–6 per second."""
    chance, out = Random(f"babble {seed}"), [0.0] * LENGTH
    for _ in range(6):
        pitch, speed, shift = chance.uniform(90, 230), chance.uniform(3, 6), chance.uniform(0, 6.28)
        first, second = _Resonator(chance.uniform(350, 800)), _Resonator(chance.uniform(1000, 2300))
        phase = 0.0
        for i in range(LENGTH):
            t = i / RATE
            phase += pitch * (1 + 0.1 * math.sin(2.1 * t + shift)) / RATE
            pulse = 1.0 if phase >= 1 else 0.0
            phase -= pulse
            loud = max(0.0, math.sin(speed * 3.1416 * t + shift)) * (0.6 + 0.4 * math.sin(0.9 * t + 2 * shift))
            out[i] += loud * (first.step(pulse) + 0.5 * second.step(pulse))
    return _even(out)


@lru_cache(maxsize=8)
def bang(seed: int) -> array[int]:
    """A box falls: 250 ms of noise that dies away."""
    chance = Random(f"bang {seed}")
    fall = chance.uniform(12, 30)
    out = [math.exp(-fall * i / RATE) * chance.gauss(0.0, 1.0) for i in range(RATE // 4)]
    top = max(abs(x) for x in out)
    return array("h", [round(24_000 * x / top) for x in out])


class _Resonator:
    """A band-pass of two poles, 90 Hz wide."""

    def __init__(self, frequency: float) -> None:
        radius = math.exp(-math.pi * 90 / RATE)
        self._a = 2 * radius * math.cos(2 * math.pi * frequency / RATE)
        self._b = radius * radius
        self._y1 = self._y2 = 0.0

    def step(self, x: float) -> float:
        y = x + self._a * self._y1 - self._b * self._y2
        self._y2, self._y1 = self._y1, y
        return y


def _even(values: list[float]) -> array[int]:
    """At an RMS of 8192, so that peaks of 12 dB fit."""
    rms = math.sqrt(sum(x * x for x in values) / len(values))
    return array("h", [max(-32767, min(32767, round(8192 * x / rms))) for x in values])
