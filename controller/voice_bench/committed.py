"""Group `committed`: a picker speaks, and the whole controller has done it.

In: the real controller process with its voice worker, a real broker, modules on a pseudo-terminal, a simulated headset.
Out: from the end of `confirm` to `line_completed` at the WMS; from the end of every answer to the next sound in the
ear, which begins when the answer is committed and the mouth has started.

The picker follows the mouth by ear only: a sentence means that his answer was taken, a mere tone that it was not.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from controller.bench import place
from controller.bench.place import PREFIX
from controller.bench.rack import Rack
from controller.bench.report import Aim, Entry, Say, milliseconds, percentile, spread
from controller.bench.rig import Committer, Rig
from controller.errors import StartError
from controller.voice_bench.latency import AIM_MS, COMMANDS, STRINGS
from controller.voice_bench.sound import RATE, Samples, speech_span
from controller.voice_bench.speakers import Speaker, record
from firmware_sim.hall import Hall
from firmware_sim.headset import Headset, Prompt

GROUP: Final = "committed"
TASKS: Final = 8
MODULES: Final = 4
CHECK: Final = "47"
SENTENCE_S: Final = 0.45
"""Sounds shorter than this are tones."""
RATE_WPM: Final = 240
"""A mouth in a hurry: sentences are waited for here, not measured."""
PROMPT_S: Final = 15.0
"""Longest wait for a sentence, and longest sentence."""
TRIES: Final = 3
HALL_DB: Final = 20.0
BREATH_S: Final = (0.5, 0.9)
READY: Final = ("ready", COMMANDS)
SCRIPT: Final = (READY, ("four seven", STRINGS), ("confirm", COMMANDS))
"""What is answered to the announcement, the place, the pick; in the first task the aisle comes before the place."""
AFTER: Final = "ready"
"""Handing over."""


@dataclass(slots=True)
class Found:
    """Seconds. `spoken`: to the next sound in the ear, by kind; `done`: to `line_completed`; `again`: said again."""

    spoken: dict[str, list[float]] = field(default_factory=lambda: {COMMANDS: [], STRINGS: []})
    done: list[float] = field(default_factory=list)
    again: int = 0


class Ends(Rig):
    """The WMS and the modules, asked for one event at a time."""

    def happened(self, kind: str, task: str) -> float:
        """When the WMS got this event, monotonic s; 0 if it has not."""
        return self._events.get((kind, task), 0.0)

    def acknowledge(self) -> None:
        """Everything so far, like a WMS."""
        ack = {"v": "1.0", "stream": self._stream, "upto": self._seq}
        self.wms.publish(PREFIX + "in/ack", json.dumps(ack).encode())


class Picker:
    """One person with a headset, in the bench's own thread. `heard` is what ended in his ear."""

    def __init__(
        self, rig: Ends, headset: Headset, heard: list[Prompt], words: dict[str, Samples[int]], seed: int
    ) -> None:
        self._rig, self._headset, self._prompts, self._words = rig, headset, heard, words
        self._random = Random(seed)
        self._heard = 0

    def sound(self) -> Prompt | None:
        """The next sound that ended; None after PROMPT_S."""
        try:
            self._rig.pump(lambda: len(self._prompts) > self._heard, PROMPT_S, "a sentence")
        except StartError:
            return None
        self._heard += 1
        return self._prompts[self._heard - 1]

    def forget(self) -> None:
        """What was heard so far needs no answer."""
        self._heard = len(self._prompts)

    def say(self, text: str) -> tuple[float, Prompt | None, int]:
        """Until a sentence follows: the end of the last try (monotonic s), the sentence, the number of tries."""
        said = self._words[text]
        trailing = (len(said) - speech_span(said)[1]) / RATE
        over, after = 0.0, None
        for tries in range(1, TRIES + 1):
            self._rig.rest(self._random.uniform(*BREATH_S))
            self.forget()
            over = self._headset.speak(said.tobytes()) - trailing
            after = self.sound()
            if after is not None and after.ended - after.began > SENTENCE_S:
                return over, after, tries
        return over, None, TRIES


def measure(model: Path, speakers: tuple[Speaker, ...], tell: Say, *, quick: bool) -> list[Entry]:
    tasks = 1 if quick else TASKS
    found = Found()
    words = record(speakers[0], [*(text for text, _ in SCRIPT), AFTER])
    with _station(model) as (rig, headset, heard):
        picker = Picker(rig, headset, heard, words, seed=1)
        if picker.sound() is None:
            raise StartError("the controller does not speak to the headset; see its log")
        for number in range(tasks):
            tell(f"task {number + 1} of {tasks}, by voice alone")
            _pick(rig, picker, f"V{number}", 1 + number % MODULES, found)
    return list(_entries(found, speakers[0]))


def _pick(rig: Ends, picker: Picker, name: str, addr: int, found: Found) -> None:
    """One line from its announcement to the handing over. Raises StartError where the dialogue gets stuck."""
    picker.forget()
    rig.wms.publish(PREFIX + "in/task", _task(name, addr))
    if picker.sound() is None:
        raise StartError(f"task {name} was not announced")
    for text, kind in (READY, *SCRIPT) if name == "V0" else SCRIPT:
        over, after, tries = picker.say(text)
        if after is None:
            raise StartError(f"{text!r} was not understood {tries} times; `pickbeam voice try` tells why")
        found.again += tries - 1
        found.spoken[kind].append(after.began - over)
    rig.pump(lambda: rig.happened("line_completed", name), what=f"line_completed of {name}")
    found.done.append(rig.happened("line_completed", name) - over)
    if picker.say(AFTER)[1] is None:
        raise StartError("the handing over was not understood")
    rig.acknowledge()


@contextmanager
def _station(model: Path) -> Iterator[tuple[Ends, Headset, list[Prompt]]]:
    """A running controller with one picker who has a headset, and both its ends; what ends in his ear is listed."""
    with tempfile.TemporaryDirectory(prefix="pickbeam-voice-") as name:
        folder = Path(name)
        heard: list[Prompt] = []
        headset = Headset(folder / "headset", Hall(HALL_DB), heard.append)
        with place.broker(folder / "broker") as port:
            rack = Rack(folder / "tty", MODULES)
            committer = Committer(folder / "plain.db")
            rig = Ends(port, rack, committer)
            try:
                rig.pump(lambda: rig.wms.ready, what="subscription")
                settings = place.make_site(folder / "site", modules=MODULES, port=port, tty=folder / "tty")
                _give_voice(settings, headset.path, model)
                with headset, place.controller(settings) as process:
                    rig.pump(lambda: rig.online_at or process.poll() is not None, place.START_S, "presence")
                    if process.poll() is not None:
                        why = settings.with_name("controller.err").read_text().splitlines()
                        raise StartError(f"the controller does not start: {' '.join(why[:2])}")
                    yield rig, headset, heard
            finally:
                rig.close()
                rack.close()
                committer.close()


def _give_voice(settings: Path, headset: Path, model: Path) -> None:
    """The picker of the site gets a headset, the locations check digits."""
    text = settings.read_text()
    voice = f'{{ device = "unix:{headset}", style = "terse", rate_wpm = {RATE_WPM} }}'
    picker = f"signed_on = true\nvoice = {voice}\n"
    settings.write_text(text.replace("signed_on = true\n", picker) + f'\n[voice.models]\nen = "{model}"\n')
    table = settings.with_name("locations.csv")
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([head, *(f"{row}{CHECK}" for row in rows)]) + "\n")


def _task(name: str, addr: int) -> bytes:
    line = {"line_id": "10", "location": f"L.{addr:03}", "sku": "08711000123457", "qty": 3, "text": "bench part"}
    return json.dumps({"v": "1.0", "id": f"m-{name}", "src": "bench", "task_id": name, "lines": [line]}).encode()


def _entries(found: Found, speaker: Speaker) -> Iterator[Entry]:
    note = f"speaker {speaker.voice}, hall at {HALL_DB:.0f} dB, {found.again} answers said again"
    done = milliseconds(found.done)
    for share in (0.5, 0.95):
        name = f"end of `confirm` → line_completed at the WMS, durable, p{share * 100:.0f}"
        aim = Aim("<=", AIM_MS[COMMANDS])
        yield Entry(GROUP, name, percentile(done, share), "ms", aim, note=f"{spread(done)}; {note}")
    for kind, after in found.spoken.items():
        values = milliseconds(after)
        for share in (0.5, 0.95):
            name = f"end of speech → next sound in the ear, {kind}, p{share * 100:.0f}"
            yield Entry(GROUP, name, percentile(values, share), "ms", Aim("<=", AIM_MS[kind]), note=spread(values))
