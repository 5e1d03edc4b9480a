"""The shelves door: differences only, alarms that end, presses that know how to be acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from controller.core.inputs import ButtonPressed, ModuleFound, ModuleLost
from controller.core.model import Colour, Key, Light, Pattern, ShortReason
from controller.shelves import Reported, Shelves
from controller.shelves.door import ALARM_S
from controller.shelves.pictures import COLOURS, PATTERNS, WRONG, picture_of
from devices import events as d
from devices.model import DARK, Picture
from devices.model import Colour as Wire
from devices.model import Pattern as WirePattern


class Recorder:
    """A driver that remembers what it was told."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Picture]] = []
        self.acknowledged: list[tuple[str, int, int]] = []

    def show_many(self, pictures: Mapping[str, Picture]) -> None:
        self.batches.append(dict(pictures))

    def acknowledge(self, module: str, boot_id: int, ev_seq: int) -> None:
        self.acknowledged.append((module, boot_id, ev_seq))

    def health(self) -> dict[str, Any]:
        return {}

    async def run(self) -> None:
        await asyncio.Event().wait()

    def close(self) -> None: ...


def shelves() -> tuple[Shelves, Recorder, Recorder, list[Reported]]:
    bus, gpio, said = Recorder(), Recorder(), []
    places = {"A-1": "A.01", "A-2": "A.02", "G-1": "G.01"}
    return Shelves(places, {"A-1": bus, "A-2": bus, "G-1": gpio}, said.append), bus, gpio, said


GREEN = Light(Colour.GREEN, Pattern.STEADY, "A  3", quantity=3, adjustable=True, over=2, token=9)


def test_the_core_and_the_wire_number_colours_and_patterns_alike() -> None:
    assert {c.name: n for c, n in COLOURS.items()} == {c.name: c.value for c in Wire}
    assert {p.name: n for p, n in PATTERNS.items()} == {p.name: p.value for p in WirePattern}


def test_a_light_keeps_all_its_meaning() -> None:
    picture = Picture(2, 0, "A  3", quantity=3, over=2, confirmable=True, adjustable=True, beep=True, token=9)
    assert picture_of(GREEN) == picture
    assert picture_of(None) == DARK
    assert not picture_of(Light(Colour.WHITE, Pattern.BLINK, "HERE")).confirmable


def test_only_differences_are_sent_one_batch_per_driver() -> None:
    door, bus, gpio, _ = shelves()
    door.show({"A.01": GREEN, "A.02": GREEN, "G.01": GREEN, "not.ours": GREEN})
    assert [sorted(x) for x in bus.batches] == [["A-1", "A-2"]]
    assert [sorted(x) for x in gpio.batches] == [["G-1"]]
    door.show({"A.01": GREEN})
    assert bus.batches[1:] == [{"A-2": DARK}]
    door.show({"A.01": GREEN})
    assert len(bus.batches) == 2


def test_a_press_carries_its_place_and_its_acknowledgement() -> None:
    door, bus, _, said = shelves()
    door.heard(d.KeyPressed("A-2", 0xBEEF, 7, "short", "DAMAGED", 2, 9, 10))
    (reported,) = said
    assert reported.happened == ButtonPressed(
        cause="button:A-2:beef:7", location="A.02", key=Key.SHORT, quantity=2, token=9, reason=ShortReason.DAMAGED
    )
    assert reported.cursor == ("A-2", 0xBEEF, 7)
    assert bus.acknowledged == []
    reported.done()
    assert bus.acknowledged == [("A-2", 0xBEEF, 7)]


def test_lost_and_found_modules_are_told_and_counted() -> None:
    door, _, _, said = shelves()
    door.heard(d.ModuleLost("A-1", d.NO_REPLY))
    assert door.health()["modules"] == {
        "total": 3,
        "ok": 2,
        "bad": [{"id": "A-1", "loc": "A.01", "fault": "NO_REPLY"}],
    }
    door.heard(d.ModuleFound("A-1", rebooted=True))
    assert [type(x.happened) for x in said] == [ModuleLost, ModuleFound]
    assert door.health()["modules"]["ok"] == 3


def test_an_alarm_ends_with_what_should_show_by_then() -> None:
    async def scenario() -> list[dict[str, Picture]]:
        door, bus, _, _ = shelves()
        loop = asyncio.get_running_loop()
        timers: list[tuple[float, Any, tuple[Any, ...]]] = []

        class Timer:
            def cancel(self) -> None:
                timers.clear()

        loop.call_later = lambda delay, call, *args: timers.append((delay, call, args)) or Timer()  # type: ignore[method-assign,assignment,func-returns-value,return-value]
        door.alarm("A.01")
        door.show({"A.02": GREEN})
        ((delay, call, args),) = timers
        assert delay == ALARM_S
        call(*args)
        door.alarm("A.01")
        door.show({"A.01": GREEN, "A.02": GREEN})
        assert timers == [], "a new picture ends the alarm"
        return bus.batches

    batches = asyncio.run(scenario())
    assert batches == [
        {"A-1": WRONG},
        {"A-2": picture_of(GREEN)},
        {"A-1": DARK},
        {"A-1": WRONG},
        {"A-1": picture_of(GREEN)},
    ]
