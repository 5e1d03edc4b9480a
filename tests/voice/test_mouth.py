"""The mouth without a synthesiser: what is said when, what is cut off, where sound goes."""

from __future__ import annotations

import asyncio
import socket
import wave
from array import array
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from voice_fakes import FakeSink, FakeVoices, settle

from controller.voice.mouth import pcm
from controller.voice.mouth.cache import Cache, Key
from controller.voice.mouth.earcons import Earcon, sound
from controller.voice.mouth.mouth import Manner, Mouth
from controller.voice.mouth.player import Player
from controller.voice.mouth.sinks import SpeakerError, append_wav, open_sink
from controller.voice.mouth.speech import Speech

MANNER = Manner("en", 165, 100)


class Rig:
    def __init__(self, *, lasts: bool = True) -> None:
        self.sink = FakeSink(lasts=lasts)
        self.voices = FakeVoices()
        self.speech = Speech(1, lambda: self.voices)
        self.speaking: list[bool] = []
        self.faults: list[str | None] = []
        self.player = Player(self.sink, self.faults.append)
        self.mouth = Mouth(self.speech, self.player, lambda: self.speaking.append(self.mouth.speaking))

    @property
    def said(self) -> list[str]:
        return [x.decode("utf-16-le") for x in self.sink.played]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - the condition is anything
                await asyncio.sleep(0.0005)


def run(story: Callable[[Rig], Coroutine[Any, Any, None]], *, lasts: bool = True) -> Rig:
    async def whole() -> Rig:
        rig = Rig(lasts=lasts)
        task = asyncio.create_task(rig.mouth.run())
        try:
            await story(rig)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            rig.speech.close()
        return rig

    return asyncio.run(whole())


def test_says_the_sentences_of_a_turn_one_after_the_other() -> None:
    async def story(rig: Rig) -> None:
        rig.mouth.say("t1", ["one", "two"], MANNER)
        assert rig.mouth.speaking
        await rig.until(lambda: rig.said == ["one"])
        await settle()
        assert rig.said == ["one"], "the second waits for the end of the first"
        rig.sink.finish()
        await rig.until(lambda: rig.said == ["one", "two"])
        assert rig.speaking == [True]
        rig.sink.finish()
        await rig.until(lambda: rig.speaking == [True, False])

    run(story)


def test_a_new_turn_cuts_an_interruptible_one_off() -> None:
    async def story(rig: Rig) -> None:
        rig.mouth.say("t1", ["one", "never said"], MANNER)
        await rig.until(lambda: rig.said == ["one"])
        rig.mouth.say("t2", ["two"], MANNER)
        await rig.until(lambda: rig.said == ["one", "two"])
        assert rig.sink.cut == 1

    run(story)


def test_what_may_not_be_interrupted_finishes_its_sentence_and_no_more() -> None:
    async def story(rig: Rig) -> None:
        rig.mouth.say("t1", ["one", "never said"], MANNER, interruptible=False)
        await rig.until(lambda: rig.said == ["one"])
        rig.mouth.say("t2", ["two"], MANNER)
        await settle()
        assert rig.said == ["one"]
        rig.sink.finish()
        await rig.until(lambda: rig.said == ["one", "two"])
        assert rig.sink.cut == 0

    run(story)


def test_hush_is_silence_at_once() -> None:
    async def story(rig: Rig) -> None:
        rig.mouth.say("t1", ["one", "never said"], MANNER, interruptible=False)
        await rig.until(lambda: rig.said == ["one"])
        rig.mouth.hush()
        await rig.until(lambda: not rig.mouth.speaking)
        assert (rig.said, rig.sink.cut) == (["one"], 1)

    run(story)


def test_a_cue_comes_before_what_waits() -> None:
    async def story(rig: Rig) -> None:
        rig.mouth.say("t1", ["one", "two"], MANNER)
        await rig.until(lambda: rig.said == ["one"])
        rig.mouth.cue(["look out"], "t1", MANNER)
        rig.sink.finish()
        await rig.until(lambda: rig.said == ["one", "look out"])

    run(story)


@pytest.mark.parametrize("begun", [True, False])
def test_a_beep_is_heard_whole_before_the_turn_it_leads_to(*, begun: bool) -> None:
    """The words that were not taken are the third in this turn: a hint follows at once."""
    beep = sound(Earcon.REJECTED)

    async def story(rig: Rig) -> None:
        rig.mouth.cue([Earcon.REJECTED, "never said"], "t1", MANNER)
        if begun:
            await rig.until(lambda: rig.sink.playing)
        rig.mouth.say("t1#hint", ["hint"], MANNER)
        await rig.until(lambda: rig.sink.playing)
        await settle()
        assert rig.sink.played == [beep]
        rig.sink.finish()
        await rig.until(lambda: len(rig.sink.played) > 1)
        assert rig.sink.played == [beep, "hint".encode("utf-16-le")]
        assert rig.sink.cut == 0

    run(story)


def test_a_beep_that_ends_a_turn_is_not_said_behind_the_next_one() -> None:
    async def story(rig: Rig) -> None:
        rig.mouth.say("t1", ["one", Earcon.LISTENING], MANNER)
        await rig.until(lambda: rig.sink.playing)
        rig.mouth.say("t2", ["two"], MANNER)
        await rig.until(lambda: rig.said == ["one", "two"])
        rig.sink.finish()
        await rig.until(lambda: not rig.mouth.speaking)
        assert rig.said == ["one", "two"]

    run(story)


def test_a_lost_speaker_is_told_once_and_nothing_waits_for_it() -> None:
    async def story(rig: Rig) -> None:
        rig.sink.fault = "aplay is missing; install alsa-utils"
        rig.mouth.say("t1", ["one", "two", "three"], MANNER)
        await rig.until(lambda: not rig.mouth.speaking)
        assert rig.faults == ["aplay is missing; install alsa-utils"]
        rig.sink.fault = None
        await rig.player._probe()
        assert rig.faults == ["aplay is missing; install alsa-utils", None]

    run(story)


def test_a_sentence_is_synthesised_once_and_at_every_volume() -> None:
    async def story(rig: Rig) -> None:
        loud = array("h", [1000, -1000]).tobytes()
        rig.voices.speak = lambda *_: loud  # type: ignore[method-assign]
        assert await rig.speech.sound("x", "en", 165, 100) == loud
        assert pcm.samples(await rig.speech.sound("x", "en", 165, 50)).tolist() == [250, -250]
        assert rig.speech.health() == {"prompts": 1, "bytes": 205, "hits": 1, "misses": 1}

    run(story)


def test_the_cache_forgets_the_longest_unused() -> None:
    cache = Cache(0.001)
    a, b, c = (Key(name, "en", 165) for name in "abc")
    cache.put(a, bytes(200))
    cache.put(b, bytes(200))
    assert cache.get(a) is not None
    cache.put(c, bytes(200))
    assert (cache.get(b), cache.get(a), cache.get(c)) == (None, bytes(200), bytes(200))
    cache.put(b, bytes(2000))
    assert cache.get(b) is None, "larger than all there is"
    assert len(cache) == 2
    assert cache.size <= 1000


def test_silence_at_both_ends_is_cut_off() -> None:
    speech = array("h", [20_000, -20_000] * 50).tobytes()
    quiet = pcm.silence(0.2)
    kept = pcm.trimmed(quiet + speech + quiet)
    assert speech in kept
    assert len(kept) == len(speech) + 2 * 2 * pcm.KEEP
    assert pcm.trimmed(quiet) == b""


def test_volume_goes_with_the_square() -> None:
    data = array("h", [32_767, -32_768]).tobytes()
    assert pcm.louder(data, 100) == data
    assert pcm.samples(pcm.louder(data, 50)).tolist() == [8191, -8192]
    assert pcm.samples(pcm.louder(data, 0)).tolist() == [0, 0]


@pytest.mark.parametrize("earcon", Earcon)
def test_every_earcon_is_short_and_does_not_click(earcon: Earcon) -> None:
    values = pcm.samples(sound(earcon))
    assert 0.04 <= pcm.seconds(sound(earcon)) <= 0.3
    assert max(abs(values[0]), abs(values[-1])) < 500
    assert 4000 < max(values) <= 17_000


def test_a_wav_file_grows_and_a_foreign_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "heard.wav"
    append_wav(path, bytes(2000))
    append_wav(path, bytes(1000))
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnframes(), file.getnchannels()) == (pcm.RATE, 1500, 1)
    other = tmp_path / "other.wav"
    other.write_bytes(b"RIFF, but nothing else of a WAV file; longer than its header would be")
    before = other.read_bytes()
    with pytest.raises(SpeakerError, match="name another file"):
        append_wav(other, bytes(10))
    assert other.read_bytes() == before


@pytest.mark.parametrize("device", ["unix:{}/nobody", "pipe:{}/nothing", "wav:/proc/nowhere/x.wav"])
def test_a_speaker_that_is_not_there_says_so(device: str, tmp_path: Path) -> None:
    sink = open_sink(device.format(tmp_path))
    with pytest.raises(SpeakerError, match=r"start the headset|mkfifo|cannot be written"):
        asyncio.run(sink.probe())


def test_a_socket_hears_every_sample_and_a_cut_off_sound_stops(tmp_path: Path) -> None:
    tone = pcm.tone(440, 0.05, 0.5)

    async def story() -> bytes:
        sink = open_sink(f"unix:{tmp_path}/headset")
        await sink.play(tone)
        long = asyncio.create_task(sink.play(bytes(pcm.RATE * 20)))
        await asyncio.sleep(0.02)
        long.cancel()
        await asyncio.gather(long, return_exceptions=True)
        sink.close()
        client, _ = listener.accept()
        with client:
            return b"".join(iter(lambda: client.recv(1 << 20), b""))

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/headset")
        listener.listen()
        heard = asyncio.run(story())
    assert heard.startswith(tone)
    assert pcm.seconds(heard[len(tone) :]) < 0.2, "ten seconds were meant, cut off after 20 ms"


def test_an_unknown_kind_of_speaker_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'bluetooth:x'"):
        open_sink("bluetooth:x")
