"""One MQTT connection, from CONNECT to its end, on the asyncio loop.

In: options, a will, a `Listener`. Out: callbacks on the loop, and `run` returning when it is over. A connection lives
once: packet ids, acks and half-sent messages of one can never leak into the next. Reconnecting is `client`.

paho is driven by the loop's readers and writers, without its thread. Received messages are handed on after paho has
returned, so that nothing the listener does can break the reading, and an ack is written at once.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from controller.wms.errors import ConnectFailedError, ConnectRefusedError
from controller.wms.options import INFLIGHT, MqttOptions, connect_arguments, tls_context, will_properties

log = logging.getLogger(__name__)

QUEUED = 64
"""Publishes that paho holds: the outbox is the queue, this is only the way to the wire."""
MAX_UNACKED = 256
"""Messages we may owe an ack; above, reading stops and TCP holds the broker back."""
CONNECT_TIMEOUT_S = 5.0
USER_TIMEOUT_MS = 20_000
"""Unacknowledged TCP data may be this old before the kernel gives the connection up."""
TICK_S = 1.0
SILENCE = 1.5
"""Keepalives without a byte from the broker until the connection is given up."""


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    payload: bytes
    mid: int
    qos: int
    retained: bool


class Listener(Protocol):
    """Told on the loop."""

    def on_up(self, *, session_present: bool) -> None: ...
    def on_message(self, message: Message) -> None: ...
    def on_puback(self, mid: int, *, accepted: bool) -> None: ...


class Connection:
    """Use: `await run()`; the rest may be called from the listener's callbacks and between them."""

    def __init__(self, options: MqttOptions, subscriptions: Sequence[str], listener: Listener) -> None:
        self._options = options
        self._subscriptions = subscriptions
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[str] = self._loop.create_future()
        self._socket: Any = None
        self._received: list[Message] = []
        self._happened: list[tuple[int, bool]] = []
        self._unacked = 0
        self._reading = False
        self._writing = False
        self._up = False
        self._session_present = False
        self._subscribing: dict[int, str] = {}
        self._why = "connection lost"
        self._last_read = self._loop.time()
        self._client = self._make()

    @property
    def up(self) -> bool:
        """Connected and subscribed."""
        return self._up and not self._over.done()

    async def run(self, will_topic: str, will: bytes) -> str:
        """Connects, and returns why it ended. Raises ConnectFailedError (ConnectRefusedError: a person must help)."""
        self._client.will_set(will_topic, will, qos=1, retain=True, properties=will_properties(self._options))
        try:
            await self._open()
            while not self._over.done():
                await asyncio.wait([self._over], timeout=TICK_S)
                self._tick()
            return self._over.result()
        finally:
            self._detach()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """The packet id under which `on_puback` will tell of it; None: not sent, try again later."""
        if self._over.done() or self._socket is None:
            return None
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        self._flush()
        return info.mid if info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def ack(self, mid: int) -> None:
        """Tells the broker that a message is durable here."""
        self._unacked -= 1
        if self._over.done():
            return
        self._client.ack(mid, 1)
        self._flush()
        if self._socket is not None and not self._reading and self._unacked < MAX_UNACKED // 2:
            self._read_on()

    async def goodbye(self) -> None:
        """A proper DISCONNECT: the will is not sent."""
        if not self._over.done() and self._socket is not None:
            self._client.disconnect()
            self._flush()
            await asyncio.wait([self._over], timeout=1.0)
        self.drop("closed")

    def drop(self, why: str) -> None:
        """Ends it without a word to the broker, which will send the will."""
        if not self._over.done():
            self._over.set_result(why)

    # --- opening ---------------------------------------------------------------------------------------------------

    def _make(self) -> mqtt.Client:
        five = self._options.version == "5"
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._options.client_id,
            clean_session=None if five else False,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.suppress_exceptions = True
        client.max_inflight_messages_set(INFLIGHT)
        client.max_queued_messages_set(QUEUED)
        client.connect_timeout = CONNECT_TIMEOUT_S
        if log.isEnabledFor(logging.DEBUG):
            client.enable_logger(log)  # it formats two lines per message
        if self._options.username is not None:
            client.username_pw_set(self._options.username, self._options.password)
        if self._options.tls is not None:
            client.tls_set_context(tls_context(self._options.tls))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_socket_open = _on_socket_open
        client.on_socket_close = self._on_socket_close
        return client

    async def _open(self) -> None:
        """The blocking part (name look-up, TCP, TLS) runs in a thread; everything after it on the loop."""
        options = self._options
        extra = connect_arguments(options)
        try:
            await asyncio.to_thread(self._client.connect, options.host, options.port, options.keepalive, **extra)
        except ssl.SSLError as error:
            raise ConnectRefusedError(f"{options.host}:{options.port}: {error}") from error
        except (OSError, ValueError) as error:
            raise ConnectFailedError(f"{options.host}:{options.port}: {error}") from error
        self._socket = self._client.socket()
        if self._socket is None:
            raise ConnectFailedError(f"{options.host}:{options.port}: closed at once")
        self._last_read = self._loop.time()
        self._read_on()
        self._flush()

    # --- the loop's side -------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        self._last_read = self._loop.time()
        self._client.loop_read()
        while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            self._client.loop_read()  # what TLS has decrypted already wakes no selector
        self._deliver()
        self._flush()

    def _deliver(self) -> None:
        """What paho has gathered goes to the listener, outside of paho's callbacks."""
        happened, self._happened = self._happened, []
        for mid, accepted in happened:
            self._listener.on_puback(mid, accepted=accepted)
        received, self._received = self._received, []
        for message in received:
            if message.qos > 0:
                self._unacked += 1
            self._listener.on_message(message)
        if self._unacked >= MAX_UNACKED and self._reading:
            self._loop.remove_reader(self._socket)
            self._reading = False

    def _flush(self) -> None:
        """Writes what waits; asks the loop to go on only where the socket is full."""
        if self._socket is not None and self._client.want_write():
            self._client.loop_write()
        if self._socket is None:
            self.drop(self._why)
        elif self._client.want_write() != self._writing:
            self._writing = not self._writing
            if self._writing:
                self._loop.add_writer(self._socket, self._flush)
            else:
                self._loop.remove_writer(self._socket)

    def _read_on(self) -> None:
        self._loop.add_reader(self._socket, self._readable)
        self._reading = True

    def _tick(self) -> None:
        """Once a second: pings, and the watchdog that trusts only bytes."""
        if self._over.done():
            return
        self._client.loop_misc()
        silent = self._loop.time() - self._last_read
        if self._reading and silent > SILENCE * self._options.keepalive:
            self.drop(f"no byte for {silent:.0f} s")
        self._flush()

    def _detach(self) -> None:
        """Idempotent; also ends a connection that was never up."""
        self.drop("closed")
        self._up = False
        sock = self._client.socket()
        if sock is not None:
            self._forget(sock)
            sock.close()

    def _forget(self, sock: Any) -> None:
        """Before a socket is closed: the selector would keep its number, and be deaf to the next one that gets it."""
        if self._socket is not None:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
            self._socket, self._reading, self._writing = None, False, False

    # --- paho's callbacks: note what happened, nothing else ---------------------------------------------------

    def _on_connect(self, _client: mqtt.Client, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refuse(f"the broker refused the connection: {reason}")
            return
        self._session_present = bool(flags.session_present)
        for topic in self._subscriptions:
            asked: Any = topic if self._options.version != "5" else (topic, SubscribeOptions(qos=1))
            _rc, mid = self._client.subscribe(asked, qos=1) if isinstance(asked, str) else self._client.subscribe(asked)
            if mid is not None:
                self._subscribing[mid] = topic
        if not self._subscriptions:
            self._loop.call_soon(self._begin)

    def _on_subscribe(self, _client: mqtt.Client, _data: Any, mid: int, reasons: list[Any], _properties: Any) -> None:
        topic = self._subscribing.pop(mid, "")
        if any(reason.is_failure for reason in reasons):
            self._refuse(f"the broker refused the subscription to {topic}")
        elif not self._subscribing:
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        if not self._over.done():
            self._up = True
            self._listener.on_up(session_present=self._session_present)

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        topic = message.topic
        self._received.append(Message(topic, bytes(message.payload), message.mid, message.qos, bool(message.retain)))

    def _on_publish(self, _client: mqtt.Client, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        self._happened.append((mid, not reason.is_failure))

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._why = str(reason)
        self._loop.call_soon_threadsafe(self.drop, self._why)  # the thread of `_open` may be the caller

    def _on_socket_close(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        self._forget(sock)

    def _refuse(self, why: str) -> None:
        if not self._over.done():
            self._over.set_exception(ConnectRefusedError(why))


def _on_socket_open(_client: mqtt.Client, _data: Any, sock: Any) -> None:
    """No waiting for company (Nagle), no waiting for a dead peer."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
