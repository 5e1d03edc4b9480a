"""The recogniser over Vosk: the only file that knows Vosk.

Vosk may end the whole process on a broken model file, so `verify` looks at everything it can first; whoever cannot
afford to lose its process loads models in a worker.

In: a model folder, PCM, phrases. Out: words with times and confidences, alternatives with likelihoods.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from math import exp, inf, log
from pathlib import Path
from typing import Any, Final

from controller.voice.ear import kernels
from controller.voice.ear.engine import MANY, RATE, Alternative, Margin
from controller.voice.ear.model_files import AGAIN, WHOLE, WIDE, Options, verify, vocabulary, with_options
from controller.voice.grammar import UNKNOWN, HeardWord
from controller.voice.models_store import ModelError, usable

ERRORS_ONLY: Final = -2
"""Vosk's log level. Its warnings are about words that a model lacks, which `missing` tells with the cure, and about
lattices that it cut, which nobody can mend."""
SMALL: Final = 16_000_000
"""Bytes of a model of which a second copy costs less memory than its speed is worth."""
RIVALS: Final = 5000
"""So many words at most stand for all that people say; of a larger vocabulary they are picked at equal distances."""
CROWD: Final = 20
"""So many readings as any words are counted together."""
SOFT: Final = 2.0
"""Their differences are divided by this: scores take frames to be more independent than they are."""
UNKNOWN_SHARE: Final = 300
"""[unk] is as likely as so many words."""


class Models:
    """One recognition model, shared by all ears of a language. Create it with `load`."""

    def __init__(self, path: Path, vosk: Any, live: Any, again: Any, wide: Any) -> None:
        """The same model with options for audio that still comes, for whole pieces of it, and for `reading`."""
        self.path = path
        self._vosk, self._live, self._again, self._wide = vosk, live, again, wide
        self._anything = _Anything(vosk, again, self._sample)

    @classmethod
    def load(cls, path: Path | str, *, recordings: bool = False) -> Models:
        """The model of a folder, checked. `recordings`: not for an ear, but to read whole recordings, and with a second
        copy that searches broadly, for `reading`: it costs the memory of the model again. ModelError names what is
        wrong with the folder, and the cure.
        """
        folder = Path(path)
        verify(folder)
        try:
            with kernels.chosen():
                import vosk
        except ImportError as missing:
            raise ModelError("Vosk is not installed; install it: pip install vosk") from missing
        vosk.SetLogLevel(ERRORS_ONLY)
        if recordings:
            whole = _load_with(vosk, folder, WHOLE)
            return cls(folder, vosk, whole, whole, _load_with(vosk, folder, {**WHOLE, **WIDE}))
        live = _load(vosk, folder)
        again = _load_with(vosk, folder, AGAIN) if usable.size(folder) <= SMALL else live
        return cls(folder, vosk, live, again, again)

    @property
    def has_unknown(self) -> bool:
        """Whether the model has [unk]; without it every sound becomes some phrase, and only decoys reject."""
        return self.knows(UNKNOWN)

    def recogniser(self) -> VoskRecogniser:
        return VoskRecogniser(self._vosk, self._live)

    def words(self, pcm: bytes, phrases: Sequence[str]) -> tuple[HeardWord, ...]:
        one = VoskRecogniser(self._vosk, self._again)
        one.restart(phrases)
        one.feed(pcm)
        return one.final()

    def alternatives(self, pcm: bytes, phrases: Sequence[str], count: int = MANY) -> tuple[Alternative, ...]:
        return self._scored(self._live, pcm, phrases, count)  # the other keeps too few for shares

    def reading(self, pcm: bytes, phrase: str) -> Alternative | None:
        """The audio read as this phrase and nothing else; None if the search finds no way to. All phrases at once would
        be quicker, but a wide lattice of their chains does not end within seconds.
        """
        found = self._scored(self._wide, pcm, [phrase], 5)
        return next((one for one in found if one.text == phrase), None)

    def margin(self, pcm: bytes, phrase: str, like: Sequence[str] = ()) -> Margin:
        found = self._scored(self._again, pcm, [phrase, *like], MANY)
        scores = {one.text: one.score for one in found}
        known = scores.get(phrase, -inf)
        others = [scores[other] for other in like if other in scores]
        alone = known + log(1 + len(like))  # less the cost of the choice, which is the same for all of them
        best, crowd = self._anything.scores(pcm)
        return Margin(alone - best, alone - crowd, known - max(others) if others else inf)

    def knows(self, word: str) -> bool:
        return bool(self._live.vosk_model_find_word(word) >= 0)

    def missing(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(word for word in words if not self.knows(word))

    def similar(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each word up to three of the model's that look like it. Half a second for each word in a large model."""
        known = vocabulary(self.path)
        return {word: tuple(get_close_matches(word, known, 3, 0.6)) for word in sorted(words)}

    def _sample(self) -> list[str]:
        """Words that stand for all that people may say."""
        known = sorted(vocabulary(self.path) - {UNKNOWN})
        unknown = [UNKNOWN] * UNKNOWN_SHARE if self.has_unknown else []
        return [*known[:: len(known) // RIVALS + 1], *unknown]

    def _scored(self, model: Any, pcm: bytes, phrases: Sequence[str], count: int) -> tuple[Alternative, ...]:
        raw = self._vosk.KaldiRecognizer(model, RATE, json.dumps(list(phrases)))
        raw.SetMaxAlternatives(count)
        raw.SetWords(True)
        return _alternatives(raw, pcm)


class _Anything:
    """How likely audio is as any speech at all. Its grammar is made once, at its first use, and kept: making it takes
    as long as reading half a second. Ears of several threads may share one.
    """

    def __init__(self, vosk: Any, model: Any, words: Callable[[], list[str]]) -> None:
        self._vosk, self._model, self._words = vosk, model, words
        self._raw: Any = None
        self._lock = threading.Lock()

    def scores(self, pcm: bytes) -> tuple[float, float]:
        """Log likelihoods of the best chain and of the best ones together."""
        with self._lock:
            if self._raw is None:
                self._raw = self._vosk.KaldiRecognizer(self._model, RATE, json.dumps(self._words()))
                self._raw.SetMaxAlternatives(CROWD)
            found = [one.score for one in _alternatives(self._raw, pcm)]
        return (found[0], _together(found)) if found else (-inf, -inf)


class VoskRecogniser:
    """One ear's recogniser. Vosk's own end-pointing is not used: `feed` ignores it and `final` ends."""

    def __init__(self, vosk: Any, model: Any) -> None:
        self._vosk, self._model = vosk, model
        self._raw: Any = None
        self._phrases: tuple[str, ...] = ()
        self._fed = 0
        self._origin = 0.0
        """Seconds of audio that Vosk had taken before the last restart: its times never start over."""

    def restart(self, phrases: Sequence[str]) -> None:
        self._origin += self._fed / (2 * RATE)
        self._fed = 0
        if self._raw is None:
            self._raw = self._vosk.KaldiRecognizer(self._model, RATE, json.dumps(list(phrases)))
            self._raw.SetWords(True)
        else:
            self._raw.Reset()  # while it runs, a grammar cannot be set
            if tuple(phrases) != self._phrases:
                self._raw.SetGrammar(json.dumps(list(phrases)))
        self._phrases = tuple(phrases)

    def feed(self, pcm: bytes) -> None:
        self._raw.AcceptWaveform(pcm)
        self._fed += len(pcm)

    def partial(self) -> str:
        return str(json.loads(self._raw.PartialResult()).get("partial", ""))

    def final(self) -> tuple[HeardWord, ...]:
        """FinalResult also decodes the frames that Vosk holds back for its next chunk."""
        return _words(json.loads(self._raw.FinalResult()), 1.0, self._origin)


def _together(scores: Sequence[float]) -> float:
    """Log likelihood of several readings, best first. Where all are as likely as the best, `SOFT` log(count) more."""
    return scores[0] + SOFT * log(sum(exp((score - scores[0]) / SOFT) for score in scores))


def _alternatives(raw: Any, pcm: bytes) -> tuple[Alternative, ...]:
    raw.AcceptWaveform(pcm)
    found = json.loads(raw.FinalResult()).get("alternatives", [])
    return tuple(Alternative(one["text"], one["confidence"], _words(one, 1.0)) for one in found)


def _words(result: dict[str, Any], confidence: float, origin: float = 0.0) -> tuple[HeardWord, ...]:
    return tuple(
        HeardWord(w["word"], w["start"] - origin, w["end"] - origin, w.get("conf", confidence))
        for w in result.get("result", [])
    )


def _load(vosk: Any, folder: Path) -> Any:
    try:
        return vosk.Model(str(folder))
    except Exception as error:  # Vosk raises the bare class
        raise ModelError(
            f"Vosk refuses the model in {folder}; fetch or import it again: pickbeam voice models --help"
        ) from error


def _load_with(vosk: Any, folder: Path, options: Options) -> Any:
    """The same model with other options. Vosk reads them from the folder only, so it gets a folder of links."""
    copy = Path(tempfile.mkdtemp(prefix="pickbeam-model-"))
    try:
        with_options(folder, copy, options)
        return _load(vosk, copy)
    finally:
        shutil.rmtree(copy)
