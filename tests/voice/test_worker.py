"""One picker's headset in the worker, with a fake ear and a fake speaker: who is deaf when, and what is answered."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from languages import language
from voice_fakes import FakeEar, FakeSink, FakeVoices, utterance

from controller.core.speech import Prompt, Risk, SayDigits, SayWord, Talk, Word
from controller.voice import wire
from controller.voice.ear import SourceError
from controller.voice.ear.levels import Health
from controller.voice.grammar import Choice, DigitString, Grammar, HeardWord
from controller.voice.language import Language
from controller.voice.mouth import pcm
from controller.voice.mouth.earcons import Earcon, sound
from controller.voice.mouth.speech import Speech
from controller.voice.options import HeadsetOptions
from controller.voice.worker.barge_in import while_speaking
from controller.voice.worker.clips import Clips
from controller.voice.worker.hearing import Hearing
from controller.voice.worker.microphone import Pace
from controller.voice.worker.picker import PickerVoice
from controller.voice.worker.shared import Shared

OPTIONS = HeadsetOptions(microphone="unix:x", loudspeaker="unix:x", volume=100, tail_ms=150)
READY = SayWord(Word.READY)
DIGITS = Talk("t1", (Prompt("check_digits"),), (SayDigits(2), SayWord(Word.SAY_AGAIN, Risk.SAFE)))
NEXT = Talk("t2", (Prompt("say_ready"),), (READY,))


class FakeSource:
    """A microphone whose blocks, and whose end, come from a queue."""

    def __init__(self) -> None:
        self.blocks: SimpleQueue[bytes | Exception] = SimpleQueue()

    def read(self, timeout: float = 0.5) -> bytes:
        try:
            item = self.blocks.get(timeout=min(timeout, 0.02))
        except Empty:
            return b""
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        pass


class FakeKnowledge:
    def __init__(self, english: Language, ear: FakeEar) -> None:
        self._english, self._ear = english, ear

    async def language(self, code: str) -> Language:
        return self._english

    async def ear(self, code: str) -> tuple[FakeEar, Language]:
        return self._ear, self._english


class Rig:
    def __init__(self, options: HeadsetOptions, english: Language) -> None:
        self.ear, self.sink, self.voices, self.source = FakeEar(), FakeSink(lasts=True), FakeVoices(), FakeSource()
        self.sent: list[wire.Message] = []
        self.task: asyncio.Task[None] | None = None
        self.pool = ThreadPoolExecutor(1)
        self.speech = Speech(1, lambda: self.voices)
        knowledge: Any = FakeKnowledge(english, self.ear)
        shared = Shared(knowledge, self.speech, self.pool, self.sent.append, lambda _: self.source, lambda _: self.sink)
        self.voice = PickerVoice("P1", options, shared)

    def of(self, kind: type) -> list[Any]:
        return [m for m in self.sent if isinstance(m, kind)]

    @property
    def sentences(self) -> list[str]:
        return [x.decode("utf-16-le") for x in self.sink.played if x not in map(sound, Earcon)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                if self.task is not None and self.task.done():
                    self.task.result()
                await asyncio.sleep(0.0005)

    async def speak(self, count: int) -> None:
        """Let the mouth finish what it says, so many times."""
        for _ in range(count):
            await self.until(lambda: self.sink.playing)
            ended = self.sink.ended
            self.sink.finish()
            await self.until(lambda n=ended: self.sink.ended > n)

    async def hear(self, text: str, turn: str, *, why: str = "") -> None:
        block = f"{len(self.ear.answers)} {text} ".encode()
        self.ear.answers[block] = utterance(turn, text, why=why)
        self.source.blocks.put(block)
        before = len(self.of(wire.Heard)) + len(self.of(wire.Rejected))
        await self.until(lambda: len(self.of(wire.Heard)) + len(self.of(wire.Rejected)) > before)


@pytest.fixture(scope="module")
def english() -> Language:
    return language("en")


def run(english: Language, story: Callable[[Rig], Coroutine[Any, Any, None]], options: HeadsetOptions = OPTIONS) -> Rig:
    async def whole() -> Rig:
        rig = Rig(options, english)
        task = rig.task = asyncio.create_task(rig.voice.run())
        try:
            rig.source.blocks.put(b"room")
            await rig.until(lambda: rig.of(wire.Ready))
            await story(rig)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            rig.speech.close()
            rig.pool.shutdown()
        return rig

    return asyncio.run(whole())


def test_the_ear_is_deaf_until_the_mouth_has_spoken_and_its_tail_is_over(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(DIGITS)
        await rig.until(lambda: rig.sentences)
        await rig.until(lambda: "deaf" in rig.ear.done)
        assert "listen t1" not in rig.ear.done
        await rig.speak(2)
        await rig.until(lambda: rig.ear.done[-1] == "hear 0.15")
        assert rig.ear.done[-2:] == ["listen t1", "hear 0.15"]
        assert rig.sink.played[-1] == sound(Earcon.LISTENING)
        assert [m.speaking for m in rig.of(wire.Spoken)] == [True, False]

    run(english, story)


def test_an_answer_is_told_by_its_meaning_and_its_turn(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(replace(DIGITS, say=()))
        await rig.hear("four oh", "t1")
        await rig.hear("say again", "t1")
        rig.voice.show(replace(NEXT, say=()))
        await rig.hear("four oh", "t1")
        assert [(m.turn, m.digits, m.word) for m in rig.of(wire.Heard)] == [
            ("t1", "40", None),
            ("t1", None, Word.SAY_AGAIN),
            ("t1", "40", None),  # it was on its way when the turn changed: the core knows what to do with it
        ]
        assert len({m.count for m in rig.of(wire.Heard)}) == 3
        assert rig.of(wire.Heard)[0].age == pytest.approx(0.3)

    run(english, story)


def test_what_means_nothing_here_is_rejected_and_beeps_once(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(replace(NEXT, say=()))
        await rig.speak(1)
        await rig.hear("four oh", "t2")
        await rig.until(lambda: sound(Earcon.REJECTED) in rig.sink.played)
        await rig.hear("redder", "t2", why="DECOY")
        assert [(m.why, m.text) for m in rig.of(wire.Rejected)] == [("UNKNOWN", "four oh"), ("DECOY", "redder")]
        assert rig.sink.played.count(sound(Earcon.REJECTED)) == 1
        assert rig.of(wire.Heard) == []

    run(english, story)


def test_the_turn_after_an_answer_begins_with_the_sound_of_being_understood(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(replace(NEXT, turn="t1", say=()))
        await rig.speak(1)
        await rig.hear("ready", "t1")
        assert sound(Earcon.TAKEN) not in rig.sink.played, "nothing is confirmed before the commit"
        rig.voice.show(NEXT)
        await rig.until(lambda: sound(Earcon.TAKEN) in rig.sink.played)
        await rig.speak(1)
        rig.voice.show(replace(NEXT, turn="t3"))
        await rig.speak(3)
        assert rig.sink.played.count(sound(Earcon.TAKEN)) == 1

    run(english, story)


def test_barge_in_hears_few_phrases_while_speaking_and_silences_the_mouth(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(DIGITS)
        await rig.until(lambda: rig.ear.grammar is not None and rig.sentences)
        assert rig.ear.grammar is not None
        assert {c.text for c in rig.ear.grammar.choices} == {"say again"}
        assert rig.ear.grammar.strings == ()
        assert "deaf" not in rig.ear.done[rig.ear.done.index("listen t1") :]
        await rig.hear("say again", "t1")
        await rig.until(lambda: not rig.voice._mouth.speaking)
        assert rig.sink.cut == 1
        await rig.until(lambda: rig.ear.grammar is not None and rig.ear.grammar.strings)

    run(english, story, replace(OPTIONS, barge_in=True))


def test_nothing_that_books_and_no_word_of_the_prompt_may_barge_in() -> None:
    grammar = Grammar(
        "t",
        (Choice("say again", Risk.SAFE), Choice("ready"), Choice("confirm", Risk.CONFIRMING)),
        (DigitString(2, ("one",)),),
        ("steady", "red"),
    )
    few = while_speaking(grammar, ["Go to aisle 3.", "Steady, then say it again!"])
    assert few is not None
    assert ([c.text for c in few.choices], few.strings, few.decoys) == (["ready"], (), ("red",))
    assert while_speaking(grammar, ["Say ready again."]) is None


def test_asleep_only_the_wake_phrase_counts(english: Language) -> None:
    async def story(rig: Rig) -> None:
        asleep = Talk("t9", (Prompt("asleep"),), (SayWord(Word.WAKE_UP),), asleep=True)
        rig.voice.show(asleep)
        await rig.until(lambda: rig.sentences)
        await rig.speak(2)
        await rig.until(lambda: "asleep t9" in rig.ear.done)
        assert rig.sink.played[-1] == sound(Earcon.ASLEEP)
        block = b"0 wake up "
        rig.ear.answers[block[:2]] = utterance("t9", "shut up", why="UNKNOWN")
        rig.source.blocks.put(block[:2])
        await rig.hear("wake up", "t9")
        assert rig.of(wire.Rejected) == []
        assert [m.word for m in rig.of(wire.Heard)] == [Word.WAKE_UP]

    run(english, story)


def test_volume_and_rate_steps_change_the_manner_and_say_nothing_again(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(DIGITS)
        await rig.until(lambda: rig.sentences)
        await rig.speak(2)
        rig.voice.show(replace(DIGITS, volume=-3, rate=2))
        assert len(rig.sentences) == 1
        manner = rig.voice._manner()
        assert (manner.volume, manner.rate_wpm) == (70, 200)
        rig.voice.show(replace(DIGITS, volume=5, rate=-5))
        assert (rig.voice._manner().volume, rig.voice._manner().rate_wpm) == (100, 102)

    run(english, story)


def test_a_lost_microphone_and_a_lost_speaker_are_told_once_and_found_again(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(NEXT)
        await rig.speak(2)
        rig.source.blocks.put(SourceError("unplugged; plug it in"))
        await rig.until(lambda: rig.of(wire.Fault))
        rig.source.blocks.put(b"room again")
        await rig.until(lambda: rig.of(wire.Mended))
        assert rig.of(wire.Fault) == [wire.Fault("P1", "MIC_LOST", "unplugged; plug it in")]
        assert "lost" in rig.ear.done
        rig.sink.fault = "gone; plug it in"
        rig.voice.show(replace(NEXT, turn="t3"))
        await rig.until(lambda: len(rig.of(wire.Fault)) == 2)
        assert rig.of(wire.Fault)[1] == wire.Fault("P1", "SPEAKER_LOST", "gone; plug it in")
        rig.sink.fault = None
        before = len(rig.sentences)
        await rig.voice._mouth._player._probe()
        await rig.until(lambda: len(rig.sentences) > before)  # what was said while nobody heard it
        assert rig.of(wire.Mended) == [wire.Mended("P1", "MIC_LOST"), wire.Mended("P1", "SPEAKER_LOST")]

    run(english, story)


def test_a_prompt_without_words_and_an_unknown_earcon_are_left_out(english: Language) -> None:
    async def story(rig: Rig) -> None:
        rig.voice.show(replace(NEXT, say=(Prompt("no_such_prompt"), *NEXT.say)))
        await rig.speak(2)
        assert len(rig.sentences) == 1
        rig.voice.cue("fanfare", NEXT.say)
        rig.voice.cue("wrong", ())
        await rig.until(lambda: sound(Earcon.WRONG) in rig.sink.played)

    run(english, story)


def test_health_names_what_the_ear_complains_of(english: Language) -> None:
    async def story(rig: Rig) -> None:
        assert [rig.voice.health()[part] for part in ("mic", "asr", "tts")] == ["ok", "ok", "ok"]
        rig.ear.state = Health.CLIPPING
        assert rig.voice.health()["mic"].startswith("CLIPPING: too loud")

    run(english, story)


def test_an_ear_that_is_too_slow_loses_audio_instead_of_time() -> None:
    async def story() -> None:
        ear: Any = FakeEar()
        hearing = Hearing(ear, ThreadPoolExecutor(1), lambda _: None)
        for _ in range(25):
            hearing.audio(bytes(1600))  # 50 ms each, nobody works
        hearing.deaf()
        assert hearing.dropped_s == pytest.approx(1.05)
        assert hearing.lagging(asyncio.get_running_loop().time())
        hearing._work(hearing._waiting)
        assert ear.done == ["deaf", "hear 0.0", "deaf"], "what was dropped takes the utterance under way with it"
        assert hearing.heard_s == pytest.approx(0.2)

    asyncio.run(story())


@pytest.mark.parametrize(("rate", "wrong"), [(16_000, False), (15_000, False), (8_000, True), (22_050, True)])
def test_the_wrong_rate_is_found_in_two_windows(rate: int, wrong: bool) -> None:
    pace, told = Pace(), []
    for block in range(200):
        verdict = pace.add(round(rate * 0.05) * 2, block * 0.05)
        if verdict is not None:
            told.append((block, bool(verdict)))
    assert told
    assert all(bad is wrong for _, bad in told)
    assert told[0][0] <= (130 if wrong else 65)


def test_recordings_hold_the_utterance_and_expire(tmp_path: Path) -> None:
    clips = Clips(tmp_path / "clips", "P1", hours=2)
    for second in range(1, 21):
        clips.add(bytes([second, 0]) * 16_000)
    said = replace(utterance("t1", "ready", words=[HeardWord("ready", 18.0, 18.5, 0.9)]), decided_at=20.0)
    path = clips.save(said, clips.cut(said), 1_000_000.0)
    assert path is not None
    with wave.open(str(path)) as file:
        assert file.getnframes() == pytest.approx(2.7 * 16_000)
        assert pcm.samples(file.readframes(1))[0] == 18
    assert json.loads(path.with_suffix(".json").read_text())["text"] == "ready"
    written = path.stat().st_mtime
    assert clips.expire(written + 3600) == 0
    assert clips.expire(written + 7300) == 2
    assert list((tmp_path / "clips").iterdir()) == []
