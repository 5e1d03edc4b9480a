"""A small warehouse for tests of the core: two zones, three bins each, three pickers.

In: inputs by short names. Out: the state, the facts and the light picture after each.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from controller.core import inputs as i
from controller.core.evolve import fold
from controller.core.facts import Fact
from controller.core.guide.lights import lights
from controller.core.guide.talk import talk
from controller.core.model import (
    Colour,
    Instant,
    Key,
    Light,
    Line,
    Pattern,
    PickerProfile,
    Policy,
    ShortReason,
    Site,
    Task,
)
from controller.core.places import Location, told_apart
from controller.core.speech import Talk, Word
from controller.core.state import State
from controller.core.station import Decision, Station

START = 1_700_000_000_000
BINS = ("A.1", "A.2", "A.3", "B.1", "B.2", "B.3")
HOMES = ("H.1", "H.2", "H.3")


DIGITS = {"A.1": "47", "A.2": "52", "A.3": "", "B.1": "83", "B.2": "19", "B.3": "60"}
"""Check digits of the bins, where anybody has a headset; nobody knows those of A.3."""


def make_site(voice: tuple[str, ...] = (), scanners: tuple[str, ...] = (), **policy: Any) -> Site:
    locations = {x: Location(x, "Z1" if x[0] == "A" else "Z2", n) for n, x in enumerate(BINS)}
    locations |= {x: Location(x, "Z1", 100 + n) for n, x in enumerate(HOMES)}
    if voice:
        for x in BINS:  # aisle A has bays, aisle B only ids
            bay, level = (x[2], "1") if x[0] == "A" else ("", "")
            locations[x] = replace(locations[x], aisle=x[0], bay=bay, level=level, check_digits=DIGITS[x])
    pickers = {
        "P1": PickerProfile("P1", Colour.GREEN, Pattern.STEADY, "A", ("Z1", "Z2"), "H.1"),
        "P2": PickerProfile("P2", Colour.BLUE, Pattern.BLINK, "B", ("Z1", "Z2"), "H.2"),
        "P3": PickerProfile("P3", Colour.YELLOW, Pattern.DOUBLE, "C", ("Z2",), "H.3"),
    }
    pickers = {x: replace(profile, voice=x in voice, scanner=x in scanners) for x, profile in pickers.items()}
    return Site("S", "ctl-1", locations, pickers, frozenset({"Z1", "Z2"}), Policy(**policy))


def line(line_id: str, location: str, qty: str | int = 1, **more: Any) -> Line:
    return Line(line_id=line_id, seq=int(line_id), location=location, sku=f"sku-{location}", qty=Decimal(qty), **more)


def task(task_id: str, *lines: Line, revision: int = 1, **more: Any) -> Task:
    return Task(task_id=task_id, revision=revision, lines=lines, **more)


class World:
    """A station with its state and clock; every call is one input, checked against the fold of its facts."""

    def __init__(self, voice: tuple[str, ...] = (), scanners: tuple[str, ...] = (), **policy: Any) -> None:
        self.site = make_site(voice, scanners, **policy)
        self.station = Station(self.site)
        self.state = State()
        self.ms = START
        self.facts: list[Fact] = []
        self.synced = True

    def relabel(self, location: str, **fields: str) -> None:
        """Another aisle, bay or level for a bin, as in the settings."""
        moved = replace(self.site.locations[location], **fields)  # type: ignore[arg-type]
        places = told_apart({**self.site.locations, location: moved}.values())
        self.site = replace(self.site, locations={x.location_id: x for x in places})
        self.station = Station(self.site)

    def send(self, happened: i.Input) -> Decision:
        decision = self.station.decide(self.state, happened, Instant(self.ms, self.ms, self.synced))
        assert fold(self.state, decision.facts) == decision.state
        self.state = decision.state
        self.facts.extend(decision.facts)
        return decision

    def arrive(self, new: Task, digest: str = "d", **more: Any) -> Decision:
        return self.send(i.TaskArrived(cause=f"m-{new.task_id}", task=new, digest=digest, **more))

    def sign_on(self, *pickers: str) -> None:
        for picker in pickers:
            self.send(i.SignOnRequested(cause="on", picker=picker))

    def press(
        self,
        location: str,
        key: Key = Key.CONFIRM,
        quantity: int | None = None,
        token: int | None = None,
        reason: ShortReason | None = None,
    ) -> Decision:
        """A key under the picture that shows there now, unless told otherwise."""
        light = self.lights().get(location)
        shown = 0 if light is None or light.quantity is None else light.quantity
        return self.send(
            i.ButtonPressed(
                cause=f"button:{location}",
                location=location,
                key=key,
                quantity=shown if quantity is None else quantity,
                token=(light.token if light else 0) if token is None else token,
                reason=reason,
            )
        )

    def wait(self, ms: int) -> Decision:
        self.ms += ms
        return self.send(i.TimePassed())

    def talk(self, picker: str = "P1") -> Talk:
        return talk(self.state, self.site)[picker]

    def say(self, said: Word | str | int, picker: str = "P1", turn: str | None = None) -> Decision:
        """A phrase in answer to what is asked now, unless told otherwise: a word, digits, or a number."""
        return self.send(
            i.PhraseHeard(
                cause=f"voice:{picker}",
                picker=picker,
                turn=self.talk(picker).turn if turn is None else turn,
                word=said if isinstance(said, Word) else None,
                digits=said if isinstance(said, str) and not isinstance(said, Word) else None,
                number=said if isinstance(said, int) else None,
                text=said.value if isinstance(said, Word) else str(said),
            )
        )

    def lights(self) -> dict[str, Light]:
        return lights(self.state, self.site)

    def lit(self) -> dict[str, str]:
        """What the bins show; homes left out."""
        return {x: light.text for x, light in self.lights().items() if x in BINS}


def kinds(decision: Decision) -> list[str]:
    return [type(x).__name__ for x in decision.facts]
