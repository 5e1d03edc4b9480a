"""`pickbeam scan PORT`: what does this scanner send, and which code is made of it?

In: the port of a scanner. Out: a line for each code, with the bytes that arrived; with --json one JSON object a line.
Ctrl-C ends it.
"""

from __future__ import annotations

import json as json_text
import sys
import time
from collections.abc import Iterator
from select import select
from typing import Annotated

import typer

from controller.errors import StartError
from controller.scan import Codes
from controller.scan.door import SILENCE_S, port_of
from devices.transport.port import Port, PortGone


def command(
    port: Annotated[
        str, typer.Argument(help="As in the settings: a device, a pyserial URL, or keyboard:/dev/input/by-id/…")
    ],
    *,
    baud: Annotated[int, typer.Option(help="As the scanner is set; USB scanners do not care.")] = 9600,
    prefix: Annotated[str, typer.Option(help="What the scanner puts before every code.")] = "",
    suffix: Annotated[str, typer.Option(help="What it puts after every code, besides the line end.")] = "",
    json: Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")] = False,
) -> None:
    """Scan something and see what arrives, and which code it is. Stop the controller first, it holds its ports.

    USB scanners are best set to serial (CDC, "virtual COM port"); one that types like a keyboard is
    keyboard:/dev/input/by-id/…-event-kbd. The options are those of [picker.scanner].
    """
    opened = port_of(port, baud)
    if not opened.try_open(time.monotonic()):
        raise StartError(f"the scanner {port} cannot be opened: {opened.last_fault}")
    print(f"Scan something. Listening to {port} at {baud} baud; Ctrl-C ends it.", file=sys.stderr, flush=True)
    try:
        for raw, code in _scans(opened, Codes(prefix, suffix, repeat_s=0.0)):
            shown = raw.decode("latin-1")
            print(json_text.dumps({"code": code, "raw": shown}) if json else _line(code, shown), flush=True)
    except PortGone as gone:
        raise StartError(f"the scanner is gone: {gone}") from gone
    finally:
        opened.close()


def _line(code: str, raw: str) -> str:
    return f"{code or 'unreadable; is this the right baud?':40} from {raw!r}"


def _scans(port: Port, codes: Codes) -> Iterator[tuple[bytes, str]]:
    """Each code with the bytes since the one before; bytes that are none with an empty code."""
    raw = b""
    while True:
        ready, _, _ = select([port], [], [], SILENCE_S if raw else None)
        data = port.read() if ready else b""
        raw += data
        bad, now = codes.unreadable, time.monotonic()
        found = codes.feed(data, now) if data else codes.flush(now)
        if codes.unreadable > bad:
            found.append("")
        yield from ((raw, code) for code in found)
        if found or not data:
            raw = b""
