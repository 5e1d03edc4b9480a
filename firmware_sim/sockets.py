"""Unix sockets that speak lines of JSON, served without threads.

In: a path, and what to do with each message. Out: file numbers to wait for; messages to all who are connected.
"""

from __future__ import annotations

import contextlib
import json
import socket
from abc import ABC, abstractmethod
from pathlib import Path

LINE_MAX = 65_536  # bytes of one message; whoever sends more is cut off
CLIENTS_MAX = 16


class LineServer(ABC):
    """Listens at `path`; give `serve` the file numbers that are ready."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(CLIENTS_MAX)
        self._listener.setblocking(False)
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}

    @abstractmethod
    def heard(self, client: socket.socket, message: dict[str, object]) -> None:
        """One message has come."""

    def joined(self, client: socket.socket) -> None:  # noqa: B027 - few care
        """Somebody has connected."""

    def fds(self) -> list[int]:
        return [self._listener.fileno(), *self._clients]

    def serve(self, ready: set[int]) -> None:
        if self._listener.fileno() in ready:
            client, _ = self._listener.accept()
            client.setblocking(False)
            self._clients[client.fileno()] = (client, bytearray())
            self.joined(client)
        for fd in ready & self._clients.keys():
            self._read(fd)

    def tell(self, client: socket.socket, message: dict[str, object]) -> None:
        """Send one message; somebody who does not read loses it."""
        with contextlib.suppress(OSError):
            client.sendall(json.dumps(message).encode() + b"\n")

    def tell_all(self, message: dict[str, object]) -> None:
        for client, _ in list(self._clients.values()):
            self.tell(client, message)

    def close(self) -> None:
        for fd in list(self._clients):
            self._drop(fd)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _read(self, fd: int) -> None:
        client, buffer = self._clients[fd]
        try:
            data = client.recv(LINE_MAX)
        except OSError:
            data = b""
        buffer += data
        if not data or len(buffer) > LINE_MAX:
            self._drop(fd)
            return
        *lines, rest = bytes(buffer).split(b"\n")
        buffer[:] = rest
        for line in lines:
            self._message(client, line)

    def _message(self, client: socket.socket, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if isinstance(message, dict):
            self.heard(client, message)

    def _drop(self, fd: int) -> None:
        client, _ = self._clients.pop(fd)
        client.close()
