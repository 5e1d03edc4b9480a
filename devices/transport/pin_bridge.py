"""GPIO pins at the other end of a unix socket, for simulated shelves.

In: output values from the driver; JSON lines {"pin": 27, "level": 0 or 1} from the simulator, which is the server.
Out: JSON lines {"pin": 17, "value": 0.0…1.0} for every change, all of them after each connect; `on_level` and `on_link`
calls.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Final

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.1  # s before the simulator is tried again
LONGEST_PAUSE: Final = 2.0  # s
LINE_LIMIT: Final = 256  # bytes of one JSON line; ours have 30
MAX_UNSENT: Final = (
    1 << 16
)  # bytes; a simulator that reads nothing loses changes and gets all values on its next connect


class PinBridge:
    """One connection, made again whenever it breaks."""

    def __init__(self, path: str, on_level: Callable[[int, int], None], on_link: Callable[[bool], None]) -> None:
        self.path = path
        self.refused = 0  # lines that made no sense
        self._on_level = on_level
        self._on_link = on_link
        self._values: dict[int, float] = {}
        self._writer: asyncio.StreamWriter | None = None

    def output(self, pin: int, value: float) -> None:
        """An output has this value (0…1) from now on."""
        value = round(value, 3)
        if self._values.get(pin) != value:
            self._values[pin] = value
            self._write(pin, value)

    async def run(self) -> None:
        """Until cancelled."""
        pause = FIRST_PAUSE
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(self.path, limit=LINE_LIMIT)
                pause = FIRST_PAUSE
                await self._linked(reader)
            except (OSError, asyncio.LimitOverrunError, ValueError) as fault:
                log.debug("pins at %s: %s", self.path, fault)
            finally:
                self._unlinked()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _linked(self, reader: asyncio.StreamReader) -> None:
        self._on_link(True)
        for pin, value in self._values.items():
            self._write(pin, value)
        while line := await reader.readline():
            self._line(line)

    def _unlinked(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
            self._on_link(False)

    def _line(self, line: bytes) -> None:
        try:
            row: Any = json.loads(line)
            pin, level = int(row["pin"]), int(row["level"])
        except (ValueError, KeyError, TypeError):
            self.refused += 1
            return
        self._on_level(pin, level)

    def _write(self, pin: int, value: float) -> None:
        writer = self._writer
        if writer is not None and writer.transport.get_write_buffer_size() < MAX_UNSENT:
            writer.write(json.dumps({"pin": pin, "value": value}).encode() + b"\n")
