"""Messages between the controller and the voice worker, over a socket pair.

In: the frozen dataclasses below. Out: the same at the other end, in order. Pickled, with a length in front; both ends
are our own processes, nobody else can write into the pair.
"""

from __future__ import annotations

import pickle
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from controller.core.speech import Prompt, Talk, Word
from controller.errors import PortError
from controller.voice.options import HeadsetOptions, VoiceOptions

LENGTH: Final = struct.Struct("<I")
MAX_UNSENT: Final = 4 << 20
"""Bytes; what all pickers are told in a minute is a thousandth of it, more means that the reader is dead."""
READ_SIZE: Final = 1 << 16


class WireClosedError(PortError):
    """The other end is gone, or does not read any more."""


# ---- to the worker ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Configure:
    """First message: everybody's headset. `log_level` as in `logging`."""

    headsets: Mapping[str, HeadsetOptions]
    options: VoiceOptions
    log_level: int


@dataclass(frozen=True, slots=True)
class TalkNow:
    """What a picker's headset does from now on; None = it is silent and hears nothing."""

    picker: str
    talk: Talk | None


@dataclass(frozen=True, slots=True)
class Cue:
    """Something momentary: an earcon by its name, sentences, both may be empty. Said between two sentences."""

    picker: str
    earcon: str = ""
    say: tuple[Prompt, ...] = ()


# ---- from the worker -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """An accepted answer; exactly one of `word`, `digits`, `number` is set. `count` is unique per picker in one life
    of the worker. `age`: seconds from the end of the last word to this message, as far as the audio tells.
    """

    picker: str
    count: int
    turn: str
    word: Word | None
    digits: str | None
    number: int | None
    text: str
    confidence: float
    age: float


@dataclass(frozen=True, slots=True)
class Rejected:
    picker: str
    count: int
    turn: str
    why: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """The mouth began (`speaking`) or ended to speak."""

    picker: str
    turn: str
    speaking: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """The picker's ear and mouth were looked at for the first time; what was wrong has been told before."""

    picker: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`fault`: MIC_LOST, WRONG_RATE, MIC_SILENT, SPEAKER_LOST, NO_SYNTHESISER or MODEL_MISSING. `what` ends with the
    cure.
    """

    picker: str
    fault: str
    what: str


@dataclass(frozen=True, slots=True)
class Mended:
    picker: str
    fault: str


@dataclass(frozen=True, slots=True)
class Health:
    """Every 2 s, also as the sign of life. `pickers`: state of mic, asr and tts of each."""

    pickers: Mapping[str, Mapping[str, Any]]
    worker: Mapping[str, Any] = field(default_factory=dict)


Message = Configure | TalkNow | Cue | Heard | Rejected | Spoken | Ready | Fault | Mended | Health


class Wire:
    """One end. Never blocks: what the socket does not take waits for `flush`."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._arrived = bytearray()
        self._unsent = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def unsent(self) -> bool:
        return bool(self._unsent)

    def send(self, message: Message) -> None:
        """Raises `WireClosedError`."""
        body = pickle.dumps(message, protocol=5)
        self._unsent += LENGTH.pack(len(body)) + body
        self.flush()
        if len(self._unsent) > MAX_UNSENT:
            raise WireClosedError(f"{len(self._unsent)} bytes unread by the other end")

    def flush(self) -> None:
        """Send what waits, as far as the socket takes it."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError as fault:
            raise WireClosedError(str(fault)) from fault

    def receive(self) -> list[Message]:
        """All messages that are complete. Raises `WireClosedError` at the end."""
        try:
            data = self._socket.recv(READ_SIZE)
        except BlockingIOError:
            return []
        except OSError as fault:
            raise WireClosedError(str(fault)) from fault
        if not data:
            raise WireClosedError("closed by the other end")
        self._arrived += data
        return self._complete()

    def close(self) -> None:
        self._socket.close()

    def _complete(self) -> list[Message]:
        found: list[Message] = []
        while len(self._arrived) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self._arrived)[0]
            if len(self._arrived) < end:
                break
            found.append(pickle.loads(self._arrived[LENGTH.size : end]))  # noqa: S301 - both ends are ours
            del self._arrived[:end]
        return found
