"""One process that is both ends of a controller: the WMS at the broker, and the modules on the serial line.

In: a broker's port, a rack. Out: samples of both ways, in seconds: task published -> first byte of the lamp change on
the serial line; last byte of the key event on the line -> `line_completed` at the WMS.

A single thread waits for both sides with select, so that both moments are read from one clock by one process that does
nothing else.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import apsw
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from controller.bench.place import PREFIX
from controller.bench.rack import Rack
from controller.errors import StartError

PATIENCE_S: Final = 5.0
"""After this a sample is lost, and the measurement with it."""
PAUSE_S: Final = (0.020, 0.060)
"""Between samples: longer than the idle poll's period, so that each meets the bus at another moment."""
HAND_S: Final = (0.030, 0.060)
"""From lamp to key: the lamp's own traffic is over by then."""
COMMIT_BYTES: Final = 600
"""A fact and an event of one confirmed line."""


@dataclass(slots=True)
class Samples:
    """Seconds. `hop`: QoS 1 through the broker; `commit`: one row, WAL, synchronous FULL, in the same folder."""

    down: list[float] = field(default_factory=list)
    up: list[float] = field(default_factory=list)
    hop: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    polls_per_s: float = 0.0


class Wms:
    """A WMS client without a thread: `pump` reads it. `heard(topic, payload, at)` for every message."""

    def __init__(self, port: int, topics: list[str], *, nodelay: bool = True) -> None:
        self.heard: Callable[[str, bytes, float], None] = lambda _topic, _payload, _at: None
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"bench-{time.monotonic_ns()}")
        self._client.on_message = lambda _c, _u, m: self.heard(m.topic, bytes(m.payload), time.monotonic())
        self._ready = 0
        self._client.on_subscribe = self._subscribed
        self._client.connect("127.0.0.1", port, keepalive=600)
        sock: Any = self._client.socket()
        if sock is None:
            raise StartError("the broker closed the connection")
        self._socket: socket.socket = sock
        if nodelay:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._topics = topics
        self._client.on_connect = self._connected

    def fileno(self) -> int:
        return int(self._socket.fileno())

    @property
    def ready(self) -> bool:
        """Subscribed to everything."""
        return self._ready == 1

    def readable(self) -> None:
        self._client.loop_read()
        while self._client.want_write():
            self._client.loop_write()

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def close(self) -> None:
        self._client.disconnect()

    def _connected(self, *_: object) -> None:
        self._client.subscribe([(topic, 1) for topic in self._topics])

    def _subscribed(self, *_: object) -> None:
        self._ready += 1


class Committer:
    """The commit of this disk and this SQLite: a row in a database of its own."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("journal_mode", "WAL")
        self._connection.pragma("synchronous", "FULL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body BLOB)")
        self._body = bytes(COMMIT_BYTES)

    def sample(self) -> float:
        """Seconds of one commit."""
        begun = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO t(body) VALUES (?)", (self._body,))
        self._connection.execute("COMMIT")
        return time.perf_counter() - begun

    def close(self) -> None:
        self._connection.close()


class Rig:
    """The WMS and the modules of a controller that runs elsewhere. `rack` is read and served here."""

    def __init__(self, port: int, rack: Rack, committer: Committer, seed: int = 0) -> None:
        self.rack = rack
        self.wms = Wms(port, [PREFIX + "out/event", PREFIX + "state/presence", "bench/hop"])
        self.wms.heard = self._heard
        rack.on_lamp = self._lamp
        rack.on_event = self._told
        self.random = Random(seed)
        self._both: list[Any] = [rack, self.wms]
        self._committer = committer
        self._lamps: dict[int, tuple[bytes, float]] = {}
        self._pressed: dict[int, float] = {}
        self._events: dict[tuple[str, str], float] = {}
        self._hop_at = 0.0
        self._seq = 0
        self._stream = ""
        self._acked = 0
        self.online_at = 0.0

    def close(self) -> None:
        self.wms.close()

    def pump(self, done: Callable[[], object], limit_s: float = PATIENCE_S, what: str = "") -> None:
        """Serve both sides until `done()`. Raises StartError after `limit_s`."""
        end = time.monotonic() + limit_s
        while not done():
            if time.monotonic() >= end:
                raise StartError(f"nothing came within {limit_s} s: {what}")
            self._turn(end)

    def rest(self, seconds: float) -> None:
        """Serve both sides for a while, and end on time: what comes next must not be in step with the bus."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._turn(end)

    def _turn(self, end: float) -> None:
        wait = max(0.0, min(self.rack.due(), end) - time.monotonic())
        ready, _, _ = select.select(self._both, [], [], wait)
        now = time.monotonic()
        if self.rack in ready:
            self.rack.readable(now)
        if self.wms in ready:
            self.wms.readable()
        self.rack.serve(now, time.monotonic)

    def wait_online(self, limit_s: float = 20.0) -> None:
        self.pump(lambda: self.wms.ready and self.online_at, limit_s, "presence")

    def light(self, name: str, addr: int) -> float:
        """Publish a task for one line at this module: seconds until the lamp change is on the line."""
        self._lamps.pop(addr, None)
        body = self._task(name, addr)
        begun = time.monotonic()
        self.wms.publish(PREFIX + "in/task", body)
        self.pump(lambda: addr in self._lamps and self._lamps[addr][0][0], what=f"lamp {addr}")
        return self._lamps[addr][1] - begun

    def confirm(self, name: str, addr: int) -> float:
        """Press the lit module: seconds from its event on the line to `line_completed` here."""
        self._pressed.pop(addr, None)
        self.rack.press(addr)
        self.pump(lambda: ("line_completed", name) in self._events, what=f"line_completed of {name}")
        return self._events["line_completed", name] - self._pressed[addr]

    def finish(self, name: str, addr: int) -> None:
        """Until the task is over and its lamp is dark; then acknowledge like a WMS."""
        self.pump(lambda: ("task_completed", name) in self._events, what=f"task_completed of {name}")
        self.pump(lambda: not self._lamps[addr][0][0], what=f"dark lamp {addr}")
        self._events.clear()
        self.wms.publish(
            PREFIX + "in/ack", json.dumps({"v": "1.0", "stream": self._stream, "upto": self._seq}).encode()
        )

    def hop(self) -> float:
        """One QoS 1 message through the broker and back here."""
        self._hop_at = 0.0
        begun = time.monotonic()
        self.wms.publish("bench/hop", b"x" * 300)
        self.pump(lambda: self._hop_at, what="hop")
        return self._hop_at - begun

    def sample(self, name: str, addr: int, samples: Samples) -> None:
        """One task from beginning to end, and what a hop and a commit cost meanwhile."""
        self.rest(self.random.uniform(*PAUSE_S))
        samples.hop.append(self.hop())
        samples.commit.append(self._committer.sample())
        self.rest(self.random.uniform(*PAUSE_S))
        samples.down.append(self.light(name, addr))
        self.rest(self.random.uniform(*HAND_S))
        samples.up.append(self.confirm(name, addr))
        self.finish(name, addr)

    # --- what arrives ----------------------------------------------------------------------------------------------

    def _lamp(self, addr: int, shows: bytes, at: float) -> None:
        self._lamps[addr] = (shows, at)

    def _told(self, addr: int, at: float) -> None:
        self._pressed.setdefault(addr, at)

    def _heard(self, topic: str, payload: bytes, at: float) -> None:
        if topic == "bench/hop":
            self._hop_at = at
            return
        message: dict[str, Any] = json.loads(payload) if payload else {}
        if topic.endswith("/out/event"):
            self._seq, self._stream = message["seq"], message["stream"]
            self._events.setdefault((message["type"], str(message.get("task_id"))), at)
        elif message.get("state") == "online":
            self.online_at = at

    def _task(self, name: str, addr: int) -> bytes:
        line = {"line_id": "10", "location": f"L.{addr:03}", "sku": "08711000123457", "qty": 3, "text": "bench part"}
        return json.dumps({"v": "1.0", "id": f"m-{name}", "src": "bench", "task_id": name, "lines": [line]}).encode()
