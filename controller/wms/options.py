"""How to reach the broker, and what to ask of it.

In: nothing. Out: the options of a connection, and what they mean to paho and to TLS.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

MAX_PACKET = 262_144
"""Asked of an MQTT 5 broker: larger messages are not for us."""
WILL_DELAY_S = 10
SESSION_EXPIRY_S = 30 * 24 * 3600
INFLIGHT = 20
"""Publishes without PUBACK on the wire, and messages the broker may send us without our ack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Paths of PEM files. `ca` None = the system's; `cert` and `key` = our own identity."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttOptions:
    """`version`: "5" or "3.1.1". `keepalive` in seconds."""

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = ""
    version: str = "5"
    username: str | None = None
    password: str | None = None
    tls: Tls | None = None
    keepalive: int = 15


def connect_arguments(options: MqttOptions) -> dict[str, Any]:
    """What CONNECT carries besides: a session that outlives restarts, and our limits. MQTT 3.1.1 has no room for it."""
    if options.version != "5":
        return {}
    properties = _properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.ReceiveMaximum = INFLIGHT
    properties.MaximumPacketSize = MAX_PACKET
    return {"clean_start": False, "properties": properties}


def will_properties(options: MqttOptions) -> Properties | None:
    """A moment of grace before the broker tells of our death, so that a flapping line is no news."""
    if options.version != "5":
        return None
    properties = _properties(PacketTypes.WILLMESSAGE)
    properties.WillDelayInterval = WILL_DELAY_S
    return properties


def tls_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.cert is not None:
        context.load_cert_chain(tls.cert, tls.key)
    return context


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]
