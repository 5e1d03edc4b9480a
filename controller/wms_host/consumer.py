"""The reference consumer: books every event once and tells the controllers how far it has got.

In: `out/event` and `state/presence` of all controllers of a site. Out: booked events through `on_events`, cumulative
acks on `in/ack`, a `resync` where something is missing.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from controller.wms_host.ledger import Key, Ledger
from controller.wms_host.link import close_link, dumps, loads, new_id, now, open_link

ACK_S = 0.2
ACK_EVENTS = 50
"""An ack is sent after so long or so many events, whichever comes first: one per event would flood the broker."""
REPEAT_S = 30.0
"""Acks are repeated: they may get lost."""
GAP_S = 1.0
"""Events overtake each other on some brokers; what is missing longer than this is asked for."""
RESYNC_S = 5.0
BATCH = 200
"""Events booked in one transaction."""


@dataclass(slots=True)
class Gap:
    """What is missing of a stream, and when to ask for it."""

    from_seq: int
    ask_at: float


@dataclass(slots=True)
class AckTimer:
    """When to acknowledge. Times are seconds of a steady clock."""

    pending: dict[Key, int] = field(default_factory=dict)
    since: float = 0.0
    repeated: float = 0.0

    def booked(self, keys: set[Key], count: int, at: float) -> None:
        if not self.pending:
            self.since = at
        for key in keys:
            self.pending[key] = self.pending.get(key, 0) + count

    def due(self, known: dict[Key, int], at: float) -> list[Key]:
        """Streams to acknowledge now."""
        if at - self.repeated >= REPEAT_S:
            self.repeated = at
            self.pending.clear()
            return list(known)
        ripe = at - self.since >= ACK_S or any(count >= ACK_EVENTS for count in self.pending.values())
        keys = list(self.pending) if self.pending and ripe else []
        if keys:
            self.pending.clear()
        return keys


class Consumer:
    """`run` until `stop`. `on_events` gets what was booked, in order, after it was."""

    def __init__(
        self,
        url: str,
        site: str,
        ledger: Ledger,
        *,
        on_events: Callable[[list[dict[str, Any]]], None] = lambda _events: None,
        source: str = "wms",
        controller: str = "+",
    ) -> None:
        self._site = site
        self._source = source
        self._ledger = ledger
        self._on_events = on_events
        self._inbox: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        self._acks = AckTimer()
        self._gaps: dict[Key, Gap] = {}
        self._running = True
        self._presence = f"ptl/v1/{site}/_wms/state/presence"
        base = f"ptl/v1/{site}/{controller}"
        topics = [f"{base}/out/event", f"{base}/state/presence"]
        client_id = f"{source}-watch-{new_id()[-8:]}"
        self._client = open_link(url, client_id, topics, self._received, presence=self._presence)

    def run(self) -> None:
        while self._running:
            self.step()

    def step(self, wait_s: float = 0.05) -> None:
        """Takes what has arrived, books it, acknowledges what is due."""
        events = [event for topic, event in self._gather(wait_s) if not self._is_presence(topic, event)]
        if events:
            booked = self._ledger.book(events)
            at = time.monotonic()
            self._acks.booked(booked.seen, len(events), at)
            self._notice(booked.gaps, at)
            if booked.events:
                self._on_events(booked.events)
        for key in self._acks.due(self._ledger.upto, time.monotonic()):
            self._send(key, "in/ack", {"stream": key[1], "upto": self._ledger.upto.get(key, 0)})
        self._ask(time.monotonic())

    def stop(self) -> None:
        self._running = False

    def close(self) -> None:
        close_link(self._client, presence=self._presence)

    def _received(self, topic: str, payload: bytes) -> None:
        self._inbox.put((topic, loads(payload)))

    def _gather(self, wait_s: float) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        try:
            found.append(self._inbox.get(timeout=wait_s))
            while len(found) < BATCH:
                found.append(self._inbox.get_nowait())
        except queue.Empty:
            pass
        return found

    def _is_presence(self, topic: str, message: dict[str, Any]) -> bool:
        """A birth tells which events are still to be had."""
        if topic.endswith("/out/event"):
            return False
        key = (str(message.get("src")), str(message.get("stream")))
        oldest = message.get("oldest_seq")
        if message.get("state") == "online" and isinstance(oldest, int) and oldest > 1:
            self._ledger.skip_to(key, oldest - 1)
        return True

    def _notice(self, gaps: dict[Key, int], at: float) -> None:
        """Keeps the gaps that are still open, with the moment to ask for them."""
        for key in [key for key, gap in self._gaps.items() if self._ledger.upto.get(key, 0) >= gap.from_seq]:
            del self._gaps[key]
        for key, from_seq in gaps.items():
            self._gaps.setdefault(key, Gap(from_seq, at + GAP_S))

    def _ask(self, at: float) -> None:
        """Asks for what has been missing for a while."""
        for key, gap in self._gaps.items():
            if at >= gap.ask_at:
                gap.ask_at = at + RESYNC_S
                self._send(key, "in/cmd", {"type": "resync", "stream": key[1], "from_seq": gap.from_seq})

    def _send(self, key: Key, topic: str, message: dict[str, Any]) -> None:
        envelope = {"v": "1.0", "id": new_id(), "at": now(), "src": self._source}
        self._client.publish(f"ptl/v1/{self._site}/{key[0]}/{topic}", dumps({**envelope, **message}), qos=1)
