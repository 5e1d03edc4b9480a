"""Where somebody speaks: a hall at a signal-to-noise ratio, through a wide or a narrow microphone.

In: speech, a condition. Out: what the microphone gives, 16 kHz.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from controller.voice_bench.noise import LOOPS_S, hall
from controller.voice_bench.sound import (
    RATE,
    SPEECH_RMS,
    Samples,
    active_rms,
    added,
    narrow_band,
    noise_gain,
    scaled,
)

CACHE: Final = Path("build/voice-bench/noise")
BEFORE_S: Final = 0.5
"""Of hall before the speech: shorter pauses between words belong to the word before."""
CLEAN_DB: Final = 45.0
"""A quiet room with a real microphone: digital silence exists in no headset."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`snr_db`: speech over noise, both as RMS over the whole band, speech while somebody speaks."""

    name: str
    snr_db: float
    narrow: bool = False


CONDITIONS: Final = (
    Condition("clean", CLEAN_DB),
    Condition("20 dB", 20.0),
    Condition("10 dB", 10.0),
    Condition("5 dB", 5.0),
    Condition("8 kHz, 20 dB", 20.0, narrow=True),
)
AIMED: Final = (CONDITIONS[0], CONDITIONS[2])
"""A quiet room and a loud hall: those for which aims are set."""


class Surroundings:
    """One place; two with the same seed sound the same."""

    def __init__(self, condition: Condition, seed: int, noise: Samples[int] | None = None) -> None:
        self.condition = condition
        self._random = Random(seed)
        wide = hall_loop(0) if noise is None else noise
        self._gain = noise_gain(wide, condition.snr_db)
        self._noise = narrow_loop(0) if noise is None and condition.narrow else self._heard(wide)

    def around(self, speech: Samples[int], after_s: float) -> Samples[int]:
        """Speech at its usual level, with BEFORE_S of the hall before it and `after_s` behind it."""
        before, after = int(BEFORE_S * RATE), int(after_s * RATE)
        level = active_rms(speech)
        voice = scaled(speech, SPEECH_RMS / level) if level else speech
        padded = array("h", bytes(2 * before)) + self._heard(voice) + array("h", bytes(2 * after))
        return added(padded, self._piece(len(padded)), self._gain)

    def alone(self, seconds: float) -> Samples[int]:
        """Nobody speaks."""
        return self.around(array("h"), max(0.0, seconds - BEFORE_S))

    def _piece(self, count: int) -> Samples[int]:
        noise = self._noise
        start = self._random.randrange(len(noise))
        piece = noise[start : start + count]
        while len(piece) < count:
            piece += noise[: count - len(piece)]
        return piece

    def _heard(self, samples: Samples[int]) -> Samples[int]:
        return narrow_band(samples) if self.condition.narrow and len(samples) else samples


@cache
def hall_loop(number: int, folder: Path = CACHE) -> Samples[int]:
    """The noise of LOOPS_S[number] seconds, made once and kept."""
    seconds = LOOPS_S[number]
    return kept(folder / f"hall-1-{seconds}.s16", lambda: hall(seconds, seconds))


@cache
def narrow_loop(number: int, folder: Path = CACHE) -> Samples[int]:
    """The same through a narrow-band microphone."""
    return kept(folder / f"narrow-1-{LOOPS_S[number]}.s16", lambda: narrow_band(hall_loop(number, folder)))


def kept(file: Path, make: Callable[[], Samples[int]]) -> Samples[int]:
    """What is in the file; made and put there if it is not."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{id(file)}")
        part.write_bytes(make().tobytes())
        part.replace(file)
    found = array("h")
    found.frombytes(file.read_bytes())
    return found
