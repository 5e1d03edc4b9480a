"""The frames of commissioning and service (docs/BUS_PROTOCOL.md §3.7–3.8).

In: field values, or the checked bytes ADDR CTL SEQ BODY. Out: wire bytes, or a frame; `BadFrame` as in frames.py.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from devices.bus.cobs import seal
from devices.bus.frames import BROADCAST, HOST, UNASSIGNED, expect_address, expect_module, unpack
from devices.errors import BadFrame

RESET_MAGIC: Final = 0xB007
UID_SIZE: Final = 8


def uid_body(data: bytes, extra: int = 0) -> bytes:
    """A body of one UID and `extra` more bytes."""
    if len(data) - 3 != UID_SIZE + extra:
        raise BadFrame(f"operation {data[1]:#04x}: body of {len(data) - 3} bytes, expected {UID_SIZE + extra}")
    return data[3:]


@dataclass(frozen=True, slots=True)
class Dub:
    """Which modules without an address have a UID hash in lo…hi?"""

    CTL: ClassVar[int] = 0x20
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<II")
    seq: int
    lo: int
    hi: int

    def to_bytes(self) -> bytes:
        return seal(bytes((UNASSIGNED, self.CTL, self.seq)) + self.LAYOUT.pack(self.lo, self.hi))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, UNASSIGNED)
        return cls(data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class DubReply:
    CTL: ClassVar[int] = 0xA0
    seq: int
    uid: bytes

    def to_bytes(self) -> bytes:
        return seal(bytes((HOST, self.CTL, self.seq)) + self.uid)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        return cls(data[2], uid_body(data))


@dataclass(frozen=True, slots=True)
class Mute:
    """This one is known; it stays silent to `Dub`."""

    CTL: ClassVar[int] = 0x21
    seq: int
    uid: bytes

    def to_bytes(self) -> bytes:
        return seal(bytes((UNASSIGNED, self.CTL, self.seq)) + self.uid)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, UNASSIGNED)
        return cls(data[2], uid_body(data))


@dataclass(frozen=True, slots=True)
class MuteReply:
    CTL: ClassVar[int] = 0xA1
    seq: int
    uid: bytes

    def to_bytes(self) -> bytes:
        return seal(bytes((HOST, self.CTL, self.seq)) + self.uid)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        return cls(data[2], uid_body(data))


@dataclass(frozen=True, slots=True)
class Unmute:
    CTL: ClassVar[int] = 0x24
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<")
    seq: int

    def to_bytes(self) -> bytes:
        return seal(bytes((UNASSIGNED, self.CTL, self.seq)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, UNASSIGNED)
        unpack(cls.LAYOUT, data)
        return cls(data[2])


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the module with this UID an address; 0 takes it away."""

    CTL: ClassVar[int] = 0x22
    addr: int
    seq: int
    uid: bytes
    new_addr: int

    def to_bytes(self) -> bytes:
        return seal(bytes((self.addr, self.CTL, self.seq)) + self.uid + bytes((self.new_addr,)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        if data[0] != UNASSIGNED:
            expect_module(data)
        body = uid_body(data, extra=1)
        return cls(data[0], data[2], body[:UID_SIZE], body[UID_SIZE])


@dataclass(frozen=True, slots=True)
class AssignReply:
    CTL: ClassVar[int] = 0xA2
    seq: int
    uid: bytes
    new_addr: int

    def to_bytes(self) -> bytes:
        return seal(bytes((HOST, self.CTL, self.seq)) + self.uid + bytes((self.new_addr,)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        body = uid_body(data, extra=1)
        return cls(data[2], body[:UID_SIZE], body[UID_SIZE])


@dataclass(frozen=True, slots=True)
class Identify:
    """Blink white and show the address for some seconds; 0 ends it."""

    CTL: ClassVar[int] = 0x23
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")
    addr: int
    seq: int
    seconds: int

    def to_bytes(self) -> bytes:
        return seal(bytes((self.addr, self.CTL, self.seq, self.seconds)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_module(data)
        return cls(data[0], data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class IdentifyReply:
    CTL: ClassVar[int] = 0xA3
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")
    seq: int
    src: int

    def to_bytes(self) -> bytes:
        return seal(bytes((HOST, self.CTL, self.seq, self.src)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        return cls(data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class SelfTest:
    CTL: ClassVar[int] = 0x26
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")
    addr: int
    seq: int
    mask: int

    def to_bytes(self) -> bytes:
        return seal(bytes((self.addr, self.CTL, self.seq, self.mask)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_module(data)
        return cls(data[0], data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class SelfTestReply:
    CTL: ClassVar[int] = 0xA6
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BB")
    seq: int
    src: int
    result: int

    def to_bytes(self) -> bytes:
        return seal(bytes((HOST, self.CTL, self.seq, self.src, self.result)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        return cls(data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class Reset:
    """Start anew; to one module or to all. Nobody answers; HELLO follows."""

    CTL: ClassVar[int] = 0x27
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<H")
    addr: int
    seq: int
    magic: int = RESET_MAGIC

    def to_bytes(self) -> bytes:
        return seal(bytes((self.addr, self.CTL, self.seq)) + self.LAYOUT.pack(self.magic))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        if data[0] != BROADCAST:
            expect_module(data)
        return cls(data[0], data[2], *unpack(cls.LAYOUT, data))
