"""Samples: WAV files of every kind, resampling, levels."""

from __future__ import annotations

import math
import struct
from array import array
from pathlib import Path

import pytest

from controller.voice.ear import SourceError, pcm

TONE = [round(8000 * math.sin(2 * math.pi * 440 * i / 8000)) for i in range(400)]


def wav(body: bytes, tag: int, bits: int, channels: int = 1, rate: int = 8000) -> bytes:
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    return (
        b"RIFF" + struct.pack("<I", 28 + len(body)) + b"WAVEfmt " + struct.pack("<I", 16) + form
        + b"LIST" + struct.pack("<I", 3) + b"abc\0"  # an odd chunk with its padding
        + b"data" + struct.pack("<I", len(body)) + body
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "tag", "bits", "near"),
    [
        (bytes((x >> 8) + 128 for x in TONE), 1, 8, 256),
        (struct.pack("<400h", *TONE), 1, 16, 0),
        (b"".join(struct.pack("<i", x << 8)[:3] for x in TONE), 1, 24, 0),
        (struct.pack("<400i", *(x << 16 for x in TONE)), 1, 32, 0),
        (struct.pack("<400f", *(x / 32768 for x in TONE)), 3, 32, 1),
    ],
)
def test_reads_every_width(body: bytes, tag: int, bits: int, near: int) -> None:
    rate, samples = pcm.decode_wav(wav(body, tag, bits))
    assert rate == 8000
    assert max(abs(a - b) for a, b in zip(samples, TONE, strict=True)) <= near


def test_reads_telephone_codes_as_the_standard_has_them() -> None:
    """ITU-T G.711: the loudest, the faintest and a middle code of each."""
    assert list(pcm.decode_wav(wav(bytes([0x80, 0x00, 0xFF, 0x7F]), 7, 8))[1]) == [32124, -32124, 0, 0]
    assert list(pcm.decode_wav(wav(bytes([0xAA, 0x2A, 0xD5, 0x55]), 6, 8))[1]) == [32256, -32256, 8, -8]


def test_stereo_becomes_the_mean() -> None:
    body = struct.pack("<6h", 100, 300, -100, -300, 7, 7)
    assert list(pcm.decode_wav(wav(body, 1, 16, channels=2))[1]) == [200, -200, 7]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"OggS" + bytes(40), "no WAV file"),
        (wav(b"", 1, 16)[:30], "cut off"),
        (wav(b"12", 85, 16), "tag 85"),
        (wav(b"12", 1, 16, channels=0), "impossible"),
    ],
)
def test_refuses_with_the_cure(data: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        pcm.decode_wav(data)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.wav: No such file"):
        pcm.read_wav(tmp_path / "nothing.wav")


@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_resampling_keeps_a_tone_in_place(rate: int) -> None:
    tone = array("h", [round(8000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(rate // 10)])
    out = pcm.resample(tone, rate, 16_000)
    assert len(out) == len(tone) * 16_000 // rate
    errors = [x - 8000 * math.sin(2 * math.pi * 440 * i / 16_000) for i, x in enumerate(out)]
    assert max(map(abs, errors[200:-200])) < 8  # -60 dB


def test_resampling_leaves_nothing_above_the_narrower_band() -> None:
    tone = array("h", [round(8000 * math.sin(2 * math.pi * 11_000 * i / 32_000)) for i in range(1600)])
    assert pcm.rms(pcm.resample(tone, 32_000, 16_000)[100:-100]) < 8


def test_pieces_resample_as_the_whole() -> None:
    tone = array("h", TONE).tobytes()
    pieces = pcm.Resampler(8000, 16_000)
    whole = pcm.Resampler(8000, 16_000).feed(tone)
    assert b"".join(pieces.feed(tone[at : at + 62]) for at in range(0, len(tone), 62)) == whole


def test_a_constant_offset_goes() -> None:
    assert pcm.rms(pcm.without_dc(array("h", [900] * 100))) == 0


def test_noise_has_its_level_and_is_the_same_each_time() -> None:
    assert 20 * math.log10(pcm.rms(pcm.noise(0.1, -40.0)) / 32768) == pytest.approx(-40, abs=0.5)
    assert pcm.noise(0.01, -40.0) == pcm.noise(0.01, -40.0)
