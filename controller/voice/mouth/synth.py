"""Text to sound, with pyttsx3 over espeak-ng; the only file that knows either.

In: text, the id of a voice, words per minute. Out: samples (`pcm.RATE`, 16 bit, mono), silence at both ends cut off.

The library and its data come from the system, or from the package espeakng-loader where the system has none. Quirks
of pyttsx3 2.99, all measured:
- `runAndWait` stops what it believes to be playing still, which cuts off one prompt in some hundreds; the proxy's own
  loop does not.
- Errors of `setProperty` are swallowed: an unknown voice or variant leaves the old one in place. So names are looked up
  first, and the result is read back.
- It prints a line per file that it writes.
- Its espeak-ng lives once per process: one `Synth` per process, used by one thread.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import tempfile
import wave
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from controller.errors import StartError
from controller.voice.mouth import pcm

LIBRARY: Final = "libespeak-ng.so.1"
OWN_VOICE: Final = {"en": "gmw/en-us", "es": "roa/es", "fr": "roa/fr", "pt": "roa/pt"}
"""Where a language has several voices without a region of its own; elsewhere the first of the list is taken."""
CURE: Final = "install it with `pip install espeakng-loader`, or as the Debian package espeak-ng"


class NoSynthesiserError(StartError):
    """There is no speech synthesiser on this machine."""


@dataclass(frozen=True, slots=True)
class Voice:
    """`id` as the synthesiser calls it (`gmw/en-us`), `name` for people, `language` (`en-us`)."""

    id: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A voice to speak with; `fault` says why it is not the one that was asked for, empty if it is."""

    id: str
    fault: str = ""


class Synth:
    """The synthesiser of this process. Raises `NoSynthesiserError`."""

    def __init__(self, *, bundled: bool = False) -> None:
        _load_library(bundled=bundled)
        try:
            import pyttsx3
            from pyttsx3.drivers import espeak

            vars(espeak)["print"] = _say_nothing
            self._engine: Any = pyttsx3.init("espeak")
        except (ImportError, OSError, RuntimeError) as fault:
            raise NoSynthesiserError(f"no speech synthesiser ({fault}); {CURE}") from fault
        found = self._engine.getProperty("voices")
        self.voices = tuple(Voice(v.id, v.name, v.languages[0].strip("\0").lower()) for v in found)
        self._chosen: dict[tuple[str, str | None], Chosen] = {}
        self._now: tuple[str, int] | None = None
        folder = Path("/dev/shm")  # noqa: S108 - memory, so that prompts do not wear out the SD card
        self._folder = str(folder) if os.access(folder, os.W_OK) else None

    def choose(self, language: str, wanted: str | None = None) -> Chosen:
        """The voice by id, name or language, each with `+variant` if wanted; the language's own if there is none."""
        key = (language, wanted)
        if key not in self._chosen:
            self._chosen[key] = self._choose(language, wanted)
        return self._chosen[key]

    def speak(self, text: str, voice: str, rate_wpm: int) -> bytes:
        """Blocks for about 10 ms and then 1 % of the speech's length. Empty for text without anything to say."""
        if not text.strip():
            return b""
        self._use(voice, rate_wpm)
        handle, name = tempfile.mkstemp(".wav", "pickbeam-", self._folder)
        os.close(handle)
        try:
            self._engine.save_to_file(text, name)
            self._engine.proxy.startLoop(True)
            with wave.open(name) as file:
                return pcm.trimmed(file.readframes(file.getnframes()))
        finally:
            Path(name).unlink(missing_ok=True)

    def _use(self, voice: str, rate_wpm: int) -> None:
        if self._now == (voice, rate_wpm):
            return
        self._engine.setProperty("voice", voice)
        self._engine.setProperty("rate", rate_wpm)
        self._now = (voice, rate_wpm)

    # ---- voices -----------------------------------------------------------------------------------------------------

    def _choose(self, language: str, wanted: str | None) -> Chosen:
        own = self._own(language)
        if wanted is None:
            return own
        base, plus, variant = wanted.partition("+")
        found = self._named(base, language)
        if found is None:
            near = get_close_matches(base.lower(), self._names(), n=4, cutoff=0.4)
            known = f"the nearest are {', '.join(near)}" if near else "`pickbeam voice say --voices` lists all"
            return Chosen(own.id, f"voice {wanted!r} is not known: {known}; {own.id} speaks instead")
        if plus and not self._has(found, variant):
            return Chosen(found, f"voice {base!r} has no variant {variant!r} (there are f1 to f5, m1 to m8)")
        return Chosen(found + plus + variant)

    def _own(self, language: str) -> Chosen:
        own = OWN_VOICE.get(language)
        first = [v.id for v in self.voices if v.language == language or v.id.endswith("/" + language)]
        related = [v.id for v in self.voices if v.language.startswith(language + "-")]
        for candidate in [own, *first, *related]:
            if candidate is not None and any(v.id == candidate for v in self.voices):
                return Chosen(candidate)
        other = next((v.id for v in self.voices if v.id == OWN_VOICE["en"]), self.voices[0].id)
        return Chosen(other, f"no voice for language {language!r}; {other} speaks instead")

    def _named(self, name: str, language: str) -> str | None:
        name = name.strip().lower()
        ours = sorted(self.voices, key=lambda v: not v.language.startswith(language))  # of namesakes, that one
        for match in (
            lambda v: name in {v.id, v.name.lower()},
            lambda v: name in {v.language, v.id.rpartition("/")[2]},
            lambda v: v.name.lower().startswith(name + " "),
        ):
            found = next((v.id for v in ours if match(v)), None)
            if found is not None:
                return found
        return None

    def _names(self) -> list[str]:
        return sorted({name for v in self.voices for name in (v.id.rpartition("/")[2], v.name.lower())})

    def _has(self, voice: str, variant: str) -> bool:
        """Whether the synthesiser really takes the variant: it keeps the plain voice if not, without a word."""
        self._use(voice, 165)
        self._use(f"{voice}+{variant}", 165)
        self.speak(".", f"{voice}+{variant}", 165)  # properties set before the first speech are only taken with it
        taken = str(self._engine.getProperty("voice"))
        return taken.lower().endswith(f"+{variant}".lower())  # it is read back in lower case


def _say_nothing(*_: object) -> None:
    """Stands for `print` in pyttsx3's driver; whoever catches the output instead would catch other threads' too."""


def _load_library(*, bundled: bool) -> None:
    """Make `LIBRARY` known to the process, the bundled one where the system has none (or if asked for).

    A library that is loaded already is what its name means afterwards: pyttsx3 finds it although it lies elsewhere.
    """
    if not bundled:
        with contextlib.suppress(OSError):
            ctypes.CDLL(LIBRARY, mode=ctypes.RTLD_GLOBAL)
            return
    try:
        import espeakng_loader
    except ImportError as fault:
        raise NoSynthesiserError(f"the library {LIBRARY} is missing; {CURE}") from fault
    os.environ["ESPEAK_DATA_PATH"] = espeakng_loader.get_data_path()
    try:
        ctypes.CDLL(espeakng_loader.get_library_path(), mode=ctypes.RTLD_GLOBAL)
    except OSError as fault:
        raise NoSynthesiserError(f"the library of espeakng-loader cannot be loaded ({fault}); {CURE}") from fault
