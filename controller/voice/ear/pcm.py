"""Samples in, samples out: WAV files of any kind, mixing to mono, resampling, levels and padding, without numpy.

In: bytes and files. Out: `array('h')` of 16 kHz mono samples.
"""

from __future__ import annotations

import random
import struct
import sys
from array import array
from collections.abc import Iterator
from functools import lru_cache
from math import ceil, cos, gcd, pi, sin, sqrt
from operator import mul
from pathlib import Path

from controller.voice.ear.engine import RATE, SourceError

EXTENSIBLE = 0xFFFE
"""The format tag that says that the real one stands further back."""
HALF_TAPS = 16
"""Zero crossings of the sinc on each side: 60 dB of stop band with the Blackman window, 0.9 of the narrower band."""
LONGEST_S = 3600
"""A WAV file longer than this is refused: it would not fit the memory of a small controller."""


def from_bytes(data: bytes) -> array[int]:
    """Little-endian int16; an odd last byte is left out."""
    samples = array("h")
    samples.frombytes(data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def to_int16(values: Iterator[float] | list[float]) -> array[int]:
    """Rounded and limited."""
    return array("h", [-32768 if v < -32768 else 32767 if v > 32767 else round(v) for v in values])


# --- WAV ------------------------------------------------------------------------------------------------------------


def read_wav(path: Path, rate: int = RATE) -> array[int]:
    """A file's sound as mono int16 at `rate`. SourceError: no file, no WAV, or a kind that is not read here."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    own_rate, samples = decode_wav(data, str(path))
    return resample(without_dc(samples), own_rate, rate)


def decode_wav(data: bytes, name: str = "WAV") -> tuple[int, array[int]]:
    """(samples per second, mono int16) of PCM 8, 16, 24, 32 bit, float 32, A-law or mu-law, any number of channels."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise SourceError(f"{name} is no WAV file; convert it: sox IN -b 16 OUT.wav")
    chunks = dict(_chunks(data))
    form, body = chunks.get(b"fmt ", b""), chunks.get(b"data")
    if len(form) < 16 or body is None:
        raise SourceError(f"{name} is cut off: it has no {'fmt' if len(form) < 16 else 'data'} chunk")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if tag == EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack_from("<H", form, 24)
    if not 1 <= channels <= 64 or not 1000 <= rate <= 768_000:
        raise SourceError(f"{name} has an impossible header: {channels} channels at {rate} Hz")
    samples = _decode(body, tag, bits, name)
    if len(samples) > LONGEST_S * rate * channels:
        raise SourceError(f"{name} is longer than {LONGEST_S // 60} minutes; cut it into pieces")
    return rate, _mono(samples, channels)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        yield name, data[at + 8 : at + 8 + size]  # a recorder that was killed leaves size 0xFFFFFFFF: all there is
        at += 8 + size + size % 2


def _decode(body: bytes, tag: int, bits: int, name: str) -> array[int]:
    match tag, bits:  # tags: 1 PCM, 3 float, 6 A-law, 7 mu-law (RFC 2361)
        case 1, 8:
            return array("h", [(byte - 128) << 8 for byte in body])
        case 1, 16:
            return from_bytes(body)
        case 1, 24:
            return from_bytes(b"".join(body[at : at + 2] for at in range(1, len(body) - 1, 3)))
        case 1, 32:
            return from_bytes(b"".join(body[at : at + 2] for at in range(2, len(body) - 1, 4)))
        case 3, 32:
            whole = len(body) // 4
            return to_int16([v * 32767 if v == v else 0.0 for v in struct.unpack(f"<{whole}f", body[: whole * 4])])  # noqa: PLR0124 NaN
        case 6, _:
            return array("h", map(_ALAW.__getitem__, body))
        case 7, _:
            return array("h", map(_MULAW.__getitem__, body))
    raise SourceError(
        f"{name} is WAV of a kind that is not read (tag {tag}, {bits} bits); convert: sox IN -b 16 OUT.wav"
    )


def _mono(samples: array[int], channels: int) -> array[int]:
    if channels == 1:
        return samples
    whole = len(samples) // channels
    parts = [samples[c : whole * channels : channels] for c in range(channels)]
    return array("h", [sum(frame) // channels for frame in zip(*parts, strict=True)])


def _mulaw(byte: int) -> int:
    """ITU-T G.711."""
    byte = ~byte & 0xFF
    value = (((byte & 0x0F) << 3) + 0x84) << (byte >> 4 & 7)
    return 0x84 - value if byte & 0x80 else value - 0x84


def _alaw(byte: int) -> int:
    """ITU-T G.711."""
    byte ^= 0x55
    value, segment = (byte & 0x0F) << 4, byte >> 4 & 7
    value = value + 8 if segment == 0 else (value + 0x108) << (segment - 1)
    return value if byte & 0x80 else -value


_MULAW = [_mulaw(byte) for byte in range(256)]
_ALAW = [_alaw(byte) for byte in range(256)]


# --- resampling -----------------------------------------------------------------------------------------------------


class Resampler:
    """Rational resampling of a stream with a windowed sinc: one short filter per output phase. Output waits for
    HALF_TAPS zero crossings of input, about 1–2 ms.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        common = gcd(rate_in, rate_out)
        self._up, self._down = rate_out // common, rate_in // common
        self._filters = _filters(self._up, self._down)
        self._taps = len(self._filters[0])
        self._held = array("h", bytes(self._taps - 2))  # half the taps less one: the first output is at time 0
        self._phase = 0

    def feed(self, data: bytes) -> bytes:
        """The next samples; all pieces together are as long as the input times the ratio."""
        out = self.samples(from_bytes(data))
        if sys.byteorder == "big":
            out.byteswap()
        return out.tobytes()

    def samples(self, new: array[int]) -> array[int]:
        self._held.extend(new)
        held, taps, up, down, filters = self._held, self._taps, self._up, self._down, self._filters
        end, at, out = (len(held) - taps + 1) * up, self._phase, []
        for position in range(at, end, down):
            first = position // up
            out.append(sum(map(mul, filters[position % up], held[first : first + taps])))
        self._phase = at + len(out) * down
        used = min(self._phase // up, len(held) - taps + 1)
        del held[:used]
        self._phase -= used * up
        return to_int16(out)


@lru_cache(maxsize=8)
def _filters(up: int, down: int) -> tuple[tuple[float, ...], ...]:
    """Per output phase the weights of the input samples around it (Smith, Digital Audio Resampling, 2002)."""
    band = 0.92 * min(1.0, up / down)  # of the input's Nyquist frequency; the rest is the transition band
    half = ceil(HALF_TAPS / min(1.0, up / down))
    table = []
    for phase in range(up):
        weights = []
        for tap in range(2 * half):
            x = tap - half + 1 - phase / up
            window = 0.42 + 0.5 * cos(pi * x / half) + 0.08 * cos(2 * pi * x / half) if abs(x) < half else 0.0
            weights.append(band * window * (sin(pi * band * x) / (pi * band * x) if x else 1.0))
        total = sum(weights)
        table.append(tuple(weight / total for weight in weights))
    return tuple(table)


def resample(samples: array[int], rate_in: int, rate_out: int) -> array[int]:
    """A whole piece; its length is that of the input times the ratio, its delay none."""
    if rate_in == rate_out:
        return samples
    one = Resampler(rate_in, rate_out)
    half = ceil(HALF_TAPS / min(1.0, rate_out / rate_in))
    return one.samples(samples + array("h", bytes(2 * half)))[: len(samples) * rate_out // rate_in]


# --- levels ---------------------------------------------------------------------------------------------------------


def without_dc(samples: array[int]) -> array[int]:
    """A sound card's constant offset taken away, if it is worth it."""
    offset = round(sum(samples) / len(samples)) if samples else 0
    return samples if abs(offset) < 8 else to_int16([x - offset for x in samples])


def noise(seconds: float, level: float, seed: int = 1) -> array[int]:
    """Low noise of `level` dBFS, the same at every call: recognisers are trained on rooms, not on digital silence."""
    return array("h", _noise(round(seconds * RATE), level, seed))


@lru_cache(maxsize=8)
def _noise(length: int, level: float, seed: int) -> array[int]:
    chance = random.Random(seed)
    spread = 32768 * 10 ** (level / 20)
    return to_int16([chance.gauss(0.0, spread) for _ in range(length)])


def scaled(samples: array[int], decibels: float) -> array[int]:
    factor = 10 ** (decibels / 20)
    return to_int16([x * factor for x in samples])


def rms(samples: array[int]) -> float:
    return sqrt(sum(map(mul, samples, samples)) / len(samples)) if samples else 0.0
