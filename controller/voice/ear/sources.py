"""Where audio comes from, by URL.

In: `alsa:NAME`, `wav:PATH`, `pipe:PATH`, `unix:PATH` (the configuration's devices). Out: blocks of 50 ms of 16 kHz
mono int16 PCM, read in a thread of the caller's.
"""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from controller.voice.ear import pcm
from controller.voice.ear.engine import RATE, SourceError

BLOCK_S = 0.05
BLOCK = round(RATE * BLOCK_S) * 2
"""Bytes of one block."""


class Source(Protocol):
    def read(self, timeout: float = 0.5) -> bytes:
        """The next block, or what came within `timeout` seconds (b"" = nothing yet). EOFError at the end of a file or
        when the other side closes; SourceError when the device fails.
        """

    def close(self) -> None:
        """Idempotent."""


def open_source(url: str, rate: int = RATE, *, real_time: bool = True) -> Source:
    """Open the microphone of a URL. `rate`: of raw PCM from `pipe:` and `unix:`. `real_time`: a WAV file plays at its
    own pace, else as fast as it is read. SourceError: it cannot be opened, with the cure.
    """
    kind, _, name = url.partition(":")
    match kind:
        case "alsa":
            return AlsaSource(name or "default")
        case "wav":
            return FileSource(Path(name), real_time=real_time)
        case "pipe":
            return PipeSource(Path(name), rate)
        case "unix":
            return SocketSource(Path(name), rate)
    raise SourceError(f"{url!r} is no audio source; write alsa:NAME, wav:PATH, pipe:PATH or unix:PATH")


class _Stream:
    """A file descriptor that raw PCM comes from, cut into blocks."""

    def __init__(self, read: Callable[[int], bytes | None], descriptor: int, rate: int) -> None:
        self._read = read
        self._selector = selectors.DefaultSelector()
        self._selector.register(descriptor, selectors.EVENT_READ)
        self._resample = pcm.Resampler(rate, RATE) if rate != RATE else None
        self._buffer = b""
        self._size = round(rate * BLOCK_S) * 2
        self._closed = False

    def read(self, timeout: float = 0.5) -> bytes:
        until = time.monotonic() + timeout
        while len(self._buffer) < self._size and not self._closed:
            if not self._selector.select(max(0.0, until - time.monotonic())):
                break
            data = self._read(self._size)
            if not data:
                self._ended()
                break
            self._buffer += data
        size = min(self._size, len(self._buffer) // 2 * 2)
        block, self._buffer = self._buffer[:size], self._buffer[size:]
        return self._resample.feed(block) if self._resample else block

    def _ended(self) -> None:
        raise EOFError("the audio ended")

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._selector.close()


class AlsaSource(_Stream):
    """A sound card through `arecord`: a child process, so that a hanging driver cannot hang us."""

    def __init__(self, name: str) -> None:
        program = shutil.which("arecord")
        if program is None:
            raise SourceError("arecord is not installed; install it: apt install alsa-utils")
        self._name = name
        self._child = subprocess.Popen(
            [program, "-q", "-D", name, "-f", "S16_LE", "-r", str(RATE), "-c", "1", "-t", "raw"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert self._child.stdout is not None
        super().__init__(self._child.stdout.read, self._child.stdout.fileno(), RATE)

    def _ended(self) -> None:
        assert self._child.stderr is not None
        said = " ".join(self._child.stderr.read().decode(errors="replace").split())
        raise SourceError(f"microphone {self._name}: {_why(said)}")

    def close(self) -> None:
        if self._closed:
            return
        super().close()
        self._child.terminate()
        try:
            self._child.wait(2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()


def _why(said: str) -> str:
    """What arecord's complaint means and what to do about it."""
    if "busy" in said:
        return "another program holds it; close that, or use a dsnoop device"
    if "No such file" in said or "Unknown PCM" in said or "No such device" in said:
        return f"there is no such device, or it was unplugged; `arecord -L` lists what there is ({said})"
    if "Permission" in said:
        return "no permission; add the user to the group audio"
    if "Sample format" in said or "Channels count" in said or "rate" in said.lower():
        return f"it cannot give 16 kHz mono; write plughw: instead of hw: ({said})"
    return f"arecord ended{f': {said}' if said else ''}; is it still plugged in?"


class PipeSource(_Stream):
    """Raw little-endian int16 mono PCM from a named pipe. Its writer may come and go: it is opened for writing too, so
    that opening does not wait and a writer's end is silence, not the end.
    """

    def __init__(self, path: Path, rate: int) -> None:
        if path.is_file():
            raise SourceError(f"{path} is a file, no pipe; write wav:{path} for a WAV file")
        try:
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_NONBLOCK), "rb", buffering=0)
        except OSError as error:
            raise SourceError(f"pipe {path}: {error.strerror}; create it with mkfifo and write PCM to it") from error
        super().__init__(self._file.read, self._file.fileno(), rate)

    def close(self) -> None:
        super().close()
        self._file.close()


class SocketSource(_Stream):
    """Raw PCM from a UNIX socket that somebody (a simulated headset) listens on."""

    def __init__(self, path: Path, rate: int) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise SourceError(f"headset socket {path}: {error.strerror}; start the headset first") from error
        super().__init__(self._socket.recv, self._socket.fileno(), rate)

    def close(self) -> None:
        super().close()
        self._socket.close()


class FileSource:
    """A WAV file, at its own pace or at once."""

    def __init__(self, path: Path, *, real_time: bool) -> None:
        self._pcm = pcm.read_wav(path).tobytes()
        self._at = 0
        self._real_time = real_time
        self._due = time.monotonic()

    def read(self, timeout: float = 0.5) -> bytes:  # noqa: ARG002 a file always has its next block
        if self._at >= len(self._pcm):
            raise EOFError("the file ended")
        if self._real_time:
            self._due += BLOCK_S
            time.sleep(max(0.0, self._due - time.monotonic()))
        block = self._pcm[self._at : self._at + BLOCK]
        self._at += BLOCK
        return block

    def close(self) -> None:
        self._at = len(self._pcm)
