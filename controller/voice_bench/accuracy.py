"""Group `accuracy`: commands, digits, numbers, check digits and digit strings of held-out speakers, in quiet and noise.

In: a model, speakers, conditions. Out: per kind and condition what the ear made of it at its working thresholds; beside
it pocketsphinx over the same samples and the same grammar.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from controller.bench.report import Aim, Beside, Entry, Say
from controller.errors import StartError
from controller.voice.language import Language
from controller.voice_bench.hearing import Listener, fitted, forced
from controller.voice_bench.peer import NAME, Peer
from controller.voice_bench.scoring import Means, Tally, judged, total
from controller.voice_bench.sets import KINDS, Asked, Set, sets, texts
from controller.voice_bench.sound import RATE, Samples
from controller.voice_bench.speakers import Speaker, record
from controller.voice_bench.surroundings import AIMED, CONDITIONS, Condition, Surroundings
from controller.voice_bench.workers import spread_over

AFTER_S: Final = 1.5
"""Of hall behind each phrase: an ear that has not decided by then has not heard it."""
SHORT_S: Final = 0.5
"""Of that, what a recogniser gets that is told where the phrase ends."""
AIMS: Final[Mapping[tuple[str, str], float]] = {
    ("commands", "clean"): 98.0,
    ("commands", "10 dB"): 95.0,
    ("commands in turn", "clean"): 98.0,
    ("commands in turn", "10 dB"): 95.0,
    ("check digits", "clean"): 97.0,
    ("check digits", "10 dB"): 92.0,
}
"""Percent right, of a held-out speaker at working thresholds."""
TIMES: Final = 4
"""So often what has an aim is said, each time elsewhere in the hall: one phrase of fifty is 2 %."""


@dataclass(frozen=True, slots=True)
class Job:
    """One speaker under one condition. `repeat`: from 1 on only what has an aim is said."""

    model: Path
    speaker: Speaker
    condition: Condition
    seed: int
    quick: bool
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the table: speakers of one group, one condition, one kind of phrase."""

    group: str
    condition: str
    kind: str
    tally: Tally


def measure(model: Path, speakers: tuple[Speaker, ...], say: Say, *, quick: bool) -> list[Cell]:
    jobs = [
        Job(model, speaker, condition, seed, quick, repeat)
        for condition in (AIMED if quick else CONDITIONS)
        for seed, speaker in enumerate(speakers)
        for repeat in range(1 if quick or not _aimed_at(condition) else TIMES)
    ]
    found: dict[tuple[str, str, str], list[Tally]] = {}
    for number, (job, tallies) in enumerate(spread_over(run, jobs), 1):
        right, asked = sum(t.right for t in tallies.values()), sum(t.n for t in tallies.values())
        say(f"{number} of {len(jobs)}: {job.speaker.voice}, {job.condition.name}: {right} of {asked} right")
        for kind, tally in tallies.items():
            found.setdefault((job.speaker.group, job.condition.name, kind), []).append(tally)
    return [Cell(*key, total(tallies)) for key, tallies in sorted(found.items(), key=_order)]


def run(job: Job) -> dict[str, Tally]:
    """In a process of its own: everything that this speaker says under this condition this time, by kind."""
    language = fitted(job.model)
    made = sets(language, quick=job.quick, seed=job.seed + job.repeat)
    if job.repeat:
        made = tuple(one for one in made if one.kind in _aimed_at(job.condition))
    spoken = record(job.speaker, texts(made))
    place = Surroundings(job.condition, seed=zlib.crc32(job.speaker.voice.encode()) + job.repeat)
    listener = Listener(job.model)
    list(listener.feed(place.alone(2.0)))  # the ear learns how loud the hall is, as it does before the first pick
    tallies = {one.kind: Tally() for one in made}
    for one in made:
        for asked in one.asked:
            sound = place.around(spoken[asked.said], AFTER_S)
            heard = [decision.utterance for decision in listener.ask(one.grammar, sound)]
            outcome, detail = judged(heard, asked.meaning, _means(language, one))
            likeliest, theirs = _without_rejection(job.model, one, asked, sound)
            tallies[one.kind].count(outcome, detail, asked.said, forced=likeliest, peer=theirs)
    return tallies


def _aimed_at(condition: Condition) -> set[str]:
    """Kinds that have an aim there."""
    return {kind for kind, name in AIMS if name == condition.name}


def entries(cells: Iterable[Cell]) -> list[Entry]:
    """A row per cell, group by group."""
    return list(_entries(cells))


def _means(language: Language, one: Set) -> Means:
    return lambda text: language.meaning(text, one.answers)


def _without_rejection(model: Path, one: Set, asked: Asked, sound: Samples[int]) -> tuple[bool, bool | None]:
    """Whether our recogniser alone has it right, and the peer (None: there is none), of the same samples."""
    language, peer = fitted(model), _peer()
    cut = sound[: len(sound) - int((AFTER_S - SHORT_S) * RATE)]
    ours = language.meaning(forced(model, one.grammar, cut), one.answers) == asked.meaning
    if peer is None:
        return ours, None
    peer.load(one.grammar)
    return ours, language.meaning(peer.hear(cut), one.answers) == asked.meaning


@cache
def _peer() -> Peer | None:
    """Once per process."""
    try:
        return Peer()
    except StartError:
        return None


def _order(item: tuple[tuple[str, str, str], object]) -> tuple[bool, int, int]:
    """espeak-ng's speakers before ked; conditions and kinds as they are listed."""
    group, condition, kind = item[0]
    return group == "ked", [one.name for one in CONDITIONS].index(condition), KINDS.index(kind)


def _entries(cells: Iterable[Cell]) -> Iterator[Entry]:
    for cell in cells:
        tally, value = cell.tally, AIMS.get((cell.kind, cell.condition))
        aim = None if value is None else Aim(">=", value)
        peer = None if tally.peer is None else Beside(NAME, tally.percent(tally.peer))
        note = "; ".join([tally.note(), *(["taken for: " + ", ".join(c)] if (c := tally.confusions()) else [])])
        group = f"understood at working thresholds: {cell.group}"
        yield Entry(group, f"{cell.kind}, {cell.condition}", tally.percent(tally.right), "%", aim, peer, note=note)
