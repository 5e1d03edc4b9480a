"""The scanners of a station, each somebody's: on a serial line, or typing like a keyboard.

In: where each picker's scanner is. Out: `CodeScanned` for everything read; how each scanner does. A scanner that is
unplugged is looked for until it is back.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from controller.core.inputs import CodeScanned
from controller.scan.codes import Codes
from devices.transport.key_port import KeyPort
from devices.transport.port import Port, PortGone
from devices.transport.serial_port import SerialPort

log = logging.getLogger(__name__)

OK: Final = "ok"
KEYBOARD: Final = "keyboard"
SILENCE_S: Final = 0.1
"""After so long without a byte a code without a line end is complete; within a code bytes come every millisecond."""


def port_of(name: str, baud: int) -> Port:
    """The port that settings and commands name."""
    kind, _, path = name.partition(":")
    return KeyPort(path) if kind == KEYBOARD else SerialPort(name, baud)


@dataclass(frozen=True, slots=True)
class Scanner:
    """`port`: a device path, a pyserial URL, or `keyboard:` and an event device. The others: see `Codes`."""

    port: str
    baud: int = 9600
    prefix: str = ""
    suffix: str = ""
    repeat_s: float = 0.5


class ScanDoor:
    """All scanners, by picker. `emit` is called on the event loop."""

    def __init__(self, scanners: Mapping[str, Scanner], emit: Callable[[CodeScanned], None]) -> None:
        self._scanners, self._emit = scanners, emit
        self._health = dict.fromkeys(scanners, "starting")
        self._boot, self._count = secrets.token_hex(2), 0

    async def run(self) -> None:
        """Reads all scanners until cancelled."""
        async with asyncio.TaskGroup() as group:
            for picker, scanner in self._scanners.items():
                group.create_task(self._serve(picker, scanner), name=f"scanner {picker}")

    def health(self) -> dict[str, str]:
        """Picker -> `ok`, `starting`, or what is wrong with his scanner and what to do."""
        return dict(self._health)

    async def _serve(self, picker: str, scanner: Scanner) -> None:
        loop, port = asyncio.get_running_loop(), port_of(scanner.port, scanner.baud)
        try:
            while True:
                if await asyncio.to_thread(port.try_open, loop.time()):
                    self._told(picker, OK)
                    why = await self._read(picker, port, Codes(scanner.prefix, scanner.suffix, scanner.repeat_s))
                    port.gone(why, loop.time())
                self._told(picker, f"{port.last_fault}: plug the scanner in, or correct [picker.scanner] port")
                await asyncio.sleep(max(0.0, port.retry_at - loop.time()))
        finally:
            port.close()

    async def _read(self, picker: str, port: Port, codes: Codes) -> str:
        """Reads until the port is gone; why it is."""
        loop = asyncio.get_running_loop()
        gone: asyncio.Future[str] = loop.create_future()
        quiet: asyncio.TimerHandle | None = None

        def readable() -> None:
            nonlocal quiet
            try:
                data = port.read()
            except PortGone as fault:
                loop.remove_reader(fd)
                gone.set_result(str(fault))
                return
            self._scanned(picker, codes.feed(data, loop.time()), codes)
            if quiet is not None:
                quiet.cancel()
            quiet = loop.call_later(SILENCE_S, ended) if codes.pending else None

        def ended() -> None:
            self._scanned(picker, codes.flush(loop.time()), codes)

        fd = port.fileno()
        loop.add_reader(fd, readable)
        try:
            return await gone
        finally:
            loop.remove_reader(fd)
            if quiet is not None:
                quiet.cancel()

    def _scanned(self, picker: str, found: list[str], codes: Codes) -> None:
        for code in found:
            self._count += 1
            self._emit(CodeScanned(cause=f"scan:{picker}:{self._boot}:{self._count}", picker=picker, code=code))
        if codes.unreadable:
            self._told(picker, f"{codes.unreadable} unreadable codes: is `baud` the rate that the scanner is set to?")
        elif found:
            self._told(picker, OK)

    def _told(self, picker: str, how: str) -> None:
        if self._health[picker] != how:
            self._health[picker] = how
            log.log(logging.INFO if how == OK else logging.WARNING, "the scanner of %s: %s", picker, how)
