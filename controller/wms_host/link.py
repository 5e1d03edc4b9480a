"""An MQTT connection of the WMS.

In: a broker URL (`mqtt://[user:password@]host[:port]`, `mqtts://…`). Out: a started paho client.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

MAX_QUEUED = 1000
"""Messages paho holds while there is no connection; the sender has at most 50 under way."""

Handler = Callable[[str, bytes], None]


def open_link(
    url: str, client_id: str, topics: Sequence[str], handler: Handler, *, presence: str | None = None
) -> mqtt.Client:
    """Connects in the background, for ever, and subscribes again after every reconnect.

    `handler` gets topic and payload on paho's thread. `presence`: a topic that says, retained, whether we are here.
    Raises ValueError for a URL that is none.
    """
    where = urlsplit(url)
    if where.scheme not in ("mqtt", "mqtts") or not where.hostname:
        raise ValueError(f"{url!r} is not a broker: mqtt://host:port or mqtts://host:port")
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
    client.suppress_exceptions = True
    client.max_queued_messages_set(MAX_QUEUED)
    client.reconnect_delay_set(1, 30)
    if where.username:
        client.username_pw_set(unquote(where.username), unquote(where.password or ""))
    if where.scheme == "mqtts":
        client.tls_set()
    client.on_socket_open = _send_at_once
    client.on_message = lambda _c, _u, message: handler(message.topic, bytes(message.payload))

    def on_connect(link: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            return
        if topics:
            link.subscribe([(topic, 1) for topic in topics])
        if presence is not None:
            link.publish(presence, dumps({"v": "1.0", "at": now(), "state": "online"}), qos=1, retain=True)

    client.on_connect = on_connect
    if presence is not None:
        client.will_set(presence, dumps({"v": "1.0", "state": "lost"}), qos=1, retain=True)
    client.connect_async(where.hostname, where.port or (8883 if where.scheme == "mqtts" else 1883), keepalive=15)
    client.loop_start()
    return client


def _send_at_once(_client: mqtt.Client, _data: Any, sock: Any) -> None:
    """Without this a message may wait 40 ms for company."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def close_link(client: mqtt.Client, *, presence: str | None = None) -> None:
    """Says goodbye where `presence` is ours, and stops."""
    if presence is not None and client.is_connected():
        message = client.publish(presence, dumps({"v": "1.0", "at": now(), "state": "offline"}), qos=1, retain=True)
        message.wait_for_publish(2)
    client.disconnect()
    client.loop_stop()


def dumps(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def loads(payload: bytes) -> dict[str, Any]:
    """The object in a payload; an empty one for anything else."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """Unique, and in the order of its making (UUID version 7)."""
    stamp = time.time_ns() // 1_000_000
    head = stamp.to_bytes(6, "big") + os.urandom(10)
    text = head.hex()
    return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-{'89ab'[head[8] & 3]}{text[17:20]}-{text[20:32]}"
