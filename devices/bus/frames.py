"""The frames of normal running, one frozen dataclass each (docs/BUS_PROTOCOL.md §3.1–3.6).

In: field values, or the checked bytes ADDR CTL SEQ BODY. Out: wire bytes, or a frame. `BadFrame` where the body has a
wrong length or the address does not belong to the operation.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from devices.bus.cobs import seal
from devices.errors import BadFrame

BROADCAST: Final = 0xFF
HOST: Final = 0xFE
UNASSIGNED: Final = 0xFD
FIRST_ADDRESS: Final = 1
LAST_ADDRESS: Final = 250
REPLY_BIT: Final = 0x80
REPEAT_BIT: Final = 0x40
PICTURE_SIZE: Final = 10
MAX_SETB_RECORDS: Final = 21  # 2 + 21 × 11 = 233 of 240 body bytes


def header(data: bytes) -> tuple[int, bool, int, bytes]:
    """ADDR, repeated, SEQ and BODY of unsealed bytes."""
    return data[0], bool(data[1] & REPEAT_BIT), data[2], data[3:]


def expect_address(data: bytes, allowed: int) -> None:
    if data[0] != allowed:
        raise BadFrame(f"operation {data[1]:#04x} to {data[0]}, expected {allowed}")


def expect_module(data: bytes) -> None:
    if not FIRST_ADDRESS <= data[0] <= LAST_ADDRESS:
        raise BadFrame(f"operation {data[1]:#04x} to {data[0]}, expected a module")


def unpack(layout: struct.Struct, data: bytes) -> tuple[int, ...]:
    """BODY by its layout; a wrong length is a bad frame."""
    if len(data) - 3 != layout.size:
        raise BadFrame(f"operation {data[1]:#04x}: body of {len(data) - 3} bytes, expected {layout.size}: {data.hex()}")
    return layout.unpack_from(data, 3)


@dataclass(frozen=True, slots=True)
class Gpoll:
    """Who in lo…hi has something to say? Carries one acknowledgement."""

    CTL: ClassVar[int] = 0x01
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<7B")
    seq: int
    lo: int
    hi: int
    ack_addr: int = 0
    ack_seq: int = 0
    ack_boot: int = 0
    flags: int = 0
    epoch: int = 0

    def to_bytes(self) -> bytes:
        body = (self.lo, self.hi, self.ack_addr, self.ack_seq, self.ack_boot, self.flags, self.epoch)
        return seal(bytes((BROADCAST, self.CTL, self.seq, *body)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, BROADCAST)
        return cls(data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class Record:
    """One event of a module."""

    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBHBB")
    ev_seq: int
    kind: int
    detail: int
    value: int
    token: int
    age: int
    """In 10 ms; 255 stands for more."""

    def to_bytes(self) -> bytes:
        return self.LAYOUT.pack(self.ev_seq, self.kind << 4 | self.detail, self.value, self.token, self.age)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        ev_seq, code, value, token, age = cls.LAYOUT.unpack(data)
        return cls(ev_seq, code >> 4, code & 0x0F, value, token, age)


@dataclass(frozen=True, slots=True)
class Event:
    """The oldest queued events of one module, oldest first."""

    CTL: ClassVar[int] = 0x81
    seq: int
    src: int
    boot_id: int
    records: tuple[Record, ...]

    def to_bytes(self) -> bytes:
        head = struct.pack("<BBBBH", HOST, self.CTL, self.seq, self.src, self.boot_id)
        return seal(head + b"".join([r.to_bytes() for r in self.records]))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        count, rest = divmod(len(data) - 6, Record.LAYOUT.size)
        if rest or not 1 <= count <= 4:
            raise BadFrame(f"EVENT body of {len(data) - 3} bytes, expected 3 + n × 6, n = 1…4: {data.hex()}")
        rows = [Record.from_bytes(data[at : at + 6]) for at in range(6, len(data), 6)]
        return cls(data[2], data[3], data[4] | data[5] << 8, tuple(rows))


@dataclass(frozen=True, slots=True)
class Set:
    """One picture for one module; answered by `Ack`."""

    CTL: ClassVar[int] = 0x10
    addr: int
    seq: int
    picture: bytes
    repeat: bool = False

    def to_bytes(self) -> bytes:
        return seal(bytes((self.addr, self.CTL | REPEAT_BIT * self.repeat, self.seq)) + self.picture)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_module(data)
        addr, repeat, seq, body = header(data)
        if len(body) != PICTURE_SIZE:
            raise BadFrame(f"SET body of {len(body)} bytes, expected {PICTURE_SIZE}: {data.hex()}")
        return cls(addr, seq, body, repeat)


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to `Set`; `hash` is that of the picture now in force."""

    CTL: ClassVar[int] = 0x90
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BBH")
    seq: int
    src: int
    status: int
    hash: int

    def to_bytes(self) -> bytes:
        return seal(bytes((HOST, self.CTL, self.seq)) + self.LAYOUT.pack(self.src, self.status, self.hash))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        return cls(data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class SetBatch:
    """SETB: pictures for up to 21 modules at once; nobody answers."""

    CTL: ClassVar[int] = 0x11
    seq: int
    epoch: int
    flags: int
    records: tuple[tuple[int, bytes], ...]

    def to_bytes(self) -> bytes:
        head = bytes((BROADCAST, self.CTL, self.seq, self.epoch, self.flags))
        return seal(head + b"".join([bytes((addr,)) + picture for addr, picture in self.records]))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, BROADCAST)
        count, rest = divmod(len(data) - 5, PICTURE_SIZE + 1)
        if rest or not 1 <= count <= MAX_SETB_RECORDS:
            raise BadFrame(f"SETB body of {len(data) - 3} bytes, expected 2 + n × 11, n = 1…21: {data.hex()}")
        rows = [(data[at], data[at + 1 : at + 11]) for at in range(5, len(data), 11)]
        return cls(data[2], data[3], data[4], tuple(rows))


@dataclass(frozen=True, slots=True)
class Commit:
    """Held pictures appear together."""

    CTL: ClassVar[int] = 0x12
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<B")
    seq: int
    epoch: int

    def to_bytes(self) -> bytes:
        return seal(bytes((BROADCAST, self.CTL, self.seq, self.epoch)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, BROADCAST)
        return cls(data[2], *unpack(cls.LAYOUT, data))


@dataclass(frozen=True, slots=True)
class Query:
    """Who are you and how are you? Answered by `Info`."""

    CTL: ClassVar[int] = 0x02
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<")
    addr: int
    seq: int
    repeat: bool = False

    def to_bytes(self) -> bytes:
        return seal(bytes((self.addr, self.CTL | REPEAT_BIT * self.repeat, self.seq)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_module(data)
        unpack(cls.LAYOUT, data)
        return cls(data[0], data[2], bool(data[1] & REPEAT_BIT))


@dataclass(frozen=True, slots=True)
class Info:
    """The answer to `Query`."""

    CTL: ClassVar[int] = 0x82
    LAYOUT: ClassVar[struct.Struct] = struct.Struct("<BHHBHB3sH8sIBBBHHHB")
    seq: int
    src: int
    boot_id: int
    hash: int
    proto: int
    model: int
    hw: int
    fw: bytes
    caps: int
    uid: bytes
    uptime_s: int
    reset_cause: int
    queued: int
    epoch: int
    crc_errors: int
    overruns: int
    late: int
    temperature: int

    def to_bytes(self) -> bytes:
        body = self.LAYOUT.pack(
            self.src, self.boot_id, self.hash, self.proto, self.model, self.hw, self.fw, self.caps, self.uid,
            self.uptime_s, self.reset_cause, self.queued, self.epoch, self.crc_errors, self.overruns, self.late,
            self.temperature,
        )  # fmt: skip
        return seal(bytes((HOST, self.CTL, self.seq)) + body)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        expect_address(data, HOST)
        unpack(cls.LAYOUT, data)
        return cls(data[2], *cls.LAYOUT.unpack_from(data, 3))
