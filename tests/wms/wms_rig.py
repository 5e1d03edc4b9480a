"""What the tests of the WMS door share: a small site, a broker process, a house without core and journal.

In: nothing. Out: `SITE`, `SCHEMAS`, `broker_process()`, `Shop`.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from controller.core import facts as f
from controller.core.model import Colour, Pattern, PickerProfile, Policy, Site
from controller.core.places import Location
from controller.core.state import State
from controller.wms import payloads as p
from controller.wms.door import Door
from controller.wms.events import LineSeqs, encode
from controller.wms.house import Emission, House, Picture
from controller.wms.options import MqttOptions
from controller.wms.presence import Identity
from controller.wms.schema import schemas

SITE = Site(
    site_id="S1",
    controller_id="ctl-07",
    locations={name: Location(name, "Z3", n) for n, name in enumerate(("A.03.07:2", "A.03.09:1", "A.03.10:1"))},
    pickers={"P-044": PickerProfile("P-044", Colour.GREEN, Pattern.STEADY, "A", ("Z3",))},
    zones=frozenset({"Z3"}),
    policy=Policy(max_lines=200),
    elsewhere={"B.01.01:1": "ctl-08"},
)
PREFIX = "ptl/v1/S1/ctl-07/"
SCHEMAS = schemas()
"""They take 3 ms to make."""


def task(**changes: Any) -> dict[str, Any]:
    """A good task message."""
    line = {"location": "A.03.07:2", "sku": "08711000123457", "qty": 4}
    return {"v": "1.0", "id": "m-1", "task_id": "T1", "lines": [line], **changes}


def dumps(message: object) -> bytes:
    return json.dumps(message).encode()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Broker:
    """A mosquitto of our own; `kill` is -9."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        conf = self.folder / "mosquitto.conf"
        conf.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nuser root\n"
            f"persistence true\npersistence_location {self.folder}/\nautosave_interval 1\n"
            "autosave_on_changes true\nmax_queued_messages 100000\n"
        )
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen([program, "-c", str(conf)], stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


class Amqtt(Broker):
    """The embedded broker, as a process."""

    def start(self) -> None:
        arguments = [sys.executable, "-m", "controller", "broker", "--port", str(self.port)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
        wait_for_port(self.port)


def wait_for_port(port: int, limit_s: float = 10.0) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(port)


@contextmanager
def broker_process(folder: Path, kind: type[Broker] = Broker) -> Iterator[Broker]:
    broker = kind(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@dataclass
class Row:
    seq: int
    body: bytes


class Shop:
    """Stands for the app: takes what the door emits; commits when told to, or at once."""

    def __init__(self, *, commit_at_once: bool = True) -> None:
        self.commit_at_once = commit_at_once
        self.emitted: list[Emission] = []
        self.pending: list[Callable[[], None]] = []
        self.rows: list[Row] = []
        self.acks: list[int] = []
        self.sessions = 0
        self.forks: list[int] = []
        self.twins: list[str] = []
        self.hosts: list[str] = []
        self.state = State()
        self.door: Door | None = None
        self.emit_times: list[int] = []

    def house(self) -> House:
        return House(
            emit=self.emit,
            events=lambda seq, limit: self.rows[seq - 1 : seq - 1 + limit],
            acked=self.acks.append,
            next_session=self.next_session,
            picture=lambda: Picture(self.state, LineSeqs(), "s1", len(self.rows)),
            fork=self.forks.append,
            duplicate_identity=self.twins.append,
            host_changed=self.hosts.append,
        )

    def open(self, port: int, version: str = "5", instance: str = "i1") -> Door:
        identity = Identity(controller="ctl-07", instance=instance, boot=1, sw="0.0")
        options = MqttOptions(port=port, version=version)
        head = len(self.rows)
        acked = self.acks[-1] if self.acks else 0
        self.door = Door(options, SITE, identity, self.house(), stream="s1", head=head, acked=acked)
        return self.door

    def next_session(self) -> int:
        self.sessions += 1
        return self.sessions

    def emit(self, emission: Emission, done: Callable[[], None]) -> None:
        self.emit_times.append(time.perf_counter_ns())
        self.emitted.append(emission)
        if isinstance(emission, f.CommandDone):
            self.tell(p.CmdDone(command=emission.command, note=emission.note), emission.cause)
        if self.commit_at_once:
            done()
        else:
            self.pending.append(done)

    def tell(self, event: p.Event, cause: str = "test") -> None:
        """One committed event."""
        seq = len(self.rows) + 1
        clk = p.Clock(sync=True, up_ms=seq)
        body = encode(event, controller="ctl-07", stream="s1", seq=seq, at=1_700_000_000_000, cause=cause, clk=clk)
        self.rows.append(Row(seq, body))
        if self.door is not None:
            self.door.committed(self.rows[-1:])


class Wms:
    """A bare MQTT client on the other side."""

    def __init__(self, port: int, name: str = "wms", *, clean: bool = True) -> None:
        self.messages: list[tuple[str, dict[str, Any], bool]] = []
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
        self.client.on_message = self._on_message
        self.client.on_connect = lambda c, *_: c.subscribe([(PREFIX + "out/#", 1), (PREFIX + "state/#", 1)])
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self.messages.append((message.topic.removeprefix(PREFIX), json.loads(message.payload), bool(message.retain)))

    def send(self, topic: str, message: object, *, retain: bool = False) -> None:
        payload = message if isinstance(message, bytes) else dumps(message)
        self.client.publish(PREFIX + topic, payload, qos=1, retain=retain).wait_for_publish(5)

    def of(self, topic: str) -> list[dict[str, Any]]:
        return [body for name, body, _ in self.messages if name == topic]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


async def until(condition: Callable[[], object], limit_s: float = 8.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.01)
