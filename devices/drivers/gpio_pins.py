"""The pins of one GPIO module as gpiozero devices.

In: the wiring, a pin factory, a callback. Out: a lamp to set, button moves (in gpiozero's own threads).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gpiozero import PWMLED, RGBLED, Button, GPIOZeroError

from devices.errors import AddressTaken, DevicesError

DEBOUNCE: Final = 0.008  # s, as in our bus modules


@dataclass(frozen=True, slots=True)
class GpioPins:
    """Wiring of one module, by GPIO (BCM) number. The button connects its pin to ground."""

    led: int | tuple[int, int, int]
    """One LED, or red, green, blue."""
    button: int
    active_high: bool = True
    """False: the LED lights when its pin is low."""

    def all(self) -> tuple[int, ...]:
        return (*self.lamps(), self.button)

    def lamps(self) -> tuple[int, ...]:
        return self.led if isinstance(self.led, tuple) else (self.led,)


class PinsBusy(DevicesError, OSError):  # noqa: N818 - reads as what happened
    """The pins cannot be had: no GPIO here, or somebody else holds them."""


def check_pins(modules: Mapping[str, GpioPins]) -> None:
    """Raises `AddressTaken` where two modules, or two parts of one, claim a pin."""
    owner: dict[int, str] = {}
    for name, pins in modules.items():
        for pin in pins.all():
            if pin in owner:
                raise AddressTaken(f"pin {pin} is claimed by {owner[pin]} and by {name}")
            owner[pin] = name


def open_factory(wanted: Any) -> Any:
    """Lgpio for None, mock pins for "simulated" and "mock", else what was given. Raises `PinsBusy`."""
    if wanted in ("simulated", "mock"):
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        return MockFactory(pin_class=MockPWMPin)
    if wanted is not None:
        return wanted
    try:
        from gpiozero.pins.lgpio import LGPIOFactory

        return LGPIOFactory()
    except (ImportError, GPIOZeroError, OSError) as fault:
        raise PinsBusy(f"no GPIO here: {fault}") from fault


class ModulePins:
    """The gpiozero devices of one module. Raises `PinsBusy` when they cannot be had."""

    def __init__(self, name: str, wiring: GpioPins, factory: Any, moved: Callable[[str, bool], None]) -> None:
        self._wiring = wiring
        self._factory = factory
        self._lamp: Any = None
        self._button: Any = None
        self._last: tuple[float, ...] = ()
        try:
            self._make(name, factory, moved)
        except GPIOZeroError as fault:
            self.close()
            raise PinsBusy(f"{name}: {fault}") from fault

    def light(self, rgb: tuple[float, float, float]) -> list[tuple[int, float]]:
        """Set the lamp; the pins that changed. A single LED is as bright as the brightest of the three."""
        values = rgb if isinstance(self._wiring.led, tuple) else (max(rgb),)
        if values == self._last:
            return []
        self._last = values
        self._lamp.value = values if len(values) > 1 else values[0]
        return list(zip(self._wiring.lamps(), values, strict=True))

    def drive(self, level: int) -> None:
        """Move the button's pin; mock pins only."""
        pin = self._factory.pin(self._wiring.button)
        if level:
            pin.drive_high()
        else:
            pin.drive_low()

    def close(self) -> None:
        """May be called twice."""
        for device in (self._lamp, self._button):
            if device is not None:
                device.close()

    def _make(self, name: str, factory: Any, moved: Callable[[str, bool], None]) -> None:
        w = self._wiring
        if isinstance(w.led, tuple):
            self._lamp = RGBLED(*w.led, active_high=w.active_high, pwm=True, pin_factory=factory)
        else:
            self._lamp = PWMLED(w.led, active_high=w.active_high, pin_factory=factory)
        self._button = Button(w.button, pull_up=True, bounce_time=DEBOUNCE, pin_factory=factory)
        self._button.when_pressed = lambda: moved(name, True)
        self._button.when_released = lambda: moved(name, False)
