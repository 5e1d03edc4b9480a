"""`python -m controller.demo.wearers SETTINGS …`: the voice pickers of a demo, in a process of their own.

In: the demo's settings, whose headsets are Unix sockets; who they are; noise; a seed. Out: headsets that speak and
hear, presses on the simulated shelf, notes. Ends in order on SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Final

from controller.cli.sim import people
from controller.demo.phrasebook import Phrasebook, Voice, read_parts
from controller.settings import Settings, load
from controller.settings.model import Picker
from controller.voice.language import Language
from controller.voice.mouth.synth import Synth
from firmware_sim.control import request
from firmware_sim.hall import Hall
from firmware_sim.headset import Headset, Prompt
from firmware_sim.wearer.day import Day
from firmware_sim.wearer.notes import Notes
from firmware_sim.wearer.person import Badge, Label, Person, Situation
from firmware_sim.wearer.understanding import Memory

VOICES: Final = (
    *("en-us+f4", "en-gb+m5", "en-us+Annie", "en-us+Andy"),
    *("en-gb+belinda", "en-us+klatt4", "en-gb+steph2", "en-us+Mario"),
)
"""Variants of espeak-ng that the embedded model was never trained on; see tools/acoustic_model/README.md."""
RATES: Final = (130, 170)
"""Words per minute of people at work."""
SWITCH_S: Final = 0.001
"""Between threads: understanding a prompt must not hold up the sound of another headset."""
CLIPPING: Final = 30.0
MISHAPS: Final = ("unplugged", "silent", "clipping")
MISHAP_APART_S: Final = (7.0, 13.0)
MISHAP_LASTS_S: Final = (3.0, 6.0)
ASK_S: Final = 0.2
"""A shelf that is too busy to answer is asked again after this."""


@dataclass(frozen=True, slots=True)
class ShelfLamps:
    """The simulated shelf that is served from `folder`."""

    folder: Path

    def look(self) -> Mapping[str, tuple[int, int, str | None]]:
        shown = self._ask({"look": True}).get("modules", {})
        return shown if isinstance(shown, dict) else {}

    def press(self, module: str, key: str, hold: float, who: str) -> None:
        self._ask({"press": module, "key": key, "hold": hold, "who": who})

    def _ask(self, message: dict[str, object]) -> dict[str, object]:
        with suppress(OSError, ValueError):
            return request(self.folder, message)
        time.sleep(ASK_S)
        with suppress(OSError, ValueError):
            return request(self.folder, message)
        return {}


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments().parse_args(arguments)
    sys.setswitchinterval(SWITCH_S)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    notes = Notes(Path(asked.notes))
    days = _days(load(Path(asked.settings)), notes, asked)
    threads = [threading.Thread(target=live, args=(day,), name=day.me.badge.name, daemon=True) for day in days]
    if asked.mishaps:
        threads += [threading.Thread(target=mishaps, args=(day, notes, asked.seed), daemon=True) for day in days]
    for day in days:
        day.me.headset.plug()
    for thread in threads:
        thread.start()
    print(json.dumps({"ready": asked.pickers}), flush=True)
    stop.wait()
    for day in days:
        day.me.stop.set()
    for thread in threads:
        thread.join(2.0)
    for day in days:
        day.me.headset.unplug()
    notes.close()
    return 0


def live(day: Day) -> None:
    """A mistake in a picker's head ends the whole process: a demo must not go on without him."""
    try:
        day.live()
    except BaseException:  # noqa: BLE001 - whatever it is, it must be seen
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def mishaps(day: Day, notes: Notes, seed: int) -> None:
    """What happens to a headset in a shift: it falls off, its microphone dies, it is turned up far too loud."""
    me = day.me
    random = Random(f"{seed} mishaps {me.badge.name}")
    kinds = list(MISHAPS)
    random.shuffle(kinds)
    for what in kinds:
        lasts = random.uniform(*MISHAP_LASTS_S)
        if me.stop.wait(random.uniform(*MISHAP_APART_S)):
            return
        notes.write(me.badge.name, "mishap", what=what, **{"for": round(lasts, 1)})
        _befall(day, what)
        me.stop.wait(lasts)
        _mend(day, what)


def _befall(day: Day, what: str) -> None:
    headset = day.me.headset
    if what == "unplugged":
        day.off = True
        headset.unplug()
    elif what == "silent":
        headset.faults.silent = True
    else:
        headset.faults.gain = CLIPPING


def _mend(day: Day, what: str) -> None:
    headset = day.me.headset
    headset.faults.silent = False
    headset.faults.gain = 1.0
    if what == "unplugged" and not day.me.stop.is_set():
        headset.plug()
        day.off = False


def _days(settings: Settings, notes: Notes, asked: argparse.Namespace) -> list[Day]:
    synth, lamps, names = Synth(), ShelfLamps(Path(asked.dir)), asked.pickers.split(",")
    memories: dict[Voice, Memory] = {}
    days = []
    for number, picker in enumerate([x for x in settings.pickers if x.id in names], 1):
        prompts: SimpleQueue[Prompt] = SimpleQueue()
        book = book_of(settings, picker, synth, asked.seed, number)
        memory = memories.setdefault(book.mouth, Memory(book.heard_as))
        for sentence in book.expected(Situation())[0]:
            memory.length(sentence.text)
        headset, badge = _headset(picker, asked, number, prompts), badges(settings)[picker.id]
        person = Person(badge, headset, prompts, book, memory, labels(settings), lamps, notes)
        person.speed, person.random = asked.speed, Random(f"{asked.seed} {picker.id}")
        days.append(Day(person, tasks=asked.tasks))
    return days


def _headset(picker: Picker, asked: argparse.Namespace, number: int, prompts: SimpleQueue[Prompt]) -> Headset:
    assert picker.voice is not None
    path = Path(picker.voice.microphone.partition(":")[2])
    return Headset(path, Hall(asked.snr, seed=1000 * asked.seed + number), prompts.put)


def book_of(settings: Settings, picker: Picker, synth: Synth, seed: int, number: int) -> Phrasebook:
    """What he knows; his voice follows from `seed` and `number`."""
    worn, own = picker.voice, VOICES[(seed + number) % len(VOICES)]
    assert worn is not None
    rate = Random(f"{seed} rate {picker.id}").randint(*RATES)
    language = Language.load(worn.language)
    mouth = synth.choose(language.espeak, worn.voice)
    parts = read_parts(None if settings.layout.parts is None else Path(settings.layout.parts))
    return Phrasebook(
        language,
        worn.style,
        own=Voice(synth.choose(language.espeak, own).id, rate),
        mouth=Voice(mouth.id, worn.rate_wpm, worn.volume),
        synth=synth,
        settings=settings,
        parts=parts,
    )


def labels(settings: Settings) -> dict[str, Label]:
    """What is written on the bins; pickers' homes have none."""
    homes = {picker.home for picker in settings.pickers}
    at = settings.module_at()
    return {
        row.location: Label(
            row.location, row.aisle, row.bay, row.level, row.walk, row.check_digits, at.get(row.location)
        )
        for row in settings.locations
        if row.location not in homes
    }


def badges(settings: Settings) -> dict[str, Badge]:
    """Of all pickers."""
    everybody = people(settings, len(settings.pickers))
    return {x.name: Badge(x.name, x.colour, x.pattern, x.letter, x.home) for x in everybody}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m controller.demo.wearers", description=__doc__)
    parser.add_argument("settings")
    parser.add_argument("--pickers", required=True, help="their ids, with commas")
    parser.add_argument("--dir", required=True, help="where the shelf is served")
    parser.add_argument("--notes", required=True, help="the JSONL file they write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--snr", type=float, default=None, help="speech above the hall's noise, dB; none: a quiet room")
    parser.add_argument("--tasks", type=int, default=None, help="after so many each signs out")
    parser.add_argument("--mishaps", action="store_true", help="headsets fail now and then")
    return parser


if __name__ == "__main__":
    sys.exit(main())
