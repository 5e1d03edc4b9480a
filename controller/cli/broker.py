"""`pickbeam broker`: a small MQTT broker for trying things out; `embedded_broker` is the same for `pickbeam demo`.

In: an address. Out: a running broker (amqtt in this process, or mosquitto where asked for) until Ctrl-C.

What amqtt 0.12 does not do: MQTT 5; anything on disk; keep messages for an anonymous client that is away (for one with
a user name it does, but delivers them marked as retained, and a retained task is refused: connect to it without a
name); send a message again that was not acknowledged within 5 s or before the connection broke. The contract stands
all of this, because a WMS resends until it is answered. For a warehouse use mosquitto with config/mosquitto.conf.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from controller.errors import StartError

START_S = 10.0
"""How long mosquitto may take until it answers."""
NO_AMQTT = (
    "the embedded broker needs the package amqtt: pip install 'pickbeam[demo]'\n"
    "or use a real one: apt install mosquitto, then pickbeam broker --mosquitto"
)


def command(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 1883,
    port_file: Annotated[Path | None, typer.Option(help="Write the port here once the broker answers.")] = None,
    mosquitto: Annotated[bool, typer.Option("--mosquitto", help="Start the mosquitto program instead.")] = False,
) -> None:
    """Run a small MQTT broker until Ctrl-C.

    For trying things out: nobody is asked for a password, and nothing is kept when it ends.
    """
    if mosquitto:
        with mosquitto_broker(host, port) as (real, process):
            _announce(host, real, port_file)
            process.wait()
        return
    asyncio.run(_serve(host, port, port_file))


@asynccontextmanager
async def embedded_broker(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """An amqtt broker on this loop; yields its port. MQTT 3.1.1, in memory. Raises StartError."""
    try:
        from amqtt.broker import Broker
        from amqtt.contexts import BrokerConfig, ListenerConfig
        from amqtt.errors import BrokerError
    except ImportError as error:
        raise StartError(NO_AMQTT) from error
    _hush()
    port = port or _free_port(host)
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listeners = {"default": ListenerConfig(bind=f"{host}:{port}")}
    broker = Broker(BrokerConfig(listeners=listeners, plugins=plugins))  # asyncio sets TCP_NODELAY on its sockets
    try:
        await broker.start()
    except BrokerError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error}") from error
    try:
        yield port
    finally:
        await broker.shutdown()


@contextmanager
def mosquitto_broker(host: str = "127.0.0.1", port: int = 0) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A mosquitto process of our own, without persistence; yields its port and the process. Raises StartError."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise StartError("mosquitto is not installed: apt install mosquitto")
    port = port or _free_port(host)
    with tempfile.TemporaryDirectory(prefix="pickbeam-broker-") as folder:
        conf = Path(folder, "mosquitto.conf")
        conf.write_text(
            f"listener {port} {host}\nallow_anonymous true\nset_tcp_nodelay true\npersistence false\n"
            "max_queued_messages 100000\nlog_type error\n",
            encoding="utf-8",
        )
        process = subprocess.Popen([program, "-c", str(conf)])
        try:
            _wait_for(host, port, process)
            yield port, process
        finally:
            process.terminate()
            process.wait()


async def _serve(host: str, port: int, port_file: Path | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with embedded_broker(host, port) as real:
        _announce(host, real, port_file)
        await stop.wait()


def _announce(host: str, port: int, port_file: Path | None) -> None:
    print(f"broker ready: mqtt://{host}:{port}", flush=True)
    if port_file is not None:
        beside = port_file.with_name(port_file.name + ".new")
        beside.write_text(f"{port}\n", encoding="ascii")
        beside.replace(port_file)  # whoever waits for the file never sees half of it


def _hush() -> None:
    """Amqtt tells of every client that vanishes, as a warning or with a traceback; here they vanish on purpose."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.ERROR)


def _free_port(host: str) -> int:
    with socket.socket() as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


def _wait_for(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection((host, port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise StartError(f"mosquitto did not start on {host}:{port}")
