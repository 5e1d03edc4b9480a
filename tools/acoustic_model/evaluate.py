"""
How well a model hears speakers it never heard: `python -m tools.acoustic_model.evaluate MODEL ... --sets NAME.npz ...`.

In: test sets as `testset` writes them (speech NAME.npz and NAME.json: [voice, kind, words] per utterance).
Out: a table on standard output, and all counts as JSON. Each utterance is heard clean, in noise of 20, 10 and 5 dB
(made by `noise`, with another seed than in training), and `narrow`: 1.3 times as fast, through 8 kHz, cut tightly.

A result counts as accepted where all its words are of the grammar, at or above the confidence threshold; parts of
phrases and, for check digits, another number of digits are rejected, as the station does.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import resample_poly

from tools.acoustic_model.ears import Ear, Heard, Samples, SphinxEar, VoskEar
from tools.acoustic_model.features import RATE
from tools.acoustic_model.lexicon import COMMANDS, LETTERS, ONES, decoys
from tools.acoustic_model.noise import noise
from tools.acoustic_model.texts import number_words

CONDITIONS = ("clean", "20 dB", "10 dB", "5 dB", "narrow")
THRESHOLDS = (0.0, 0.5, 0.7, 0.9)
_DIGITS = (*ONES, "oh")
_PAIRS = (*_DIGITS, *(f"{a} {b}" for a in _DIGITS for b in _DIGITS))
_NUMBERS = tuple(" ".join(number_words(n)) for n in range(10, 101))


@dataclass(frozen=True, slots=True)
class Task:
    """What may be said, and which word counts make a whole answer (empty: only the phrases themselves).

    No phrases: whatever the set's utterances of the kind say.
    """

    phrases: tuple[str, ...]
    lengths: tuple[int, ...] = ()

    def among(self, utterances: "Sequence[Utterance]", kind: str) -> "Task":
        """The task with the phrases of this set where it has none of its own."""
        said = (" ".join(utterance.words) for utterance in utterances if utterance.kind == kind)
        return self if self.phrases else Task(tuple(sorted(set(said))), self.lengths)

    def whole(self, heard: Heard) -> bool:
        if self.lengths:
            return len(heard.words) in self.lengths
        return " ".join(heard.words) in self.phrases


TASKS: dict[str, tuple[str, Task]] = {  # row of the table -> kind of utterances, grammar
    "command": ("command", Task(COMMANDS)),
    "digit": ("digit", Task(_DIGITS)),
    "number": ("number", Task(_NUMBERS)),
    "pair": ("pair", Task(_PAIRS, (2,))),
    "string": ("string", Task(_PAIRS, (3, 4, 5))),
    "letter": ("letter", Task(LETTERS)),
    "word": ("word", Task(())),
    "oov as command": ("oov", Task(COMMANDS)),
    "oov as pair": ("oov", Task(_PAIRS, (2,))),
}


@dataclass(frozen=True, slots=True)
class Utterance:
    voice: str
    kind: str
    words: tuple[str, ...]
    wave: Samples


@dataclass(slots=True)
class Count:
    """Of `said` utterances, per threshold: right and wrong ones among the accepted."""

    said: int = 0
    right: list[int] = field(default_factory=lambda: [0] * len(THRESHOLDS))
    wrong: list[int] = field(default_factory=lambda: [0] * len(THRESHOLDS))

    def add(self, heard: Heard, *, accepted: bool, right: bool) -> None:
        self.said += 1
        for i, threshold in enumerate(THRESHOLDS):
            if accepted and heard.confidence >= threshold:
                (self.right if right else self.wrong)[i] += 1


def read_set(path: Path) -> list[Utterance]:
    with np.load(path) as stored:
        wav, off = stored["wav"], stored["off"]
    meta = json.loads(path.with_suffix(".json").read_text())
    return [Utterance(v, k, tuple(w), wav[off[i] : off[i + 1]]) for i, (v, k, w) in enumerate(meta)]


def as_heard(wave: Samples, condition: str, rng: Generator) -> Samples:
    """The wave under a condition of `CONDITIONS`; all but `narrow` in 0.3 s and 0.5 s of background."""
    x = wave.astype(np.float64)
    if condition == "narrow":
        return _narrow(x, rng)
    level = np.sqrt(np.mean(x * x))
    x = np.concatenate([np.zeros(int(0.3 * RATE)), x, np.zeros(int(0.5 * RATE))])
    if condition == "clean":
        x += rng.normal(size=len(x)) * 3
    else:
        decibels = float(condition.removesuffix(" dB"))
        x += noise(rng, len(x)) * level * 10 ** (-decibels / 20)
    return _samples(x * min(1.0, 30_000 / np.abs(x).max()))


def _narrow(x: NDArray[np.float64], rng: Generator) -> Samples:
    """1.3 times as fast at the same pitch (overlapped windows), through 8 kHz, cut where 30 dB below the loudest."""
    fast = _faster(x, 1.3)
    x = resample_poly(resample_poly(fast, 1, 2), 2, 1)
    power = np.convolve(x * x, np.ones(160) / 160, "same")
    loud = np.flatnonzero(power > power.max() * 1e-3)
    x = x[loud[0] : loud[-1] + 1]
    return _samples(x * 0.5 + rng.normal(size=len(x)) * 2)


def _samples(x: NDArray[np.float64]) -> Samples:
    return np.asarray(np.clip(x, -32_768, 32_767), dtype=np.int16)


def _faster(x: NDArray[np.float64], speed: float) -> NDArray[np.float64]:
    """Waveform-similarity overlap-add with 30 ms windows."""
    size, seek = 480, 120
    window, hop = np.hanning(size), size // 2
    out = np.zeros(int(len(x) / speed) + 2 * size)
    padded, at, expected = np.pad(x, (seek, 2 * size + seek)), 0, np.zeros(size)
    for k in range(int(len(x) / speed) // hop):
        centre = int(k * hop * speed) + seek
        if k:
            area = padded[centre - seek : centre + seek + size]
            centre += int(np.argmax(np.correlate(area, expected, "valid"))) - seek
        out[at : at + size] += window * padded[centre : centre + size]
        expected = padded[centre + hop : centre + hop + size]
        if len(expected) < size:
            break
        at += hop
    return out[:at]


def measure(
    ear: Ear, utterances: Sequence[Utterance], conditions: Sequence[str], tasks: Sequence[str]
) -> dict[str, dict[str, Count]]:
    """Counts by row and condition, of what the set holds; every ear hears the very same samples."""
    kinds = {utterance.kind for utterance in utterances}
    tasks = [task for task in tasks if TASKS[task][0] in kinds]
    table: dict[str, dict[str, Count]] = {task: {} for task in tasks}
    for condition in conditions:
        rng = np.random.default_rng([777, CONDITIONS.index(condition)])
        waves = [as_heard(utterance.wave, condition, rng) for utterance in utterances]
        for task in tasks:
            kind, rule = TASKS[task]
            rule = rule.among(utterances, kind)
            count = table[task].setdefault(condition, Count())
            for utterance, wave in zip(utterances, waves, strict=True):
                if utterance.kind != kind:
                    continue
                heard = ear.hear(wave, rule.phrases)
                count.add(heard, accepted=bool(heard.words) and rule.whole(heard), right=heard.words == utterance.words)
    return table


def show(name: str, table: dict[str, dict[str, Count]]) -> str:
    """One line per row and condition: per threshold the share of right and of wrong acceptances in per cent."""
    head = "".join(f"{f'conf >= {t:g}':>18}" for t in THRESHOLDS)
    lines = [f"{name}: right / wrong in % of what was said", f"{'':16}{'':8}{'n':>5}{head}"]
    for task, by_condition in table.items():
        for condition, count in by_condition.items():
            cells = "".join(
                f"{100 * r / max(1, count.said):11.1f} /{100 * w / max(1, count.said):5.1f}"
                for r, w in zip(count.right, count.wrong, strict=True)
            )
            lines.append(f"{task:16}{condition:8}{count.said:5}{cells}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures a model on speakers it never heard.")
    parser.add_argument("models", nargs="+", help="model folders, and the word `pocketsphinx`")
    parser.add_argument(
        "--sets", type=Path, nargs="+", required=True, help="test_ked.npz, test_espeak.npz, test_people.npz"
    )
    parser.add_argument("--json", type=Path, help="where the counts go")
    parser.add_argument("--conditions", nargs="+", default=CONDITIONS, choices=CONDITIONS)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--no-unknown", action="store_true", help="not even [unk] beside them: nothing is rejected")
    parser.add_argument("--decoys", action="store_true", help="everyday words beside the phrases and [unk]")
    options = parser.parse_args()
    beside = decoys() if options.decoys else ()
    ears: dict[str, Ear] = {
        name: SphinxEar() if name == "pocketsphinx" else VoskEar(Path(name), beside, not options.no_unknown)
        for name in options.models
    }
    result = {}
    for path in options.sets:
        for name, ear in ears.items():
            table = measure(ear, read_set(path), options.conditions, options.tasks)
            print(show(f"{path.stem}, {name}", table), flush=True)
            counts = {t: {c: [k.said, k.right, k.wrong] for c, k in row.items()} for t, row in table.items()}
            result[f"{path.stem} {name}"] = counts
    for name, ear in ears.items():
        print(f"{name}: {ear.clock.ratio():.4f} s of processor time per second of sound")
    if options.json:
        options.json.write_text(json.dumps({"thresholds": THRESHOLDS, "counts": result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
