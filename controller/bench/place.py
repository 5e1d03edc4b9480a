"""A place to measure in: a broker, a site of any size on one bus, the real controller process, its figures in /proc.

In: sizes and settings. Out: running processes, ended again by `with`; memory and processor time of a process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from controller.errors import StartError

SITE, CONTROLLER = "bench", "ctl-1"
PREFIX: Final = f"ptl/v1/{SITE}/{CONTROLLER}/"
SHIPPED: Final = Path(__file__).resolve().parents[2] / "config" / "mosquitto.conf"
START_S: Final = 20.0
"""Longest wait for a process to answer."""
STOCK: Final = "listener {port} 127.0.0.1\nallow_anonymous true\n"
"""The least that a current mosquitto needs to let anybody in; everything else as it comes."""


def mosquitto() -> str:
    """The broker's program. Raises StartError where there is none."""
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise StartError("mosquitto is not installed; these numbers need a real broker (apt-get install mosquitto)")
    return program


@contextmanager
def broker(folder: Path, *, stock: bool = False) -> Iterator[int]:
    """A mosquitto with the configuration we ship (another port and folder), or with stock settings. Gives its port."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    text = STOCK.format(port=port) if stock else shipped(port, folder)
    conf = folder / "mosquitto.conf"
    conf.write_text(text)
    folder.chmod(0o777)  # mosquitto gives up root
    process = subprocess.Popen([mosquitto(), "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield port
    finally:
        end(process)


def shipped(port: int, folder: Path) -> str:
    """config/mosquitto.conf with this port and folder."""
    text = SHIPPED.read_text()
    text = text.replace("listener 1883 127.0.0.1", f"listener {port} 127.0.0.1")
    return text.replace("/var/lib/mosquitto/", f"{folder}/")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.02)
    raise StartError(f"nothing answers at port {port}")


def make_site(
    folder: Path, *, modules: int, port: int, tty: Path, baud: int = 250_000, mode: str = "process", zones: int = 1
) -> Path:
    """Settings and tables: locations L.001…, module M-001… at address 1…; a picker signed on for each zone Z0…

    Returns the path of the settings file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{n:03}" for n in range(1, modules + 1)]
    locations = "".join(f"L.{n},Z{int(n) % zones},A,01,01,{int(n)},\n" for n in names)
    (folder / "locations.csv").write_text("location,zone,aisle,bay,level,walk,check_digits\n" + locations)
    rows = "".join(f"M-{n},bus,A,{int(n)},,,L.{n}\n" for n in names)
    (folder / "modules.csv").write_text("module,kind,bus,address,led_pins,button_pin,location\n" + rows)
    looks = [(colour, pattern) for pattern in ("steady", "blink", "double", "pulse") for colour in ("green", "blue")]
    people = "".join(
        f'[[picker]]\nid = "P-{n}"\ncolour = "{colour}"\npattern = "{pattern}"\nletter = "{chr(65 + n)}"\n'
        f'zones = ["Z{n}"]\nsigned_on = true\n\n'
        for n, (colour, pattern) in enumerate(looks[:zones])
    )
    path = folder / "pickbeam.toml"
    path.write_text(
        f'[site]\nid = "{SITE}"\ncontroller = "{CONTROLLER}"\n\n[mqtt]\nurl = "mqtt://127.0.0.1:{port}"\n\n'
        f'[journal]\npath = "{folder / "journal.db"}"\nballast_mb = 0\nmin_free_percent = 0\n\n'
        "[picking]\nhand_over_after_s = 0\n\n"
        f'[[bus]]\nid = "A"\nport = "{tty}"\nbaud = {baud}\n\n{people}[bus_host]\nmode = "{mode}"\n\n'
        f'[log]\nlevel = "info"\nfile = "{folder / "controller.log"}"\n'
    )
    return path


@contextmanager
def controller(settings: Path, command: Sequence[str] = ("controller", "run")) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m controller run SETTINGS` (or another module) as a process; terminated at the end."""
    process = spawn(settings, command)
    try:
        yield process
    finally:
        end(process)


def spawn(settings: Path, command: Sequence[str] = ("controller", "run")) -> subprocess.Popen[bytes]:
    errors = settings.with_name("controller.err")
    with errors.open("ab") as sink:
        return subprocess.Popen([sys.executable, "-m", *command, str(settings)], stdout=sink, stderr=sink)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_text(file: Path, text: str, process: subprocess.Popen[bytes], count: int = 1) -> float:
    """The moment (monotonic s) at which `file` was found to hold `text` `count` times."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if file.exists() and file.read_text().count(text) >= count:
            return time.monotonic()
        time.sleep(0.002)
    errors = file.with_name("controller.err")
    fate = f"in {START_S:.0f} s" if process.poll() is None else f"before it ended with {process.poll()}"
    raise StartError(f"no {text!r} in {file} {fate}: {errors.read_text()[-2000:] if errors.exists() else ''}")


def children(pid: int) -> list[int]:
    """The children of a process, whichever of its threads made them."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def memory_mb(pid: int, kind: str) -> float:
    """`Rss` or `Pss` (what is shared counted by its share) in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise StartError(f"/proc/{pid}/smaps_rollup has no {kind}")


def cpu_seconds(pid: int) -> float:
    """Time on a processor so far, all threads, to the nanosecond."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ended just now
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9
