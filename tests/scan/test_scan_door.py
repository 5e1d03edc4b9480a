"""The door over real pseudo-terminals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from controller.core.inputs import CodeScanned
from controller.scan import ScanDoor, Scanner
from firmware_sim.scanner import SimulatedScanner

WAIT_S = 5.0


class Room:
    """A door with its scanners, and what it reported."""

    def __init__(self, *paths: Path) -> None:
        self.desks = [SimulatedScanner(path) for path in paths]
        for desk in self.desks:
            desk.plug()
        self.scanned: asyncio.Queue[CodeScanned] = asyncio.Queue()
        scanners = {f"P{n}": Scanner(str(path)) for n, path in enumerate(paths, 1)}
        self.door = ScanDoor(scanners, self.scanned.put_nowait)

    async def code(self) -> tuple[str, str]:
        async with asyncio.timeout(WAIT_S):
            one = await self.scanned.get()
        return one.picker, one.code


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 the door has no event for this
            await asyncio.sleep(0.005)


@asynccontextmanager
async def working(*paths: Path) -> AsyncIterator[Room]:
    room = Room(*paths)
    task = asyncio.create_task(room.door.run())
    await until(lambda: set(room.door.health().values()) == {"ok"})
    try:
        yield room
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_everybody_has_his_own(tmp_path: Path) -> None:
    async def run() -> None:
        async with working(tmp_path / "1", tmp_path / "2") as room:
            room.desks[1].send(b"B.1\r\n")
            assert await room.code() == ("P2", "B.1")
            room.desks[0].send(b"no line end")
            assert await room.code() == ("P1", "no line end")

    asyncio.run(run())


def test_causes_differ(tmp_path: Path) -> None:
    async def run() -> set[str]:
        async with working(tmp_path / "1") as room:
            room.desks[0].send(b"A\rB\rC\r")
            await until(lambda: room.scanned.qsize() == 3)
            return {room.scanned.get_nowait().cause for _ in range(3)}

    assert len(asyncio.run(run())) == 3


def test_an_unplugged_scanner_is_told_and_comes_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with working(tmp_path / "1") as room:
            room.desks[0].send(b"half a co")
            room.desks[0].unplug()
            await until(lambda: "plug the scanner in" in room.door.health()["P1"])
            room.desks[0].plug()
            await until(lambda: room.door.health()["P1"] == "ok")
            room.desks[0].send(b"A.1\r")
            codes = [await room.code()]
            if codes == [("P1", "half a co")]:  # it had come through before the plug was out
                codes = [await room.code()]
            assert codes == [("P1", "A.1")]

    asyncio.run(run())


def test_noise_is_told_with_its_cure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with working(tmp_path / "1") as room:
            room.desks[0].send(b"\xff\xfe\xff\xfe\r")
            await until(lambda: "baud" in room.door.health()["P1"])
            room.desks[0].send(b"A.1\r")
            assert await room.code() == ("P1", "A.1")
            assert room.door.health()["P1"] == "ok"

    asyncio.run(run())
    assert "baud" in caplog.text


def test_a_port_that_is_not_there_is_looked_for(tmp_path: Path) -> None:
    async def run() -> str:
        door = ScanDoor({"P1": Scanner(str(tmp_path / "nowhere"))}, lambda _: None)
        task = asyncio.create_task(door.run())
        await until(lambda: door.health()["P1"] != "starting")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return door.health()["P1"]

    assert "nowhere" in asyncio.run(run())
