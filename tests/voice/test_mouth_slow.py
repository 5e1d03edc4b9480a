"""The mouth with the real synthesiser and real child processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from controller.cli.voice import say
from controller.voice.mouth import pcm
from controller.voice.mouth.sinks import AlsaSink, PipeSink, SpeakerError, WavSink
from controller.voice.mouth.synth import Synth

pytestmark = pytest.mark.slow

SENTENCES = ["take 3 pieces", "Aisle 12, bay 4. Check digits?", "x", "That is not one of the digits here. " * 6]


@pytest.fixture(scope="module")
def synth() -> Synth:
    return Synth()


def test_every_sentence_comes_out_whole_every_time(synth: Synth) -> None:
    """pyttsx3's own `runAndWait` loses some; 1 in 200 would be seen here with a probability of 60 %."""
    lengths: dict[tuple[str, str], list[float]] = {}
    for turn in range(180):
        text, voice = SENTENCES[turn % 4], ("gmw/en-us", "gmw/de")[turn % 7 % 2]
        lengths.setdefault((text, voice), []).append(pcm.seconds(synth.speak(text, voice, 165)))
    for seconds in lengths.values():
        assert min(seconds) > 0.2
        assert max(seconds) < min(seconds) * 1.15


def test_faster_is_shorter_and_nothing_has_no_sound(synth: Synth) -> None:
    slow, fast = (pcm.seconds(synth.speak(SENTENCES[1], "gmw/en-us", rate)) for rate in (120, 240))
    assert fast < 0.7 * slow
    assert synth.speak("  ", "gmw/en-us", 165) == b""


@pytest.mark.parametrize(
    ("language", "wanted", "voice", "fault"),
    [
        ("en", None, "gmw/en-us", ""),
        ("de", None, "gmw/de", ""),
        ("en", "en-gb+f3", "gmw/en+f3", ""),
        ("de", "German", "gmw/de", ""),
        ("en", "Germn", "gmw/en-us", "voice 'Germn' is not known: the nearest are german"),
        ("en", "en-us+Annie", "gmw/en-us+Annie", ""),
        ("en", "en-us+q9", "gmw/en-us", "voice 'en-us' has no variant 'q9'"),
        ("zz", None, "gmw/en-us", "no voice for language 'zz'"),
    ],
)
def test_a_voice_is_found_by_name_or_the_language_speaks(
    synth: Synth, language: str, wanted: str | None, voice: str, fault: str
) -> None:
    chosen = synth.choose(language, wanted)
    assert chosen.id == voice
    assert chosen.fault.startswith(fault)
    assert bool(chosen.fault) is bool(fault)


def test_the_bundled_library_speaks_where_the_system_has_none() -> None:
    story = (
        "from controller.voice.mouth.synth import Synth\n"
        "synth = Synth(bundled=True)\n"
        "loaded = {line.split()[-1] for line in open('/proc/self/maps') if 'espeak' in line}\n"
        "assert loaded and all('espeakng_loader' in path for path in loaded), loaded\n"
        "print(len(synth.speak('take three', 'gmw/en-us', 165)), len(synth.voices))\n"
    )
    done = subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, timeout=60, check=True)
    size, voices = map(int, done.stdout.split())
    assert size > pcm.RATE // 2
    assert voices > 50


def fake_aplay(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "aplay").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "aplay").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_sound_card_gets_raw_samples_and_stops_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_aplay(
        tmp_path,
        f'echo "$@" > {tmp_path}/how; echo $$ > {tmp_path}/pid; cat > {tmp_path}/heard; exec sleep 60',
        monkeypatch,
    )

    async def story() -> float:
        playing = asyncio.create_task(AlsaSink("plughw:1").play(bytes(1000)))
        async with asyncio.timeout(10):
            heard = tmp_path / "heard"
            while not heard.exists() or heard.stat().st_size < 1000:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.01)
        began = time.monotonic()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return time.monotonic() - began

    assert asyncio.run(story()) < 0.5
    assert (tmp_path / "how").read_text() == "-q -D plughw:1 -t raw -f S16_LE -r 22050 -c 1\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_what_aplay_complains_of_is_passed_on_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_aplay(
        tmp_path, "cat > /dev/null; echo 'aplay: main:831: audio open error: No such device' >&2; exit 1", monkeypatch
    )
    with pytest.raises(SpeakerError, match=r"No such device\); is the headset plugged in\?"):
        asyncio.run(AlsaSink("default").play(bytes(1000)))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(SpeakerError, match="sudo apt-get install alsa-utils"):
        asyncio.run(AlsaSink("default").play(bytes(1000)))


def test_files_and_pipes_take_as_long_as_the_sound(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    tone = pcm.tone(440, 0.3, 0.5)
    for sink in (WavSink(tmp_path / "x.wav"), PipeSink(tmp_path / "fifo")):
        began = time.monotonic()
        asyncio.run(sink.play(tone))
        sink.close()
        assert 0.29 < time.monotonic() - began < 0.6
    with wave.open(str(tmp_path / "x.wav")) as file:
        assert file.readframes(file.getnframes()) == tone
    assert os.read(reader, 1 << 16) == tone
    os.close(reader)


def test_say_tells_where_the_sound_went(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(say.command)
    out = tmp_path / "said.wav"
    done = CliRunner().invoke(app, ["take three", "--out", str(out), "--voice", "nobody", "--rate", "200"])
    assert done.exit_code == 0
    assert f"written to {out}" in done.output
    assert "voice 'nobody' is not known" in done.output
    with wave.open(str(out)) as file:
        assert file.getnframes() > pcm.RATE // 4
    listed = CliRunner().invoke(app, ["--voices"])
    assert "gmw/de" in listed.output
