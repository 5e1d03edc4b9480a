"""The control socket of a served shelf: a person at a terminal presses keys and looks at the modules.

In: `{"press": NAME, "key": KEY, "hold": SECONDS, "who": PERSON}`, `{"unplug": BUS, "for": SECONDS}`, `{"look": true}`,
`{"report": true}`. Out: one answer each, with `ok`.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

from firmware_sim.sockets import LineServer

ANSWER_WAIT_S = 3.0


class Control(LineServer):
    """Answers with what `command(request)` returns."""

    def __init__(self, path: Path, command: Callable[[dict[str, object]], dict[str, object]]) -> None:
        super().__init__(path)
        self._command = command

    def heard(self, client: socket.socket, message: dict[str, object]) -> None:
        self.tell(client, self._command(message))


def request(folder: Path, message: dict[str, object]) -> dict[str, object]:
    """Ask the shelf served from `folder`. Raises OSError when none is."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(ANSWER_WAIT_S)
        client.connect(str(folder / "control.sock"))
        client.sendall(json.dumps(message).encode() + b"\n")
        with client.makefile("rb") as answers:
            answer = json.loads(answers.readline() or b"{}")
    return answer if isinstance(answer, dict) else {}
