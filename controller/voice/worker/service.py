"""The worker as a whole: all pickers' headsets on one loop.

In: messages of the door. Out: messages for the door, a sign of life every 2 s. Ends when the door hangs up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from controller.voice import wire
from controller.voice.mouth.speech import Speech
from controller.voice.options import VoiceOptions
from controller.voice.worker.clips import Clips
from controller.voice.worker.knowledge import Knowledge
from controller.voice.worker.picker import PickerVoice
from controller.voice.worker.shared import Shared

log = logging.getLogger(__name__)

HEALTH_EVERY_S: Final = 2.0
EXPIRE_EVERY_S: Final = 600.0
MOST_THREADS: Final = 4
"""Ears at work at the same moment; a Raspberry Pi has four cores."""


class Service:
    """Serves the door at the other end of `line`."""

    def __init__(self, line: wire.Wire) -> None:
        self._line = line
        self._pickers: dict[str, PickerVoice] = {}
        self._clips: list[Clips] = []
        self._speech: Speech | None = None
        self._configured: asyncio.Future[wire.Configure] | None = None
        self._ended = asyncio.Event()
        self._pool = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), "ear")

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._configured = loop.create_future()
        loop.add_reader(self._line.fileno(), self._readable)
        serving = asyncio.create_task(self._serve(), name="service")
        ended = asyncio.create_task(self._ended.wait(), name="end")
        await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()  # raises what went wrong: the door starts another worker
        serving.cancel()

    async def _serve(self) -> None:
        assert self._configured is not None
        configure = await self._configured
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_health(), name="health")
            for picker, voice in self._pickers.items():
                group.create_task(voice.run(), name=f"picker {picker}")
            if configure.options.keep_audio_h > 0:
                group.create_task(self._expire(), name="expiry")

    def _configure(self, message: wire.Configure) -> None:
        assert self._configured is not None
        logging.getLogger().setLevel(message.log_level)
        options = message.options
        self._speech = Speech(options.cache_mb)
        shared = Shared(Knowledge(options, self._pool), self._speech, self._pool, self._send)
        for picker, headset in message.headsets.items():
            clips = self._clips_of(picker, options)
            self._pickers[picker] = PickerVoice(picker, headset, shared, clips)
        self._configured.set_result(message)

    def _clips_of(self, picker: str, options: VoiceOptions) -> Clips | None:
        clips = Clips(Path(options.audio_folder), picker, options.keep_audio_h)
        if options.keep_audio_h <= 0:
            clips.expire(time.time())  # those of a diagnosis that is over
            return None
        self._clips.append(clips)
        log.warning("picker %s: what he says is recorded for diagnosis and kept %g h", picker, options.keep_audio_h)
        return clips

    # ---- the door ---------------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        try:
            messages = self._line.receive()
        except wire.WireClosedError:
            self._ended.set()
            return
        for message in messages:
            self._received(message)

    def _received(self, message: wire.Message) -> None:
        match message:
            case wire.Configure():
                self._configure(message)
            case wire.TalkNow(picker, talk):
                self._pickers[picker].show(talk)
            case wire.Cue(picker, earcon, say):
                self._pickers[picker].cue(earcon, say)

    def _send(self, message: wire.Message) -> None:
        try:
            self._line.send(message)
        except wire.WireClosedError:
            self._ended.set()
            return
        if self._line.unsent:
            asyncio.get_running_loop().add_writer(self._line.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            self._line.flush()
        except wire.WireClosedError:
            self._ended.set()
            return
        if not self._line.unsent:
            asyncio.get_running_loop().remove_writer(self._line.fileno())

    # ---- health -----------------------------------------------------------------------------------------------------

    async def _tell_health(self) -> None:
        while True:
            prompts = {} if self._speech is None else self._speech.health()
            told = {picker: voice.health() for picker, voice in self._pickers.items()}
            self._send(wire.Health(told, figures() | prompts))
            await asyncio.sleep(HEALTH_EVERY_S)

    async def _expire(self) -> None:
        while True:
            for clips in self._clips:
                await asyncio.get_running_loop().run_in_executor(self._pool, clips.expire, time.time())
            await asyncio.sleep(EXPIRE_EVERY_S)


def figures() -> dict[str, Any]:
    """Of this process: memory in MB (resident), processor seconds since its start."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return {"rss_mb": round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1), "cpu_s": round(time.process_time(), 2)}
