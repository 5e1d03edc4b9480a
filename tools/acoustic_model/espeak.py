"""Speakers of espeak-ng: its own variants, made-up ones, and the voices of other languages reading English phones.

In: words, or the phones to say; a random generator that makes up the speaker.
Out: 16 kHz waves, through the C library (Debian package libespeak-ng1), some hundred utterances per second.
"""

from __future__ import annotations

import ctypes
import math
import os
import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from tools.acoustic_model.accents import ACCENTS, ESPEAK_PHONES, Accent, accented, habits, stressed_vowel
from tools.acoustic_model.lexicon import VOWELS, Phones, careful_pronunciation
from tools.acoustic_model.texts import Utterance

#: Debian's place of the voice data; another system sets ESPEAK_DATA_PATH.
DATA = Path(os.environ.get("ESPEAK_DATA_PATH", "/usr/lib/x86_64-linux-gnu/espeak-ng-data"))
#: Never heard in training: the second test set, and the simulated headsets, speak with these.
HELD_OUT_VARIANTS = ("f4", "m5", "Annie", "Andy", "belinda", "klatt4", "Mario", "steph2")
#: Effects rather than people.
_EFFECTS = ("whisper", "robo", "demonic", " ", "croak", "storm")
#: Accents of English with their weights.
ENGLISH: dict[str, int] = {
    "en-us": 9,
    "en": 4,
    "en-gb-x-rp": 3,
    "en-gb-scotland": 2,
    "en-gb-x-gbclan": 2,
    "en-gb-x-gbcwmd": 2,
    "en-029": 2,
    "en-us-nyc": 2,
}
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_READ_PHONES = 0x100  # espeakPHONEMES: text in [[ ]] is phonemes
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: the callback gets all samples before espeak_Synth returns
_UTF8 = 1
_IPA_TIED = 0x02 | 0x80 | ord("^") << 8
_SOURCE_HZ = 22050  # of the formant synthesiser; asserted at start


@dataclass(frozen=True, slots=True)
class Setting:
    """How one speaker reads one utterance: words a minute 80-450, pitch and pitch range 0-99."""

    voice: str
    rate: int
    pitch: int
    range: int


def made_up_variant(rng: random.Random) -> str:
    """The text of a variant file: a speaker with a vocal tract, a glottis and a melody of his or her own."""
    tract = math.exp(rng.uniform(math.log(0.78), math.log(1.3)))  # scale of all formants: deep men to children
    base = max(55, min(330, 105 * tract**2.2 * rng.uniform(0.7, 1.6)))
    lines = ["language variant", "name madeup", f"pitch {base:.0f} {base * rng.uniform(1.15, 1.9):.0f}"]
    for formant in range(9):
        scale = 100 * tract * rng.uniform(0.93, 1.07) if formant else 100
        lines.append(f"formant {formant} {scale:.0f} {rng.uniform(70, 135):.0f} {rng.uniform(70, 170):.0f}")
    lines.append(f"consonants {rng.uniform(70, 150):.0f} {rng.uniform(70, 150):.0f}")
    lines.append(f"voicing {rng.uniform(60, 140):.0f}")
    lines.append(f"intonation {rng.randint(1, 4)}")
    if rng.random() < 0.5:
        lines.append(f"flutter {rng.randint(0, 14)}")
    if rng.random() < 0.5:
        lines.append(f"roughness {rng.randint(0, 4)}")
    if rng.random() < 0.35:
        lines.append("breath " + " ".join(str(rng.randint(0, 7)) for _ in range(8)))
        lines.append("breathw " + " ".join(str(rng.randint(100, 400)) for _ in range(8)))
    if rng.random() < 0.4:
        lines.append(f"tone 100 {rng.randint(150, 255)} 800 {rng.randint(90, 230)} 2500 {rng.randint(50, 180)}")
    if rng.random() < 0.25:
        lines.append("stressLength " + " ".join(str(rng.randint(130, 250)) for _ in range(8)))
    if rng.random() < 0.3:
        lines.append(f"klatt {rng.randint(1, 5)}")
    return "\n".join(lines) + "\n"


class Espeak:
    """The library with a private copy of the variants, so that made-up speakers can be added. One per process."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="espeak-")
        data = Path(self._folder.name) / "espeak-ng-data"
        self._copy_data(data)
        self._variants = data / "voices" / "!v"
        self.variants = tuple(
            sorted(
                path.name
                for path in self._variants.iterdir()
                if path.name not in HELD_OUT_VARIANTS and not any(word in path.name.lower() for word in _EFFECTS)
            )
        )
        self._library: Any = ctypes.CDLL("libespeak-ng.so.1")
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, str(self._folder.name).encode(), 0)
        if rate != _SOURCE_HZ:
            raise OSError(f"libespeak-ng gives {rate} Hz instead of {_SOURCE_HZ}: install espeak-ng 1.51 and its data")
        self._blocks: list[np.ndarray[Any, Any]] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._keep)  # referenced as long as the library may call it
        self._library.espeak_SetSynthCallback(self._callback)
        self._known: dict[tuple[str, str], str] = {}

    @staticmethod
    def _copy_data(data: Path) -> None:
        """Links to everything but the folder of variants, which is copied so that it can be written to."""
        (data / "voices" / "!v").mkdir(parents=True)
        for path in DATA.iterdir():
            if path.name != "voices":
                (data / path.name).symlink_to(path)
        for path in (DATA / "voices" / "!v").iterdir():
            (data / "voices" / "!v" / path.name).write_bytes(path.read_bytes())

    def _keep(self, samples: Any, count: int, _events: Any) -> int:
        if count > 0 and samples:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def raw(self, text: str, setting: Setting, *, phones: bool = False) -> np.ndarray[Any, Any]:
        """The samples at 22050 Hz. ValueError if the voice does not exist."""
        self._blocks.clear()
        library = self._library
        if library.espeak_SetVoiceByName(setting.voice.encode()):
            raise ValueError(f"espeak-ng has no voice {setting.voice!r}: see `espeak-ng --voices` and --voices=variant")
        for parameter, value in ((_RATE, setting.rate), (_PITCH, setting.pitch), (_RANGE, setting.range)):
            library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8 | (_READ_PHONES if phones else 0), None, None)
        return np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)

    def say(self, text: str, setting: Setting, *, phones: bool = False) -> np.ndarray[Any, Any]:
        """The samples at 16 kHz as floats in the range of int16."""
        wave: np.ndarray[Any, Any] = resample_poly(self.raw(text, setting, phones=phones).astype(float), 320, 441)
        return wave

    def ipa(self, text: str, voice: str) -> str:
        """How `voice` would say `text`, in IPA; "^" ties the two halves of diphthongs and affricates."""
        self._library.espeak_SetVoiceByName(voice.encode())
        left = ctypes.c_char_p(text.encode())
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        clauses: list[bytes] = []
        while left.value is not None:  # each call takes a clause
            clauses.append(self._library.espeak_TextToPhonemes(ctypes.pointer(left), _UTF8, _IPA_TIED))
        return b" ".join(clauses).decode().strip()

    def mnemonic(self, language: str, phone: str) -> str:
        """How `language` writes an ARPAbet phone: the first candidate that it really sounds in full."""
        key = (language, phone)
        if key not in self._known:
            setting = Setting(language, 160, 50, 50)
            self._known[key] = ESPEAK_PHONES[phone][-1]
            for candidate in ESPEAK_PHONES[phone]:
                # espeak-ng says nothing more after a mnemonic that the language lacks
                cut = len(self.raw("[[t'at]]", setting, phones=True))
                if len(self.raw(f"[[t'at{candidate}t'at'at'a]]", setting, phones=True)) > 1.5 * cut:
                    self._known[key] = candidate
                    break
        return self._known[key]

    def random_variant(self, rng: random.Random) -> str:
        """A variant of espeak-ng, or, more often, a made-up one (written under a name of its own)."""
        if rng.random() < 0.4:
            return rng.choice(self.variants)
        name = f"madeup{rng.randrange(100_000)}"
        path = self._variants / name
        if not path.exists():
            path.write_text(made_up_variant(random.Random(name)), encoding="utf-8")
        return name

    def random_setting(self, language: str, rng: random.Random) -> Setting:
        rate = round(math.exp(rng.uniform(math.log(85), math.log(320))))
        return Setting(f"{language}+{self.random_variant(rng)}", rate, rng.randint(5, 90), rng.randint(10, 90))

    def native(self, utterance: Utterance, rng: random.Random) -> tuple[str, np.ndarray[Any, Any]]:
        """One of the accents of English reads text. Returns the speaker and the wave."""
        language = rng.choices(list(ENGLISH), list(ENGLISH.values()))[0]
        setting = self.random_setting(language, rng)
        return setting.voice, self.say(utterance.text(), setting)

    def foreign(self, utterance: Utterance, rng: random.Random) -> tuple[str, list[Phones], np.ndarray[Any, Any]]:
        """A foreigner speaks English. Returns the speaker, the phones of each word and the wave."""
        name = rng.choice(list(ACCENTS))
        accent: Accent = ACCENTS[name]
        language = rng.choice(accent.voices) if rng.random() < 0.8 else rng.choice(list(ENGLISH))
        habit = habits(accent, rng)
        said = [accented(careful_pronunciation(word, rng), habit) for word in utterance.words]
        setting = self.random_setting(language, rng)
        gaps = [", " if pause else " " for pause in (*utterance.pauses, False)]
        text = "".join(f"[[{self.spelled(phones, language)}]]{gap}" for phones, gap in zip(said, gaps, strict=True))
        return f"{name}/{setting.voice}", said, self.say(text, setting, phones=True)

    def spelled(self, phones: Phones, language: str) -> str:
        """One word in the mnemonics of `language`, with its stress."""
        stress = stressed_vowel(phones)
        parts = []
        for index, phone in enumerate(phones):
            mark = "'" if index == stress else ""
            parts.append(f"{mark if phone in VOWELS else ''}{self.mnemonic(language, phone)}")
        return "".join(parts)
