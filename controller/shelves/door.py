"""The shelves as the station sees them.

In: light pictures by location (`show`), moments of alarm (`alarm`), events of the drivers. Out: `ButtonPressed`,
`ModuleLost` and `ModuleFound` inputs, each with what to do once it is durable. Only this room knows that location
A.03.07:2 is module A-017.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from controller.core.inputs import ButtonPressed, Input, ModuleFound, ModuleLost
from controller.core.model import Key, Light, ShortReason
from controller.shelves.pictures import WRONG, picture_of
from devices import events as d
from devices.model import DARK, Picture

log = logging.getLogger(__name__)

ALARM_S: Final = 0.8
"""How long a module says that a press was in vain: seen from an arm's length, gone before the next bin."""


class Driver(Protocol):
    """What every kind of module driver offers (see devices/drivers)."""

    def show_many(self, pictures: Mapping[str, Picture]) -> None: ...
    def acknowledge(self, module: str, boot_id: int, ev_seq: int) -> None: ...
    def health(self) -> dict[str, Any]: ...
    async def run(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Reported:
    """An input from a module. `done` is to be called once it is durable; `cursor` then counts as seen for ever."""

    happened: Input
    done: Callable[[], None]
    cursor: tuple[str, int, int] | None = None


class Shelves:
    """All modules of the station, whatever drives them.

    `places`: module id -> location. `driver_of`: module id -> its driver. `emit` is called on the event loop.
    """

    def __init__(
        self, places: Mapping[str, str], driver_of: Mapping[str, Driver], emit: Callable[[Reported], None]
    ) -> None:
        self._places = dict(places)
        self._modules = {location: module for module, location in places.items()}
        self._driver_of = dict(driver_of)
        self._emit = emit
        self._shown: dict[str, Picture] = {}
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._lost: dict[str, str] = {}
        self.presses: Counter[str] = Counter()

    @property
    def drivers(self) -> Sequence[Driver]:
        """Every driver once."""
        return list(dict.fromkeys(self._driver_of.values()))

    async def run(self) -> None:
        """Serves all drivers until cancelled."""
        async with asyncio.TaskGroup() as group:
            for driver in self.drivers:
                group.create_task(driver.run(), name=f"driver {type(driver).__name__}")

    def show(self, lights: Mapping[str, Light]) -> None:
        """Makes the shelves show exactly this; only what differs is sent, one batch per driver."""
        wanted = {self._modules[x]: picture_of(light) for x, light in lights.items() if x in self._modules}
        changed = {m: wanted.get(m, DARK) for m in self._shown.keys() | wanted.keys()}
        changed = {m: p for m, p in changed.items() if self._shown.get(m, DARK) != p}
        self._shown = {m: p for m, p in wanted.items() if p != DARK}
        for module in changed.keys() & self._alarms.keys():
            self._alarms.pop(module).cancel()
        self._send(changed)

    def alarm(self, location: str) -> None:
        """Says at the module that the press there was in vain, for a moment."""
        module = self._modules.get(location)
        if module is None:
            return
        if (running := self._alarms.pop(module, None)) is not None:
            running.cancel()
        self._send({module: WRONG})
        self._alarms[module] = asyncio.get_running_loop().call_later(ALARM_S, self._end_alarm, module)

    def heard(self, event: d.DeviceEvent) -> None:
        """Takes one event of a driver; called on the event loop."""
        match event:
            case d.KeyPressed():
                self._pressed(event)
            case d.ModuleLost():
                self._lost[event.module] = event.fault
                self._say(event.module, lambda x: ModuleLost(**_of_module(x, event.module), fault=event.fault))
            case d.ModuleFound():
                self._lost.pop(event.module, None)
                self._say(event.module, lambda x: ModuleFound(**_of_module(x, event.module)))
            case d.BusDown():
                log.warning("bus %s is down: %s", event.bus, event.why)
            case d.BusUp():
                log.info("bus %s is up", event.bus)

    def health(self) -> dict[str, Any]:
        """Modules in numbers, those that are lost by name, and what the drivers count."""
        bad = [{"id": m, "loc": self._places[m], "fault": fault} for m, fault in sorted(self._lost.items())]
        total = len(self._places)
        counters = [driver.health() for driver in self.drivers]
        return {"modules": {"total": total, "ok": total - len(bad), "bad": bad}, "drivers": counters}

    def close(self) -> None:
        """Lets go of all drivers; again is harmless."""
        for handle in self._alarms.values():
            handle.cancel()
        self._alarms.clear()
        for driver in self.drivers:
            driver.close()

    def _pressed(self, event: d.KeyPressed) -> None:
        location = self._places.get(event.module)
        if location is None:
            log.warning("a key of unknown module %s was pressed", event.module)
            return
        self.presses[event.key] += 1
        driver = self._driver_of[event.module]
        happened = ButtonPressed(
            cause=f"button:{event.module}:{event.boot_id:04x}:{event.ev_seq}",
            location=location,
            key=Key(event.key),
            quantity=event.quantity,
            token=event.token,
            reason=None if event.reason is None else ShortReason(event.reason),
        )
        cursor = (event.module, event.boot_id, event.ev_seq)
        self._emit(Reported(happened, lambda: driver.acknowledge(*cursor), cursor))

    def _say(self, module: str, build: Callable[[str], Input]) -> None:
        location = self._places.get(module)
        if location is not None:
            self._emit(Reported(build(location), lambda: None))

    def _end_alarm(self, module: str) -> None:
        del self._alarms[module]
        self._send({module: self._shown.get(module, DARK)})

    def _send(self, pictures: Mapping[str, Picture]) -> None:
        batches: dict[int, tuple[Driver, dict[str, Picture]]] = {}
        for module, picture in pictures.items():
            driver = self._driver_of[module]
            batches.setdefault(id(driver), (driver, {}))[1][module] = picture
        for driver, batch in batches.values():
            driver.show_many(batch)


def _of_module(location: str, module: str) -> dict[str, str]:
    return {"cause": f"module:{module}", "location": location, "module": module}
