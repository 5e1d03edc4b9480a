"""A connection that comes back: one `Connection` after the other, with backoff and jitter.

In: options, subscriptions, the next will, a `Link`. Out: the link's callbacks, each with the generation it belongs to.
An ack or a PUBACK of an earlier generation is dropped here: packet ids are reused, and acknowledging an old id on
a new connection would acknowledge, and so lose, another message.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from controller.wms.connection import Connection, Message
from controller.wms.errors import ConnectFailedError, ConnectRefusedError
from controller.wms.options import MqttOptions

log = logging.getLogger(__name__)

RETRY_MIN_S = 1.0
RETRY_MAX_S = 30.0
STEADY_S = 10.0
"""A connection that held this long starts the backoff anew."""


class Link(Protocol):
    """Told on the loop."""

    def on_up(self, *, session_present: bool) -> None: ...
    def on_down(self, why: str) -> None: ...
    def on_message(self, message: Message, generation: int) -> None: ...
    def on_puback(self, mid: int, *, accepted: bool) -> None: ...


class Client:
    """`will` is awaited before every CONNECT and gives topic and payload: the session number in it is a new one."""

    def __init__(
        self,
        options: MqttOptions,
        subscriptions: Sequence[str],
        link: Link,
        will: Callable[[], Awaitable[tuple[str, bytes]]],
    ) -> None:
        self._options = options
        self._subscriptions = subscriptions
        self._link = link
        self._will = will
        self._connection: Connection | None = None
        self._closing = False
        self._wake = asyncio.Event()
        self.generation = 0
        self.problem: str | None = None
        """Why there is no connection: None while there is one."""

    @property
    def up(self) -> bool:
        return self._connection is not None and self._connection.up

    async def run(self) -> None:
        """Until `close`."""
        delay = RETRY_MIN_S
        while not self._closing:
            began = asyncio.get_running_loop().time()
            refused = await self._live()
            if asyncio.get_running_loop().time() - began > STEADY_S:
                delay = RETRY_MIN_S
            delay = RETRY_MAX_S if refused else delay
            await self._sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, RETRY_MAX_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """The packet id for `on_puback`; None: there is no connection, or it is full."""
        if self._connection is None or not self._connection.up:
            return None
        return self._connection.publish(topic, payload, retain=retain)

    def ack(self, message: Message, generation: int) -> bool:
        """Acknowledges a message of this generation; False: that connection is gone, the broker sends it again."""
        if generation != self.generation or self._connection is None or message.qos == 0:
            return False
        self._connection.ack(message.mid)
        return True

    def drop(self, why: str) -> None:
        """Gives up the present connection and makes a new one."""
        if self._connection is not None:
            self._connection.drop(why)

    async def close(self) -> None:
        """Disconnects properly; `run` returns."""
        self._closing = True
        self._wake.set()
        if self._connection is not None:
            await self._connection.goodbye()

    async def _live(self) -> bool:
        """One connection's life. True: a person must help before the next has a chance."""
        self.generation += 1
        connection = self._connection = Connection(self._options, self._subscriptions, _Tagged(self, self._link))
        try:
            why = await connection.run(*await self._will())
        except ConnectRefusedError as error:
            why, refused = str(error), True
        except ConnectFailedError as error:
            why, refused = str(error), False
        else:
            refused = False
        finally:
            self._connection = None
        self.problem = why
        log.warning("no broker: %s", why) if not self._closing else None
        self._link.on_down(why)
        return refused

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return


class _Tagged:
    """The listener of one connection: adds its generation, and is deaf once another has begun."""

    def __init__(self, client: Client, link: Link) -> None:
        self._client = client
        self._link = link
        self._generation = client.generation

    def on_up(self, *, session_present: bool) -> None:
        if self._current():
            self._client.problem = None
            self._link.on_up(session_present=session_present)

    def on_message(self, message: Message) -> None:
        if self._current():
            self._link.on_message(message, self._generation)

    def on_puback(self, mid: int, *, accepted: bool) -> None:
        if self._current():
            self._link.on_puback(mid, accepted=accepted)

    def _current(self) -> bool:
        return self._generation == self._client.generation
