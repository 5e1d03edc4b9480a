"""The whole warehouse as processes: broker, shelf, voice pickers, controller; and the faults that strike them.

In: a plan, settings derived for it. Out: running processes until `close`; what happened to them.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from controller.demo.children import Child
from controller.demo.plan import BROKER, HEADSET, KILL, NOISY, UNPLUG, VOICE, Plan, strikes
from controller.demo.presses import Span
from controller.demo.site import Crew, Folder
from controller.demo.striker import Striker
from controller.errors import StartError
from controller.settings import Settings
from firmware_sim.control import request

READY_S: Final = 20.0
"""How long a process may take until it works, on a slow and busy computer."""
READY: Final = {"broker": b"broker ready", "shelf": b'"ready"', "controller": b"running:", "wearers": b'"ready"'}
WORKER: Final = "controller.voice.worker"
KILLED: Final = -9
POINT_S: Final = 6.0
"""A controller that has not come to its deadly point after this longer is killed where it is."""
LATE_BOOT_S: Final = 60.0


class World:
    """Use: `start`, then `step` some ten times a second, `stop_controller`, `close`. All from one thread."""

    def __init__(  # noqa: PLR0917
        self, plan: Plan, settings: Settings, folder: Folder, port: int | None, crew: Crew, tasks: int | None = None
    ) -> None:
        self.outages: list[Span] = []
        """When no controller ran (s since 1970)."""
        self.struck: Counter[str] = Counter()
        self._folder = folder
        self._down_since: float | None = time.time()
        self._broker = None if port is None else _broker(folder, port)
        self._shelf = Child("shelf", _shelf_arguments(plan, folder, crew), folder.log("shelf"))
        self._wearers = _wearers(plan, folder, crew, tasks) if crew.speaking else None
        self._controller = Child("controller", ["run", str(folder.settings)], folder.log("controller"))
        self._kills = Striker(strikes(plan, KILL))
        self._cuts = Striker(strikes(plan, BROKER))
        self._pulls = Striker(strikes(plan, UNPLUG, [bus.id for bus in settings.buses]))
        self._silences = Striker(strikes(plan, VOICE) if crew.speaking else iter(()))
        self._again: dict[str, float] = {}
        """Process -> when it is started again (steady s)."""
        self._starting: dict[str, float] = {}
        """Process -> when it has to be ready (steady s)."""

    @property
    def controller_starts(self) -> int:
        return self._controller.starts

    @property
    def controller_up(self) -> bool:
        return self._controller.exit_code() is None and "controller" not in self._starting

    @property
    def whole(self) -> bool:
        """Everything runs, nothing is being mended."""
        return not self._again and not self._starting and time.monotonic() >= self._plugged_at

    def start(self) -> None:
        """Raises StartError."""
        self._plugged_at = 0.0
        self._shelf.start()
        if self._broker is not None:
            self._broker.start()
            self._broker.await_words(READY["broker"], READY_S)
        self._shelf.await_words(READY["shelf"], READY_S)
        if self._wearers is not None:
            self._wearers.start()
            self._wearers.await_words(READY["wearers"], READY_S)
        now = time.monotonic()
        self._start_controller(now)
        self._cuts.ready(now)
        self._pulls.ready(now)
        self._silences.ready(now)

    def step(self, *, strike: bool) -> None:
        """Looks after everything; `strike`: faults may still happen. Raises StartError if a process died by itself."""
        now = time.monotonic()
        self._shelf.check()
        if self._wearers is not None:
            self._wearers.check()
        self._look_after_controller(now, strike=strike)
        self._look_after_broker(now, strike=strike)
        self._look_after_plugs(now, strike=strike)
        self._look_after_voice(now, strike=strike)

    def ask_shelf(self, message: dict[str, object]) -> dict[str, Any]:
        """What the shelf says on its control socket; nothing if it is too busy."""
        with suppress(OSError, ValueError):
            return request(self._folder.sim, message)
        return {}

    def head(self) -> int:
        """The last event in the journal, read beside the running controller; 0 if it cannot be read now."""
        return int(self._number("SELECT max(id) FROM event"))

    def cursors(self) -> dict[str, tuple[int, int]]:
        """The last durable key event of each module."""
        return {module: (boot, seq) for module, boot, seq in self._query("SELECT module, boot, seq FROM cursor")}

    def stop_controller(self) -> None:
        """Asks it to end. Raises StartError if it does not end well."""
        if self._down_since is None:
            self.outages.append((time.time(), time.time() + LATE_BOOT_S))
        code = self._controller.stop()
        if code == KILLED and self._kills.struck() is not None:
            self.struck[KILL] += 1  # its deadly point lay on the way out; everything was durable before
            return
        if code not in (None, 0):
            raise StartError(f"the controller ended with exit code {code}; {self._controller.tail()}")

    def controller_tail(self) -> str:
        return self._controller.tail()

    def close(self) -> None:
        """Ends everything that still runs. May be called twice."""
        for child in (self._controller, self._wearers, self._shelf, self._broker):
            if child is not None:
                child.stop()

    # --- the controller ---------------------------------------------------------------------------------------------

    def _start_controller(self, now: float) -> None:
        strike = self._kills.ready(now)
        if strike is not None and strike.point:
            self._kills.postpone(POINT_S)
            self._controller.start("--die-at", strike.point)
        else:
            self._controller.start()
        self._again.pop("controller", None)
        self._starting["controller"] = now + READY_S

    def _look_after_controller(self, now: float, *, strike: bool) -> None:
        if "controller" in self._again:
            if now >= self._again["controller"]:
                self._start_controller(now)
            return
        if self._controller.exit_code() == KILLED and (planned := self._kills.struck()) is not None:
            self._controller_gone(now + planned.for_s, "point")
            return
        self._controller.check()
        self._note_ready(self._controller, "controller", now)
        if strike and (planned := self._kills.due(now)) is not None:
            self._controller.kill()
            self._controller_gone(now + planned.for_s, "moment")

    def _controller_gone(self, again_at: float, how: str) -> None:
        self.struck[KILL] += 1
        self.struck[f"{KILL} at a {how}"] += 1
        self._starting.pop("controller", None)
        self._again["controller"] = again_at
        if self._down_since is None:
            self._down_since = time.time()

    def _note_ready(self, child: Child, name: str, now: float) -> bool:
        """True once, when it has become ready."""
        if name not in self._starting:
            return False
        if child.said(READY[name]):
            del self._starting[name]
            if name == "controller" and self._down_since is not None:
                self.outages.append((self._down_since, time.time()))
                self._down_since = None
            return True
        if now > self._starting[name]:
            raise StartError(f"the {name} is not ready after {READY_S:.0f} s; {child.tail()}")
        return False

    # --- the broker and the buses -----------------------------------------------------------------------------------

    def _look_after_broker(self, now: float, *, strike: bool) -> None:
        broker = self._broker
        if broker is None:
            return
        if "broker" in self._again:
            if now >= self._again["broker"]:
                del self._again["broker"]
                broker.start()
                self._starting["broker"] = now + READY_S
            return
        broker.check()
        if self._note_ready(broker, "broker", now):
            self._cuts.ready(now)
        if strike and (planned := self._cuts.due(now)) is not None:
            broker.kill()
            self.struck[BROKER] += 1
            self._again["broker"] = now + planned.for_s

    def _look_after_plugs(self, now: float, *, strike: bool) -> None:
        if strike and (planned := self._pulls.due(now)) is not None:
            answer = self.ask_shelf({"unplug": planned.target, "for": planned.for_s})
            if answer.get("ok"):
                self.struck[UNPLUG] += 1
                self._plugged_at = now + planned.for_s
            self._pulls.ready(now + planned.for_s)

    def _look_after_voice(self, now: float, *, strike: bool) -> None:
        """The controller starts its voice worker again by itself."""
        if strike and self._silences.due(now) is not None:
            worker = None if self._controller.pid is None else child_of(self._controller.pid, WORKER)
            if worker is not None:
                os.kill(worker, signal.SIGKILL)
                self.struck[VOICE] += 1
            self._silences.ready(now)

    # --- a look into the journal of a running controller --------------------------------------------------------------

    def _number(self, query: str) -> int:
        rows = self._query(query)
        return (rows[0][0] or 0) if rows else 0

    def _query(self, query: str) -> list[tuple[Any, ...]]:
        try:
            database = sqlite3.connect(f"file:{self._folder.journal}?mode=ro", uri=True, timeout=0.2)
        except sqlite3.Error:
            return []
        try:
            return database.execute(query).fetchall()
        except sqlite3.Error:
            return []
        finally:
            database.close()


def _broker(folder: Folder, port: int) -> Child:
    return Child("broker", ["broker", "--host", "127.0.0.1", "--port", str(port)], folder.log("broker"))


def child_of(parent: int, words: str) -> int | None:
    """The process that `parent` started with these words in its command line."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(status.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[1]) == parent:
                line = (status.parent / "cmdline").read_text(encoding="utf-8", errors="replace")
                if words in line:
                    return int(status.parent.name)
    return None


def _wearers(plan: Plan, folder: Folder, crew: Crew, tasks: int | None) -> Child:
    arguments = [
        *(str(folder.settings), "--pickers", ",".join(crew.speaking), "--dir", str(folder.sim)),
        *("--notes", str(folder.notes), "--seed", str(plan.seed), "--speed", str(plan.speed)),
        *([] if plan.snr_db is None else ["--snr", str(plan.snr_db)]),
        *([] if tasks is None else ["--tasks", str(tasks)]),
        *(["--mishaps"] if HEADSET in plan.faults else []),
    ]
    return Child("voice pickers", arguments, folder.log("wearers"), "controller.demo.wearers")


def _shelf_arguments(plan: Plan, folder: Folder, crew: Crew) -> list[str]:
    noisy = ["--faults", "noisy"] if NOISY in plan.faults else []
    return [
        *("sim", "shelf", str(folder.settings), "--json"),
        *("--pickers", str(len(crew.pressing)), "--speed", str(plan.speed), "--seed", str(plan.seed)),
        *("--ledger", str(folder.shelf), "--dir", str(folder.sim)),
        *noisy,
    ]
