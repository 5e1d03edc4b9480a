"""A module's place on the simulated line: the Port its firmware sees, its power, its cable, its keys.

In: frames and key work with virtual times in seconds. Out: what it sends (through the line), what a person sees on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from firmware_sim.firmware.keys import CONFIRM, FUNCTION, MINUS, NEVER, PLUS
from firmware_sim.firmware.module import Module

KEYS = {"confirm": CONFIRM, "plus": PLUS, "minus": MINUS, "function": FUNCTION}
BOUNCE_S = 0.003  # a worn key bounces this long
POWER, BROWN_OUT = 0, 3


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person sees: colour and pattern as on the wire (colour 0 = off), four characters (None: no display)."""

    colour: int
    pattern: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that a module took into its queue. `code` as on the wire: kind << 4 | detail."""

    at: float
    address: int
    boot_id: int
    ev_seq: int
    code: int
    value: int
    token: int


@dataclass(frozen=True, slots=True)
class Lit:
    """A module began to show a picture that asks for a press. `token`: of that picture."""

    at: float
    address: int
    token: int


class Bus(Protocol):
    """What a station needs of the line it is on."""

    now: float
    heard_at: float
    random: Random
    answering: set[Station]
    on_event: Callable[[Accepted], None] | None
    on_lit: Callable[[Lit], None] | None

    def schedule(self, at: float, call: Callable[..., None], *args: object) -> None: ...

    def note(self, station: Station) -> None: ...

    def module_sends(self, station: Station, data: bytes) -> None: ...

    def busy_since(self, since: float) -> bool: ...

    def reboot(self, address: int) -> None: ...


class Station:
    """One module on `line`. Times are virtual seconds; the firmware's microseconds begin at virtual 0."""

    def __init__(self, line: Bus, address: int, uid: bytes) -> None:
        self.line = line
        self.powered = True
        self.plugged = True  # its cable
        self.loss: float | None = None  # share of frames it misses; None = as the line
        self.polled_at = 0.0  # end of the request it is about to answer
        self._key_due = NEVER
        self._lit = 0  # token of the last picture that asked for a press
        self.busy_until = 0.0  # its loop is at an earlier frame until then
        self.module = Module(self, uid, address, line.random.randrange, self._told)

    @property
    def address(self) -> int:
        return int(self.module.rx.address)

    def press(self, key: str, at: float, hold: float = 0.1, *, bounce: bool = False) -> None:
        """Press `key` at `at` for `hold` seconds; with `bounce` the contact chatters at both ends."""
        for start, level in ((at, True), (at + hold, False)):
            for chatter in range(4 if bounce else 0):
                self.line.schedule(start + chatter * BOUNCE_S / 4, self.edge, key, level == (chatter % 2 == 0))
            self.line.schedule(start + BOUNCE_S * bounce, self.edge, key, level)

    def edge(self, key: str, down: bool) -> None:  # noqa: FBT001 - the level of a pin
        """The pin of `key` changes now."""
        if self.powered:
            self.refresh()
            self.module.keys.edge(KEYS[key], down, self.module.ms)
            self._plan_keys()

    def sight(self) -> Sight:
        """What it shows now."""
        if not self.powered:
            return Sight(0, 0, "    ")
        self.refresh()
        module = self.module
        light = module.face.light(module.ms, module.silence())
        text = module.face.text(module.ms, module.silence()).decode("ascii", "replace")
        return Sight(light & 0x0F, light >> 4, text)

    def power(self, on: bool, cause: int = POWER) -> None:  # noqa: FBT001 - a switch
        """Switch it off, or on: then it starts anew."""
        self.powered = on
        if on:
            self.module.rx.__init__()  # type: ignore[misc]
            self.module.rx.address = self.module.face.address
            self.module.start(cause)
        self.line.note(self)

    def refresh(self) -> None:
        """Bring its slow clock, and what it heard of the traffic nobody delivered to it one by one, up to now."""
        module = self.module
        module.clock(self.ticks_us())
        if self.hears():
            ago = int((self.line.now - self.line.heard_at) * 1000)
            module.heard_ms = max(module.heard_ms, module.ms - ago)

    def hears(self) -> bool:
        return self.powered and self.plugged and not self.loss

    def deliver(self, frame: bytes, looked: int, polled_at: float, *, answer: bool = True) -> None:
        """Carry out the checked frame (ADDR…BODY) and answer it, now or after the module's random delay."""
        self.module.clock(self.ticks_us())
        self.polled_at = polled_at
        self.module.receive(frame, 0, len(frame), looked, self.ticks_us())
        self._look()
        if not answer:
            self.module.reply_size = 0
        if self.module.reply_size:
            self.line.answering.add(self)
            self.line.schedule(max(self.module.reply_due / 1e6, self.line.now), self._transmit)
        self.line.note(self)

    def any(self) -> int:
        """Port: has anything been heard since the request ended?"""
        return int(self.line.busy_since(self.polled_at))

    def readinto(self, view: memoryview) -> int:  # noqa: ARG002 - the Port's signature
        """Port: nothing; the line hands over whole frames."""
        return 0

    def send(self, view: memoryview, size: int) -> None:
        """Port: put bytes on the line."""
        self.line.module_sends(self, bytes(view[:size]))

    def ticks_us(self) -> int:
        """Port: the virtual clock."""
        return int(self.line.now * 1e6)

    def _look(self) -> None:
        face = self.module.face
        token = face.token()
        if token not in (0, self._lit) and face.confirmable():
            self._lit = token
            if self.line.on_lit is not None:
                self.line.on_lit(Lit(self.line.now, self.module.rx.address, token))

    def _transmit(self) -> None:
        if self.powered and self.module.reply_size and self.ticks_us() >= self.module.reply_due - 1:
            self.line.answering.discard(self)
            self.module.clock(self.ticks_us())
            self.module.transmit(self.ticks_us())

    def _plan_keys(self) -> None:
        due = self.module.keys.due()
        if due not in (NEVER, self._key_due):
            self._key_due = due
            self.line.schedule(self.line.now + max(due - self.module.ms, 0) / 1000 + 0.0005, self._tick)

    def _tick(self) -> None:
        self._key_due = NEVER
        if self.powered:
            self.refresh()
            self.module.keys.tick(self.module.ms)
            self._plan_keys()
            self.line.note(self)

    def _told(self, module: Module, seq: int, code: int, value: int, token: int) -> None:
        told = Accepted(self.line.now, module.rx.address, module.boot_id, seq, code, value, token)
        if self.line.on_event is not None:
            self.line.on_event(told)
