"""What the voice door needs to know of a headset and of the site: plain values, whoever read them.

In: the composition root fills these from the settings. Out: `HeadsetOptions`, one per picker, and `VoiceOptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class HeadsetOptions:
    """One picker's headset. Devices: `alsa:NAME`, `unix:PATH`, `wav:PATH`, `pipe:PATH` or `none`."""

    microphone: str = "alsa:default"
    loudspeaker: str = "alsa:default"
    language: str = "en"
    """Of the prompts."""
    answers: str = "en"
    """Language that the picker answers in."""
    style: Literal["full", "terse"] = "full"
    voice: str | None = None
    """Name of a voice of the synthesiser; None = the language's own."""
    rate_wpm: int = 165
    """Words per minute, 80–400."""
    volume: int = 80
    """0–100."""
    barge_in: bool = False
    """The microphone does not hear the loudspeaker: the picker may answer while the prompt is still being said."""
    tail_ms: int = 200
    """How long the ear stays deaf after the last sample was played."""


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """What all headsets share. `models`: folder of the recognition model by language."""

    models: Mapping[str, Path] = field(default_factory=dict)
    words: Mapping[str, Path] = field(default_factory=dict)
    """Files with a site's own sentences and phrases, by language."""
    cache_mb: int = 32
    """Limit of the synthesised prompts that are kept in memory."""
    keep_audio_h: float = 0
    """Diagnostic: hours that recordings of utterances are kept; 0 = none is ever made."""
    audio_folder: Path = Path("var/voice-clips")
