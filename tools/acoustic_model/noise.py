"""
Sounds of a warehouse that are not speech, synthesised: fans, hum, conveyors, bangs, beepers, forklifts, breath.

In: a random generator and a length.
Out: waves of unit root mean square at 16 kHz; no recordings are used anywhere.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tools.acoustic_model.features import RATE

Wave = NDArray[np.float64]


def _shaped(rng: Generator, count: int, gain: Callable[[Wave], Wave]) -> Wave:
    """White noise with the amplitude response `gain(hertz)`."""
    lines = np.fft.rfft(rng.normal(size=count))
    hertz = np.asarray(np.fft.rfftfreq(count, 1 / RATE) + 20.0, np.float64)
    return np.asarray(np.fft.irfft(lines * gain(hertz), count))


def white(rng: Generator, count: int) -> Wave:
    return rng.normal(size=count)


def coloured(rng: Generator, count: int) -> Wave:
    """Between white and brown."""
    slope = rng.uniform(0.2, 1.1)
    return _shaped(rng, count, lambda f: f**-slope)


def band(rng: Generator, count: int) -> Wave:
    """Hiss around one frequency: air hoses, brakes."""
    centre, width = np.exp(rng.uniform(np.log(150), np.log(6000))), rng.uniform(0.15, 0.9)
    return _shaped(rng, count, lambda f: np.exp(-0.5 * (np.log(f / centre) / width) ** 2) + 0.01)


def fan(rng: Generator, count: int) -> Wave:
    """Coloured noise with resonances."""
    slope, peaks = rng.uniform(0.3, 1.2), int(rng.integers(2, 6))
    centres = np.exp(rng.uniform(np.log(80), np.log(2500), peaks))
    widths, heights = rng.uniform(10, 80, peaks), rng.uniform(1, 8, peaks)

    def gain(f: Wave) -> Wave:
        ridges = heights * np.exp(-0.5 * ((f[:, None] - centres) / widths) ** 2)
        return f**-slope * (1 + ridges.sum(1))

    return _shaped(rng, count, gain)


def hum(rng: Generator, count: int) -> Wave:
    """Mains or a motor, its speed wandering a little."""
    time = np.arange(count) / RATE
    base = rng.uniform(45, 240) * (1 + rng.uniform(0, 0.03) * np.sin(2 * np.pi * rng.uniform(0.1, 1) * time))
    phase = 2 * np.pi * np.cumsum(base) / RATE
    wave = 0.1 * rng.normal(size=count)
    fall = rng.uniform(0.2, 1.2)
    for harmonic in range(1, int(rng.integers(3, 25))):
        wave += rng.uniform(0, 1) * harmonic**-fall * np.sin(harmonic * phase + rng.uniform(0, 6.3))
    return wave


def bangs(rng: Generator, count: int) -> Wave:
    """Boxes set down, metal on metal."""
    wave = 0.05 * rng.normal(size=count)
    for _ in range(int(rng.integers(1, 3 + count // 8000))):
        start = int(rng.integers(0, count))
        time = np.arange(min(count - start, int(rng.integers(300, 6000))))
        thud = rng.normal(size=len(time)) * np.exp(-time / rng.uniform(40, 1500))
        ring = np.sin(2 * np.pi * rng.uniform(200, 5000) * time / RATE) * np.exp(-time / rng.uniform(100, 2500))
        wave[start : start + len(time)] += rng.uniform(1, 6) * (thud + rng.uniform(0, 3) * ring)
    return wave


def beeps(rng: Generator, count: int) -> Wave:
    """Scanners and reversing vehicles: a tone, switched evenly or once."""
    time = np.arange(count) / RATE
    tone = np.sin(2 * np.pi * rng.uniform(500, 3800) * time)
    if rng.random() < 0.5:
        tone = np.sign(tone)
    period, on = rng.uniform(0.15, 1.6), rng.uniform(0.05, 0.6)
    return tone * ((time + rng.uniform(0, period)) % period < on * period) + 0.05 * rng.normal(size=count)


def conveyor(rng: Generator, count: int) -> Wave:
    """Rollers and belt joints: noise in a fast, even rattle."""
    time = np.arange(count) / RATE
    rate = rng.uniform(4, 35)
    rattle = np.abs(np.sin(np.pi * rate * time + rng.uniform(0, 3))) ** rng.uniform(2, 30)
    return band(rng, count) * (0.15 + rattle) + 0.5 * coloured(rng, count) / 3


def forklift(rng: Generator, count: int) -> Wave:
    """An electric motor that speeds up or slows down, with gear whine."""
    time = np.arange(count) / RATE
    sweep = rng.uniform(80, 500) * np.exp(np.interp(time, [0, time[-1]], rng.normal(0, 0.5, 2)))
    phase = 2 * np.pi * np.cumsum(sweep) / RATE
    whine = sum(rng.uniform(0, 1) / k * np.sin(k * phase) for k in range(1, 9))
    return whine * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(1, 9) * time)) + coloured(rng, count) / 2


def breath(rng: Generator, count: int) -> Wave:
    """Puffs into the microphone and rustling cloth: noise that swells within tenths of a second."""
    knots = np.arange(0, count + 1600, 1600)
    swell = np.abs(np.interp(np.arange(count), knots, rng.normal(size=len(knots))))
    return coloured(rng, count) * swell ** rng.uniform(1, 3) + 0.02 * rng.normal(size=count)


def clicks(rng: Generator, count: int) -> Wave:
    """Keys, contacts, faulty cables."""
    wave = 0.02 * rng.normal(size=count)
    for start in rng.integers(0, count, int(rng.integers(2, 4 + count // 2000))):
        length = min(count - int(start), int(rng.integers(2, 120)))
        wave[start : start + length] += rng.normal(size=length) * rng.uniform(1, 8)
    return wave


KINDS: tuple[Callable[[Generator, int], Wave], ...] = (
    white,
    coloured,
    coloured,
    band,
    fan,
    fan,
    hum,
    bangs,
    beeps,
    conveyor,
    forklift,
    breath,
    clicks,
)


def noise(rng: Generator, count: int) -> Wave:
    """One kind of noise, or two mixed, sometimes swelling; unit root mean square over the whole."""
    wave = _unit(KINDS[int(rng.integers(len(KINDS)))](rng, count))
    if rng.random() < 0.4:
        wave = wave + rng.uniform(0.2, 1.0) * _unit(KINDS[int(rng.integers(len(KINDS)))](rng, count))
    if rng.random() < 0.25:
        time = np.arange(count) / RATE
        wave = wave * (1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.3, 10) * time + rng.uniform(0, 6)))
    return _unit(wave)


def _unit(wave: Wave) -> Wave:
    return np.asarray(wave / (np.sqrt(np.mean(wave * wave)) + 1e-9))
