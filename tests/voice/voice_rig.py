"""A whole voice door: real worker, real recogniser, real synthesiser, and simulated headsets on Unix sockets."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from controller.core.inputs import PhraseHeard
from controller.core.speech import Talk
from controller.voice.door import Reported, VoiceDoor
from controller.voice.ear.pcm import from_bytes, resample
from controller.voice.mouth.pcm import RATE
from controller.voice.mouth.synth import Synth
from controller.voice.options import HeadsetOptions, VoiceOptions
from firmware_sim.hall import Hall
from firmware_sim.headset import MIC_RATE, Headset

WEARER = "en-gb+m3"


@cache
def _synth() -> Synth:
    return Synth()


@cache
def voice_of(text: str, voice: str = WEARER, rate: int = 140) -> bytes:
    """What a simulated wearer says, for his microphone."""
    synth = _synth()
    spoken = synth.speak(text, synth.choose("en", voice).id, rate)
    return resample(from_bytes(spoken), RATE, MIC_RATE).tobytes()


def loudness(sound: bytes) -> int:
    values = array("h")
    values.frombytes(bytes(sound[: len(sound) & ~1]))
    return max(map(abs, values), default=0)


class VoiceRig:
    """Pickers P1, P2 … with a headset each. Times in `reports` are monotonic s."""

    def __init__(self, folder: Path, options: Mapping[str, HeadsetOptions], snr_db: float | None = None) -> None:
        self.headsets = {
            picker: Headset(folder / f"{picker}.sock", Hall(snr_db, seed=n)) for n, picker in enumerate(options)
        }
        wired = {
            picker: replace(one, microphone=f"unix:{folder}/{picker}.sock", loudspeaker=f"unix:{folder}/{picker}.sock")
            for picker, one in options.items()
        }
        self.reports: list[tuple[float, Any]] = []
        self.door = VoiceDoor(wired, VoiceOptions(), self._emit)

    def _emit(self, reported: Reported) -> None:
        self.reports.append((time.monotonic(), reported.happened))

    def of(self, kind: type) -> list[Any]:
        return [x for _, x in self.reports if isinstance(x, kind)]

    async def until(self, condition: Callable[[], object], seconds: float = 15) -> float:
        """How long it took, s."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - the condition is anything
                await asyncio.sleep(0.005)
        return time.monotonic() - began

    async def quiet(self, picker: str = "P1") -> None:
        """Until the prompt was heard and the ear is open."""
        await self.until(lambda: picker in self.door.speaking, 5)
        await self.until(lambda: picker not in self.door.speaking)
        await asyncio.sleep(0.5)

    async def answer(self, text: str, picker: str = "P1", *, voice: str = WEARER, within: float = 5) -> float:
        """Say it; seconds from its last sample to the input. Raises TimeoutError if nothing comes."""
        before = len(self.of(PhraseHeard))
        spoken = self.headsets[picker].speak(voice_of(text, voice))
        await self.until(lambda: len(self.of(PhraseHeard)) > before, spoken - time.monotonic() + within)
        return self.reports[-1][0] - spoken


def run(
    folder: Path,
    story: Callable[[VoiceRig], Coroutine[Any, Any, None]],
    options: Mapping[str, HeadsetOptions] | None = None,
    *,
    snr_db: float | None = 20,
    talks: Mapping[str, Talk] | None = None,
) -> VoiceRig:
    """Run the story with everything plugged in and the worker started."""

    async def whole() -> VoiceRig:
        rig = VoiceRig(folder, options or {"P1": HeadsetOptions()}, snr_db)
        for headset in rig.headsets.values():
            headset.plug()
        task = asyncio.create_task(rig.door.run())
        try:
            await rig.until(lambda: len(rig.reports) >= len(rig.headsets), 20)
            rig.door.show(talks or {})
            await story(rig)
        finally:
            rig.door.close()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for headset in rig.headsets.values():
                headset.unplug()
        return rig

    return asyncio.run(whole())
