"""What becomes of each received message.

In: messages with the generation of their connection. Out: core inputs and facts through `House.emit`, and, once they
are durable, acks through the client. Commands about the stream itself go to the `Desk`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from controller.core.inputs import MessageRefused
from controller.core.model import Site
from controller.wms import messages as m
from controller.wms.codec import Codec, DoorCommand
from controller.wms.connection import Message
from controller.wms.counters import Hourly
from controller.wms.house import House
from controller.wms.topics import Topics

GARBAGE_S = 1.0
"""An unreadable message is answered at most this often; the others are acked and counted."""


class Desk(Protocol):
    """The part of the door that answers by itself."""

    def carry_out(self, command: DoorCommand, done: Callable[[], None]) -> None: ...
    def take_ack(self, ack: m.Ack) -> None: ...
    def own_presence(self, payload: bytes) -> None: ...
    def host_presence(self, presence: m.HostPresence) -> None: ...


class Inbox:
    def __init__(
        self,
        *,
        site: Site,
        topics: Topics,
        house: House,
        desk: Desk,
        ack: Callable[[Message, int], object],
        clock: Callable[[], float],
    ) -> None:
        self._codec = Codec(site, topics.task, topics.command)
        self._house = house
        self._desk = desk
        self._ack = ack
        self._clock = clock
        self._answered_garbage = -GARBAGE_S
        self.rejects = Hourly()
        self.garbage = Hourly()
        self._routes: dict[str, Callable[[Message, Callable[[], object]], None]] = {
            topics.task: self._task,
            topics.command: self._command,
            topics.ack: self._app_ack,
            topics.presence: self._own_presence,
            topics.host_presence: self._host_presence,
        }

    def receive(self, message: Message, generation: int) -> None:
        """Never raises for anything a message can hold."""
        done = partial(self._ack, message, generation)
        route = self._routes.get(message.topic)
        if route is None:
            done()
        else:
            route(message, done)

    def _task(self, message: Message, done: Callable[[], object]) -> None:
        happened = self._codec.task(message.payload, retained=message.retained)
        if isinstance(happened, MessageRefused):
            self._refused(happened, done)
        else:
            self._house.emit(happened, _quiet(done))

    def _command(self, message: Message, done: Callable[[], object]) -> None:
        happened = self._codec.command(message.payload, retained=message.retained)
        if isinstance(happened, MessageRefused):
            self._refused(happened, done)
        elif isinstance(happened, m.Command):
            self._desk.carry_out(happened, _quiet(done))
        else:
            self._house.emit(happened, _quiet(done))

    def _refused(self, refused: MessageRefused, done: Callable[[], object]) -> None:
        now = self._clock()
        self.rejects.add(now)
        if refused.cause is None and refused.task_id is None:
            if now - self._answered_garbage < GARBAGE_S:
                self.garbage.add(now)
                done()
                return
            self._answered_garbage = now
        self._house.emit(refused, _quiet(done))

    def _app_ack(self, message: Message, done: Callable[[], object]) -> None:
        """Acked without waiting: acks are cumulative, the next one says it again."""
        ack = None if message.retained else self._codec.ack(message.payload)
        if ack is not None:
            self._desk.take_ack(ack)
        done()

    def _own_presence(self, message: Message, done: Callable[[], object]) -> None:
        if not message.retained:  # a retained one is how we were left, perhaps by ourselves
            self._desk.own_presence(message.payload)
        done()

    def _host_presence(self, message: Message, done: Callable[[], object]) -> None:
        presence = self._codec.host_presence(message.payload)
        if presence is not None:
            self._desk.host_presence(presence)
        done()


def _quiet(done: Callable[[], object]) -> Callable[[], None]:
    """`done` as the app may call it: any number of times, the first counts."""
    called = False

    def once() -> None:
        nonlocal called
        if not called:
            called = True
            done()

    return once
