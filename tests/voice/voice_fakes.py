"""Small stand-ins for what the mouth and the worker are connected to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from controller.voice.ear import MicHealth
from controller.voice.ear.levels import Health
from controller.voice.grammar import Grammar, HeardWord, Utterance
from controller.voice.mouth.sinks import SpeakerError
from controller.voice.mouth.synth import Chosen


class FakeSink:
    """Plays nothing, keeps everything; a sound lasts until `finish`, or not at all."""

    def __init__(self, *, lasts: bool = False) -> None:
        self.played: list[bytes] = []
        self.cut = 0
        self.ended = 0
        self.playing = False
        self.fault: str | None = None
        self._lasts = lasts
        self._end = asyncio.Event()

    async def play(self, sound: bytes) -> None:
        await self.probe()
        self.played.append(sound)
        if self._lasts:
            self._end.clear()
            self.playing = True
            try:
                await self._end.wait()
            except asyncio.CancelledError:
                self.cut += 1
                raise
            finally:
                self.playing = False
                self.ended += 1

    async def probe(self) -> None:
        if self.fault is not None:
            raise SpeakerError(self.fault)

    def finish(self) -> None:
        self._end.set()

    def close(self) -> None:
        pass


class FakeVoices:
    """A synthesiser that says text as its own bytes."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str, int]] = []

    def choose(self, language: str, wanted: str | None = None) -> Chosen:
        return Chosen(wanted or language)

    def speak(self, text: str, voice: str, rate_wpm: int) -> bytes:
        self.spoken.append((text, voice, rate_wpm))
        return text.encode("utf-16-le")


class FakeEar:
    """Notes what is done to it. Audio is text: `feed(b"text")` gives the utterance queued under that text."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.grammar: Grammar | None = None
        self.answers: dict[bytes, Utterance] = {}
        self.state = Health.OK

    def listen(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.done.append(f"listen {grammar.turn}")

    def asleep(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.done.append(f"asleep {grammar.turn}")

    def deaf(self) -> None:
        self.done.append("deaf")

    def hear(self, tail: float = 0.0) -> None:
        self.done.append(f"hear {tail}")

    def lost(self) -> None:
        self.done.append("lost")

    def feed(self, pcm: bytes) -> list[Utterance]:
        return [self.answers[pcm]] if pcm in self.answers else []

    @property
    def speaking(self) -> bool:
        return False

    def health(self) -> MicHealth:
        return MicHealth(self.state)


def utterance(turn: str, text: str, *, why: str = "", words: Sequence[HeardWord] = ()) -> Utterance:
    return Utterance(turn, text, tuple(words), 0.9, not why, why, spoke_until=1.0, decided_at=1.3)


async def settle() -> None:
    """Let everything happen that waits for nothing but its turn."""
    for _ in range(20):
        await asyncio.sleep(0)
