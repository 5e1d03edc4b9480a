"""
What words does the ear take for commands? For `[decoys.like]` of a language file:
`python -m tools.acoustic_model.sound_alikes FOLDER [--model FOLDER]` (a quarter of an hour on two cores).

In: a model's words; variants of espeak-ng that are no speakers of the bench; their sounds are kept in FOLDER.
Out: for each command the words that it was taken for, said alone, in quiet and at 10 dB, with every command allowed.
Somebody has to read it: a form of the command (`confirmed`), or another way to say it (`yeah`), is no sound-alike.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from controller.voice.ear.model_files import vocabulary
from controller.voice_bench.hearing import MODEL, fitted
from controller.voice_bench.rejection import mistaken
from controller.voice_bench.sets import commands
from controller.voice_bench.speakers import Speaker, record
from controller.voice_bench.surroundings import AIMED, Condition
from controller.voice_bench.workers import spread_over

QUIET, LOUD = AIMED
SPEAKERS = (("en-us+f2", QUIET), ("en-us+m3", LOUD), ("en-gb+m2", QUIET), ("en-gb+f3", LOUD))
PIECES = 8  # of the words, for each speaker
AFTER_S = 0.8
STEM = 3  # letters: `help` and `helped` are forms of one word, `no` and `nor` are none


@dataclass(frozen=True, slots=True)
class Job:
    model: Path
    sounds: Path
    speaker: Speaker
    condition: Condition
    words: tuple[str, ...]


def candidates(known: Iterable[str], ours: Iterable[str]) -> list[str]:
    """The words of a model that are no word of any answer, nor the beginning of one, nor begin with one."""
    stems = [word for word in ours if len(word) >= STEM]
    return sorted(
        word
        for word in known
        if word.isalpha() and len(word) > 1 and word not in ours and not any(_forms(word, stem) for stem in stems)
    )


def _forms(word: str, stem: str) -> bool:
    return word.startswith(stem) or (len(word) >= STEM and stem.startswith(word))


def taken(job: Job) -> list[tuple[str, str]]:
    """In a process of its own: words, each with the command that it was taken for."""
    spoken = record(job.speaker, job.words, job.sounds)
    grammar = commands(fitted(job.model))
    found = mistaken(job.model, job.speaker, job.condition, grammar, spoken, after_s=AFTER_S)
    return [(one.said, one.text) for one in found]


def by_command(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Every command with its words, those most often taken for it first."""
    like: dict[str, list[str]] = {}
    for (word, command), _ in sorted(Counter(found).items(), key=lambda one: (one[0][1], -one[1], one[0][0])):
        like.setdefault(command, []).append(word)
    return like


def _jobs(model: Path, sounds: Path, words: Sequence[str]) -> Iterator[Job]:
    for voice, condition in SPEAKERS:
        for piece in range(PIECES):
            yield Job(model, sounds, Speaker(voice), condition, tuple(words[piece::PIECES]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.acoustic_model.sound_alikes", description=__doc__)
    parser.add_argument("sounds", metavar="FOLDER", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL)
    told = parser.parse_args()
    words = candidates(vocabulary(told.model), fitted(told.model).vocabulary())
    jobs = list(_jobs(told.model, told.sounds, words))
    found: list[tuple[str, str]] = []
    for number, (job, those) in enumerate(spread_over(taken, jobs), 1):
        print(f"{number} of {len(jobs)}: {job.speaker.voice}, {len(job.words)} words, {len(those)} taken", flush=True)
        found += those
    for command, like in by_command(found).items():
        print(f"{command}: {' '.join(like)}")


if __name__ == "__main__":
    main()
