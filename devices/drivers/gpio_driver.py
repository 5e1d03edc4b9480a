"""Shelf modules made of an LED and a push button on GPIO pins, through gpiozero.

In: wanted pictures and acknowledgements by module id, buttons. Out: lamps, `DeviceEvent`s on the event loop.

One asyncio ticker moves all lamps and watches all buttons; gpiozero's threads only tell that a button moved. A factory
of "simulated" puts mock pins at the end of a unix socket (`PinBridge`); otherwise lgpio, or the factory that is given.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from devices.bus.pictures import pack_picture
from devices.drivers.gpio_keys import ButtonState, fresh_boot_id
from devices.drivers.gpio_lamp import light_of, moves
from devices.drivers.gpio_pins import GpioPins, ModulePins, check_pins, open_factory
from devices.errors import DevicesError, UnknownModule
from devices.events import KEY_HELD, NO_REPLY, DeviceEvent, ModuleFound, ModuleLost
from devices.model import DARK, Colour, Pattern, Picture
from devices.transport.pin_bridge import PinBridge

log = logging.getLogger(__name__)

TICK: Final = 0.05  # s while a lamp moves or a button is down
SLOW_TICK: Final = 0.5  # s otherwise: only repetitions are watched
FLASH: Final = 0.06  # s that the lamp goes off to show that a press was noticed
OPEN_AGAIN: Final = 5.0  # s between attempts to get at the pins
IDENTIFY: Final = Picture(Colour.WHITE, Pattern.BLINK)


@dataclass(slots=True)
class GpioModule:
    """One module: what it is to show, and its button."""

    keys: ButtonState
    picture: Picture = DARK
    dark_until: float = 0.0
    identify_until: float = 0.0
    pins: ModulePins | None = None
    fault: str | None = "NOT_SEEN"


class GpioDriver:
    """All GPIO modules of a controller. `cursors` as in `BusDriver`; needed to choose a new boot_id only."""

    def __init__(
        self,
        modules: Mapping[str, GpioPins],
        emit: Callable[[DeviceEvent], None],
        *,
        factory: Any | Literal["simulated"] | None = None,
        bridge: str = "",
        cursors: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        check_pins(modules)
        boot_id = fresh_boot_id(secrets.randbelow(65535), cursors or {})
        self._wiring = dict(modules)
        self._modules = {name: GpioModule(ButtonState(name, boot_id)) for name in modules}
        self._emit = emit
        self._factory_wanted = factory
        self._factory: Any = None
        self._bridge = PinBridge(bridge, self._level, self._linked) if factory == "simulated" else None
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def run(self) -> None:
        """Until cancelled or closed."""
        self._loop = asyncio.get_running_loop()
        bridge = asyncio.create_task(self._bridge.run(), name="pin-bridge") if self._bridge else None
        try:
            await self._open()
            while not self._closed:
                await self._tick()
        finally:
            self._closed = True  # letting go of the pins is no fault of the modules
            if bridge is not None:
                bridge.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await bridge
            self._release()

    def show(self, module: str, picture: Picture) -> None:
        self.show_many({module: picture})

    def show_many(self, pictures: Mapping[str, Picture]) -> None:
        """All or none: raises `UnknownModule` or `BadPicture` before anything is lit."""
        known = [(self._module(name), picture) for name, picture in pictures.items()]
        for _, picture in known:
            pack_picture(picture)
        for module, picture in known:
            module.picture = picture
            self._light(module)
        self._wake.set()

    def acknowledge(self, module: str, boot_id: int, ev_seq: int) -> None:
        self._module(module).keys.acknowledge(boot_id, ev_seq)

    def identify(self, module: str, seconds: int) -> None:
        self._module(module).identify_until = self._now() + seconds
        self._wake.set()

    def health(self) -> dict[str, Any]:
        rows = {
            name: {"fault": m.fault, "kept": len(m.keys.kept), "refused": m.keys.refused}
            for name, m in self._modules.items()
        }
        return {"modules": rows, "bridge_refused": self._bridge.refused if self._bridge else 0}

    def close(self) -> None:
        self._closed = True
        self._wake.set()

    # ---- the ticker -------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        now = self._now()
        for name, module in self._modules.items():
            if module.keys.is_newly_stuck(now):
                self._lost(name, module, KEY_HELD)
            for event in module.keys.due(now):
                self._emit(event)
            self._light(module)
        self._wake.clear()
        lively = any(self._is_lively(m, now) for m in self._modules.values())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), TICK if lively else SLOW_TICK)

    def _is_lively(self, module: GpioModule, now: float) -> bool:
        watched = module.keys.down_at is not None or module.dark_until > now or module.identify_until > now
        return watched or moves(module.picture)

    def _light(self, module: GpioModule) -> None:
        if module.pins is None:
            return
        now = self._now()
        picture = IDENTIFY if module.identify_until > now else module.picture
        rgb = light_of(DARK if module.dark_until > now else picture, now)
        for pin, value in module.pins.light(rgb):
            if self._bridge is not None:
                self._bridge.output(pin, value)

    # ---- buttons ----------------------------------------------------------------------------------------------------

    def _moved(self, name: str, is_down: bool) -> None:  # noqa: FBT001 - called by position from gpiozero's threads
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._on_button, name, is_down)

    def _on_button(self, name: str, is_down: bool) -> None:  # noqa: FBT001 - as above
        module, now = self._modules[name], self._now()
        if is_down:
            module.keys.down(module.picture, now)
        elif module.keys.up(now):
            self._found(name, module)
        elif module.keys.kept:
            module.dark_until = now + FLASH
        self._wake.set()

    # ---- pins -------------------------------------------------------------------------------------------------------

    async def _open(self) -> None:
        while not self._closed:
            try:
                self._grab()
            except (DevicesError, OSError) as fault:
                log.warning("GPIO pins cannot be used: %s", fault)
                self._release()
                self._all_lost()
                await asyncio.sleep(OPEN_AGAIN)
                continue
            if self._bridge is None:
                self._linked(True)
            return

    def _grab(self) -> None:
        self._factory = open_factory(self._factory_wanted)
        for name, wiring in self._wiring.items():
            self._modules[name].pins = ModulePins(name, wiring, self._factory, self._moved)

    def _release(self) -> None:
        for module in self._modules.values():
            pins, module.pins = module.pins, None
            if pins is not None:
                pins.close()
        if self._factory is not None and self._factory is not self._factory_wanted:
            self._factory.close()
        self._factory = None

    def _level(self, pin: int, level: int) -> None:
        """The simulator moved an input."""
        for name, wiring in self._wiring.items():
            pins = self._modules[name].pins
            if wiring.button == pin and pins is not None:
                pins.drive(level)

    def _linked(self, up: bool) -> None:  # noqa: FBT001 - a callback of the bridge
        for name, module in self._modules.items():
            if up:
                self._found(name, module)
        if not up and not self._closed:
            self._all_lost()

    def _all_lost(self) -> None:
        for name, module in self._modules.items():
            self._lost(name, module, NO_REPLY)

    def _found(self, name: str, module: GpioModule) -> None:
        if module.fault is not None:
            module.fault = None
            self._emit(ModuleFound(name, rebooted=False))

    def _lost(self, name: str, module: GpioModule, fault: str) -> None:
        if module.fault != fault:
            module.fault = fault
            self._emit(ModuleLost(name, fault))

    def _now(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _module(self, name: str) -> GpioModule:
        try:
            return self._modules[name]
        except KeyError:
            raise UnknownModule(f"module {name!r} has no GPIO pins") from None
