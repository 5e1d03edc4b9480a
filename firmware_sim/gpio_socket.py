"""The controller's simulated pins, over a Unix socket.

In: `{"pin": 17, "value": 0…1}` for each output that changes. Out: `{"pin": 27, "level": 0|1}` for each input that
changes, and all inputs once at the start.
"""

from __future__ import annotations

import socket
from pathlib import Path

from firmware_sim.gpio_board import GpioBoard
from firmware_sim.sockets import LineServer


class GpioSocket(LineServer):
    """Connects `board` with the controller."""

    def __init__(self, board: GpioBoard, path: Path) -> None:
        super().__init__(path)
        self._board = board

    def joined(self, client: socket.socket) -> None:
        for pin, level in self._board.levels.items():
            self.tell(client, {"pin": pin, "level": level})

    def heard(self, client: socket.socket, message: dict[str, object]) -> None:  # noqa: ARG002 - all clients are alike
        pin, value = message.get("pin"), message.get("value")
        if isinstance(pin, int) and isinstance(value, int | float):
            self._board.write(pin, float(value))

    def changed(self) -> None:
        """Send the inputs that have changed since the last call."""
        changes, self._board.changes = self._board.changes, []
        for pin, level in changes:
            self.tell_all({"pin": pin, "level": level})
