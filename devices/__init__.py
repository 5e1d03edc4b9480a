"""Shelf modules: lamps, displays and keys, whatever wires them. Knows nothing of picks.

In: nothing. Out: the vocabulary. Drivers are imported by their own path (devices.drivers.bus_driver,
devices.drivers.gpio_driver), so that the bus process loads nothing that it does not need.
"""

from __future__ import annotations

from devices.errors import AddressTaken, BadPicture, DevicesError, DriverClosed, UnknownModule
from devices.events import BusDown, BusUp, DeviceEvent, KeyPressed, ModuleFound, ModuleLost
from devices.model import DARK, Colour, Pattern, Picture

__all__ = [
    "DARK", "AddressTaken", "BadPicture", "BusDown", "BusUp", "Colour", "DeviceEvent", "DevicesError", "DriverClosed",
    "KeyPressed", "ModuleFound", "ModuleLost", "Pattern", "Picture", "UnknownModule",
]  # fmt: skip
