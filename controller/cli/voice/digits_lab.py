"""The laboratory of `pickbeam voice digits confusions`: a synthesiser at one end, a recogniser at the other.

In: a language, a model, voices, rates, noise. Out: how digits are called, a speaker and a hearer for
`checkdigits.measuring`.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from controller.core.speech import SayDigits
from controller.errors import UsageError
from controller.voice.checkdigits.measuring import LENGTH, Trial
from controller.voice.ear import Models
from controller.voice.ear import pcm as ear_pcm
from controller.voice.ear.engine import RATE
from controller.voice.grammar import UNKNOWN
from controller.voice.language import Language
from controller.voice.models_store import resolve
from controller.voice.mouth import pcm as mouth_pcm
from controller.voice.mouth.synth import Synth

LEAD_S = 0.4
"""Room noise before and after: recognisers are not made for digital silence."""
MOST_CONDITIONS = 200
ROOM_DB = 40.0
"""A quiet room, where no other noise is wanted."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`snr`: decibels between the speech and white noise."""

    voice: str
    rate_wpm: int
    snr: float


class Lab:
    """`called`: digit -> its words, as far as the model knows them. Raises ModelError, NoSynthesiserError."""

    def __init__(self, language: str, model: Path | None) -> None:
        folder = resolve(language, model)
        self.name = folder.name
        self._models = Models.load(folder)
        self._language = Language.load(language).fitted(self._models.knows)
        self._synth = Synth()
        words = self._language.answers.digits
        self.called = {digit: [word for word, value in words.items() if value == digit] for digit in "0123456789"}
        if silent := [digit for digit, names in self.called.items() if not names]:
            raise UsageError(f"{self.name} knows no word for {', '.join(silent)}. Take another model.")
        self._phrases = [*(" ".join(pair) for pair in product(words, repeat=LENGTH)), UNKNOWN]

    def check_voice(self, voice: str) -> str:
        """The synthesiser's own name of a voice. Raises UsageError if there is none."""
        chosen = self._synth.choose(self._language.code, voice)
        if chosen.fault:
            raise UsageError(chosen.fault)
        return chosen.id

    def speaker(self, tried: list[Condition]) -> Callable[[Trial], bytes]:
        """Speaks a trial under its condition: 16 kHz samples, the same at every call."""

        def speak(trial: Trial) -> bytes:
            wanted = tried[trial.condition]
            said = mouth_pcm.samples(self._synth.speak(trial.text, wanted.voice, wanted.rate_wpm))
            clean = ear_pcm.resample(said, mouth_pcm.RATE, RATE)
            return mouth_pcm.to_bytes(noisy(clean, wanted.snr, f"{trial.code} {trial.condition}"))

        return speak

    def hear(self, pcm: bytes) -> str | None:
        text = " ".join(word.word for word in self._models.words(pcm, self._phrases))
        meant = self._language.meaning(text, (SayDigits(LENGTH),))
        return meant.digits if meant else None


def conditions(voices: str, rates: str, snr: str, check: Callable[[str], str]) -> list[Condition]:
    """Every voice at every rate in every noise. Raises UsageError for what is no number or no voice."""
    try:
        names = [check(voice.strip()) for voice in voices.split(",")]
        made = [Condition(v, int(r), float(s)) for v, r, s in product(names, rates.split(","), snr.split(","))]
    except ValueError as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"--rates and --snr take numbers separated by commas ({error}).") from error
    if len(made) > MOST_CONDITIONS:
        raise UsageError(f"{len(made)} conditions are more than {MOST_CONDITIONS}; name fewer voices, rates or noises.")
    return made


def noisy(clean: array[int], snr: float, seed: str) -> array[int]:
    """White noise under the speech and around it, `snr` decibels below the speech."""
    chance = random.Random(seed)
    spread = ear_pcm.rms(clean) * 10 ** (-min(snr, ROOM_DB) / 20)
    room = array("h", bytes(2 * round(LEAD_S * RATE)))
    return ear_pcm.to_int16([x + chance.gauss(0.0, spread) for x in room + clean + room])
