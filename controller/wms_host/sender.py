"""Sends tasks until each is answered.

In: task messages. Out: them on `in/task`, at most 50 unanswered at a time, each resent after 2 s, 4 s … 60 s until the
controller says `task_accepted` or `task_rejected`. Sending twice is harmless: the controller answers the same again.
`Flow` is the pure part; `Sender` puts it on the wire.
"""

from __future__ import annotations

import heapq
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from controller.wms_host.link import close_link, dumps, loads, new_id, now, open_link

UNANSWERED = 50
"""Far below the 1000 messages a broker queues for a controller that is away."""
RESEND_S = 2.0
RESEND_MAX_S = 60.0
RETRY_S = 30.0
"""Where a refusal of class RETRY does not say when."""
ANSWERS = ("task_accepted", "task_rejected")

Task = dict[str, Any]


@dataclass(slots=True)
class Sent:
    """One task on its way. `message_id` changes with every attempt that is a new one for the controller."""

    task: Task
    message_id: str
    delay: float = RESEND_S
    due: float = 0.0
    tries: int = 0


@dataclass(slots=True)
class Flow:
    """Which task to send when. Times are seconds of a steady clock."""

    waiting: deque[Task] = field(default_factory=deque)
    under_way: dict[str, Sent] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    resent: int = 0
    _timers: list[tuple[float, str]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return not self.waiting and not self.under_way

    def due(self, at: float) -> list[Sent]:
        """What to publish now: new tasks while there is room, and those that were not answered in time."""
        chosen = [sent for sent in self._overdue(at) if sent.due <= at]
        while self.waiting and len(self.under_way) < UNANSWERED:
            task = self.waiting.popleft()
            sent = self.under_way[str(task.get("task_id"))] = Sent(task, new_id())
            chosen.append(sent)
        for sent in chosen:
            self.resent += sent.tries > 0
            sent.tries += 1
            self._plan(sent, at + sent.delay)
            sent.delay = min(sent.delay * 2, RESEND_MAX_S)
        return chosen

    def answer(self, event: dict[str, Any], at: float) -> bool:
        """Takes an event; True if it settles a task. A refusal of class RETRY only puts it off."""
        if event.get("type") not in ANSWERS:
            return False
        sent = self._meant(event)
        if sent is None:
            return False
        if event.get("class") == "RETRY":
            sent.message_id, sent.delay = new_id(), RESEND_S
            self._plan(sent, at + float(event.get("retry_after_s") or RETRY_S))
            return False
        del self.under_way[str(sent.task.get("task_id"))]
        self.answers.append(event)
        return True

    def _meant(self, event: dict[str, Any]) -> Sent | None:
        """By the id of the message, or by task and revision: the answer to an earlier attempt is as good."""
        for sent in self.under_way.values():
            if event.get("cause") == sent.message_id:
                return sent
        found = self.under_way.get(str(event.get("task_id")))
        same = found is not None and event.get("revision") == found.task.get("revision", 1)
        return found if same else None

    def _overdue(self, at: float) -> list[Sent]:
        found = []
        while self._timers and self._timers[0][0] <= at:
            _, task_id = heapq.heappop(self._timers)
            if task_id in self.under_way:
                found.append(self.under_way[task_id])
        return found

    def _plan(self, sent: Sent, at: float) -> None:
        sent.due = at
        heapq.heappush(self._timers, (at, str(sent.task.get("task_id"))))


class Sender:
    """Use as a context manager. `send` blocks until every task is answered or `limit_s` is over; `pump` goes on."""

    def __init__(self, url: str, site: str, controller: str, source: str = "wms") -> None:
        base = f"ptl/v1/{site}/{controller}"
        self._topic = f"{base}/in/task"
        self._source = source
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        client_id = f"{source}-send-{new_id()[-8:]}"
        self._client = open_link(url, client_id, [f"{base}/out/event"], lambda _t, raw: self._events.put(loads(raw)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        close_link(self._client)

    @property
    def connected(self) -> bool:
        return self._client.is_connected()

    def send(
        self,
        tasks: Iterable[Task],
        on_answer: Callable[[dict[str, Any]], None] = lambda _event: None,
        limit_s: float | None = None,
    ) -> Flow:
        """What became of the tasks: `answers`, and in `under_way` and `waiting` what is not answered yet."""
        flow = Flow(deque(tasks))
        self.pump(flow, on_answer, limit_s)
        return flow

    def pump(
        self,
        flow: Flow,
        on_answer: Callable[[dict[str, Any]], None] = lambda _event: None,
        limit_s: float | None = None,
        on_sent: Callable[[Sent], None] = lambda _sent: None,
    ) -> None:
        """Goes on with `flow`, to which tasks may be added between calls, until it is done or `limit_s` is over."""
        end = None if limit_s is None else time.monotonic() + limit_s
        while not flow.done and (end is None or time.monotonic() < end):
            for sent in flow.due(time.monotonic()) if self.connected else ():
                on_sent(sent)
                self._publish(sent)
            try:
                event = self._events.get(timeout=0.1)
            except queue.Empty:
                continue
            if flow.answer(event, time.monotonic()):
                on_answer(event)

    def _publish(self, sent: Sent) -> None:
        envelope = {"v": "1.0", "id": sent.message_id, "at": now(), "src": self._source}
        self._client.publish(self._topic, dumps({**envelope, **sent.task}), qos=1)
