"""Group `rejection`: what the ear takes for an answer though it was none.

In: a model; recordings of people who talk, if there are any. Out: the share of out-of-vocabulary speech that is
accepted; false accepts per hour of babble, of noise and of the recordings.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from controller.bench.report import Aim, Entry, Say
from controller.core.speech import Risk
from controller.voice.grammar import Grammar, Utterance
from controller.voice_bench.hearing import Listener, fitted
from controller.voice_bench.sets import at_pick, commands
from controller.voice_bench.sound import Samples, scaled
from controller.voice_bench.speakers import DEFAULT, Speaker, record
from controller.voice_bench.surroundings import AIMED, CONDITIONS, Condition, Surroundings
from controller.voice_bench.talk import ALIKE, EVERYDAY, MINUTE, SENTENCES, babble, hall_noise, played
from controller.voice_bench.workers import spread_over

GROUP: Final = "fooled"
OOV_PERCENT: Final = 2.0
PER_HOUR: Final = 1.0
AFTER_S: Final = 1.5
PIECE_MIN: Final = 5
"""Minutes that one process hears at a stretch."""
MINUTES: Final = 60
FILES: Final = 100
"""Recordings that one process hears."""
BEHIND: Final = (0.0, 15.0)
"""dB below the wearer's own speech: somebody who speaks into the microphone, and somebody beside the wearer of a
close-talking headset."""
WEARER: Final = DEFAULT[1]
ANSWERED: Final = ("confirm", "three confirm", "where", "five confirm", "say again")
"""What the wearer has said before the others talk: a headset without a wearer is nobody's."""
NOISE_DB: Final = 5.0
KINDS: Final = {"everyday words": EVERYDAY, "sentences": SENTENCES, "words that sound like answers": ALIKE}
SAID: Final = tuple(one for kind in KINDS.values() for one in kind)
COUNTED: Final = (Risk.CONFIRMING, Risk.DESTRUCTIVE)
"""What confirms books at once and has the aim; short and its like begin something that must be confirmed, skip, undo
and sign off can be taken back.
"""


@dataclass(frozen=True, slots=True)
class Words:
    """A speaker says what is no answer."""

    model: Path
    speaker: Speaker
    condition: Condition
    quick: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes beside a microphone. `kind`: babble or noise."""

    model: Path
    kind: str
    minutes: int
    seed: int
    quick: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """Recordings of people who talk."""

    model: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer that something was taken for, and its risk; `said`: what it really was, where that is known."""

    text: str
    risk: Risk
    said: str = ""


@dataclass(frozen=True, slots=True)
class Fooled:
    """`n`: phrases, or minutes; `accepted`: what of them was taken for an answer."""

    n: float
    accepted: tuple[Taken, ...]


def measure(
    model: Path, speakers: tuple[Speaker, ...], tell: Say, *, quick: bool, files: Sequence[Path] = ()
) -> list[Entry]:
    """`files`: WAV, of people who talk and answer nothing."""
    entries = [*_vocabulary(model, speakers, tell, quick=quick), *_hours(model, tell, quick=quick)]
    return [*entries, *_recorded(model, files, tell)] if files else entries


def asked(*, quick: bool) -> tuple[str, ...]:
    """What a speaker says that is no answer."""
    return SAID[:: 8 if quick else 1]


def words(job: Words) -> dict[str, Fooled]:
    """In a process of its own: by grammar, how many of the phrases were accepted."""
    language = fitted(job.model)
    spoken = record(job.speaker, asked(quick=job.quick))
    found = {}
    for name, grammar in (("all commands", commands(language)), ("the turn of a pick", at_pick(language))):
        taken = mistaken(job.model, job.speaker, job.condition, grammar, spoken)
        found[name] = Fooled(len(spoken), tuple(taken))
    return found


def mistaken(
    model: Path,
    speaker: Speaker,
    condition: Condition,
    grammar: Grammar,
    spoken: Mapping[str, Samples[int]],
    *,
    after_s: float = AFTER_S,
) -> Iterator[Taken]:
    """What this speaker says that is no answer, one after the other, and an ear takes for one."""
    place = Surroundings(condition, seed=zlib.crc32(speaker.voice.encode()))
    listener = Listener(model)
    list(listener.feed(place.alone(2.0)))
    for said, sound in spoken.items():
        for last in listener.ask(grammar, place.around(sound, after_s))[-1:]:
            if last.utterance.accepted:
                yield Taken(last.utterance.text, risk_of(grammar, last.utterance), said)


def stretch(job: Stretch) -> dict[float, Fooled]:
    """In a process of its own: everything that was accepted while nobody answered anything, by dB below the wearer."""
    if job.kind == "noise":
        return {NOISE_DB: _fooled(job.model, hall_noise(job.minutes, job.seed, NOISE_DB), job.minutes)}
    return _beside(job.model, list(babble(job.minutes, job.seed, few=job.quick)))


def recorded(job: Recorded) -> dict[float, Fooled]:
    """In a process of its own, as `stretch`."""
    return _beside(job.model, list(played(job.files)))


def _beside(model: Path, talked: Sequence[Samples[int]]) -> dict[float, Fooled]:
    """By dB below the wearer, of people who talk at his level."""
    minutes = sum(map(len, talked)) / MINUTE
    return {below: _fooled(model, quieter(talked, below), minutes) for below in BEHIND}


def _fooled(model: Path, sound: Iterable[Samples[int]], minutes: float) -> Fooled:
    """What an ear with a wearer takes for answers at a pick."""
    grammar = at_pick(fitted(model))
    heard = accepted(worn(model, grammar), grammar, sound)
    return Fooled(minutes, tuple(Taken(one.text, risk_of(grammar, one)) for one in heard))


def worn(model: Path, grammar: Grammar) -> Listener:
    """An ear whose wearer has answered a few times, in a quiet hall."""
    listener, place = Listener(model), Surroundings(CONDITIONS[0], seed=1)
    spoken = record(WEARER, ANSWERED)
    for one in ANSWERED:
        listener.ask(grammar, place.around(spoken[one], AFTER_S))
    return listener


def quieter(pieces: Iterable[Samples[int]], below_db: float) -> Iterator[Samples[int]]:
    for piece in pieces:
        yield scaled(piece, 10 ** (-below_db / 20)) if below_db else piece


def accepted(listener: Listener, grammar: Grammar, sound: Iterable[Samples[int]]) -> Iterator[Utterance]:
    """After each of them the dialogue would have moved on: the same grammar in the next turn."""
    turn = 0
    listener.ear.listen(replace(grammar, turn="0"))
    for piece in sound:
        for decision in listener.feed(piece):
            if decision.utterance.accepted:
                yield decision.utterance
                turn += 1
                listener.ear.listen(replace(grammar, turn=f"{turn}"))


def risk_of(grammar: Grammar, utterance: Utterance) -> Risk:
    """Of the answer that it was taken for."""
    found = [choice.risk for choice in grammar.choices if choice.text == utterance.text]
    return found[0] if found else Risk.CONFIRMING


def _vocabulary(model: Path, speakers: tuple[Speaker, ...], tell: Say, *, quick: bool) -> Iterator[Entry]:
    jobs = [Words(model, speaker, condition, quick) for condition in AIMED for speaker in speakers]
    found: dict[tuple[str, str], list[Fooled]] = {}
    for number, (job, fooled) in enumerate(spread_over(words, jobs), 1):
        tell(f"{number} of {len(jobs)}: out of vocabulary, {job.speaker.voice}, {job.condition.name}")
        for grammar, one in fooled.items():
            found.setdefault((grammar, job.condition.name), []).append(one)
    for (grammar, condition), all_of in sorted(found.items()):
        n, taken = sum(one.n for one in all_of), _every(all_of)
        name = f"words and sentences that are no answer, accepted, {grammar}, {condition}"
        note = f"{len(taken)} of {n}, {by_kind(all_of, asked(quick=quick))}{taken_for(taken)}"
        yield Entry(GROUP, name, 100 * len(taken) / n, "%", Aim("<=", OOV_PERCENT), note=note)


def by_kind(all_of: Sequence[Fooled], said: Sequence[str]) -> str:
    """`everyday words 6 of 114, sentences 0 of 64, …`: accepted, of what each speaker said."""
    taken = [one.said for one in _every(all_of)]
    return ", ".join(
        f"{name} {sum(one in kind for one in taken)} of {sum(one in kind for one in said) * len(all_of)}"
        for name, kind in KINDS.items()
    )


def _hours(model: Path, tell: Say, *, quick: bool) -> Iterator[Entry]:
    piece, pieces = (1, 2) if quick else (PIECE_MIN, MINUTES // PIECE_MIN)
    jobs = [Stretch(model, kind, piece, seed, quick) for kind in ("babble", "noise") for seed in range(pieces)]
    found: dict[str, list[dict[float, Fooled]]] = {}
    for number, (job, levels) in enumerate(spread_over(stretch, jobs), 1):
        tell(f"{number} of {len(jobs)}: {job.minutes} minutes of {job.kind}, {len(_every(levels.values()))} accepted")
        found.setdefault(job.kind, []).append(levels)
    for kind, all_of in sorted(found.items()):
        yield from by_level(kind, all_of)


def _recorded(model: Path, files: Sequence[Path], tell: Say) -> Iterator[Entry]:
    jobs = [Recorded(model, tuple(files[first : first + FILES])) for first in range(0, len(files), FILES)]
    found = []
    for number, (_, levels) in enumerate(spread_over(recorded, jobs), 1):
        tell(f"{number} of {len(jobs)}: recorded talk, {len(_every(levels.values()))} accepted")
        found.append(levels)
    yield share(found, len(files))
    yield from by_level("recorded talk", found)


def share(found: Sequence[dict[float, Fooled]], files: int) -> Entry:
    """Out-of-vocabulary speech of people: one recording is about one thing that somebody says."""
    taken = _every(levels[BEHIND[0]] for levels in found)
    name = "recordings of talk, accepted, the turn of a pick, at the level of the wearer"
    note = f"{len(taken)} of {files}{taken_for(taken)}"
    return Entry(GROUP, name, 100 * len(taken) / files, "%", Aim("<=", OOV_PERCENT), note=note)


def _every(found: Iterable[Fooled]) -> list[Taken]:
    return [one for fooled in found for one in fooled.accepted]


def by_level(kind: str, all_of: Sequence[dict[float, Fooled]]) -> Iterator[Entry]:
    """Of every level below the wearer's the false accepts an hour."""
    for below in sorted(all_of[0]):
        here = [levels[below] for levels in all_of]
        hours = sum(one.n for one in here) / 60
        taken = _every(here)
        where = f"{below:.0f} dB below the wearer" if below else "at the level of the wearer"
        yield from (_an_hour(risk, f"{kind} {where}", taken, hours) for risk in COUNTED)


def _an_hour(risk: Risk, where: str, taken: Sequence[Taken], hours: float) -> Entry:
    these = [one for one in taken if one.risk is risk]
    others = sum(one.risk not in COUNTED for one in taken)
    note = (
        f"{len(these)} in {hours * 60:.0f} min{taken_for(these)}; {others} that are neither confirming nor destructive"
    )
    aimed = risk is Risk.CONFIRMING and hours >= 1  # two quiet minutes prove nothing about an hour
    aim = Aim("<=", PER_HOUR) if aimed else None
    return Entry(GROUP, f"false accepts, {risk.value} answers, {where}", len(these) / hours, "/h", aim, note=note)


def taken_for(taken: Iterable[Taken]) -> str:
    """What these were taken for, most often first: `: confirm 2, nine 1`."""
    counted = Counter(one.text for one in taken).most_common(8)
    return ": " + ", ".join(f"{text} {count}" for text, count in counted) if counted else ""
