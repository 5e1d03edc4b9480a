"""Facts about pickers, modules, commands and the event stream.

In: `station.decide`, and the WMS door for commands about the stream. Out: who works, what rests, what was answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.core.facts.base import Fact
from controller.core.model import Fault, RefusalClass


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerSignedOn(Fact):
    picker: str
    zones: tuple[str, ...]
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerSignedOff(Fact):
    """`why`: REQUESTED or IDLE."""

    picker: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Fact):
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Fact):
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationShown(Fact):
    """A location is pointed out until `until` (steady milliseconds)."""

    location: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationHidden(Fact):
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationDown(Fact):
    """Its module cannot be used."""

    location: str
    module: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationUp(Fact):
    location: str
    module: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPress(Fact):
    """A press that books nothing. `why`: UNLIT, STALE (another picture showed), OUT_OF_LIMITS,
    REFUSED, SCAN_FIRST (the line wants a scan); WRONG_CODE is a scan that does not belong to the line.
    """

    location: str
    why: str
    picker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDone(Fact):
    """A command of the host was carried out (or had nothing to do). `note` says what there is to say."""

    command: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Fact):
    command: str
    refusal: RefusalClass
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamForked(Fact):
    """The event stream began anew: the WMS had seen up to `acked` of stream `old`, this station only had `head`."""

    old: str
    head: int
    acked: int
