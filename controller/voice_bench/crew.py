"""Four pickers with simulated headsets on the product's own voice worker, in real time, without a controller behind.

In: a model, what the hall sounds like. Out: answers as the station would get them, with the moments at which they came.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from controller.core.inputs import PhraseHeard, PhraseRejected, VoiceFound, VoiceLost
from controller.core.speech import Answer, Prompt, Talk
from controller.errors import StartError
from controller.voice.door import Reported, VoiceDoor
from controller.voice.options import HeadsetOptions, VoiceOptions
from controller.voice_bench.sound import RATE, Samples, speech_span
from firmware_sim.hall import Hall
from firmware_sim.headset import Headset

EARS: Final = 4
START_S: Final = 60.0
"""Longest wait for a worker that loads a model on a busy machine."""
ANSWER_S: Final = 4.0
"""After the end of speech: who has not been answered by then was not heard."""
BREATH_S: Final = (0.4, 0.8)
"""From the end of the prompt to the first word."""
TAIL_S: Final = 0.3
"""After the prompt the ear stays deaf for its echo (HeadsetOptions.tail_ms); nobody speaks that soon anyway."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`after_s`: from the last speech in the microphone to the answer in the controller; None: there was none."""

    after_s: float | None
    heard: PhraseHeard | None
    why: str = ""


class Tape(Hall):
    """A hall that is a recording, played round and round from `start`."""

    def __init__(self, sound: Samples[int], start: int = 0) -> None:
        self._sound, self._now = sound, start % len(sound)

    def block(self, count: int) -> array[int]:
        piece = self._sound[self._now : self._now + count]
        if len(piece) < count:
            piece += self._sound[: count - len(piece)]
        self._now = (self._now + count) % len(self._sound)
        return piece


class Crew:
    """Made by `crew`."""

    def __init__(self, folder: Path, model: Path, halls: list[Hall]) -> None:
        self.headsets = {f"P-{n}": Headset(folder / f"headset-{n}", hall) for n, hall in enumerate(halls)}
        options = {
            picker: HeadsetOptions(microphone=f"unix:{headset.path}", loudspeaker=f"unix:{headset.path}")
            for picker, headset in self.headsets.items()
        }
        self.door = VoiceDoor(options, VoiceOptions(models={"en": model}), self._emit)
        self.on_heard: Callable[[PhraseHeard], None] = lambda _heard: None
        self._talks: dict[str, Talk] = {}
        self._turn = 0
        self._found: set[str] = set()
        self._lost = ""
        self._waiting: dict[str, asyncio.Future[tuple[PhraseHeard, float]]] = {}
        self._why: dict[str, str] = {}

    def allow(self, picker: str, answers: tuple[Answer, ...], say: tuple[Prompt, ...] = ()) -> str:
        """A new turn for this picker; its name."""
        self._turn += 1
        turn = f"turn {self._turn}"
        self._talks[picker] = Talk(turn, say, answers)
        self.door.show(self._talks)
        return turn

    async def ask(self, picker: str, answers: tuple[Answer, ...], said: Samples[int], random: Random) -> Answered:
        """A turn of its own, an answer to it after a breath."""
        turn = self.allow(picker, answers)
        self._waiting[turn] = asyncio.get_running_loop().create_future()
        await asyncio.sleep(0.1)  # until the worker has begun the sound that opens a turn
        while picker in self.door.speaking:  # noqa: ASYNC110 the door tells nobody when the mouth is done
            await asyncio.sleep(0.02)
        await asyncio.sleep(TAIL_S + random.uniform(*BREATH_S))
        trailing = (len(said) - speech_span(said)[1]) / RATE
        over = self.headsets[picker].speak(said.tobytes()) - trailing
        try:
            async with asyncio.timeout(over - time.monotonic() + ANSWER_S):
                heard, at = await self._waiting[turn]
        except TimeoutError:
            return Answered(None, None, self._why.get(turn, "NOTHING_HEARD"))
        finally:
            del self._waiting[turn]
        return Answered(at - over, heard)

    async def ready(self) -> None:
        """Until everybody's ear and mouth are there. Raises StartError with what is wrong."""
        end = time.monotonic() + START_S
        while len(self._found) < len(self.headsets):
            if self._lost or time.monotonic() > end:
                raise StartError(f"the voice worker is not ready: {self._lost or self.door.health()}")
            await asyncio.sleep(0.05)

    def _emit(self, reported: Reported) -> None:
        match reported.happened:
            case PhraseHeard() as heard:
                waiting = self._waiting.get(heard.turn)
                if waiting is not None and not waiting.done():
                    waiting.set_result((heard, time.monotonic()))
                self.on_heard(heard)
            case PhraseRejected(turn=turn, why=why):
                self._why[turn] = why
            case VoiceFound(picker=picker):
                self._found.add(picker)
            case VoiceLost(picker=picker):
                self._lost = f"{picker}: {self.door.health()[picker]}"


@asynccontextmanager
async def crew(folder: Path, model: Path, halls: list[Hall]) -> AsyncIterator[Crew]:
    """As many pickers as halls; all is over at the end."""
    made = Crew(folder, model, halls)
    for headset in made.headsets.values():
        headset.plug()
    running = asyncio.create_task(made.door.run())
    try:
        await made.ready()
        yield made
    finally:
        made.door.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        for headset in made.headsets.values():
            headset.unplug()
