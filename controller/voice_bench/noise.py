"""A warehouse without people: fans, mains hum, roller conveyors, things that fall, a truck that backs up.

In: a seed and a length. Out: 16 kHz samples, the same for the same seed, on every machine.

None of this comes from the tools that made the model's training noise, so the model has not trained on it.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from random import Random
from typing import Final

from controller.voice_bench.sound import RATE, SPEECH_RMS, Samples, scaled

LOOPS_S: Final = (47, 61)
"""Two loops of these lengths, added, repeat only after 47 × 61 s = 48 minutes."""
ROLLERS_HZ: Final = 17.0
BANG_EVERY_S: Final = 2.5
BEEP_HZ: Final = 1_210.0
BEEP_S: Final = 0.5
BEEP_SHARE: Final = 0.12
"""Of the time somewhere a truck backs up."""


def hall(seed: int, seconds: float) -> Samples[int]:
    """About as loud as speech at its usual level; scale it to the ratio that is wanted."""
    random = Random(seed)
    count = int(seconds * RATE)
    values = _fans(random, count)
    _hum(random, values)
    _rollers(random, values)
    _bangs(random, values)
    _beeps(random, values)
    level = math.sqrt(sum([x * x for x in values]) / max(1, count)) or 1.0
    gain = SPEECH_RMS / level
    return scaled([int(x * gain) for x in values], 1.0)


def steps(loops: tuple[Samples[int], Samples[int]], count: int, step: int) -> Iterator[Samples[int]]:
    """`count` samples of two loops laid over each other, `step` at a time."""
    one, other = loops
    for start in range(0, count, step):
        length = min(step, count - start)
        pairs = zip(_turn(one, start, length), _turn(other, start, length), strict=True)
        yield array("h", [max(-32_767, min(32_767, x + y)) for x, y in pairs])


def _turn(loop: Samples[int], start: int, length: int) -> Samples[int]:
    """`length` samples of an endless loop; at most once around."""
    begin = start % len(loop)
    part = loop[begin : begin + length]
    return part if len(part) == length else part + loop[: length - len(part)]


def _fans(random: Random, count: int) -> list[float]:
    """Pink noise by the filter of Paul Kellet (musicdsp.org, "Pink noise filter", economy version)."""
    draw = random.random
    a = b = c = 0.0
    values = []
    for _ in range(count):
        white = draw() - 0.5
        a = 0.99765 * a + white * 0.0990460
        b = 0.96300 * b + white * 0.2965164
        c = 0.57000 * c + white * 1.0526913
        values.append(a + b + c + white * 0.1848)
    return values


def _hum(random: Random, values: list[float]) -> None:
    """Transformers and drives: multiples of the mains frequency, beating slowly."""
    for multiple in (1, 2, 3, 6):
        turn = 2 * math.pi * (50 * multiple + random.uniform(-0.4, 0.4)) / RATE
        size, phase = random.uniform(0.1, 0.3) / multiple, random.uniform(0, math.tau)
        table = [size * math.sin(turn * n + phase) for n in range(len(values))]
        values[:] = [x + y for x, y in zip(values, table, strict=True)]


def _rollers(random: Random, values: list[float]) -> None:
    """A conveyor: a dull click for every roller under a tote, now nearer, now farther."""
    at = 0.0
    while at < len(values):
        near = 0.3 + 0.7 * math.sin(at / RATE * 0.9) ** 2
        _click(random, values, int(at), size=1.2 * near * random.random(), fade_s=0.008)
        at += RATE / ROLLERS_HZ * random.uniform(0.8, 1.2)


def _bangs(random: Random, values: list[float]) -> None:
    """A tote on a shelf, a pallet on the floor."""
    at = 0.0
    while (at := at + random.expovariate(1 / BANG_EVERY_S) * RATE) < len(values):
        _click(random, values, int(at), size=random.uniform(1.0, 5.0), fade_s=random.uniform(0.03, 0.15))


def _click(random: Random, values: list[float], start: int, *, size: float, fade_s: float) -> None:
    fade, smooth, last = math.exp(-1 / (fade_s * RATE)), random.uniform(0.2, 0.8), 0.0
    for n in range(start, min(len(values), start + int(5 * fade_s * RATE))):
        last += smooth * (size * (random.random() - 0.5) - last)
        values[n] += last
        size *= fade


def _beeps(random: Random, values: list[float]) -> None:
    turn, half = 2 * math.pi * BEEP_HZ / RATE, int(BEEP_S * RATE)
    for start in range(0, len(values), 8 * half):
        if random.random() < BEEP_SHARE:
            size = random.uniform(0.1, 0.5)
            for begin in range(start, min(len(values), start + 8 * half), 2 * half):
                for n in range(begin, min(len(values), begin + half)):
                    values[n] += size * math.sin(turn * n)
