"""One demo from the first process to the verdict.

In: a plan, somebody who shows how it goes. Out: a `Result`. Ends early, but in order, when `stop` is set.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Final

from controller.demo.crew import choose_crew, give_work
from controller.demo.ledgers import WmsBook, asked_of, read_journal, read_shelf, read_wms
from controller.demo.look import Look, ShelfTail, Watcher
from controller.demo.orders import MANY, Task, choose
from controller.demo.plan import BROKER, Plan
from controller.demo.presses import is_durable
from controller.demo.result import Layout, Result, judge
from controller.demo.site import (
    HAND_OVER_S,
    Crew,
    Folder,
    broker_url,
    derive,
    embedded_mqtt,
    fresh_folder,
    given_mqtt,
)
from controller.demo.voice_book import read_voice
from controller.demo.wms import Wms
from controller.demo.world import World
from controller.errors import PickbeamError, StartError, UsageError
from controller.settings import Settings, load

STEP_S: Final = 0.05
SETTLE_S: Final = 1.2
"""Nothing may have happened for so long before the books are closed."""
SETTLE_LIMIT_S: Final = 30.0
"""What has not settled by then is a difference."""
CONFIGURED: Final = "site"
FIRST_EVENT_S: Final = 40.0
"""By then somebody has signed on, unless controller and WMS do not meet at the broker."""
QUICK_HAND_OVER_S: Final = 1.5
VOICE_HAND_OVER_S: Final = 10.0
"""Who has to listen to the number of his tote first needs more."""
QUICK_LINES: Final = 3
"""A quick demo takes small orders: more of them, and none holds up the end."""

Show = Callable[[Look], None]


class Demo:
    """Use once: `run`. `settings` and `folder` are there from the start."""

    def __init__(self, plan: Plan, began: float) -> None:
        self.plan = plan
        self.began = began
        site = load(plan.site)
        tasks = choose(plan.order_files, plan.orders, plan.seed, QUICK_LINES if plan.quick else MANY)
        _check(plan, site, tasks)
        self.folder = fresh_folder(plan.folder)
        self.crew = choose_crew(site, plan)
        shift = give_work(site, self.crew, tasks, quick=plan.quick)
        tasks.sort(key=lambda task: "picker" not in task)
        self.settings, self._port = _settings(plan, site, self.folder, self.crew)
        self.world = World(plan, self.settings, self.folder, self._port, self.crew, shift)
        self.wms = Wms(
            broker_url(self.settings),
            self.settings.identity.id,
            self.settings.identity.controller,
            tasks,
            book=self.folder.wms,
            pickers=plan.pickers,
        )
        self._shelf = ShelfTail(self.folder.shelf)
        self._watcher = Watcher(self.settings, plan.pickers, self.wms, self.world, self._shelf, began)

    def run(self, show: Show, stop: threading.Event) -> Result:
        """Until every order is done, or `stop`. A process that died is told in the result."""
        whole, error = False, None
        try:
            self._look(show, "starting")
            self.world.start()
            self.wms.start()
            whole = self._pick(show, stop) and self._settle(show, stop)
            self._look(show, "comparing")
        except StartError as fault:
            error = str(fault)
        finally:
            error = self._stop() or error
        return self._judge(whole=whole, error=error)

    def last_look(self) -> Look:
        self._shelf.more()
        return self._watcher.look("done")

    def _pick(self, show: Show, stop: threading.Event) -> bool:
        """True when every task has ended; False if it was stopped or takes too long."""
        begun = time.monotonic()
        while not self.wms.done:
            if stop.is_set():
                return False
            if time.time() - self.began > self.plan.limit_s:
                raise StartError(f"not finished after {self.plan.limit_s:.0f} s (--limit); logs in {self.folder.root}")
            self._step(show, "picking", strike=True)
            if not self.wms.tally.kinds and time.monotonic() - begun > FIRST_EVENT_S:
                raise StartError(
                    f"after {FIRST_EVENT_S:.0f} s the WMS has heard nothing; {self.world.controller_tail()}"
                )
        return True

    def _settle(self, show: Show, stop: threading.Event) -> bool:
        """Until everything is mended and reported, and nobody presses any more. What does not settle is judged."""
        until = time.monotonic() + SETTLE_LIMIT_S
        quiet_since, before = time.monotonic(), (-1, -1)
        while time.monotonic() < until and not stop.is_set():
            self._step(show, "settling", strike=False)
            now = (len(self._shelf.presses), self.wms.upto)
            if now != before or not self._settled():
                quiet_since, before = time.monotonic(), now
            elif time.monotonic() - quiet_since > SETTLE_S:
                return True
        return not stop.is_set()

    def _settled(self) -> bool:
        """Everything runs, every press is in the journal, every event at the WMS."""
        if not self.world.whole or self.world.head() != self.wms.upto:
            return False
        cursors = self.world.cursors()
        return all(is_durable(press, cursors) for press in self._shelf.presses)

    def _step(self, show: Show, phase: str, *, strike: bool) -> None:
        self.world.step(strike=strike)
        self._look(show, phase)
        time.sleep(STEP_S)

    def _look(self, show: Show, phase: str) -> None:
        self._shelf.more()
        show(self._watcher.look(phase))

    def _stop(self) -> str | None:
        """In order: no more orders, the controller (its journal is complete then), the WMS, the rest."""
        error = None
        try:
            self.wms.hold()
            self.world.stop_controller()
        except PickbeamError as fault:
            error = str(fault)
        finally:
            self.wms.finish()
            self.world.close()
        return error

    def _judge(self, *, whole: bool, error: str | None) -> Result:
        wms = self.wms
        asked = [(order, task) for task in wms.tasks if (order := wms.order_of[task["task_id"]])]
        sent = asked_of(x for x in asked if whole or x[1]["task_id"] in wms.sending.sent)
        book = WmsBook(sent, read_wms(self.folder.wms), dict(wms.sending.sent), dict(wms.ledger.arrived))
        module_at = self.settings.module_at()
        homes = frozenset(module_at[picker.home] for picker in self.settings.pickers if picker.home)
        layout = Layout(module_at, homes)
        journal, shelf = read_journal(self.folder.journal), read_shelf(self.folder.shelf)
        voice = read_voice(self.folder.notes)
        result = judge(book, journal, shelf, layout, self.world.outages, voice, whole=whole)
        result.error = error
        result.faults = dict(self.world.struck)
        look = self.last_look()
        result.figures |= {
            "seconds": round(time.time() - self.began, 1),
            "first_lamp_s": None if look.first_lamp_s is None else round(look.first_lamp_s, 2),
            "task_resends": wms.resent,
            "repeated_events": wms.ledger.repeated,
            "controller_starts": self.world.controller_starts,
            **{f"bus_{name}": count for name, count in wms.links.total().items()},
        }
        return result


def _check(plan: Plan, site: Settings, tasks: Sequence[Task]) -> None:
    """Raises UsageError."""
    if not tasks:
        raise UsageError("there are no orders to send")
    if plan.pickers > len(site.pickers):
        raise UsageError(f"--pickers {plan.pickers}: the site has {len(site.pickers)}")
    if plan.broker is not None and BROKER in plan.faults:
        raise UsageError("--faults broker kills the broker: it works with the demo's own only, without --broker")


def _settings(plan: Plan, site: Settings, folder: Folder, crew: Crew) -> tuple[Settings, int | None]:
    """The derived settings, and the port of our own broker. On a shared broker the site gets a name of its own."""
    hand_over_s = VOICE_HAND_OVER_S if crew.speaking else QUICK_HAND_OVER_S if plan.quick else HAND_OVER_S
    if plan.broker is None:
        port = _free_port()
        return derive(plan.site, folder, embedded_mqtt(port), hand_over_s=hand_over_s, crew=crew), port
    mqtt = None if plan.broker == CONFIGURED else given_mqtt(plan.broker, folder, site.mqtt.version)
    name = f"{site.identity.id[:20]}-demo-{token_hex(3)}"
    return derive(plan.site, folder, mqtt, site_id=name, hand_over_s=hand_over_s, crew=crew), None


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
