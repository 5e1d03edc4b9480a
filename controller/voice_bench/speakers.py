"""People that the model never heard: synthetic speakers that anybody can make again.

In: texts. Out: 16 kHz samples of each text, kept in `build/voice-bench/speech` under a digest of who says what.

Two kinds: variants of espeak-ng that the training left out (the same synthesiser as much of the training speech), and
`ked`, the diphone voice of Debian's festvox-kdlpc16k, a person whom the model never heard (of festival's other voices
it heard some). Of the two, ked is the harder and the more honest one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import wave
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from controller.errors import StartError, UsageError
from controller.voice.ear.pcm import resample
from controller.voice.mouth import pcm
from controller.voice.mouth.synth import Synth
from controller.voice_bench.sound import RATE, Samples

CACHE: Final = Path("build/voice-bench/speech")
VERSION: Final = "1"
"""Part of the digest: counted up when the making of the sound changes."""
HELD_OUT: Final = ("f4", "m5", "Annie", "Andy", "belinda", "klatt4", "Mario", "steph2")
"""Variants of espeak-ng that tools/acoustic_model leaves out (HELD_OUT_VARIANTS in its espeak.py)."""
KED: Final = "ked"
KED_HELP: Final = "Debian packages festival and festvox-kdlpc16k"
RATE_WPM: Final = 165
FESTIVAL_S: Final = 180.0
"""Longest run of the synthesiser; 300 phrases take 10 s."""
ESCAPED: Final = str.maketrans({'"': '\\"', "\\": "\\\\"})


@dataclass(frozen=True, slots=True)
class Speaker:
    """`voice`: `ked`, or a voice of espeak-ng with a variant, `en-gb+m5`."""

    voice: str

    @property
    def group(self) -> str:
        return "ked" if self.voice == KED else "espeak-ng"


DEFAULT: Final = (
    Speaker(KED),
    Speaker("en-us+Annie"),
    Speaker("en-gb+m5"),
    Speaker("en-us+belinda"),
    Speaker("en-gb+f4"),
)
TALKERS: Final = (Speaker("en-us+Andy"), Speaker("en-gb+steph2"), Speaker("en-us+Mario"), Speaker("en-gb+klatt4"))
"""Those who talk among themselves in the background; none of them is asked anything."""


def chosen(names: Iterable[str]) -> tuple[Speaker, ...]:
    """Speakers by name. Raises UsageError for one that nobody can tell apart from a speaker of the training."""
    found = []
    for name in names:
        if name != KED and name.partition("+")[2] not in HELD_OUT:
            raise UsageError(f"no held-out speaker {name!r}: take {KED}, or en-us+V or en-gb+V with V of {HELD_OUT}")
        found.append(Speaker(name))
    return tuple(found)


def ked_installed() -> bool:
    """Whether festival is there, and has the voice."""
    try:
        return "ked_diphone" in _run_festival("(print (voice.list))").stdout
    except StartError:
        return False


def record(speaker: Speaker, texts: Sequence[str], folder: Path = CACHE) -> dict[str, Samples[int]]:
    """Every text as this speaker says it, without silence at its ends. Raises StartError without the synthesiser."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {text: folder / f"{_digest(speaker, text)}.s16" for text in dict.fromkeys(texts)}
    missing = [text for text, file in files.items() if not file.exists()]
    spoken = _festival(missing) if speaker.voice == KED and missing else {}
    for text in missing:
        data = spoken[text] if speaker.voice == KED else _espeak(speaker, text)
        part = files[text].with_suffix(f".{os.getpid()}")
        part.write_bytes(data)
        part.replace(files[text])  # whole or not at all, also where two processes record the same
    return {text: pcm.samples(file.read_bytes()) for text, file in files.items()}


def seconds(samples: array[int]) -> float:
    return len(samples) / RATE


def _digest(speaker: Speaker, text: str) -> str:
    return hashlib.sha256(f"{VERSION}|{speaker.voice}|{RATE_WPM}|{text}".encode()).hexdigest()[:24]


@cache
def synth() -> Synth:
    """The synthesiser of this process: more than one of espeak-ng there cannot be."""
    return Synth()


@cache
def _voice(name: str) -> str:
    """The synthesiser's id of `en-us+VARIANT`. Raises StartError where it would silently speak without the variant."""
    base, _, variant = name.partition("+")
    plain = synth().choose("en", base)
    if plain.fault:
        raise StartError(plain.fault)
    voice = f"{plain.id}+{variant}"
    if synth().speak("ready", voice, RATE_WPM) == synth().speak("ready", plain.id, RATE_WPM):
        raise StartError(f"this espeak-ng has no variant {variant!r}; leave {name} out with --speakers")
    return voice


def _espeak(speaker: Speaker, text: str) -> bytes:
    """Through the product's own mouth, so that what speaks on this machine is what would speak to a picker."""
    return _at_rate(synth().speak(text, _voice(speaker.voice), RATE_WPM), pcm.RATE)


def _at_rate(data: bytes, rate: int) -> bytes:
    return resample(pcm.samples(data), rate, RATE).tobytes()


def _festival(texts: Sequence[str]) -> dict[str, bytes]:
    """All texts in one run of the program."""
    with tempfile.TemporaryDirectory(prefix="pickbeam-ked-") as name:
        files = {text: Path(name) / f"{number}.wav" for number, text in enumerate(texts)}
        lines = ["(voice_ked_diphone)"]
        for text, file in files.items():
            lines.append(
                f'(utt.save.wave (utt.synth (Utterance Text "{text.translate(ESCAPED)}")) "{file.as_posix()}" \'riff)'
            )
        script = Path(name) / "say.scm"
        script.write_text("\n".join(lines))
        ended = _run_festival(str(script))
        if ended.returncode or not all(file.exists() for file in files.values()):
            raise StartError(f"festival does not speak ({ended.stderr.strip()[-200:]}); {KED_HELP}")
        return {text: _read(file) for text, file in files.items()}


def _run_festival(script: str) -> subprocess.CompletedProcess[str]:
    """A file of commands, or one command. Raises StartError where the program is missing."""
    program = shutil.which("festival")
    if program is None:
        raise StartError(f"festival is not installed; {KED_HELP}")
    return subprocess.run([program, "-b", script], capture_output=True, text=True, timeout=FESTIVAL_S, check=False)


def _read(file: Path) -> bytes:
    with wave.open(str(file)) as sound:
        return pcm.trimmed(_at_rate(sound.readframes(sound.getnframes()), sound.getframerate()))
