"""The drivers and scanners of a station, as its settings name them.

In: settings, the durable cursors, where events go. Out: `{module id: driver}` for the shelves door; the scanners' door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from controller.core.inputs import CodeScanned
from controller.settings import Settings
from controller.shelves.door import Driver
from devices.drivers.bus_driver import BusDriver, BusSpec
from devices.events import DeviceEvent

if TYPE_CHECKING:
    from controller.scan import ScanDoor

Emit = Callable[[DeviceEvent], None]


def drivers(settings: Settings, cursors: Mapping[str, tuple[int, int]], emit: Emit) -> dict[str, Driver]:
    """One driver for all buses, one for all GPIO modules; whichever the site has."""
    found: dict[str, Driver] = {}
    specs = [
        BusSpec(bus.id, bus.port, settings.addresses(bus.id), bus.baud, **_latency(bus.latency_ms))
        for bus in settings.buses
    ]
    specs = [spec for spec in specs if spec.addresses]
    if specs:
        driver = BusDriver(specs, emit, cursors=cursors, mode=settings.bus_host.mode)
        found |= dict.fromkeys((module for spec in specs for module in spec.addresses), driver)
    if settings.gpio_modules():
        found |= _gpio(settings, cursors, emit)
    return found


def scanners(settings: Settings, emit: Callable[[CodeScanned], None]) -> ScanDoor | None:
    """All pickers' scanners; None where nobody has one."""
    if not any(picker.scanner for picker in settings.pickers):
        return None
    # pyserial costs memory, and the buses have it in a process of their own
    from controller.scan import ScanDoor, Scanner

    found = {
        picker.id: Scanner(one.port, one.baud, one.prefix, one.suffix, one.repeat_ms / 1000)
        for picker in settings.pickers
        if (one := picker.scanner) is not None
    }
    return ScanDoor(found, emit)


def _latency(milliseconds: float) -> dict[str, float]:
    """0 leaves it to the driver to learn."""
    return {"port_latency": milliseconds / 1000} if milliseconds else {}


def _gpio(settings: Settings, cursors: Mapping[str, tuple[int, int]], emit: Emit) -> dict[str, Driver]:
    # gpiozero costs time and memory: only where it is used
    from devices.drivers.gpio_driver import GpioDriver
    from devices.drivers.gpio_pins import GpioPins

    pins = {row.module: GpioPins(_led(row.led_pins), row.button_pin) for row in settings.gpio_modules()}
    factory = None if settings.gpio.factory == "lgpio" else settings.gpio.factory  # gpiozero takes lgpio on a Pi
    driver = GpioDriver(pins, emit, factory=factory, bridge=settings.gpio.socket or "", cursors=cursors)
    return dict.fromkeys(pins, driver)


def _led(pins: tuple[int, ...]) -> int | tuple[int, int, int]:
    """One pin is a plain LED, three are red, green and blue; the settings allow nothing else."""
    if len(pins) == 1:
        return pins[0]
    red, green, blue = pins
    return red, green, blue
