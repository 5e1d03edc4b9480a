"""
Clean speech made into speech as microphones, radios and warehouses deliver it: fresh at every use, on log-mel frames.

In: clean log-mel of a batch [B, T, 40] with its level, and banks of noise frames.
Out: log-mel of the batch as heard: another throat, room, noise, microphone, band, level.

Power spectra add and filters multiply, so all of this is cheap arithmetic on mel power; only what needs the waveform
(codecs, clipping, real echoes) is done beforehand (`prepare`). Every range is wider than what people do: what the model
has never heard it cannot forgive.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from tools.acoustic_model.features import BINS, FLOOR, hertz_of_bins, log_mel

DB = float(np.log(10.0) / 10.0)  # one decibel as natural logarithm of power
FULL_SCALE_DB = 90.3  # root mean square of a full-scale square wave of 16 bit, in dB re one step
NOISE_DB = 60.0  # level of the waves behind a noise bank
_HERTZ = hertz_of_bins()
_VOICED = slice(2, 22)  # bands of about 150-1700 Hz: what vowels are loud in

Array = NDArray[np.float32]


def stretch(frames: Array, speed: float, rng: Generator) -> Array:
    """Frames at another pace (2.0 = twice as fast), the pace itself wandering by about a fifth within the utterance.

    Who speaks slowly draws out the loud parts, vowels above all, and the consonants hardly.
    """
    count = len(frames)
    target = max(2, round(count / speed))
    if count < 3:
        return frames
    lasting = np.exp(np.interp(np.linspace(0, 4, count), np.arange(5), rng.normal(0, 0.18, 5)))
    if speed < 1:
        loudness = frames[:, _VOICED].mean(1)
        lasting *= 1 + rng.uniform(0, 2.5) * (1 / speed - 1) * np.exp((loudness - loudness.max()) / 3)
    ends = np.cumsum(lasting) - lasting[0]
    position = np.interp(np.linspace(0, ends[-1], target), ends, np.arange(count))
    low = np.minimum(position.astype(np.int64), count - 2)
    share = (position - low).astype(np.float32)[:, None]
    return frames[low] * (1 - share) + frames[low + 1] * share


@dataclass(frozen=True, slots=True)
class Banks:
    """Log-mel frames to draw noise from: waves of `NOISE_DB`; `dither` of one 16-bit step."""

    noise: Tensor
    babble: Tensor
    dither: Tensor

    @classmethod
    def build(cls, noise: Array, babble: Array, rng: Generator, device: str = "cpu") -> "Banks":
        dither = log_mel(rng.normal(size=16_000 * 60).astype(np.float32))
        return cls(*(torch.from_numpy(frames).to(device) for frames in (noise, babble, dither)))


class Distorter:
    """Draws a new channel for every utterance of a batch, where the banks are; the generator makes runs repeatable."""

    def __init__(self, banks: Banks, rng: Generator) -> None:
        self.banks = banks
        self.rng = rng
        self.device = banks.dither.device
        self._hiss = banks.dither.exp().mean(0)  # power of white noise of one step, per band

    @torch.no_grad()
    def __call__(self, clean: Tensor, level_db: Tensor) -> Tensor:
        """Log-mel as heard; `level_db` [B] is the speech level in dB re one 16-bit step."""
        x = self._throat(clean)
        x = self._microphone(x, 0.7)
        power = self._room(x.exp())
        noise = self._surroundings(len(x), x.shape[1], level_db)
        power = self._packet_loss(self._gate(power + noise, noise))
        power = self._codec(power, 0.12) * self._band(len(x)).exp()
        power = self._codec(power, 0.08)
        wanted = FULL_SCALE_DB - self._draw(len(x), 8, 46)
        gain = (wanted - level_db) * DB
        power = power * gain.exp()[:, None, None] * self._movement(len(x), x.shape[1])
        return (power + self._electronics(len(x), x.shape[1], wanted)).clamp(min=float(np.exp(FLOOR))).log()

    def _draw(self, count: int, low: float, high: float) -> Tensor:
        return self._there(self.rng.uniform(low, high, count).astype(np.float32))

    def _chosen(self, count: int, share: float) -> Tensor:
        return self._there(self.rng.random(count) < share)

    def _there(self, values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(values).to(self.device)

    def _lines(self, first: float, last: float) -> Tensor:
        """Evenly from the lowest band to the highest."""
        return torch.linspace(first, last, BINS, device=self.device)

    def _smooth(self, count: int, knots: int, deviation: float, length: int = BINS) -> Tensor:
        """Smooth random curves [count, length] through normal knots."""
        values = self._there(self.rng.normal(0, deviation, (count, 1, knots)).astype(np.float32))
        return torch.nn.functional.interpolate(values, size=length, mode="linear", align_corners=True)[:, 0]

    def _throat(self, x: Tensor) -> Tensor:
        """Formants elsewhere, harmonics sharper or blurred, dynamics narrower or wider."""
        count = len(x)
        factor = np.where(self.rng.random(count) < 0.8, np.exp(self.rng.normal(0, 0.09, count)), 1.0).clip(0.78, 1.28)
        source = np.interp(_HERTZ / factor[:, None], _HERTZ, np.arange(BINS)).astype(np.float32)
        position = (self._there(source) + self._smooth(count, 6, 0.6)).clamp(0, BINS - 1.001)
        low = position.floor().long()
        share = position - low
        matrix = torch.zeros(count, BINS, BINS, device=self.device)
        matrix.scatter_(2, low[:, :, None], (1 - share)[:, :, None])
        matrix.scatter_add_(2, low[:, :, None] + 1, share[:, :, None])
        x = x @ matrix.transpose(1, 2)
        blurred = _blur(x)
        x = x + self._draw(count, -0.9, 0.5)[:, None, None] * (x - blurred)
        steady = _blur(x.transpose(1, 2)).transpose(1, 2)
        x = torch.lerp(x, steady, (self._draw(count, 0, 0.8) * self._chosen(count, 0.35))[:, None, None])
        top = x.amax((1, 2), keepdim=True)
        contrast = torch.where(self._chosen(count, 0.4), self._draw(count, 0.75, 1.15), 1.0)
        return top + contrast[:, None, None] * (x - top)

    def _microphone(self, x: Tensor, share: float) -> Tensor:
        """A smooth frequency response: mouth to microphone, and the effort of the voice."""
        count = len(x)
        tilt = self._draw(count, -10, 10)[:, None] * self._lines(-0.5, 0.5)
        response = (self._smooth(count, 7, 4.5) + self._smooth(count, 16, 1.5) + tilt) * DB
        return x + (response * self._chosen(count, share)[:, None])[:, None]

    def _room(self, power: Tensor) -> Tensor:
        """Echo: every band's energy dies away exponentially, high ones sooner."""
        count = len(power)
        seconds = self._draw(count, 0.1, 0.8)[:, None] * (1 - self._draw(count, 0, 0.6)[:, None] * self._lines(0, 1))
        decay = torch.pow(10.0, -0.06 / seconds)
        ratio = torch.pow(10.0, -0.1 * self._draw(count, -3, 16))[:, None]
        strength = (1 - decay) * ratio * self._chosen(count, 0.35)[:, None]
        return power + _dying(power, decay[:, None]) * strength[:, None]

    def _slices(self, bank: Tensor, count: int, frames: int) -> Tensor:
        starts = self._there(self.rng.integers(0, len(bank) - frames, count))
        index = starts[:, None] + torch.arange(frames, device=self.device)
        return bank[index].float()

    def _surroundings(self, count: int, frames: int, level_db: Tensor) -> Tensor:
        """Noise power at 0-30 dB below the speech, less for one in five; some is talk, 5 dB or more below."""
        babble = self._chosen(count, 0.14)
        noise = self._slices(self.banks.noise, count, frames)
        talk = self._slices(self.banks.babble, count, frames)
        chosen = torch.where(babble[:, None, None], talk, noise)
        ratio = torch.where(babble, self._draw(count, 5, 30), self._draw(count, 0, 30))
        ratio = torch.where(self._chosen(count, 0.2), self._draw(count, 30, 60), ratio)
        return (chosen + ((level_db - NOISE_DB - ratio) * DB)[:, None, None]).exp()

    def _gate(self, power: Tensor, noise: Tensor) -> Tensor:
        """Some headsets subtract what they take for noise."""
        mean = noise.mean(1, keepdim=True) * self._draw(len(power), 0.5, 2.0)[:, None, None]
        gated = torch.maximum(power - mean, 0.003 * power)
        return torch.where(self._chosen(len(power), 0.08)[:, None, None], gated, power)

    def _packet_loss(self, power: Tensor) -> Tensor:
        """Short gaps in time, and narrow ones in frequency."""
        count, frames, _ = power.shape
        time, line = (torch.arange(size, device=self.device)[None] for size in (frames, BINS))
        begin = (self._draw(count, 0, 1) * frames)[:, None]
        gap = (time >= begin) & (time < begin + self._draw(count, 1, 6)[:, None]) & self._chosen(count, 0.12)[:, None]
        low = self._draw(count, 0, BINS)[:, None]
        notch = (line >= low) & (line < low + self._draw(count, 1, 7)[:, None]) & self._chosen(count, 0.2)[:, None]
        lost = gap[:, :, None] | notch[:, None, :]
        return torch.where(lost, power * 1e-4, power)

    def _codec(self, power: Tensor, share: float) -> Tensor:
        """Quantisation noise of logarithmic codecs: white, and as loud as the speech of the moment allows."""
        depth = torch.pow(10.0, -0.1 * self._draw(len(power), 24, 40)) * self._chosen(len(power), share)
        density = (power / self._hiss).mean(2, keepdim=True) * 0.5
        return power + density * self._hiss * depth[:, None, None]

    def _band(self, count: int) -> Tensor:
        """Log gain of the band that gets through [B, 1, 40]: narrow ones of 8 kHz paths above all."""
        narrow = self._chosen(count, 0.65)
        top = torch.where(narrow, self._draw(count, 3100, 4000), self._draw(count, 3600, 7600))
        steep = torch.where(self._chosen(count, 0.6), self._draw(count, 150, 600), self._draw(count, 18, 150))
        hertz = self._there(_HERTZ.astype(np.float32))[None]
        high = (-steep[:, None] * (hertz / top[:, None]).log2().clamp(min=0)).clamp(min=-95)
        bottom, soft = self._draw(count, 50, 420), self._draw(count, 6, 36)
        low = (-soft[:, None] * (bottom[:, None] / hertz).log2().clamp(min=0)).clamp(min=-70)
        gain = high * self._chosen(count, 0.5)[:, None] + low * self._chosen(count, 0.4)[:, None]
        return (gain * DB)[:, None]

    def _movement(self, count: int, frames: int) -> Tensor:
        """The head turns: slow changes of level."""
        curve = self._smooth(count, 4, 2.5, frames) * self._chosen(count, 0.4)[:, None]
        return (curve * DB).exp()[:, :, None]

    def _electronics(self, count: int, frames: int, wanted: Tensor) -> Tensor:
        """Dither as the recogniser adds it, and often some hiss of the device, at least 12 dB below the speech."""
        dither = self._slices(self.banks.dither, count, frames)
        hiss = torch.minimum(self._draw(count, -15, 38), wanted - 12) * DB
        amount = 1 + hiss.exp() * self._chosen(count, 0.5)
        return dither.exp() * amount[:, None, None]


def _dying(power: Tensor, decay: Tensor) -> Tensor:
    """Per frame the sum of all earlier ones, each times decay ** (frames since, less one).

    By doubling: after n rounds 2 ** n frames are in. After 128 the longest echo has died away (0.85 ** 128 = 1e-9).
    """
    total, reach = torch.nn.functional.pad(power, (0, 0, 1, 0))[:, :-1], 1
    while reach < min(128, power.shape[1]):
        later = torch.nn.functional.pad(total[:, :-reach], (0, 0, reach, 0))
        total, decay, reach = total + decay * later, decay * decay, 2 * reach
    return total


def _blur(x: Tensor) -> Tensor:
    """Mean of each value and its neighbours along the last axis, the middle one weighing half."""
    padded = torch.cat([x[..., :1], x, x[..., -1:]], -1)
    return 0.25 * padded[..., :-2] + 0.5 * x + 0.25 * padded[..., 2:]
