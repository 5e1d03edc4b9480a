"""Group `committed`: a picker speaks, and the whole controller has done it.

In: the real controller process with its voice worker, a real broker, modules on a pseudo-terminal, a simulated headset.
Out: from the end of `confirm` to `line_completed` at the WMS; from the end of every answer that was taken to the next
sound in the ear, which begins when the answer is committed and the mouth has started; how often he had to say it again.

The picker follows the mouth by ear only (see `picker`), in a thread of his own: this one is the WMS and the modules.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from controller.bench import place
from controller.bench.place import PREFIX
from controller.bench.rack import Rack
from controller.bench.report import Aim, Entry, Say, milliseconds, percentile, spread
from controller.bench.rig import Committer, Rig
from controller.core.speech import Word
from controller.demo.phrasebook import Part
from controller.errors import StartError
from controller.settings import load
from controller.voice_bench.hearing import fitted
from controller.voice_bench.latency import AIM_MS, COMMANDS, STRINGS
from controller.voice_bench.picker import DIGITS, MOST, Picker, Said, Wearer, headset, phrases, wearer
from controller.voice_bench.speakers import Speaker, record
from firmware_sim.hall import Hall
from firmware_sim.wearer.person import Situation

GROUP: Final = "committed"
TASKS: Final = 8
MODULES: Final = 4
CHECK, CHECK_SAID = "47", "four seven"
QTY: Final = 3
PART: Final = Part("bench part", "EA", "08711000123457", ())
RATE_WPM: Final = 240
"""A mouth in a hurry: sentences are waited for here, not measured."""
PROMPT_S: Final = 15.0
"""Longest wait for the first sentence."""
TASK_S: Final = 20.0 * MOST
"""Longer than the picker takes to give up, were every phrase followed by a hint."""
SHIFTS: Final = 3
"""A task given up is the end of a shift: the next controller begins anew, as loud and fast as ever. So often."""
NEEDED: Final = 4
"""Phrases of a task: he sets out, is there, has it, hands it over."""
HAND_OVER_S: Final = 600
"""Later than any task: he hands over by voice. At once, as the bench's sites do, he would not be asked to."""
HALL_DB: Final = 20.0
SWITCH_S: Final = 0.001
"""Between threads: understanding a prompt must hold up neither the microphone nor the modules."""


@dataclass(slots=True)
class Found:
    """Tasks: `asked` in all, `finished`, and `stuck`: why he gave one up. Seconds: `spoken`: to the next sound in the
    ear, by kind; `done`: to `line_completed`. Phrases: `said` in all, `again` because they were not taken, `besides`
    what a task needs that was finished.
    """

    asked: int = TASKS
    finished: int = 0
    spoken: dict[str, list[float]] = field(default_factory=lambda: {COMMANDS: [], STRINGS: []})
    done: list[float] = field(default_factory=list)
    said: int = 0
    again: int = 0
    besides: int = 0
    stuck: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """Tasks he began."""
        return self.finished + len(self.stuck)

    def hear(self, said: list[Said]) -> None:
        """What was said in a task, finished or not."""
        self.said += len(said)
        self.again += sum(not one.taken for one in said)
        for one in said:
            if one.after_s is not None:
                self.spoken[STRINGS if one.meant == DIGITS else COMMANDS].append(one.after_s)

    def finish(self, said: list[Said], completed: float, *, needed: int) -> None:
        """A task is over. `completed`: its line was, monotonic s."""
        self.finished += 1
        self.besides += max(0, sum(one.taken for one in said) - needed)
        before = [one for one in said if one.over <= completed]
        if before and before[-1].meant == Word.CONFIRM.value:
            self.done.append(completed - before[-1].over)


class Ends(Rig):
    """The WMS and the modules, asked for one event at a time."""

    def happened(self, kind: str, task: str) -> float:
        """When the WMS got this event, monotonic s; 0 if it has not."""
        return self._events.get((kind, task), 0.0)

    def acknowledge(self) -> None:
        """Everything so far, like a WMS."""
        ack = {"v": "1.0", "stream": self._stream, "upto": self._seq}
        self.wms.publish(PREFIX + "in/ack", json.dumps(ack).encode())


def measure(model: Path, speakers: tuple[Speaker, ...], tell: Say, *, quick: bool) -> list[Entry]:
    """Raises StartError where the controller does not speak; a picker who is not understood is a result."""
    speaker, found = speakers[0], Found(asked=1 if quick else TASKS)
    words = phrases(fitted(model))
    record(speaker, [CHECK_SAID, *(text for ways in words.values() for text in ways)])
    while found.tried < found.asked and len(found.stuck) < SHIFTS:
        with _station(model, speaker) as (rig, person), ThreadPoolExecutor(1, "picker") as mind:
            try:
                _shift(rig, person, Picker(person, words, (CHECK_SAID, CHECK)), mind, found, tell)
            finally:
                person.stop.set()
    return list(_entries(found, speaker))


def _shift(rig: Ends, person: Wearer, picker: Picker, mind: ThreadPoolExecutor, found: Found, tell: Say) -> None:  # noqa: PLR0917
    """Task after task, until there is none or he gives one up."""
    greeted = mind.submit(person.listen, PROMPT_S, _situation("L.001"))
    rig.pump(greeted.done, 2 * PROMPT_S, "the first sentence")
    if greeted.result() is None:
        raise StartError("the controller does not speak to the headset; see its log")
    first = True
    while found.tried < found.asked:
        tell(f"task {found.tried + 1} of {found.asked}, by voice alone")
        if not _pick(rig, picker, mind, found, needed=NEEDED + first):  # at first he is in no aisle
            return
        first = False


def _pick(rig: Ends, picker: Picker, mind: ThreadPoolExecutor, found: Found, *, needed: int) -> bool:
    """One line from its announcement to the handing over; whether he got that far."""
    number = found.tried
    name, location = f"V{number}", f"L.{1 + number % MODULES:03}"
    rig.wms.publish(PREFIX + "in/task", _task(name, location))
    work = mind.submit(picker.work, _situation(location), lambda: rig.happened("task_completed", name))
    rig.pump(work.done, TASK_S, f"the end of task {name}")
    said = work.result()
    found.hear(said)
    if not rig.happened("task_completed", name):
        last = ", ".join(one.meant for one in said[-3:])
        found.stuck.append(f"task {number + 1} given up after {len(said)} phrases, at last: {last or 'none'}")
        return False
    found.finish(said, rig.happened("line_completed", name), needed=needed)
    rig.acknowledge()
    return True


def _situation(location: str) -> Situation:
    return Situation(locations=(location,), said=CHECK, last=QTY, last_location=location)


@contextmanager
def _station(model: Path, speaker: Speaker) -> Iterator[tuple[Ends, Wearer]]:
    """A running controller with one picker who has a headset, and both its ends."""
    switch = sys.getswitchinterval()
    with tempfile.TemporaryDirectory(prefix="pickbeam-voice-") as name:
        folder = Path(name)
        worn = headset(folder / "headset", Hall(HALL_DB))
        with place.broker(folder / "broker") as port:
            rack = Rack(folder / "tty", MODULES)
            committer = Committer(folder / "plain.db")
            rig = Ends(port, rack, committer)
            try:
                sys.setswitchinterval(SWITCH_S)
                rig.pump(lambda: rig.wms.ready, what="subscription")
                settings = place.make_site(folder / "site", modules=MODULES, port=port, tty=folder / "tty")
                _give_voice(settings, worn[0].path, model)
                person = wearer(load(settings), fitted(model), speaker, worn, _parts())
                with worn[0], place.controller(settings) as process:
                    rig.pump(lambda: rig.online_at or process.poll() is not None, place.START_S, "presence")
                    if process.poll() is not None:
                        why = settings.with_name("controller.err").read_text().splitlines()
                        raise StartError(f"the controller does not start: {' '.join(why[:2])}")
                    yield rig, person
            finally:
                sys.setswitchinterval(switch)
                rig.close()
                rack.close()
                committer.close()


def _parts() -> Mapping[str, Part]:
    return {f"L.{n:03}": PART for n in range(1, MODULES + 1)}


def _give_voice(settings: Path, headset: Path, model: Path) -> None:
    """The picker of the site gets a headset and hands over himself, the locations check digits."""
    text = settings.read_text()
    voice = f'{{ device = "unix:{headset}", style = "terse", rate_wpm = {RATE_WPM} }}'
    text = text.replace("signed_on = true\n", f"signed_on = true\nvoice = {voice}\n")
    text = text.replace("hand_over_after_s = 0\n", f"hand_over_after_s = {HAND_OVER_S}\n")
    settings.write_text(f'{text}\n[voice.models]\nen = "{model}"\n')
    table = settings.with_name("locations.csv")
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([head, *(f"{row}{CHECK}" for row in rows)]) + "\n")


def _task(name: str, location: str) -> bytes:
    line = {"line_id": "10", "location": location, "sku": PART.sku, "qty": QTY, "text": PART.text}
    return json.dumps({"v": "1.0", "id": f"m-{name}", "src": "bench", "task_id": name, "lines": [line]}).encode()


def _entries(found: Found, speaker: Speaker) -> Iterator[Entry]:
    who = f"speaker {speaker.voice}, hall at {HALL_DB:.0f} dB"
    yield from _percentiles(
        "end of `confirm` → line_completed at the WMS, durable", found.done, AIM_MS[COMMANDS], f"; {who}"
    )
    for kind, after in found.spoken.items():
        yield from _percentiles(f"end of speech → next sound in the ear, {kind}", after, AIM_MS[kind])
    note = "; ".join([f"n={found.tried}, {who}", *found.stuck])
    share = 100 * found.finished / max(1, found.tried)
    yield Entry(GROUP, "tasks finished by voice alone", share, "%", Aim(">=", 100.0), note=note)
    if found.said:
        note = f"n={found.said}, {found.again} not taken; besides, {found.besides} more than the work needs"
        yield Entry(GROUP, "answers that had to be said again", 100 * found.again / found.said, "%", note=note)


def _percentiles(name: str, after: list[float], aim: float, note: str = "") -> Iterator[Entry]:
    values = milliseconds(after)
    for share in (0.5, 0.95) if values else ():
        full = f"{name}, p{share * 100:.0f}"
        yield Entry(GROUP, full, percentile(values, share), "ms", Aim("<=", aim), note=f"{spread(values)}{note}")
