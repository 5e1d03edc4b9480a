"""A gate over a real journal, with everything it lets out on record."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from controller.clock import Clock
from controller.core.guide.lights import lights
from controller.core.inputs import ButtonPressed, Input, TaskArrived
from controller.core.model import Colour, Key, Line, Pattern, PickerProfile, Policy, Site, Task
from controller.core.places import Location
from controller.core.station import Station
from controller.gate import Arrival, Gate, Release
from controller.journal import Journal, JournalSettings
from controller.wms.events import Projection

BINS = ("A.1", "A.2", "A.3")


def make_site() -> Site:
    locations = {x: Location(x, "Z1", n) for n, x in enumerate((*BINS, "H.1"))}
    pickers = {"P1": PickerProfile("P1", Colour.GREEN, Pattern.STEADY, "A", ("Z1",), "H.1", signed_on=True)}
    return Site("S", "ctl-1", locations, pickers, frozenset({"Z1"}), Policy(hand_over_after_ms=0))


def make_task(task_id: str, *bins: str, revision: int = 1) -> Task:
    lines = tuple(
        Line(line_id=str(n + 1), seq=n + 1, location=b, sku=f"sku-{b}", qty=Decimal(2)) for n, b in enumerate(bins)
    )
    return Task(task_id=task_id, revision=revision, lines=lines)


def commits_after(may_commit: threading.Event) -> Callable[[str], None]:
    """A hook of the journal that holds every commit until then."""

    def hook(point: str) -> None:
        if point == "before_commit":
            assert may_commit.wait(10)

    return hook


class Rig:
    """Make it inside a running loop."""

    def __init__(self, path: Path, hook: Callable[[str], None] | None = None, config: str = "cfg") -> None:
        self.site = make_site()
        self.journal = Journal.open(path, JournalSettings(ballast_mb=0, log_kb=0), hook=hook)
        self.released: list[Release] = []
        self.broken: list[str | None] = []
        self.repeated: list[int] = []
        self.acknowledged: list[str] = []
        self._moved = asyncio.Event()
        self.gate = Gate(
            Station(self.site),
            self.journal,
            Projection(self.site),
            Clock(),
            config=config,
            released=self._noting(self.released),
            broken=self._noting(self.broken),
            repeat=self.repeated.append,
            spawn=self._spawn,
        )
        self.gate.restore()
        self.gate.open()

    def _noting(self, told: list[Any]) -> Callable[[Any], None]:
        def note(what: Any) -> None:
            told.append(what)
            self._moved.set()

        return note

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work)

    def take(self, happened: Input, name: str = "x", cursor: tuple[str, int, int] | None = None) -> None:
        self.gate.take(Arrival(happened, lambda: self.acknowledged.append(name), cursor))

    def arrive(self, task: Task, digest: str = "d" * 64) -> None:
        self.take(TaskArrived(cause=f"m-{task.task_id}", task=task, digest=digest), task.task_id)

    def press(self, location: str, seq: int = 1) -> None:
        light = self.lights()[location]
        pressed = ButtonPressed(
            cause=f"button:{location}:{seq}",
            location=location,
            key=Key.CONFIRM,
            quantity=light.quantity or 0,
            token=light.token,
        )
        self.take(pressed, f"press {location}", (f"m-{location}", 1, seq))

    def lights(self) -> dict[str, Any]:
        """What is really lit: what was released, not what was decided."""
        return lights(self.gate.committed, self.site)

    async def quiet(self) -> None:
        """Until everything taken is durable or repaired."""
        async with asyncio.timeout(20):
            while self.gate.waiting or self.gate.recovering is not None:
                self._moved.clear()
                await self._moved.wait()  # who asks again and again keeps the interpreter from the journal's thread

    def events(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(x.body) for r in self.released for x in r.events]

    def close(self) -> None:
        self.journal.close()
