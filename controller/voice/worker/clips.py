"""Diagnostic recordings of what was said, only where somebody switched them on; they delete themselves.

In: audio, utterances. Out: `clip-PICKER-TIME.wav` with a `.json` of the same name beside it.
"""

from __future__ import annotations

import json
import logging
import wave
from collections import deque
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from controller.voice.grammar import Utterance

log = logging.getLogger(__name__)

RATE: Final = 16_000
SECOND: Final = 2 * RATE
KEEP_S: Final = 10
BEFORE_S: Final = 0.7
NO_WORDS_S: Final = 2.0
"""Seconds: what is remembered, what of it stands before the first word (the ear is a little ahead of us, so some more
than needed), and how long an utterance without a word is taken for.
"""


class Clips:
    """The recordings of one picker, kept for `hours`."""

    def __init__(self, folder: Path, picker: str, hours: float) -> None:
        self._folder, self._picker, self._hours = folder, picker, hours
        self._blocks: deque[bytes] = deque()
        self._held = 0

    def add(self, block: bytes) -> None:
        """What the ear was fed, also while it is deaf."""
        self._blocks.append(block)
        self._held += len(block)
        while self._held - len(self._blocks[0]) > KEEP_S * SECOND:
            self._held -= len(self._blocks.popleft())

    def cut(self, utterance: Utterance) -> bytes:
        """The audio of an utterance that was decided just now: from half a second before its first word on."""
        start = utterance.words[0].start if utterance.words else utterance.spoke_until - NO_WORDS_S
        back = round((utterance.decided_at - start + BEFORE_S) * RATE) * 2
        return b"".join(self._blocks)[-max(2, back) :]

    def save(self, utterance: Utterance, audio: bytes, now: float) -> Path | None:
        """Write one utterance; None if the disk refuses, which is logged. `now`: wall s."""
        at = datetime.fromtimestamp(now, UTC)
        path = self._folder / f"clip-{self._picker}-{at:%Y%m%dT%H%M%S.%f}.wav"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as raw, wave.open(raw) as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes(audio)
            told = {"picker": self._picker, "at": at.isoformat(), **asdict(utterance)}
            path.with_suffix(".json").write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as fault:
            log.warning("the recording %s cannot be written: %s", path, fault)
            return None
        return path

    def expire(self, now: float) -> int:
        """Delete what is older than `hours`; how many files that were."""
        gone = 0
        for path in self._folder.glob(f"clip-{self._picker}-*"):
            try:
                if path.stat().st_mtime < now - self._hours * 3600:
                    path.unlink()
                    gone += 1
            except OSError as fault:
                log.warning("the recording %s cannot be deleted: %s", path, fault)
        return gone
