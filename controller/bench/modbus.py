"""The peer on the virtual wire: buttons and lamps as plain Modbus RTU slaves, asked one after the other.

In: presses with virtual times. Out: when the master knew of each; how long lamps take. Frames and CRC are real, the
silences are those of the specification: 1.75 ms before and after every frame above 19 200 baud.
"""

from __future__ import annotations

import struct
from random import Random
from typing import Final

CHARACTER_BITS: Final = 11
SILENCE_S: Final = 0.00175
"""3.5 characters, but never less than this above 19 200 baud."""
SLAVE_S: Final = 0.0005
"""What a slave takes to answer."""
HOST_S: Final = 0.0005
"""As for our own bus."""
TIMEOUT_S: Final = 0.030
"""Until the master gives a slave up; a common choice, drivers' defaults are seconds."""
READ, WRITE = 0x03, 0x10
REGISTERS: Final = 2
"""Read per poll: how often the key was pressed, and what is shown."""
LAMP_REGISTERS: Final = 5
"""Written per lamp: the ten bytes of our own picture."""


def _shifted(crc: int) -> int:
    """What eight steps of the shift register make of the low byte."""
    for _ in range(8):
        crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


_SHIFTED: Final = tuple(map(_shifted, range(256)))


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _SHIFTED[(crc ^ byte) & 0xFF]
    return crc


def seal(body: bytes) -> bytes:
    return body + struct.pack("<H", crc16(body))


def is_whole(frame: bytes) -> bool:
    return len(frame) >= 4 and crc16(frame) == 0


class Slave:
    """A button that counts its presses, and a lamp."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.presses = 0
        self.lamp = bytes(2 * LAMP_REGISTERS)

    def answer(self, request: bytes) -> bytes | None:
        """The reply to a request, None if it is not for this slave or damaged."""
        if not is_whole(request) or request[0] != self.address:
            return None
        if request[1] == READ:
            registers = struct.pack(">HH", self.presses & 0xFFFF, self.lamp[0])
            return seal(bytes((self.address, READ, len(registers))) + registers)
        if request[1] == WRITE:
            self.lamp = request[7:-2]
            return seal(request[:6])
        return None


class Master:
    """Polls addresses 1…count in turn. `now` is virtual seconds."""

    def __init__(self, count: int, *, baud: int, loss: float = 0.0, seed: int = 0) -> None:
        self.now = 0.0
        self.slaves = {addr: Slave(addr) for addr in range(1, count + 1)}
        self._character_s = CHARACTER_BITS / baud
        self._loss = loss
        self._random = Random(seed)
        self._seen = dict.fromkeys(self.slaves, 0)

    def poll(self, address: int) -> int:
        """Ask one slave: how often it was pressed since it last answered."""
        reply = self._ask(address, seal(struct.pack(">BBHH", address, READ, 0, REGISTERS)))
        if reply is None:
            return 0
        (count,) = struct.unpack_from(">H", reply, 3)
        fresh, self._seen[address] = (count - self._seen[address]) & 0xFFFF, count
        return int(fresh)

    def light(self, address: int, picture: bytes) -> None:
        """Write a lamp; again until it is acknowledged."""
        head = struct.pack(">BBHHB", address, WRITE, 0, LAMP_REGISTERS, 2 * LAMP_REGISTERS)
        while self._ask(address, seal(head + picture)) is None:
            pass

    def press_to_master(self, presses: list[tuple[float, int]]) -> list[float]:
        """Presses as (time, address), in order of time: seconds until the master knows of each."""
        waiting: dict[int, list[float]] = {addr: [] for addr in self.slaves}
        found: list[float] = []
        coming = list(reversed(presses))
        while len(found) < len(presses):
            for address, slave in self.slaves.items():
                while coming and coming[-1][0] <= self.now:
                    at, pressed = coming.pop()
                    self.slaves[pressed].presses += 1
                    waiting[pressed].append(at)
                if not self.poll(address):
                    continue
                found += [self.now - at for at in waiting[address]]
                waiting[address].clear()
                slave.presses &= 0xFFFF
        return found

    def _ask(self, address: int, request: bytes) -> bytes | None:
        """One transaction; None after a time-out."""
        self.now += SILENCE_S + len(request) * self._character_s
        reply = None if self._lost() else self.slaves[address].answer(request)
        if reply is None or self._lost() or not is_whole(reply):
            self.now += TIMEOUT_S
            return None
        self.now += SLAVE_S + len(reply) * self._character_s + SILENCE_S + HOST_S
        return reply

    def _lost(self) -> bool:
        return self._loss > 0 and self._random.random() < self._loss
