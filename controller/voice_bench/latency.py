"""Group `latency`: from the end of speech to the answer in the controller; memory and processor time of four ears.

In: the voice worker as a process, four simulated headsets that speak at the same time, in real time. Out: entries.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from controller.bench import place
from controller.bench.report import Aim, Entry, Say, milliseconds, percentile, spread
from controller.core.guide.talk.answers import say
from controller.core.speech import Answer, Prompt, Risk, SayDigits, SayWord, Word
from controller.voice.language import Language
from controller.voice_bench.crew import EARS, Crew, crew
from controller.voice_bench.hearing import fitted
from controller.voice_bench.sets import AT_PICK, AT_PLACE, DIGITS
from controller.voice_bench.sound import Samples
from controller.voice_bench.speakers import Speaker, record
from firmware_sim.hall import Hall

GROUP: Final = "how soon"
HALL_DB: Final = 20.0
COMMANDS, STRINGS = "short commands", "digit strings"
AIM_MS: Final = {COMMANDS: 350.0, STRINGS: 800.0}
LENGTHS: Final = (2, 3, 4)
EACH: Final = 12
"""Questions to each of four pickers, of each kind."""
RTF: Final = 0.05
MEMORY_MB: Final = 160.0


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    said: str
    answers: tuple[Answer, ...]
    safe: bool = False


@dataclass(slots=True)
class Found:
    """`after`: seconds by kind; `safe`: those of the commands that may be taken early; `missed`: said > why not."""

    after: dict[str, list[float]] = field(default_factory=lambda: {COMMANDS: [], STRINGS: []})
    safe: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    asked: int = 0
    rtf: float = 0.0
    rss_mb: float = 0.0


def measure(model: Path, speakers: tuple[Speaker, ...], tell: Say, *, quick: bool) -> list[Entry]:
    each = 2 if quick else EACH
    tell(f"four pickers answer {2 * each} questions each, in real time")
    with tempfile.TemporaryDirectory(prefix="pickbeam-voice-") as name:
        found = asyncio.run(_run(Path(name), model, speakers, each))
    return list(_entries(found))


def questions(language: Language, each: int, random: Random) -> list[Question]:
    """So many commands and so many digit strings, in any order."""
    found = []
    for _ in range(each):
        one = random.choice([answer for answer in AT_PICK if isinstance(answer, SayWord)])
        phrase = random.choice(language.answers.words[one.word])
        found.append(Question(COMMANDS, phrase, AT_PICK, one.risk is Risk.SAFE))
        length = random.choice(LENGTHS)
        digits = " ".join(random.choices(DIGITS, k=length))
        found.append(Question(STRINGS, digits, (SayDigits(length), *AT_PLACE)))
    random.shuffle(found)
    return found


async def _run(folder: Path, model: Path, speakers: Sequence[Speaker], each: int) -> Found:
    language = fitted(model)
    lists = [questions(language, each, Random(number)) for number in range(EARS)]
    voices = [speakers[number % len(speakers)] for number in range(EARS)]
    spoken = [record(voice, [q.said for q in asked]) for voice, asked in zip(voices, lists, strict=True)]
    found = Found()
    async with crew(folder, model, [Hall(HALL_DB, seed=number) for number in range(EARS)]) as team:
        pid = team.door.pid
        assert pid is not None
        for picker in team.headsets:  # once a whole sentence, so that the mouth is in memory too
            team.allow(picker, say(Word.READY), (Prompt("say_ready"),))
        await asyncio.sleep(4.0)
        begun, busy = time.monotonic(), place.cpu_seconds(pid)
        pickers = zip(team.headsets, lists, spoken, strict=True)
        await asyncio.gather(*(_answer(team, picker, asked, said, found) for picker, asked, said in pickers))
        found.rtf = (place.cpu_seconds(pid) - busy) / (time.monotonic() - begun) / EARS
        found.rss_mb = place.memory_mb(pid, "Rss")
    return found


async def _answer(
    team: Crew, picker: str, asked: list[Question], spoken: dict[str, Samples[int]], found: Found
) -> None:
    random = Random(picker)
    for one in asked:
        answer = await team.ask(picker, one.answers, spoken[one.said], random)
        found.asked += 1
        if answer.after_s is None or answer.heard is None:
            found.missed.append(f"{one.said} > {answer.why}")
            continue
        found.after[one.kind].append(answer.after_s)
        if one.safe:
            found.safe.append(answer.after_s)


def _entries(found: Found) -> Iterator[Entry]:
    for kind, after in found.after.items():
        yield from _percentiles(kind, after, AIM_MS[kind])
    yield from _percentiles("those commands that book nothing", found.safe, AIM_MS[COMMANDS])
    missed = f": {', '.join(found.missed[:6])}" if found.missed else ""
    share = 100 * len(found.missed) / max(1, found.asked)
    yield Entry(GROUP, "not answered", share, "%", note=f"n={found.asked}{missed}")
    note = f"processor time of the worker per second of sound, {EARS} ears in real time, ears and mouths together"
    yield Entry(GROUP, "real-time factor of one ear", found.rtf, "", Aim("<=", RTF), note=note)
    note = f"{EARS} ears and mouths, the model, the synthesiser"
    yield Entry(GROUP, "RSS of the voice worker", found.rss_mb, "MB", Aim("<=", MEMORY_MB), note=note)


def _percentiles(kind: str, after: list[float], aim: float) -> Iterator[Entry]:
    values = milliseconds(after)
    for share in (0.5, 0.95) if values else ():
        name = f"end of speech → answer in the controller, {kind}, p{share * 100:.0f}"
        note = f"{spread(values)}; {EARS} pickers at once, hall at {HALL_DB:.0f} dB"
        yield Entry(GROUP, name, percentile(values, share), "ms", Aim("<=", aim), note=note)
