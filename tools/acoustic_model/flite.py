"""Speakers of flite: people's voices, read from text, or saying given phones in a foreign accent.

In: words, or the phones to say; a random generator that sets rate and pitch.
Out: 16 kHz waves, through the C libraries (Debian package libflite1), some 40 utterances per second.

Four of them are in the package; `*.flitevox` in the folder `VOX` are more (README.md).
"""

from __future__ import annotations

import ctypes
import os
import random
from pathlib import Path
from typing import Any

import numpy as np

from tools.acoustic_model.accents import ACCENTS, accented, habits, stressed_vowel
from tools.acoustic_model.lexicon import VOWELS, Phones, careful_pronunciation
from tools.acoustic_model.texts import Utterance

#: Voices with their weights: kal16 is a diphone voice, the others are statistical (CLUSTERGEN).
VOICES: dict[str, int] = {"kal16": 2, "awb": 3, "rms": 3, "slt": 3}
VOX = Path(os.environ.get("FLITEVOX", "var/am/flitevox"))
_VOX_WEIGHT = 3


class _Wave(ctypes.Structure):
    """cst_wave of flite 2.2."""

    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _Voice(ctypes.Structure):
    """The beginning of cst_voice of flite 2.2."""

    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


class Flite:
    """The library with its four voices and those of `VOX`."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
        lexicon, english = (
            ctypes.CDLL(f"libflite_{name}.so.1", mode=ctypes.RTLD_GLOBAL) for name in ("cmulex", "usenglish")
        )
        library = self._library
        library.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
        library.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        library.flite_feat_set_float.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float]
        library.new_utterance.restype = ctypes.c_void_p
        library.utt_set_input_text.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        library.flite_do_synth.restype = ctypes.c_void_p
        library.flite_do_synth.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        library.utt_wave.restype = ctypes.POINTER(_Wave)
        library.utt_wave.argtypes = [ctypes.c_void_p]
        library.delete_wave.argtypes = [ctypes.c_void_p]
        library.delete_utterance.argtypes = [ctypes.c_void_p]
        library.flite_init()
        library.flite_voice_load.restype = ctypes.POINTER(_Voice)
        library.flite_add_lang(b"eng", english.usenglish_init, lexicon.cmu_lex_init)
        self._voices = {name: self._load(name) for name in VOICES}
        self._voices |= {path.stem.rpartition("_")[2]: self._read(path) for path in sorted(VOX.glob("*.flitevox"))}

    @staticmethod
    def _load(name: str) -> Any:
        register = getattr(ctypes.CDLL(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
        register.restype = ctypes.POINTER(_Voice)
        return register(None)

    def _read(self, path: Path) -> Any:
        voice = self._library.flite_voice_load(str(path).encode())
        if not voice:
            raise ValueError(f"{path} is no voice of flite")
        return voice

    def set(self, voice: str, **features: float) -> None:
        """Sets features such as `duration_stretch` of a voice; they stay."""
        for name, value in features.items():
            self._library.flite_feat_set_float(self._voices[voice].contents.features, name.encode(), value)

    def read(self, voice: str, text: str) -> np.ndarray[Any, Any]:
        """English text as 16 kHz samples."""
        wave = self._library.flite_text_to_wave(text.encode(), self._voices[voice])
        samples = self._samples(wave)
        self._library.delete_wave(wave)
        return samples

    def say(self, voice: str, phones: str) -> np.ndarray[Any, Any]:
        """Phones of flite's set, separated by blanks, vowels with 0 or 1 for stress, `pau` for silence."""
        utterance = self._library.new_utterance()
        self._library.utt_set_input_text(utterance, phones.encode())
        steps = ctypes.cast(self._library.utt_synth_phones, ctypes.c_void_p)
        utterance = self._library.flite_do_synth(utterance, self._voices[voice], steps)
        if not utterance:
            return np.zeros(0)
        samples = self._samples(self._library.utt_wave(utterance))
        self._library.delete_utterance(utterance)
        return samples

    @staticmethod
    def _samples(wave: Any) -> np.ndarray[Any, Any]:
        count = wave.contents.num_samples
        return np.ctypeslib.as_array(wave.contents.samples, (count,)).astype(float) if count > 0 else np.zeros(0)

    def _random_voice(self, rng: random.Random) -> str:
        weights = [VOICES.get(name, _VOX_WEIGHT) for name in self._voices]
        voice = rng.choices(list(self._voices), weights)[0]
        self.set(voice, duration_stretch=rng.uniform(0.5, 1.5))
        if voice == "kal16":
            mean = rng.uniform(70, 210)
            self.set(voice, int_f0_target_mean=mean, int_f0_target_stddev=mean * rng.uniform(0.06, 0.22))
        else:
            self.set(voice, f0_shift=rng.uniform(0.8, 1.3))
        return voice

    def native(self, utterance: Utterance, rng: random.Random) -> tuple[str, np.ndarray[Any, Any]]:
        """One of the people reads text. Returns the speaker and the wave."""
        voice = self._random_voice(rng)
        return voice, self.read(voice, utterance.text())

    def foreign(self, utterance: Utterance, rng: random.Random) -> tuple[str, list[Phones], np.ndarray[Any, Any]]:
        """One of the people imitates a foreigner. Returns the speaker, the phones of each word and the wave."""
        voice = self._random_voice(rng)
        name = rng.choice(list(ACCENTS))
        habit = habits(ACCENTS[name], rng)
        said = [accented(careful_pronunciation(word, rng), habit) for word in utterance.words]
        parts = ["pau"]
        for phones, pause in zip(said, (*utterance.pauses, True), strict=True):
            parts += [_marked(phones), *(["pau"] if pause else [])]
        return f"{name}/{voice}", said, self.say(voice, " ".join(parts))


def _marked(phones: Phones) -> str:
    """One word in flite's phones: lower case, stress after vowels, an unstressed AH is `ax`."""
    stress = stressed_vowel(phones)
    parts = []
    for index, phone in enumerate(phones):
        if phone not in VOWELS:
            parts.append(phone.lower())
        elif phone == "AH" and index != stress:
            parts.append("ax0")
        else:
            parts.append(f"{phone.lower()}{int(index == stress)}")
    return " ".join(parts)
