"""What every driver of shelf modules can do.

In: wanted pictures, acknowledgements. Out: `DeviceEvent`s through the `emit` that its constructor was given, always on
the event loop that runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from devices.model import Picture


class Driver(Protocol):
    """One kind of hardware; a location does not care which."""

    async def run(self) -> None:
        """Keep the hardware going until cancelled or closed; survives unplugging."""

    def show(self, module: str, picture: Picture) -> None:
        """The picture this module is to show from now on; verified and repaired by the driver.

        Raises `UnknownModule`, `BadPicture`. May be called before `run`.
        """

    def show_many(self, pictures: Mapping[str, Picture]) -> None:
        """The same for many modules in one batch."""

    def acknowledge(self, module: str, boot_id: int, ev_seq: int) -> None:
        """This key event is durable; only now may the module forget it. Old and unknown ones are ignored."""

    def identify(self, module: str, seconds: int) -> None:
        """Let the module draw attention to itself; 0 ends it."""

    def health(self) -> dict[str, Any]:
        """Counters per bus and module, JSON-able."""

    def close(self) -> None:
        """End `run` and release the hardware; may be called twice."""
