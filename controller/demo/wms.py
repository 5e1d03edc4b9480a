"""The WMS of the demo: releases orders little by little, books every event, knows how the work stands.

In: tasks, a broker. Out: tasks on the wire, a ledger on disk, when what was sent and what came. The parts that an
integrator would take (sender, reference consumer, ledger) are those of `wms_host`; here they get a thread each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from controller.demo.orders import Task, order_of
from controller.demo.tally import Links, Tally
from controller.wms_host import ledger as books
from controller.wms_host.consumer import Consumer
from controller.wms_host.link import close_link, loads, new_id, open_link
from controller.wms_host.sender import Flow, Sender, Sent

PUMP_S: Final = 0.1
"""How often it is looked whether more orders are to be released, or the end has come."""
BACKLOG: Final = 1.5
"""Open tasks for each picker: enough that nobody waits long, few enough that some meet a waiting picker."""
GREETING_S: Final = 5.0
"""Orders go out when the first event has come (somebody signed on), or after so long. Until the controller has
subscribed for the first time a broker has nobody to keep its tasks for."""
THREAD_S: Final = 5.0


class Ledger(books.Ledger):
    """Notes when each event came first, and counts those that came again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.repeated = 0
        self.arrived: dict[tuple[str, int], float] = {}

    def book(self, events: Iterable[dict[str, Any]]) -> books.Booked:
        came, at = list(events), time.time()
        for event in came:
            self.arrived.setdefault((str(event.get("stream")), int(event.get("seq") or 0)), at)
        booked = super().book(came)
        self.repeated += booked.repeated
        return booked


@dataclass(slots=True)
class Sending:
    """What went out. `sent`: task -> when first (s since 1970)."""

    flow: Flow = field(default_factory=Flow)
    sent: dict[str, float] = field(default_factory=dict)

    def note(self, sent: Sent) -> None:
        self.sent.setdefault(str(sent.task["task_id"]), time.time())


class Wms:
    """Use: `start`, wait until `done`, `finish`. `tally` and the counts may be read at any time."""

    def __init__(
        self, url: str, site: str, controller: str, tasks: Sequence[Task], *, book: Path, pickers: int
    ) -> None:
        """`tasks` that are addressed to a picker wait beside all others."""
        self.tasks = list(tasks)
        self.order_of = {str(task["task_id"]): order_of(task) for task in tasks}
        self.tally = Tally()
        self.links = Links()
        self.sending = Sending()
        self.ledger = Ledger(book)
        self._backlog = max(2, round(pickers * BACKLOG)) + sum("picker" in task for task in tasks)
        self._stop = threading.Event()
        self._finished = threading.Event()
        self._where = (url, site, controller)
        self._watching = threading.Thread(target=self._watch, name="wms consumer", daemon=True)
        self._releasing = threading.Thread(target=self._release, name="wms sender", daemon=True)

    @property
    def asked(self) -> set[str]:
        """Tasks that went out."""
        return set(self.sending.sent)

    @property
    def done(self) -> bool:
        """Every task went out, was answered and has ended."""
        return len(self.tally.ended & self.order_of.keys()) == len(self.order_of) and self.sending.flow.done

    @property
    def resent(self) -> int:
        return self.sending.flow.resent

    @property
    def upto(self) -> int:
        """The last event of the present stream that is booked."""
        return max(self.ledger.upto.values(), default=0)

    def start(self) -> None:
        self._watching.start()
        self._releasing.start()

    def hold(self) -> None:
        """Send nothing more."""
        self._stop.set()
        self._join(self._releasing)

    def finish(self) -> None:
        """Close everything; what is booked is on disk. May be called twice."""
        self.hold()
        self._finished.set()
        self._join(self._watching)
        self.ledger.close()

    def _booked(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.tally.take(event)

    def _watch(self) -> None:
        url, site, controller = self._where
        consumer = Consumer(url, site, self.ledger, on_events=self._booked, controller=controller)
        health = open_link(url, f"wms-health-{new_id()[-8:]}", [f"ptl/v1/{site}/{controller}/state/health"], self._told)
        try:
            while not self._finished.is_set():
                consumer.step()
        finally:
            consumer.close()
            close_link(health)

    def _told(self, _topic: str, payload: bytes) -> None:
        self.links.take(loads(payload))

    def _release(self) -> None:
        until = time.monotonic() + GREETING_S
        while not self.tally.kinds and time.monotonic() < until:
            if self._stop.wait(PUMP_S):
                return
        with Sender(*self._where) as sender:
            self._release_all(sender)

    def _release_all(self, sender: Sender) -> None:
        flow, waiting = self.sending.flow, list(self.tasks)
        while not self._stop.is_set() and (waiting or not flow.done):
            unfinished = len(self.sending.sent.keys() - self.tally.ended) + len(flow.waiting)
            while waiting and unfinished < self._backlog:
                flow.waiting.append(waiting.pop(0))
                unfinished += 1
            sender.pump(flow, limit_s=PUMP_S, on_sent=self.sending.note)
            if flow.done:
                self._stop.wait(PUMP_S / 2)

    @staticmethod
    def _join(thread: threading.Thread) -> None:
        if thread.ident is not None:
            thread.join(THREAD_S)
