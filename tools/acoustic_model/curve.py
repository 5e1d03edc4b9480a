"""
What understanding costs in strange words, whatever the thresholds:
`python -m tools.acoustic_model.curve MODEL ... --sets NAME.npz ...`.

In: model folders; test sets as `testset` and `people` write them.
Out: for each model, per set, how many commands and words it has right and wrong with the confidence and margin that are
shipped, and what it takes of strange words; then the most that is right, less what is wrong, where any confidence and
any margin (docs/decisions/0006) let at most so many percent of the strange ones pass. All clean and at 10 dB together.

Two models whose confidences differ cannot be compared at the thresholds of one of them; by the last line they can.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from controller.core.speech import Risk
from controller.voice.ear.acceptance import MARGINS, THRESHOLDS
from controller.voice.ear.recogniser import Models
from controller.voice.grammar import UNKNOWN

if TYPE_CHECKING:
    from tools.acoustic_model.evaluate import Task, Utterance

HEARD = ("clean", "10 dB")
SHARES = (4, 6, 8, 12)  # percent of the strange ones
STRANGE = 240  # of a set at most, at equal distances
KNOWN = ("command", "word")  # kinds of utterances that are answers
CONFIDENCES = np.arange(0.0, 1.0, 0.025)
NATS = np.arange(-2.0, 10.0, 0.25)


@dataclass(frozen=True, slots=True)
class Taken:
    """One utterance that the recogniser, with [unk] beside the phrases, took for a phrase. `right`: the one said."""

    confidence: float
    margin: float
    right: bool


@dataclass(slots=True)
class Counted:
    """`known`, `strange`: how many were said; beside them those taken."""

    known: int
    taken: list[Taken]
    strange: int
    fooled: list[Taken]

    def at(self, confidence: float, nats: float) -> tuple[float, float, float]:
        """Percent right and wrong of what was known, and taken of what was strange."""
        passed = [one for one in self.taken if _passes(one, confidence, nats)]
        right = sum(one.right for one in passed)
        fooled = sum(_passes(one, confidence, nats) for one in self.fooled)
        of_known, of_strange = 100 / max(1, self.known), 100 / max(1, self.strange)
        return right * of_known, (len(passed) - right) * of_known, fooled * of_strange

    def best(self, share: float) -> float:
        """The most right less wrong, in percent, where at most `share` percent of the strange pass; nan: never."""
        values = [self.at(confidence, nats) for confidence in CONFIDENCES for nats in NATS]
        return max((right - wrong for right, wrong, fooled in values if fooled <= share), default=float("nan"))


def _passes(one: Taken, confidence: float, nats: float) -> bool:
    return one.confidence >= confidence and one.margin >= nats


def measure(models: Models, utterances: Sequence[Utterance]) -> Counted:
    """One set: its commands or words, and its strange ones as one of these."""
    from tools.acoustic_model.evaluate import CONDITIONS, TASKS

    kind = next(kind for kind in KNOWN if any(utterance.kind == kind for utterance in utterances))
    rule = TASKS[kind][1].among(utterances, kind)
    known = [utterance for utterance in utterances if utterance.kind == kind]
    strange = [utterance for utterance in utterances if utterance.kind == "oov"]
    strange = strange[:: len(strange) // STRANGE + 1]
    taken, fooled = [], []
    for condition in HEARD:
        rng = np.random.default_rng([777, CONDITIONS.index(condition)])
        taken += list(_taken(models, rule, known, condition, rng))
        fooled += list(_taken(models, rule, strange, condition, rng))
    return Counted(len(HEARD) * len(known), taken, len(HEARD) * len(strange), fooled)


def _taken(
    models: Models, rule: Task, utterances: Sequence[Utterance], condition: str, rng: np.random.Generator
) -> Iterator[Taken]:
    from tools.acoustic_model.evaluate import as_heard

    for utterance in utterances:
        pcm = as_heard(utterance.wave, condition, rng).tobytes()
        ear = models.recogniser()
        ear.restart((*rule.phrases, UNKNOWN))
        ear.feed(pcm)
        words = ear.final()
        said = " ".join(word.word for word in words)
        if said in rule.phrases:
            yield Taken(
                min(word.confidence for word in words),
                models.margin(pcm, said).anything,
                said == " ".join(utterance.words),
            )


def merged(counted: Sequence[Counted]) -> Counted:
    return Counted(
        sum(one.known for one in counted),
        [taken for one in counted for taken in one.taken],
        sum(one.strange for one in counted),
        [taken for one in counted for taken in one.fooled],
    )


def main() -> None:
    from tools.acoustic_model.evaluate import read_set

    parser = argparse.ArgumentParser(prog="python -m tools.acoustic_model.curve", description=__doc__)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--sets", type=Path, nargs="+", required=True)
    told = parser.parse_args()
    sets = {path.stem: read_set(path) for path in told.sets}
    shipped = THRESHOLDS[Risk.NORMAL], MARGINS[Risk.NORMAL]
    for folder in told.models:
        models = Models.load(folder)
        each = {name: measure(models, utterances) for name, utterances in sets.items()}
        together = merged(list(each.values()))
        for name, counted in {**each, "all": together}.items():
            right, wrong, fooled = counted.at(*shipped)
            print(f"{folder} {name}: {right:.1f} / {wrong:.1f} of {counted.known}, {fooled:.1f} of {counted.strange}")
        print(f"{folder} right less wrong:", ", ".join(f"{together.best(x):.1f} at {x} %" for x in SHARES), flush=True)


if __name__ == "__main__":
    main()
