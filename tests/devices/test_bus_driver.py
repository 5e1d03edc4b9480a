"""The whole way: driver, bus loop in a process and in a thread, a pseudo-terminal, fake modules."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from bench_bus import FakeModule
from pty_shelf import PtyShelf

from devices.bus.pictures import DARK_BYTES, pack_picture
from devices.bus_host import Mode
from devices.drivers.bus_driver import BusDriver, BusSpec
from devices.errors import AddressTaken, BadPicture, UnknownModule
from devices.events import BusDown, BusUp, DeviceEvent, KeyPressed, ModuleFound, ModuleLost
from devices.model import Picture

GREEN = Picture(2, 0, "A  3", quantity=3, confirmable=True, token=9)


class Station:
    """One bus of four modules on a pseudo-terminal."""

    def __init__(self, folder: Path, mode: Mode) -> None:
        self.modules = [FakeModule(a) for a in range(1, 5)]
        self.shelf = PtyShelf(folder / "bus-a", self.modules)
        self.events: list[DeviceEvent] = []
        spec = BusSpec("a", str(folder / "bus-a"), {f"A-{a}": a for a in range(1, 5)})
        self.driver = BusDriver([spec], self.events.append, mode=mode)

    def count(self, kind: type) -> int:
        return sum(isinstance(e, kind) for e in self.events)

    def keys(self) -> list[KeyPressed]:
        return [e for e in self.events if isinstance(e, KeyPressed)]


async def until(done: Callable[[], object], limit: float = 10.0) -> None:
    async with asyncio.timeout(limit):
        while not done():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)


def on_station(folder: Path, mode: Mode, scene: Callable[[Station], Awaitable[None]]) -> Station:
    async def play() -> Station:
        station = Station(folder, mode)
        running = asyncio.create_task(station.driver.run())
        try:
            await until(lambda: station.count(ModuleFound) == 4)
            await scene(station)
        finally:
            station.driver.close()
            await running
            station.shelf.close()
        return station

    return asyncio.run(play())


both = pytest.mark.parametrize("mode", ["process", "thread"])


@pytest.mark.slow
@both
def test_lamp_and_press_there_and_back(tmp_path: Path, mode: Mode) -> None:
    async def scene(s: Station) -> None:
        s.driver.show("A-3", GREEN)
        await until(lambda: s.modules[2].shows == pack_picture(GREEN))
        s.modules[2].press(3, 9)
        await until(s.keys)
        key = s.keys()[0]
        assert (key.module, key.key, key.quantity, key.token) == ("A-3", "confirm", 3, 9)
        await asyncio.sleep(0.1)
        assert len(s.modules[2].queue) == 1
        s.driver.acknowledge("A-3", key.boot_id, key.ev_seq)
        await until(lambda: not s.modules[2].queue)
        await until(lambda: s.driver.health()["buses"]["a"].get("keys") == 1)
        assert s.driver.health()["modules"]["A-3"]["firmware"] == "1.0.0"

    assert on_station(tmp_path, mode, scene).events[0] == BusUp("a")


@pytest.mark.slow
@both
def test_unplugged_and_plugged_in_again(tmp_path: Path, mode: Mode) -> None:
    async def scene(s: Station) -> None:
        s.driver.show("A-3", GREEN)
        await until(lambda: s.modules[2].shows == pack_picture(GREEN))
        s.shelf.unplug()
        await until(lambda: s.count(BusDown) == 1)
        assert ModuleLost("A-3", "BUS_DOWN") in s.events
        s.modules[2].shows = DARK_BYTES
        s.shelf.plug()
        await until(lambda: s.modules[2].shows == pack_picture(GREEN))
        await until(lambda: s.count(ModuleFound) == 8)
        assert s.count(BusUp) == 2
        assert s.driver.trace("a")

    on_station(tmp_path, mode, scene)


@pytest.mark.slow
def test_a_killed_bus_process_is_started_again_and_doubles_nothing(tmp_path: Path) -> None:
    async def scene(s: Station) -> None:
        s.driver.show("A-3", GREEN)
        await until(lambda: s.modules[2].shows == pack_picture(GREEN))
        s.modules[2].press(3, 9)
        await until(s.keys)
        pid = s.driver.health()["pid"]
        os.kill(pid, signal.SIGKILL)
        await until(lambda: s.count(BusDown) == 1)
        s.modules[2].shows = DARK_BYTES
        await until(lambda: s.count(BusUp) == 2)
        assert s.driver.health()["pid"] != pid
        await until(lambda: s.modules[2].shows == pack_picture(GREEN))
        await asyncio.sleep(0.2)
        assert len(s.keys()) == 1
        s.driver.acknowledge("A-3", s.keys()[0].boot_id, s.keys()[0].ev_seq)
        await until(lambda: not s.modules[2].queue)

    on_station(tmp_path, "process", scene)


@pytest.mark.slow
def test_the_bus_process_ends_with_its_parent(tmp_path: Path) -> None:
    async def scene(s: Station) -> None:
        s.pid = s.driver.health()["pid"]  # type: ignore[attr-defined]

    station = on_station(tmp_path, "process", scene)
    with pytest.raises(ProcessLookupError):
        os.kill(station.pid, 0)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_port_that_is_not_there_yet(tmp_path: Path) -> None:
    events: list[DeviceEvent] = []

    async def play() -> None:
        driver = BusDriver([BusSpec("a", str(tmp_path / "bus-a"), {"A-1": 1})], events.append, mode="thread")
        running = asyncio.create_task(driver.run())
        await until(lambda: any(isinstance(e, BusDown) for e in events))
        shelf = PtyShelf(tmp_path / "bus-a", [FakeModule(1)])
        await until(lambda: ModuleFound("A-1", rebooted=False) in events)
        driver.close()
        await running
        shelf.close()

    asyncio.run(play())
    assert sum(isinstance(e, BusDown) for e in events) == 1


def test_two_modules_may_not_share_an_address_or_a_name() -> None:
    with pytest.raises(AddressTaken):
        BusDriver([BusSpec("a", "x", {"A-1": 1, "A-2": 1})], print)
    with pytest.raises(AddressTaken, match=r"A-1.*on a and on b"):
        BusDriver([BusSpec("a", "x", {"A-1": 1}), BusSpec("b", "y", {"A-1": 1})], print)


def test_wrong_calls_are_refused() -> None:
    driver = BusDriver([BusSpec("a", "x", {"A-1": 1})], print)
    with pytest.raises(UnknownModule, match="A-9"):
        driver.show("A-9", GREEN)
    with pytest.raises(BadPicture):
        driver.show("A-1", Picture(2, 7))
