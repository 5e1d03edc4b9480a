"""The whole way of a spoken line: a real controller, its voice worker with the real recogniser and synthesiser, a real
broker, simulated modules, and a simulated headset that somebody speaks into.
"""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from processes import WAIT_S, completed, free_port, processes, until

from controller.demo.ledgers import read_journal
from controller.demo.site import Crew, Folder, derive, embedded_mqtt, fresh_folder
from controller.demo.wearers import ShelfLamps, badges, book_of, labels
from controller.voice.mouth.synth import Synth
from firmware_sim.hall import Hall
from firmware_sim.headset import Headset, Prompt
from firmware_sim.wearer.notes import Notes
from firmware_sim.wearer.person import Heard, Person, Situation
from firmware_sim.wearer.understanding import Memory

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
PICKER = "P-01"
BINS = ("A.01.01:2", "A.02.01:1")
SNR_DB = 20.0


def task() -> dict[str, Any]:
    lines = [
        {"line_id": str(n), "location": location, "sku": f"SKU-{n}", "qty": n + 1, "uom": "EA"}
        for n, location in enumerate(BINS, 1)
    ]
    return {"task_id": "T1", "picker": PICKER, "zone": "Z1", "lines": lines}


class Station:
    """`me` wears the only headset of the site; `events` are what the WMS has booked."""

    def __init__(self, folder: Folder, me: Person, shelf: ShelfLamps, health: dict[str, Any]) -> None:
        self.folder, self.me, self.shelf, self.health = folder, me, shelf, health

    def completed(self) -> list[dict[str, Any]]:
        return completed(self.folder)

    def until(self, condition: Callable[[], object], what: str) -> None:
        until(condition, what)

    def hear(self, *keys: str) -> Heard:
        """The next prompt that asks one of these."""
        end, heard = time.monotonic() + WAIT_S, []
        while time.monotonic() < end:
            told = self.me.listen(2.0, Situation(locations=BINS))
            if told is not None and told.told(*keys):
                return told
            heard.append(told)
        raise AssertionError(f"no {keys} among {heard}")

    def answer(self, text: str, *keys: str) -> Heard:
        """Say it, twice if need be, and hear what follows."""
        for _ in range(3):
            self.me.speak(text, text)
            told = self.me.listen(4.0, Situation(locations=BINS))
            if told is not None and told.told(*keys):
                return told
        raise AssertionError(f"{text!r} led to {told}, not to {keys}")

    def to_first_bin(self) -> None:
        """Signed on by voice, task and aisle heard, the place proven."""
        self.hear("sign_on")
        self.answer("sign on", "task", "task_urgent")
        self.answer("ready", "aisle")
        self.answer("ready", "check_digits")
        assert self.answer("three one", "pick", "pick_plain").told("pick", "pick_plain")["quantity"] == "2"  # type: ignore[index]

    def module(self, location: str) -> str:
        module = self.me.labels[location].module
        assert module is not None
        return module


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with ExitStack() as stack:
        yield stack.enter_context(running(tmp_path))


@contextmanager
def running(tmp_path: Path) -> Iterator[Station]:
    folder, port = fresh_folder(tmp_path / "d"), free_port()
    settings = derive(SITE, folder, embedded_mqtt(port), hand_over_s=10.0, crew=Crew((), (PICKER,)))
    prompts: queue.SimpleQueue[Prompt] = queue.SimpleQueue()
    headset = Headset(folder.headset(PICKER), Hall(SNR_DB), prompts.put)
    picker = next(x for x in settings.pickers if x.id == PICKER)
    book = book_of(settings, picker, Synth(), seed=1, number=1)
    shelf, memory = ShelfLamps(folder.sim), Memory(book.heard_as)
    notes = Notes(folder.notes)
    me = Person(badges(settings)[PICKER], headset, prompts, book, memory, labels(settings), shelf, notes)
    try:
        headset.plug()
        with processes(folder, settings, port, [task()]) as health:
            yield Station(folder, me, shelf, health)
    finally:
        headset.unplug()
        notes.close()


def test_a_line_is_confirmed_by_voice_and_reaches_the_wms(station: Station) -> None:
    station.to_first_bin()
    station.answer("two confirm", "check_digits")
    station.until(station.completed, "the line never reached the WMS")
    (line,) = station.completed()
    assert (line["line_id"], line["qty_picked"], line["result"]) == ("1", 2, "full")
    assert line["who"] == {"picker": PICKER, "confirmed_by": ["voice", "check_digits"]}
    assert str(line["cause"]).startswith(f"voice:{PICKER}:")
    station.until(lambda: station.health.get("voice", {}).get(PICKER, {}).get("mic") == "ok", str(station.health))


def test_a_press_and_a_late_phrase_are_one_booking(station: Station) -> None:
    station.to_first_bin()
    station.me.press(station.module(BINS[0]), "first")
    station.me.speak("confirm", "confirm")
    station.hear("check_digits")
    time.sleep(2.0)
    (line,) = station.completed()
    assert line["qty_picked"] == 2
    assert len([x for x in read_journal(station.folder.journal).facts if x.kind == "LineConfirmed"]) == 1


def test_an_unplugged_headset_leaves_the_light_and_comes_back(station: Station) -> None:
    station.to_first_bin()
    station.me.headset.unplug()
    station.until(lambda: "HEADSET_OFFLINE" in json.dumps(station.health), f"health never told: {station.health}")
    assert station.health["voice"][PICKER]["mic"] == "MIC_LOST"
    station.me.press(station.module(BINS[0]), "no headset")
    station.until(station.completed, "the press was lost")
    assert station.completed()[0]["who"]["confirmed_by"][0] == "button"
    station.me.headset.plug()
    station.hear("check_digits")
    station.until(lambda: station.health["voice"][PICKER]["mic"] == "ok", f"never mended: {station.health}")
    station.answer("seven six", "pick", "pick_plain")
    station.answer("confirm", "task_picked", "task_picked_to")
    station.until(lambda: len(station.completed()) == 2, "the line by voice never came")
    assert station.completed()[1]["who"]["confirmed_by"] == ["voice", "check_digits"]
