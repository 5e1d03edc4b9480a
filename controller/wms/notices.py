"""The retained messages: published at every birth, on request, when health changes, and again every minute.

In: the relay's figures, the house's health, the host's presence. Out: `state/presence`, `state/info`, `state/health`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from controller.core.model import Site
from controller.wms import messages as m
from controller.wms import presence as say
from controller.wms import states as s
from controller.wms.client import Client
from controller.wms.house import House
from controller.wms.inbox import Inbox
from controller.wms.presence import Identity
from controller.wms.relay import Relay
from controller.wms.topics import Topics

REFRESH_S = 60.0
"""Retained messages are repeated this often: brokers lose them, or keep them on one node."""


class Notices:
    """`stamp` gives wall milliseconds, `clock` steady seconds."""

    def __init__(
        self,
        *,
        identity: Identity,
        site: Site,
        topics: Topics,
        house: House,
        relay: Relay,
        stamp: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self.identity = identity
        self.host = "unknown"
        self.session_present = False
        self._site = site
        self._topics = topics
        self._house = house
        self._relay = relay
        self._stamp = stamp
        self._clock = clock
        self._waiting_since: float | None = None
        self._last_gist: object = None
        self._refreshed_at = 0.0

    async def next_will(self) -> tuple[str, bytes]:
        """Begins a new session: topic and payload of its last will."""
        session = self._house.next_session()
        number = await session if inspect.isawaitable(session) else session
        self.identity = self.identity.in_session(number)
        return self._topics.presence, say.will(self.identity)

    def offline(self) -> tuple[str, bytes]:
        return self._topics.presence, say.offline(self.identity, self._stamp())

    def announce(self, client: Client, inbox: Inbox) -> None:
        """Publishes all three."""
        relay, now = self._relay, self._stamp()
        birth = say.birth(
            self.identity,
            now,
            session_present=self.session_present,
            stream=relay.stream,
            head=relay.head,
            acked=relay.acked,
            oldest=self._house.oldest(),
        )
        client.publish(self._topics.presence, birth, retain=True)
        client.publish(self._topics.info, say.info(self.identity, self._site, now, relay.stream), retain=True)
        self._publish_health(client, self._health(inbox))
        self._refreshed_at = self._clock()

    def refresh(self, client: Client, inbox: Inbox) -> None:
        """Publishes what is due: all after a minute, health when it changed."""
        if self._clock() - self._refreshed_at >= REFRESH_S:
            self.announce(client, inbox)
            return
        health = self._health(inbox)
        if say.gist(health) != self._last_gist:
            self._publish_health(client, health)

    def progress(self, *, acked: bool) -> None:
        """Events were committed, or `acked` by the WMS: how long it has left any of them unanswered."""
        if self._relay.acked >= self._relay.head:
            self._waiting_since = None
        elif acked or self._waiting_since is None:
            self._waiting_since = self._clock()

    def host_presence(self, presence: m.HostPresence) -> None:
        if presence.state != self.host:
            self.host = presence.state
            self._house.host_changed(presence.state)

    def own_presence(self, payload: bytes) -> None:
        other = say.twin(payload, self.identity)
        if other is not None:
            self._house.duplicate_identity(other)

    def _health(self, inbox: Inbox) -> s.Health:
        now, relay = self._clock(), self._relay
        oldest = 0.0 if self._waiting_since is None else now - self._waiting_since
        return say.health(
            self.identity,
            self._stamp(),
            self._house.health(),
            host=self.host,
            outbox=s.OutboxHealth(unacked=relay.head - relay.acked, oldest_s=round(oldest, 1)),
            rejects=inbox.rejects.count(now),
            garbage=inbox.garbage.count(now),
        )

    def _publish_health(self, client: Client, health: s.Health) -> None:
        self._last_gist = say.gist(health)
        client.publish(self._topics.health, say.health_bytes(health), retain=True)
