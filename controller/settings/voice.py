"""Headsets, models and what a voice may do, as typed structs: the sections [picker.voice] and [voice].

In: decoded TOML. Out: `Headset`, `Voice` for the settings document.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

FileName = Annotated[str, Meta(min_length=1, max_length=4096)]
"""Relative to the folder of the settings file."""
LANGUAGE_PATTERN = r"^[a-z]{2}\Z"
Language = Annotated[str, Meta(pattern=LANGUAGE_PATTERN)]
DEVICE_PATTERN = r"^(none|(alsa|unix|wav|pipe):.{1,4090})\Z"
Device = Annotated[str, Meta(pattern=DEVICE_PATTERN)]


class Headset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[picker.voice]: one person's headset. `device` is both microphone and speaker unless these are named.

    `alsa:NAME` (arecord and aplay), `unix:PATH` (raw PCM both ways: simulated headsets), `wav:PATH`, `pipe:PATH` or
    `none`.
    """

    device: Device = "alsa:default"
    mic: Device | None = None
    speaker: Device | None = None
    language: Language = "en"
    answers: Language | None = None
    style: Literal["full", "terse"] = "full"
    voice: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    rate_wpm: Annotated[int, Meta(ge=80, le=400)] = 165
    volume: Annotated[int, Meta(ge=0, le=100)] = 80
    barge_in: bool = False
    tail_ms: Annotated[int, Meta(ge=0, le=2000)] = 200

    @property
    def microphone(self) -> str:
        return self.mic or self.device

    @property
    def loudspeaker(self) -> str:
        return self.speaker or self.device

    @property
    def answer_language(self) -> str:
        return self.answers or self.language


class Voice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[voice]: what all headsets share. `models`: recognition model folder by language; without one for English the
    embedded model is used, which is for demo, tests and as a fallback. `words`: a file that overlays the words and
    sentences of a language.
    """

    models: dict[Language, FileName] = field(default_factory=dict)
    words: dict[Language, FileName] = field(default_factory=dict)
    digits_grace_h: Annotated[float, Meta(ge=0, le=720)] = 24
    count: Literal["critical", "always"] = "critical"
    early_digits: Literal["note", "refuse"] = "note"
    walk_ms_per_step: Annotated[int, Meta(ge=0, le=10_000)] = 10
    rejects_before_hint: Annotated[int, Meta(ge=2, le=20)] = 3
    keep_audio_h: Annotated[float, Meta(ge=0, le=168)] = 0
    audio_folder: FileName = "var/voice-clips"
    cache_mb: Annotated[int, Meta(ge=1, le=1024)] = 32
