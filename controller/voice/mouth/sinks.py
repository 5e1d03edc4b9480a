"""Where sound goes: a sound card, a socket, a file, a pipe, nowhere.

In: samples (`pcm.RATE`, 16 bit, mono). Out: `play` returns when the last one has been heard; cancelled, the sound stops
at once. Every sink takes as long as the sound lasts, so that the ear stays deaf for as long with each of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import subprocess
from pathlib import Path
from typing import Final, Protocol

from controller.errors import PortError
from controller.voice.mouth.pcm import RATE, WIDTH, seconds

BLOCK: Final = RATE // 50 * WIDTH
"""Bytes of 20 ms."""
AHEAD: Final = 0.06
"""Seconds that a paced sink may be ahead of what has been heard: as much is heard after an interruption."""
CONNECT_S: Final = 1.0
HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
"""RIFF/WAVE with one `fmt ` chunk of 16 bytes (PCM) and one `data` chunk."""


class SpeakerError(PortError):
    """The speaker cannot be used: what is wrong, and the cure."""


class Sink(Protocol):
    async def play(self, sound: bytes) -> None:
        """Raises `SpeakerError`."""

    async def probe(self) -> None:
        """Whether it could be played now, without a sound. Raises `SpeakerError`."""

    def close(self) -> None: ...


def open_sink(device: str) -> Sink:
    """`alsa:NAME`, `unix:PATH`, `wav:PATH`, `pipe:PATH` or `none`. Nothing is opened before the first sound."""
    kind, _, name = device.partition(":")
    match kind:
        case "alsa":
            return AlsaSink(name or "default")
        case "unix":
            return SocketSink(Path(name))
        case "wav":
            return WavSink(Path(name))
        case "pipe":
            return PipeSink(Path(name))
        case "none":
            return NoSink()
    raise ValueError(f"a speaker is alsa:NAME, unix:PATH, wav:PATH, pipe:PATH or none, not {device!r}")


class NoSink:
    """Nowhere, and in no time: nobody hears anything, so nobody has to wait for its end."""

    async def play(self, sound: bytes) -> None:
        pass

    async def probe(self) -> None:
        pass

    def close(self) -> None:
        pass


class AlsaSink:
    """One `aplay` per sound: it ends when the card has played the last sample, and killed it is silent at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._command = ["aplay", "-q", "-D", name, "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1"]

    async def play(self, sound: bytes) -> None:
        if not sound:
            return
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as fault:
            raise SpeakerError("aplay is missing; install it with: sudo apt-get install alsa-utils") from fault
        try:
            _, said = await child.communicate(sound)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        if child.returncode:
            why = (said.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
            raise SpeakerError(
                f"aplay cannot use {self._name} ({why}); is the headset plugged in? `aplay -L` lists the names"
            )

    async def probe(self) -> None:
        await self.play(bytes(BLOCK))

    def close(self) -> None:
        pass


class SocketSink:
    """Raw samples to a Unix socket, at the pace of the ear."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    async def play(self, sound: bytes) -> None:
        known = self._socket is not None
        await self.probe()
        try:
            await self._send(sound)
        except OSError as fault:
            self.close()
            if known:  # it was switched off and on again since the last sound
                await self.play(sound)
                return
            raise SpeakerError(f"{self._path} hung up ({fault}); is the headset still there?") from fault

    async def _send(self, sound: bytes) -> None:
        loop, connected = asyncio.get_running_loop(), self._socket
        assert connected is not None
        async for block in paced(sound):
            await loop.sock_sendall(connected, block)

    async def probe(self) -> None:
        if self._socket is not None:
            return
        connecting = socket.socket(socket.AF_UNIX)
        connecting.setblocking(False)
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().sock_connect(connecting, str(self._path))
            connecting.shutdown(socket.SHUT_RD)  # the microphone's samples go to the ear, which has its own connection
        except OSError as fault:  # a time-out is one too
            connecting.close()
            raise SpeakerError(f"nobody listens at {self._path} ({fault}); start the headset") from fault
        self._socket = connecting

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class WavSink:
    """Appends to a WAV file of our own format; a file of another one is not touched."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def play(self, sound: bytes) -> None:
        append_wav(self._path, sound)
        async for _ in paced(sound):
            pass

    async def probe(self) -> None:
        append_wav(self._path, b"")

    def close(self) -> None:
        pass


class PipeSink:
    """Raw samples into a named pipe, for a player of one's own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    async def play(self, sound: bytes) -> None:
        await self.probe()
        try:
            async for block in paced(sound):
                with contextlib.suppress(BlockingIOError):  # a reader that does not read misses this block
                    os.write(self._fd, block)
        except OSError as fault:
            self.close()
            raise SpeakerError(f"nobody reads {self._path} any more ({fault}); start the player again") from fault

    async def probe(self) -> None:
        if self._fd >= 0:
            return
        try:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as fault:
            raise SpeakerError(
                f"{self._path} cannot be written ({fault}); make it with mkfifo and start its player"
            ) from fault

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class paced:  # noqa: N801 - reads as what it does to the sound
    """The sound in blocks of 20 ms, each not before its time; ends when the last one has been heard."""

    def __init__(self, sound: bytes) -> None:
        self._sound = sound
        self._at = 0
        self._began = asyncio.get_running_loop().time()

    def __aiter__(self) -> paced:
        return self

    async def __anext__(self) -> bytes:
        now = asyncio.get_running_loop().time() - self._began
        if self._at >= len(self._sound):
            await asyncio.sleep(max(0.0, seconds(self._sound) - now))
            raise StopAsyncIteration
        await asyncio.sleep(max(0.0, self._at / (WIDTH * RATE) - AHEAD - now))
        block = self._sound[self._at : self._at + BLOCK]
        self._at += len(block)
        return block


def append_wav(path: Path, sound: bytes) -> None:
    """Add the sound to a file made by this function, which is created if it does not exist. Raises `SpeakerError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            head = file.read(HEADER.size)
            if head and head[:4] + head[8:36] != _header(0)[:4] + _header(0)[8:36]:
                raise SpeakerError(f"{path} is no WAV file of {RATE} Hz, 16 bit, mono; name another file")
            file.seek(0, os.SEEK_END)
            length = max(file.tell() - HEADER.size, 0) + len(sound)
            file.write((b"" if head else _header(0)) + sound)
            file.seek(0)
            file.write(_header(length))
    except OSError as fault:
        if isinstance(fault, SpeakerError):
            raise
        raise SpeakerError(f"{path} cannot be written ({fault})") from fault


def _header(length: int) -> bytes:
    return HEADER.pack(
        b"RIFF", 36 + length, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * WIDTH, WIDTH, 8 * WIDTH, b"data", length
    )
