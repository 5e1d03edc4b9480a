"""The driver of our own bus modules: all buses of a controller behind one `Driver`.

In: wanted pictures and acknowledgements by module id. Out: `DeviceEvent`s by module id, on the event loop.

What survives the bus process is here: the wanted pictures, and which key events are durable. A key event is emitted
once in the life of this driver, however often the process behind it is started.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from devices.bus.events import LinkFound, LinkKey, LinkLost
from devices.bus.inbox import is_after
from devices.bus.line import PORT_LATENCY
from devices.bus.pictures import pack_picture
from devices.bus.reports import check_addresses
from devices.bus_host import BusHost, Mode
from devices.channel import (
    Acknowledge,
    Happened,
    HealthReport,
    LineDown,
    LineUp,
    Locate,
    Message,
    Show,
    Start,
    StartBus,
)
from devices.errors import AddressTaken, UnknownModule
from devices.events import BUS_DOWN, BusDown, BusUp, DeviceEvent, KeyPressed, ModuleFound, ModuleLost
from devices.model import DARK, Picture

BAUD: Final = 250_000
DIED: Final = "the bus process ended"


@dataclass(frozen=True, slots=True)
class BusSpec:
    """One bus and its modules."""

    bus_id: str
    url: str
    """Path or pyserial URL of the port."""
    addresses: Mapping[str, int]
    """Module id to address 1…250."""
    baud: int = BAUD
    port_latency: float = PORT_LATENCY
    """s that the port holds bytes back; learnt upwards by itself."""


@dataclass(slots=True)
class Module:
    """What the driver remembers of one module."""

    name: str
    bus: int
    addr: int
    picture: Picture = DARK
    cursor: tuple[int, int] | None = None
    fault: str | None = "NOT_SEEN"


class BusDriver:
    """All buses. `cursors[module] = (boot_id, ev_seq)` of the last durable event, from before a restart."""

    def __init__(
        self,
        buses: Sequence[BusSpec],
        emit: Callable[[DeviceEvent], None],
        *,
        cursors: Mapping[str, tuple[int, int]] | None = None,
        mode: Mode = "process",
    ) -> None:
        self._buses = tuple(buses)
        self._emit = emit
        self._modules = modules_of(self._buses, cursors or {})
        self._by_address = {(m.bus, m.addr): m for m in self._modules.values()}
        self._open: dict[str, dict[tuple[int, int], bool]] = {}  # emitted, in order; True once durable
        self._up = [False] * len(self._buses)
        self._told_down = [False] * len(self._buses)
        self._health: list[dict[str, Any]] = [{} for _ in self._buses]
        self._infos: dict[str, dict[str, Any]] = {}
        self._traces: dict[str, tuple[str, ...]] = {}
        self._host = BusHost(self._start, self._received, self._loop_died, mode)

    async def run(self) -> None:
        """Until cancelled or closed."""
        try:
            await self._host.run()
        finally:
            self._host.close()

    def show(self, module: str, picture: Picture) -> None:
        self.show_many({module: picture})

    def show_many(self, pictures: Mapping[str, Picture]) -> None:
        """All or none: raises `UnknownModule` or `BadPicture` before anything is sent."""
        known = [(self._module(name), picture) for name, picture in pictures.items()]
        for _, picture in known:
            pack_picture(picture)
        rows: dict[int, list[tuple[int, Picture]]] = {}
        for module, picture in known:
            module.picture = picture
            rows.setdefault(module.bus, []).append((module.addr, picture))
        for bus, pairs in rows.items():
            self._host.send(Show(bus, tuple(pairs)))

    def acknowledge(self, module: str, boot_id: int, ev_seq: int) -> None:
        known = self._module(module)
        emitted = self._open.get(module, {})
        if (boot_id, ev_seq) in emitted:
            emitted[boot_id, ev_seq] = True
            for mark in list(emitted):
                if not emitted[mark]:
                    break
                known.cursor = mark
                del emitted[mark]
        self._host.send(Acknowledge(known.bus, known.addr, boot_id, ev_seq))

    def identify(self, module: str, seconds: int) -> None:
        known = self._module(module)
        self._host.send(Locate(known.bus, known.addr, seconds))

    def health(self) -> dict[str, Any]:
        """As of the last two seconds."""
        modules = {m.name: {"fault": m.fault, **self._infos.get(m.name, {})} for m in self._modules.values()}
        rows = zip(self._buses, self._up, self._health, strict=True)
        buses = {spec.bus_id: {"up": up, **counters} for spec, up, counters in rows}
        return {"buses": buses, "modules": modules, "restarts": self._host.restarts, "pid": self._host.pid}

    def trace(self, bus_id: str) -> tuple[str, ...]:
        """The last frames before the last fault of this bus, decoded."""
        return self._traces.get(bus_id, ())

    def close(self) -> None:
        self._host.close()

    # ---- from the bus loop ------------------------------------------------------------------------------------------

    def _received(self, message: Message) -> None:
        match message:
            case Happened():
                for event in message.events:
                    self._happened(self._by_address[message.bus, event.addr], event)
            case LineUp():
                self._up[message.bus], self._told_down[message.bus] = True, False
                self._emit(BusUp(self._buses[message.bus].bus_id))
            case LineDown():
                self._traces[self._buses[message.bus].bus_id] = message.trace
                self._bus_down(message.bus, message.why)
            case HealthReport():
                self._health[message.bus] = message.counters
                for addr, info in message.modules.items():
                    self._infos[self._by_address[message.bus, addr].name] = info

    def _happened(self, module: Module, event: LinkKey | LinkFound | LinkLost) -> None:
        match event:
            case LinkKey():
                self._key(module, event)
            case LinkFound():
                module.fault = None
                self._emit(ModuleFound(module.name, event.rebooted))
            case LinkLost():
                module.fault = event.fault
                self._emit(ModuleLost(module.name, event.fault))

    def _key(self, module: Module, e: LinkKey) -> None:
        emitted = self._open.setdefault(module.name, {})
        mark = (e.boot_id, e.ev_seq)
        if emitted.get(mark) is False:
            return  # the bus process was started anew in between; it waits for the same acknowledgement
        if mark in emitted or is_durable(module.cursor, mark):
            self._host.send(Acknowledge(module.bus, module.addr, e.boot_id, e.ev_seq))
            return
        emitted[mark] = False
        self._emit(KeyPressed(module.name, e.boot_id, e.ev_seq, e.key, e.reason, e.quantity, e.token, e.age_ms))

    def _bus_down(self, bus: int, why: str) -> None:
        if self._told_down[bus]:
            return
        self._up[bus], self._told_down[bus] = False, True
        self._emit(BusDown(self._buses[bus].bus_id, why))
        for module in self._modules.values():
            if module.bus == bus and module.fault != BUS_DOWN:
                module.fault = BUS_DOWN
                self._emit(ModuleLost(module.name, BUS_DOWN))

    def _loop_died(self, why: str) -> None:
        for bus in range(len(self._buses)):
            self._bus_down(bus, f"{DIED}: {why}")

    def _start(self) -> Start:
        """Told to every new loop."""
        rows = []
        for index, spec in enumerate(self._buses):
            mine = [m for m in self._modules.values() if m.bus == index]
            cursors = {m.addr: m.cursor for m in mine if m.cursor is not None}
            pictures = tuple([(m.addr, m.picture) for m in mine if m.picture != DARK])
            addresses = tuple([m.addr for m in mine])
            rows.append(StartBus(spec.url, spec.baud, spec.port_latency, addresses, cursors, pictures))
        return Start(tuple(rows))

    def _module(self, name: str) -> Module:
        try:
            return self._modules[name]
        except KeyError:
            raise UnknownModule(f"module {name!r} is on no bus of this driver") from None


def is_durable(cursor: tuple[int, int] | None, mark: tuple[int, int]) -> bool:
    """Is this event covered by the cursor of its module?"""
    return cursor is not None and cursor[0] == mark[0] and not is_after(mark[1], cursor[1])


def modules_of(buses: Sequence[BusSpec], cursors: Mapping[str, tuple[int, int]]) -> dict[str, Module]:
    """All modules by id. Raises `AddressTaken` where two claim one address, or one id is used twice."""
    modules: dict[str, Module] = {}
    for index, spec in enumerate(buses):
        check_addresses(spec.addresses.values())
        for name, addr in spec.addresses.items():
            if name in modules:
                raise AddressTaken(f"module {name!r} is on {buses[modules[name].bus].bus_id} and on {spec.bus_id}")
            modules[name] = Module(name, index, addr, cursor=cursors.get(name))
    return modules
