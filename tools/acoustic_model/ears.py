"""
The two recognisers that are compared: Vosk with one of our models, and pocketsphinx with its own.

In: a wave (int16, 16 kHz) and the phrases that may be said.
Out: what was heard, with the least confidence of its words; nothing where it was rejected.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.acoustic_model.features import RATE
from tools.acoustic_model.graph import UNKNOWN
from tools.acoustic_model.lexicon import pronunciations, training_pronunciations

Samples = NDArray[np.int16]
BLOCK = RATE // 5  # samples fed at a time, as a microphone would


@dataclass(frozen=True, slots=True)
class Heard:
    words: tuple[str, ...]
    confidence: float


NOTHING = Heard((), 0.0)


@dataclass(slots=True)
class Clock:
    """Processor time per second of sound."""

    busy: float = 0.0
    sound: float = 0.0

    def ratio(self) -> float:
        return self.busy / max(self.sound, 1e-9)


class Ear(Protocol):
    clock: Clock

    def hear(self, wave: Samples, phrases: Sequence[str]) -> Heard: ...


@dataclass(slots=True)
class VoskEar:
    """A model folder; `decoys` are offered beside the phrases and [unk], and are rejected like it."""

    folder: Path
    decoys: tuple[str, ...] = ()
    unknown: bool = True
    clock: Clock = field(default_factory=Clock)
    _model: Any = None
    _recognisers: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def hear(self, wave: Samples, phrases: Sequence[str]) -> Heard:
        recogniser = self._recogniser(tuple(phrases))
        begin, words = time.process_time(), []
        data = wave.tobytes()
        for i in range(0, len(data), 2 * BLOCK):
            if recogniser.AcceptWaveform(data[i : i + 2 * BLOCK]):
                words += json.loads(recogniser.Result()).get("result", [])
        words += json.loads(recogniser.FinalResult()).get("result", [])
        self.clock.busy += time.process_time() - begin
        self.clock.sound += len(wave) / RATE
        allowed = {word for phrase in phrases for word in phrase.split()}
        if not words or any(w["word"] not in allowed for w in words):
            return NOTHING
        return Heard(tuple(w["word"] for w in words), min(w["conf"] for w in words))

    def _recogniser(self, phrases: tuple[str, ...]) -> Any:
        import vosk

        if self._model is None:
            vosk.SetLogLevel(-1)
            self._model = vosk.Model(str(self.folder))
        if phrases not in self._recognisers:
            beside = unlike({word for phrase in phrases for word in phrase.split()}, self.decoys)
            grammar = json.dumps([*phrases, *beside, *([UNKNOWN] if self.unknown else [])])
            self._recognisers[phrases] = vosk.KaldiRecognizer(self._model, RATE, grammar)
            self._recognisers[phrases].SetWords(True)
        return self._recognisers[phrases]


def unlike(words: Iterable[str], decoys: Iterable[str]) -> list[str]:
    """The decoys that nobody's way of saying one of the words sounds like: "ate" must not swallow "eight"."""
    said = {phones for word in words for phones in pronunciations(word)}
    return [word for word in decoys if said.isdisjoint(training_pronunciations(word)[:2])]


@dataclass(slots=True)
class SphinxEar:
    """The wheel's en-us model, default settings, the phrases as a grammar; it has no rejection and no confidence."""

    clock: Clock = field(default_factory=Clock)
    _decoders: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def hear(self, wave: Samples, phrases: Sequence[str]) -> Heard:
        decoder = self._decoder(tuple(phrases))
        begin = time.process_time()
        decoder.start_utt()
        decoder.process_raw(wave.tobytes(), no_search=False, full_utt=True)
        decoder.end_utt()
        best = decoder.hyp()
        self.clock.busy += time.process_time() - begin
        self.clock.sound += len(wave) / RATE
        return Heard(tuple(best.hypstr.split()), 1.0) if best and best.hypstr else NOTHING

    def _decoder(self, phrases: tuple[str, ...]) -> Any:
        if phrases not in self._decoders:
            from pocketsphinx import Decoder, get_model_path

            folder = Path(tempfile.mkdtemp())
            (folder / "words.dict").write_text(_dictionary({w for p in phrases for w in p.split()}))
            grammar = f"#JSGF V1.0;\ngrammar g;\npublic <g> = {_choice(phrases)};\n"
            (folder / "phrases.gram").write_text(grammar)
            self._decoders[phrases] = Decoder(
                hmm=f"{get_model_path()}/en-us/en-us",
                dict=str(folder / "words.dict"),
                jsgf=str(folder / "phrases.gram"),
                lm=None,
                logfn="/dev/null",
            )
        return self._decoders[phrases]


def _choice(phrases: Sequence[str]) -> str:
    """Any one phrase; where pairs of digits are listed for Vosk, any string of the single ones."""
    single = [p for p in phrases if " " not in p]
    strings = len(phrases) == len(single) * (len(single) + 1)
    return f"({'|'.join(single)})+" if strings else f"({'|'.join(phrases)})"


def _dictionary(words: Iterable[str]) -> str:
    lines = []
    for word in sorted(words):
        for i, phones in enumerate(pronunciations(word)):
            lines.append(f"{word}{f'({i + 1})' if i else ''} {' '.join(phones)}")
    return "\n".join(lines) + "\n"
