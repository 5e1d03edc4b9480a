"""
What does the ear take of strange speech that nobody chose for its sound?
`python -m tools.acoustic_model.strange SET.npz ...` (three minutes on two cores for four sets).

In: test sets as `testset` and `people` write them. Out: a line per set, grammar and condition with the share of their
`oov` utterances that was taken for an answer, and for which. What is an answer of the grammar after all is left out.
"""

from __future__ import annotations

import argparse
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.voice.grammar import Grammar
from controller.voice_bench.hearing import MODEL, fitted
from controller.voice_bench.rejection import Taken, mistaken, taken_for
from controller.voice_bench.sets import at_pick, commands
from controller.voice_bench.sound import Samples
from controller.voice_bench.speakers import Speaker
from controller.voice_bench.surroundings import AIMED, Condition
from controller.voice_bench.workers import spread_over
from tools.acoustic_model.evaluate import Utterance, read_set

GRAMMARS = {"the turn of a pick": at_pick, "all commands": commands}


@dataclass(frozen=True, slots=True)
class Job:
    model: Path
    file: Path
    grammar: str
    condition: Condition


def strangers(utterances: Iterable[Utterance], grammar: Grammar) -> Mapping[str, Samples[int]]:
    """What is no answer, by number and text: several may say the same."""
    allowed = {choice.text for choice in grammar.choices}
    return {
        f"{number} {text}": array("h", utterance.wave.tobytes())
        for number, utterance in enumerate(utterances)
        if utterance.kind == "oov" and (text := " ".join(utterance.words)) not in allowed
    }


def heard(job: Job) -> tuple[int, list[Taken]]:
    """In a process of its own: how many there are, and which of them were taken."""
    grammar = GRAMMARS[job.grammar](fitted(job.model))
    spoken = strangers(read_set(job.file), grammar)
    return len(spoken), list(mistaken(job.model, Speaker(job.file.stem), job.condition, grammar, spoken))


def told(job: Job, count: int, taken: Sequence[Taken]) -> str:
    share = f"{100 * len(taken) / count:.1f} % ({len(taken)} of {count})"
    return f"{job.file.stem}, {job.grammar}, {job.condition.name}: {share}{taken_for(taken)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.acoustic_model.strange", description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--model", type=Path, default=MODEL)
    asked = parser.parse_args()
    jobs = [Job(asked.model, file, grammar, at) for file in asked.sets for grammar in GRAMMARS for at in AIMED]
    for job, (count, taken) in spread_over(heard, jobs):
        print(told(job, count, taken), flush=True)


if __name__ == "__main__":
    main()
