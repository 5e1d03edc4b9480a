"""The ear: audio of one headset becomes utterances, each accepted or rejected with its reason.

`Ear` is a function of audio: it reads no clock, no device and no file. Its recogniser comes from outside, as an
`Engine`: `Models` is the one over Vosk, `tests` have a small fake.

In: blocks of 16 kHz mono int16 PCM from `open_source(url)`, a `Grammar` per turn. Out: `Utterance`s, `MicHealth`.
"""

from __future__ import annotations

from controller.voice.ear.ear import Ear
from controller.voice.ear.engine import Alternative, Engine, Recogniser, SourceError
from controller.voice.ear.levels import Health, MicHealth
from controller.voice.ear.recogniser import Models
from controller.voice.ear.sources import Source, open_source

__all__ = [
    "Alternative",
    "Ear",
    "Engine",
    "Health",
    "MicHealth",
    "Models",
    "Recogniser",
    "Source",
    "SourceError",
    "open_source",
]
