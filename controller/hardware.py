"""The drivers of a station, as its settings name them.

In: settings, the durable cursors, where events go. Out: `{module id: driver}` for the shelves door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from controller.errors import StartError
from controller.settings import Settings
from controller.shelves.door import Driver
from devices.drivers.bus_driver import BusDriver, BusSpec
from devices.events import DeviceEvent

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
        found |= _gpio(settings, emit)
    return found


def _latency(milliseconds: float) -> dict[str, float]:
    """0 leaves it to the driver to learn."""
    return {"port_latency": milliseconds / 1000} if milliseconds else {}


def _gpio(settings: Settings, emit: Emit) -> dict[str, Driver]:
    from devices.drivers.gpio_driver import GpioDriver, GpioPins  # gpiozero costs 20 ms and 5 MB: only where it is used

    pins = {row.module: GpioPins(row.led_pins, row.button_pin) for row in settings.gpio_modules()}
    try:
        driver = GpioDriver(pins, emit, factory=settings.gpio.factory, socket=settings.gpio.socket)
    except (OSError, RuntimeError, ImportError) as error:
        raise StartError(
            f"the GPIO modules cannot be driven ([gpio] factory = {settings.gpio.factory!r}): {error}"
        ) from error
    return dict.fromkeys(pins, driver)
