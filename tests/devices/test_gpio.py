"""GPIO modules: the button's meaning by the clock, the driver on mock pins, the bridge to a simulator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from devices.drivers.gpio_driver import GpioDriver
from devices.drivers.gpio_keys import KEPT, REPEAT_EVERY, ButtonState, fresh_boot_id
from devices.drivers.gpio_lamp import brightness, light_of
from devices.drivers.gpio_pins import GpioPins
from devices.errors import AddressTaken, BadPicture, UnknownModule
from devices.events import DeviceEvent, KeyPressed, ModuleFound, ModuleLost
from devices.model import DARK, Pattern, Picture

GREEN = Picture(2, 0, quantity=3, confirmable=True, token=9)
WIRING = {"G-1": GpioPins((17, 22, 24), 27), "G-2": GpioPins(5, 6)}


def button() -> ButtonState:
    return ButtonState("G-1", boot_id=77)


def pressed(keys: ButtonState, picture: Picture, at: float, held: float) -> list[KeyPressed]:
    keys.down(picture, at)
    keys.up(at + held)
    return keys.due(at + held)


# ---- the button -----------------------------------------------------------------------------------------------------


def test_a_short_press_confirms_what_was_showing_when_it_went_down() -> None:
    assert pressed(button(), GREEN, 10.0, 0.1) == [KeyPressed("G-1", 77, 1, "confirm", None, 3, 9, 0)]


def test_a_press_on_a_dark_module_is_unlit() -> None:
    assert [e.key for e in pressed(button(), DARK, 10.0, 0.1)] == ["unlit"]


def test_a_long_press_is_an_undo() -> None:
    assert [e.key for e in pressed(button(), GREEN, 10.0, 1.6)] == ["undo"]


def test_a_nervous_second_press_is_ignored_but_a_later_one_counts() -> None:
    keys = button()
    pressed(keys, GREEN, 10.0, 0.1)
    keys.down(GREEN, 10.2)
    keys.up(10.3)
    assert len(keys.kept) == 1
    pressed(keys, GREEN, 10.5, 0.1)
    assert len(keys.kept) == 2


def test_a_stuck_button_is_a_fault_and_no_press() -> None:
    keys = button()
    keys.down(GREEN, 10.0)
    assert not keys.is_newly_stuck(14.9)
    assert keys.is_newly_stuck(15.0)
    assert not keys.is_newly_stuck(16.0)
    assert keys.up(20.0)
    assert keys.due(30.0) == []


def test_events_are_repeated_until_acknowledged() -> None:
    keys = button()
    (event,) = pressed(keys, GREEN, 10.0, 0.1)
    assert keys.due(10.2) == []
    (again,) = keys.due(10.2 + REPEAT_EVERY)
    assert (again.boot_id, again.ev_seq) == (event.boot_id, event.ev_seq)
    assert again.age_ms >= 2000
    keys.acknowledge(1, 1)
    assert keys.kept
    keys.acknowledge(77, 1)
    assert keys.due(20.0) == []


def test_the_oldest_events_are_never_dropped() -> None:
    keys = button()
    for n in range(KEPT + 3):
        pressed(keys, GREEN, 10.0 + n, 0.1)
    assert list(keys.kept) == list(range(1, KEPT + 1))
    assert keys.refused == 3


def test_ev_seq_skips_zero_after_255() -> None:
    keys = button()
    keys.next_seq = 255
    pressed(keys, GREEN, 10.0, 0.1)
    pressed(keys, GREEN, 11.0, 0.1)
    assert list(keys.kept) == [255, 1]


def test_a_boot_id_is_never_one_of_an_earlier_run() -> None:
    assert fresh_boot_id(4, {"G-1": (5, 1), "G-2": (6, 9)}) == 7
    assert fresh_boot_id(65534, {"G-1": (65535, 1)}) == 1


# ---- the lamp -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", list(Pattern))
def test_no_pattern_flashes_more_than_three_times_a_second(pattern: Pattern) -> None:
    bright = [brightness(pattern, n / 1000) > 0.5 for n in range(2000)]
    edges = sum(b and not a for a, b in pairwise(bright))
    assert edges <= 2 * 3


def test_colours_reach_the_right_pins() -> None:
    assert light_of(Picture(1, 0), 0.0) == (1.0, 0.0, 0.0)
    assert light_of(DARK, 0.0) == (0.0, 0.0, 0.0)
    assert 0 < light_of(Picture(3, Pattern.DIM), 0.0)[2] < 0.5


# ---- the driver -----------------------------------------------------------------------------------------------------


class Rack:
    """A driver on mock pins inside a running event loop."""

    def __init__(self) -> None:
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.events: list[DeviceEvent] = []
        self.driver = GpioDriver(WIRING, self.events.append, factory=self.factory)

    def press(self, pin: int) -> None:
        self.factory.pin(pin).drive_low()
        self.factory.pin(pin).drive_high()

    def keys(self) -> list[KeyPressed]:
        return [e for e in self.events if isinstance(e, KeyPressed)]


async def until(done: Callable[[], object], limit: float = 3.0) -> None:
    async with asyncio.timeout(limit):
        while not done():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


def on_rack(scene: Callable[[Rack], object]) -> None:
    """Run an async scene with a driver that is up."""

    async def play() -> None:
        rack = Rack()
        running = asyncio.create_task(rack.driver.run())
        await until(lambda: len(rack.events) == 2)
        await scene(rack)  # type: ignore[misc]
        rack.driver.close()
        await running

    asyncio.run(play())


@pytest.mark.slow
def test_lamp_and_press_on_mock_pins() -> None:
    async def scene(rack: Rack) -> None:
        assert rack.events == [ModuleFound("G-1", rebooted=False), ModuleFound("G-2", rebooted=False)]
        rack.driver.show("G-1", GREEN)
        assert [rack.factory.pin(p).state for p in (17, 22, 24)] == [0, 1, 0]
        rack.press(27)
        await until(rack.keys)
        (key,) = rack.keys()
        assert (key.module, key.key, key.quantity, key.token) == ("G-1", "confirm", 3, 9)
        rack.driver.acknowledge("G-1", key.boot_id, key.ev_seq)
        assert rack.driver.health()["modules"]["G-1"]["kept"] == 0

    on_rack(scene)


@pytest.mark.slow
def test_a_single_led_lights_for_every_colour() -> None:
    async def scene(rack: Rack) -> None:
        rack.driver.show("G-2", Picture(3, 0))
        assert rack.factory.pin(5).state == 1
        rack.driver.show("G-2", DARK)
        assert rack.factory.pin(5).state == 0

    on_rack(scene)


def test_wrong_calls_are_refused() -> None:
    driver = GpioDriver(WIRING, print)
    with pytest.raises(UnknownModule):
        driver.show("G-9", GREEN)
    with pytest.raises(BadPicture):
        driver.show("G-1", Picture(99, 0))
    with pytest.raises(AddressTaken, match="pin 27 is claimed by A and by B"):
        GpioDriver({"A": GpioPins(1, 27), "B": GpioPins(27, 3)}, print)


@pytest.mark.slow
def test_pins_that_cannot_be_had_are_reported_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without GPIO the driver stays up and says that its modules are lost."""
    monkeypatch.setattr("devices.drivers.gpio_driver.OPEN_AGAIN", 0.01)

    async def play() -> None:
        rack = Rack()
        rack.factory.reserve_pins(rack, 27)
        running = asyncio.create_task(rack.driver.run())
        await until(lambda: ModuleLost("G-1", "NO_REPLY") in rack.events)
        rack.factory.release_pins(rack, 27)
        await until(lambda: ModuleFound("G-1", rebooted=False) in rack.events)
        rack.driver.close()
        await running

    asyncio.run(play())


@pytest.mark.slow
@pytest.mark.parametrize("cancelled", [False, True])
def test_a_simulated_shelf_behind_the_bridge(tmp_path: Path, cancelled: bool) -> None:
    path, events, heard = str(tmp_path / "pins"), list[DeviceEvent](), list[dict[str, float]]()

    async def shelf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'nonsense\n[1]\n{"pin": 27, "level": 0}\n')
        await until(lambda: heard)
        writer.write(b'{"pin": 27, "level": 1}\n')
        while line := await reader.readline():
            heard.append(json.loads(line))

    async def play() -> None:
        driver = GpioDriver(WIRING, events.append, factory="simulated", bridge=path)
        running = asyncio.create_task(driver.run())
        driver.show("G-1", GREEN)
        await asyncio.sleep(0.01)
        async with await asyncio.start_unix_server(shelf, path) as server:
            await server.start_serving()
            await until(lambda: ModuleFound("G-1", rebooted=False) in events)
            driver.show("G-2", GREEN)
            heard.append({})
            await until(lambda: any(isinstance(e, KeyPressed) for e in events))
            await until(lambda: {"pin": 22, "value": 1.0} in heard and {"pin": 5, "value": 1.0} in heard)
            assert driver.health()["bridge_refused"] == 2
        if cancelled:
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        else:
            driver.close()
            await running
        assert not [e for e in events if isinstance(e, ModuleLost)]

    asyncio.run(play())


@pytest.mark.slow
def test_the_bridge_comes_back_after_the_simulator(tmp_path: Path) -> None:
    path, events = str(tmp_path / "pins"), list[DeviceEvent]()
    writers: list[asyncio.StreamWriter] = []

    async def shelf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    async def play() -> None:
        driver = GpioDriver(WIRING, events.append, factory="simulated", bridge=path)
        running = asyncio.create_task(driver.run())
        server = await asyncio.start_unix_server(shelf, path)
        await until(lambda: ModuleFound("G-1", rebooted=False) in events)
        writers[0].close()
        await until(lambda: ModuleLost("G-1", "NO_REPLY") in events)
        await until(lambda: events.count(ModuleFound("G-1", rebooted=False)) == 2)
        driver.close()
        await running
        for writer in writers:
            writer.close()
        server.close()

    asyncio.run(play())
