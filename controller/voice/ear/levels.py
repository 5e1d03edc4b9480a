"""How loud is it, how loud is the hall behind it, and is the microphone well?

In: 16 kHz mono int16 samples, in frames of 20 ms. Out: levels in dBFS (0 = a full-scale square wave), a noise floor,
and a health state that names its cure.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import log10
from operator import mul

FRAME = 320
"""Samples per level: 20 ms at 16 kHz."""
FRAME_S = 0.02
SILENT_DB = -90.0
"""What digital silence and anything below counts as: 1 LSB of 16 bits is -90.3 dBFS."""
FULL = 32_700
"""Samples from here on count as clipped; some converters limit slightly below full scale."""

STIR_DB, LOUD_DB = 4.0, 8.0
"""Over the noise floor: something may be there; somebody speaks. Steady noise swings by 1–2 dB between 20 ms frames."""


class Health(str, Enum):
    """How the microphone does. Only OK and the three warnings after it let speech through."""

    OK = "OK"
    CLIPPING = "CLIPPING"
    TOO_QUIET = "TOO_QUIET"
    WRONG_RATE = "WRONG_RATE"
    MIC_SILENT = "MIC_SILENT"
    MIC_LOST = "MIC_LOST"


CURES = {
    Health.OK: "",
    Health.CLIPPING: "too loud, speech is clipped: lower the capture volume (alsamixer) or move the microphone away",
    Health.TOO_QUIET: "speech is very quiet: move the microphone to the mouth or raise the capture volume (alsamixer)",
    Health.WRONG_RATE: "audio comes at another rate than 16 kHz: use plughw: instead of hw:, or a 16 kHz source",
    Health.MIC_SILENT: "the microphone gives digital silence: switch its mute off, charge it, or choose another device",
    Health.MIC_LOST: "no audio comes from the microphone: plug it in or pair it again; picking goes on by light",
}


@dataclass(frozen=True, slots=True)
class MicHealth:
    """`level`, `floor`: dBFS. `clipped`: share of the last seconds' samples at full scale, 0–1."""

    state: Health = Health.OK
    level: float = SILENT_DB
    floor: float = SILENT_DB
    clipped: float = 0.0

    @property
    def cure(self) -> str:
        return CURES[self.state]


def decibels(samples: Sequence[int]) -> float:
    """RMS level without the constant part, dBFS, not under SILENT_DB."""
    if not samples:
        return SILENT_DB
    mean = sum(samples) / len(samples)
    power = sum(map(mul, samples, samples)) / len(samples) - mean * mean
    return max(SILENT_DB, 10 * log10(max(power, 1e-9) / 32768**2))


class NoiseFloor:
    """The level of the hall between words: the quiet fifth of the last seconds, so that speech (which pauses) does not
    lift it and a conveyor that starts is learnt within 2 s.
    """

    WINDOW = 150
    """Frames: 3 s."""

    def __init__(self, at_start: float = -60.0) -> None:
        self._levels: deque[float] = deque([at_start] * 10, maxlen=self.WINDOW)
        self._value = at_start
        self._since = 0

    @property
    def value(self) -> float:
        return self._value

    def add(self, level: float) -> None:
        self._levels.append(level)
        self._since += 1
        if self._since >= 5:  # sorting ten times a second is often enough
            self._since = 0
            self._value = sorted(self._levels)[len(self._levels) // 5]


class Meter:
    """Levels of a stream and the health of what makes it. Feed it everything, also while the ear is deaf."""

    SILENCE_S = 5.0
    """Digital silence for longer than this is a dead or muted microphone: a live one has at least its own noise."""
    CLIPPED = 0.02
    """Share of clipped samples among those of loud frames that costs recognition."""
    QUIET_DB = -52.0
    """Speech below this is lost in the noise of an ordinary sound card."""

    def __init__(self) -> None:
        self.floor = NoiseFloor()
        self.level = SILENT_DB
        self.time = 0.0
        self.frames: deque[tuple[float, float]] = deque(maxlen=700)
        """(end in seconds, level) of the last 14 s."""
        self._rest: array[int] = array("h")
        self._silent_s = 0.0
        self._clipped = 0.0
        self.loud_at = self._stirred_at = -60.0
        """When the last frame that stood out of the noise ended."""
        self._speech = -30.0
        """Running level of frames well over the floor."""

    def feed(self, samples: array[int]) -> None:
        self._rest.extend(samples)
        while len(self._rest) >= FRAME:
            frame = self._rest[:FRAME]
            del self._rest[:FRAME]
            self._frame(frame)

    def _frame(self, frame: array[int]) -> None:
        self.time += FRAME_S
        self.level = decibels(frame)
        self.frames.append((self.time, self.level))
        self.floor.add(self.level)
        self._silent_s = self._silent_s + FRAME_S if self.level <= SILENT_DB else 0.0
        if self.level > max(self.floor.value + STIR_DB, STIR_DB - 75.0):
            self._stirred_at = self.time
        if self.loud(self.level):
            self.loud_at = self.time
            over = sum(1 for x in frame if x >= FULL or x <= -FULL) if max(frame) >= FULL or min(frame) <= -FULL else 0
            self._clipped += (over / FRAME - self._clipped) * 0.02  # settles within 50 loud frames, about 3 words
            self._speech += (self.level - self._speech) * 0.02

    def loud(self, level: float) -> bool:
        """Whether a frame of this level stands out of the noise."""
        return level > max(self.floor.value + LOUD_DB, -65.0)

    def quiet_for(self) -> float:
        """Seconds since the last frame that stood out of the noise."""
        return self.time - self.loud_at

    def sound_since(self, gap_s: float) -> float:
        """When the sound that ended at `loud_at` began: for `gap_s` before it nothing stood out of the noise."""
        start = self.loud_at
        for at, level in reversed(self.frames):
            if at < start - gap_s:
                break
            if at <= start and self.loud(level):
                start = at - FRAME_S
        return start

    def still_for(self) -> float:
        """Seconds since the last frame that was anything but the noise; the faintest speech ends it."""
        return self.time - self._stirred_at

    def span(self, start: float, end: float) -> float:
        """Loudest fifth of the frames in [start, end) seconds: how loud a word was said. SILENT_DB where unknown."""
        levels = sorted(level for at, level in self.frames if start < at <= end)
        return levels[-1 - len(levels) // 5] if levels else SILENT_DB

    def health(self) -> MicHealth:
        state = Health.OK
        if self._silent_s > self.SILENCE_S:
            state = Health.MIC_SILENT
        elif self._clipped > self.CLIPPED:
            state = Health.CLIPPING
        elif self._speech < self.QUIET_DB:
            state = Health.TOO_QUIET
        return MicHealth(state, self.level, self.floor.value, self._clipped)


class Pace:
    """Whether audio comes as fast as its rate says, told by somebody else's clock. A wrong rate shows as a steady wrong
    pace: 8 kHz taken for 16 kHz comes at half of it.
    """

    WINDOW_S = 5.0
    TOLERANCE = 0.15
    """Buffers make single blocks early or late by far less than this share of the window; rates differ by more."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._count = 0
        self._since: float | None = None
        self.wrong = False

    def add(self, samples: int, now: float) -> None:
        """`now`: seconds of any steady clock."""
        if self._since is None:
            self._since = now
            return
        self._count += samples
        passed = now - self._since
        if passed >= self.WINDOW_S:
            self.wrong = abs(self._count / passed / self._rate - 1.0) > self.TOLERANCE
            self._since, self._count = now, 0
