"""A shelf for people, in real time: buses on pseudo-terminals, pins behind a socket, a control socket, pickers.

In: a `Shelf` whose buses are set up, a folder. Out: `DIR/bus-ID` (ports), `DIR/gpio.sock`, `DIR/control.sock`.

The line's virtual clock follows the real one, but what a module does depends only on when the host's bytes were seen:
a slow computer makes answers late (counted), never stale or colliding.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from random import Random

from firmware_sim.agenda import Agenda
from firmware_sim.air import Conditions
from firmware_sim.control import Control
from firmware_sim.gpio_socket import GpioSocket
from firmware_sim.ptys import PtyBus
from firmware_sim.shelf import Shelf
from firmware_sim.station import KEYS

FAULTS = ("noisy", "unplug", "reboot")
NOISY = Conditions(frame_loss=0.02, bit_errors=2e-6, glitch=0.02)
UNPLUG_EVERY_S = (15.0, 40.0)
UNPLUGGED_S = (1.0, 3.0)
UNPLUG_MAX_S = 3600.0
REBOOT_EVERY_S = (4.0, 12.0)
IDLE_WAIT_S = 0.25  # longest sleep, so that a stop request is seen


class PtyShelf:
    """Serves `shelf` from `folder` until `stop()`. `tick(now)` is called about four times a second."""

    def __init__(
        self,
        shelf: Shelf,
        folder: Path,
        *,
        faults: Collection[str] = (),
        seed: int = 0,
        crew: Agenda | None = None,
        aliases: Mapping[str, str] | None = None,
        gpio_socket: Path | None = None,
    ) -> None:
        self.shelf = shelf
        self.folder = folder
        self.crew = crew or Agenda()
        self.tick: Callable[[float], None] | None = None
        self.unplugged = self.rebooted = 0
        self._random = Random(seed)
        self._start = time.monotonic() - shelf.now
        self._stop = False
        self._next_tick = shelf.now
        folder.mkdir(parents=True, exist_ok=True)
        self.buses = {bus: PtyBus(line, folder / f"bus-{bus}") for bus, line in shelf.lines.items()}
        self.gpio = GpioSocket(shelf.gpio, gpio_socket or folder / "gpio.sock")
        self.control = Control(folder / "control.sock", self._command)
        self._aliases = aliases or {}
        self._faults = Agenda()
        self._plan(faults)

    def serve(self) -> None:
        """Until `stop()` (from a signal handler or another thread)."""
        while not self._stop:
            self._step()

    def stop(self) -> None:
        self._stop = True

    def close(self) -> None:
        """Remove everything from the folder."""
        for bus in self.buses.values():
            bus.close()
        self.gpio.close()
        self.control.close()

    def report(self) -> dict[str, object]:
        """Counters. `late`: answers this computer could not deliver in time; they are no faults of the bus."""
        buses = self.buses.values()
        return {
            "frames": sum(bus.line.frames for bus in buses),
            "pieces": sum(bus.pieces for bus in buses),
            "late": sum(bus.late for bus in buses),
            "dropped": sum(bus.dropped for bus in buses),
            "worst_late_ms": round(max((bus.worst_late_s for bus in buses), default=0.0) * 1000, 1),
            "collisions": sum(bus.line.air.collisions for bus in buses),
            "presses": self.shelf.ledger.count,
            "unplugged": self.unplugged,
            "rebooted": self.rebooted,
        }

    def _now(self) -> float:
        return time.monotonic() - self._start

    def _step(self) -> None:
        ready = self._wait()
        now = self._now()
        for bus in self.buses.values():
            if bus.master in ready:
                bus.read(now)
        self.gpio.serve(ready)
        self.control.serve(ready)
        self._advance(now)

    def _wait(self) -> set[int]:
        fds = [bus.master for bus in self.buses.values() if bus.master >= 0]
        fds += [*self.gpio.fds(), *self.control.fds()]
        due = min(self.shelf.next_time(), self._next_tick, self.crew.next_time(), self._faults.next_time())
        wait = max(0.0, min(due - self._now(), IDLE_WAIT_S))
        return set(select.select(fds, [], [], wait)[0])

    def _advance(self, now: float) -> None:
        self.shelf.advance(now)
        for bus in self.buses.values():
            if bus.master >= 0:
                bus.release(now)
        self.gpio.changed()
        self.crew.advance(now)
        self._faults.advance(now)
        if now >= self._next_tick:
            self._next_tick = now + IDLE_WAIT_S
            if self.tick is not None:
                self.tick(now)

    def _plan(self, faults: Collection[str]) -> None:
        if unknown := set(faults) - set(FAULTS):
            raise ValueError(f"unknown fault {min(unknown)!r}: one of {', '.join(FAULTS)}")
        if "noisy" in faults:
            for line in self.shelf.lines.values():
                line.conditions = NOISY
        for bus in self.buses.values() if "unplug" in faults else ():
            self._faults.add(self._now(), self._unplugging(bus))
        if "reboot" in faults and self.shelf.on_buses():
            self._faults.add(self._now(), self._rebooting())

    def _unplugging(self, bus: PtyBus) -> Iterator[float]:
        while True:
            yield self._random.uniform(*UNPLUG_EVERY_S)
            yield from self._out_for(bus, self._random.uniform(*UNPLUGGED_S))

    def _unplug(self, name: str, seconds: object) -> dict[str, object]:
        bus = self.buses.get(name)
        if bus is None or bus.master < 0 or not isinstance(seconds, int | float) or not 0 < seconds <= UNPLUG_MAX_S:
            return {"ok": False, "error": f"no such bus, or already out, or not 0–{UNPLUG_MAX_S:.0f} s: {name}"}
        self._faults.add(self._now(), self._out_for(bus, float(seconds)))
        return {"ok": True}

    def _out_for(self, bus: PtyBus, seconds: float) -> Iterator[float]:
        if bus.master >= 0:
            bus.close()
            self.unplugged += 1
            yield seconds
            bus.open()

    def _rebooting(self) -> Iterator[float]:
        while True:
            yield self._random.uniform(*REBOOT_EVERY_S)
            self.shelf.reboot(self._random.choice(self.shelf.on_buses()))
            self.rebooted += 1

    def epoch(self) -> float:
        """Seconds since 1970 at virtual time 0."""
        return time.time() - self._now()

    def _command(self, asked: Mapping[str, object]) -> dict[str, object]:
        """One request on the control socket."""
        if "unplug" in asked:
            return self._unplug(str(asked["unplug"]), asked.get("for"))
        if "press" in asked:
            module = self._aliases.get(str(asked["press"]), str(asked["press"]))
            hold = asked.get("hold", 0.1)
            key = str(asked.get("key", "confirm"))
            if module not in self.shelf.modules() or key not in KEYS or not isinstance(hold, int | float):
                return {"ok": False, "error": f"no such module, location or key: {asked['press']} {key}"}
            self.shelf.press(module, key, self.shelf.now, float(hold), who=str(asked.get("who", "hand")))
            return {"ok": True, "module": module}
        if "look" in asked:
            sights = {module: self.shelf.look(module) for module in self.shelf.modules()}
            return {"ok": True, "modules": {name: [s.colour, s.pattern, s.text] for name, s in sights.items()}}
        return {"ok": True, "report": self.report()}
