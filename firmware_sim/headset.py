"""A simulated headset: microphone and earphone of one picker, on a Unix socket, in real time.

In: what its wearer says (`speak`), the noise of the hall, faults to have. Out: raw 16 bit mono samples to everybody who
is connected; what they send back is what the wearer hears, kept with its times.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import threading
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from firmware_sim.hall import Hall, levelled

BLOCK_S: Final = 0.02
MIC_RATE: Final = 16_000
EAR_RATE: Final = 22_050
GAP_S: Final = 0.3
"""Silence after which what is heard counts as another prompt."""
FULL: Final = 32_767
BEHIND_S: Final = 0.5
"""A machine that stalls for longer loses this much sound instead of sending it late."""
KEPT: Final = 200
"""Prompts that are remembered."""


@dataclass(slots=True)
class Prompt:
    """One stretch of sound in the wearer's ear: `began` and `ended` on `time.monotonic`'s scale, in s."""

    began: float
    ended: float
    sound: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Faults:
    """What is wrong with it, changeable at any moment."""

    silent: bool = False
    """Digital silence: a muted or dead microphone."""
    stalled: bool = False
    """No samples at all, though nobody hung up: a sound card's driver that hangs, a radio out of reach."""
    gain: float = 1.0
    """Of speech and noise together; well above 1 it clips."""
    rate: int = MIC_RATE
    """Samples per second that really come."""


class Headset:
    """Listens at `path` while switched on. `hall`: the noise behind the wearer. `heard` is called when a prompt has
    ended, in the headset's thread.
    """

    def __init__(self, path: Path, hall: Hall | None = None, heard: Callable[[Prompt], None] | None = None) -> None:
        self.path = path
        self.faults = Faults()
        self.prompts: deque[Prompt] = deque(maxlen=KEPT)
        self._hall = hall or Hall()
        self._heard = heard
        self._lock = threading.Lock()
        self._speech: deque[array[int]] = deque()
        self._spoken_until = 0.0
        self._now: Prompt | None = None
        self._listener: socket.socket | None = None
        self._mics: list[socket.socket] = []
        self._earphones: list[socket.socket] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # ---- the wearer -------------------------------------------------------------------------------------------------

    def speak(self, pcm: bytes) -> float:
        """Say this (`MIC_RATE`, 16 bit; at the level of all speech) after what is being said already. The moment of
        its last sample, monotonic s.
        """
        samples = array("h")
        samples.frombytes(pcm[: len(pcm) & ~1])
        samples = levelled(samples)
        with self._lock:
            self._speech.append(samples)
            self._spoken_until = max(self._spoken_until, time.monotonic()) + len(samples) / MIC_RATE
            return self._spoken_until

    @property
    def hearing(self) -> bool:
        """Whether something is being said into the wearer's ear."""
        return self._now is not None

    @property
    def worn(self) -> bool:
        """Whether somebody is connected to its microphone."""
        return bool(self._mics)

    # ---- the device -------------------------------------------------------------------------------------------------

    def plug(self) -> None:
        """Switch it on; again is harmless."""
        if self._thread is not None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(8)
        self._listener.setblocking(False)
        self._stop.clear()
        self._fall_silent()
        self._thread = threading.Thread(target=self._live, name=f"headset {self.path.name}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Switch it off: everybody is disconnected, what was being said is gone; again is harmless."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join()
        self._thread = None
        self._fall_silent()

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    def _live(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            self._serve(until=due)
            block = self._block()
            if not self.faults.stalled:
                self._send(block)
            self._end_prompt(time.monotonic())
            due = max(due + BLOCK_S, time.monotonic() - BEHIND_S)
        self._hang_up()

    def _serve(self, until: float) -> None:
        """Take connections and what is played, up to the moment of the next block."""
        assert self._listener is not None
        while not self._stop.is_set():
            left = until - time.monotonic()
            ready, _, _ = select.select([self._listener, *self._earphones], [], [], max(0.0, left))
            for one in ready:
                if one is self._listener:
                    with contextlib.suppress(OSError):
                        client, _ = one.accept()
                        client.setblocking(False)
                        self._mics.append(client)
                        self._earphones.append(client)
                else:
                    self._hear(one)
            if left <= 0:
                return

    def _block(self) -> bytes:
        """The next 20 ms of the microphone, at its true rate."""
        count = round(MIC_RATE * BLOCK_S)
        speech = self._next_speech(count)
        noise = self._hall.block(count)
        faults = self.faults
        if faults.silent:
            return bytes(2 * round(faults.rate * BLOCK_S))
        mixed = [round(faults.gain * (s + n)) for s, n in zip(speech, noise, strict=True)]
        block = array("h", [-FULL if x < -FULL else min(x, FULL) for x in mixed])
        if faults.rate != MIC_RATE:
            block = array("h", [block[i * MIC_RATE // faults.rate] for i in range(round(faults.rate * BLOCK_S))])
        if sys.byteorder == "big":
            block.byteswap()
        return block.tobytes()

    def _next_speech(self, count: int) -> array[int]:
        found = array("h")
        with self._lock:
            while self._speech and len(found) < count:
                first = self._speech[0]
                taken = count - len(found)
                found.extend(first[:taken])
                del first[:taken]
                if not first:
                    self._speech.popleft()
        found.extend([0] * (count - len(found)))
        return found

    def _fall_silent(self) -> None:
        """What nobody could hear is not said again when the headset is back."""
        with self._lock:
            self._speech.clear()
            self._spoken_until = 0.0

    def _send(self, block: bytes) -> None:
        for one in list(self._mics):
            try:
                one.send(block)
            except BlockingIOError:
                continue  # who does not read misses this block, as with every sound card
            except OSError:
                self._mics.remove(one)  # it only plays, or it is gone
                if one not in self._earphones:
                    one.close()

    def _hear(self, one: socket.socket) -> None:
        try:
            sound = one.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            sound = b""
        if not sound:
            self._earphones.remove(one)
            if one not in self._mics:
                one.close()
            return
        now = time.monotonic()
        self._end_prompt(now)
        if self._now is None:
            self._now = Prompt(now, now)
        self._now.sound += sound
        self._now.ended = max(now, self._now.began + len(self._now.sound) / (2 * EAR_RATE))

    def _end_prompt(self, now: float) -> None:
        prompt = self._now
        if prompt is not None and now > prompt.ended + GAP_S:
            self._now = None
            self.prompts.append(prompt)
            if self._heard is not None:
                self._heard(prompt)

    def _hang_up(self) -> None:
        assert self._listener is not None
        for one in {*self._mics, *self._earphones, self._listener}:
            one.close()
        self._mics.clear()
        self._earphones.clear()
        self._now = None
        self.path.unlink(missing_ok=True)
