"""The ear on real audio through the real recogniser: speakers that the embedded model never heard, noise, nonsense.

The recordings in `audio/` are synthesised; `index.json` says what each one says.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
import time
import wave
from array import array
from pathlib import Path

import pytest

from controller.core.speech import Risk
from controller.voice.ear import Ear, Health, Models, pcm
from controller.voice.ear.model_files import WIDE, with_options
from controller.voice.ear.second_look import AROUND_S
from controller.voice.grammar import Choice, DigitString, Grammar, Utterance
from controller.voice.language import Language
from controller.voice_bench.sets import commands

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AUDIO = Path(__file__).parent / "audio"
INDEX = json.loads((AUDIO / "index.json").read_text())
KNOWN = [entry for entry in INDEX if entry["kind"] == "vocabulary"]
STRANGE = [entry for entry in INDEX if entry["kind"] != "vocabulary"]
RISKS = {"confirm": Risk.CONFIRMING, "short": Risk.DESTRUCTIVE, "skip": Risk.DESTRUCTIVE, "undo": Risk.DESTRUCTIVE}
DIGITS = "zero oh one two three four five six seven eight nine".split()


@pytest.fixture(scope="module")
def models(repo: Path) -> Models:
    return Models.load(repo / "controller/voice/models/en-embedded")


@pytest.fixture(scope="module")
def grammar(models: Models) -> Grammar:
    """All commands at once, with what sounds like them, as in a turn: harder than any turn of the dialogue."""
    language = Language.load("en").fitted(models.knows)
    whole, like = language.everything(), {one.text: one.like for one in commands(language).choices}
    choices = tuple(
        Choice(one.text, RISKS.get(one.text, Risk.NORMAL), like=like.get(one.text, ())) for one in whole.choices
    )
    return Grammar("t", choices, decoys=whole.decoys)


def recording(name: str) -> array[int]:
    return pcm.read_wav(AUDIO / name)


def hall(seconds: float, level: float) -> array[int]:
    return pcm.noise(seconds, level, seed=random.Random(level).randrange(1 << 30))


def in_hall(voice: array[int], level: float = -65.0) -> bytes:
    """0.6 s of the hall, the voice in it, 1.5 s of the hall."""
    room = hall(2.1 + len(voice) / 16_000, level)
    at = round(0.6 * 16_000)
    for index, sample in enumerate(voice):
        room[at + index] = max(-32768, min(32767, room[at + index] + sample))
    return room.tobytes()


def test_a_word_that_the_model_lacks_is_told_with_words_that_look_like_it(models: Models) -> None:
    assert models.missing(["confrim", "confirm"]) == {"confrim"}
    assert models.similar(["confrim"]) == {"confrim": ("conform", "confirm", "confirms")}


def heard(models: Models, grammar: Grammar, audio: bytes, wide: tuple[str, ...] = ()) -> list[Utterance]:
    ear = Ear(models, wide=wide)
    ear.listen(grammar)
    return ear.feed(audio)


def around(voice: array[int]) -> bytes:
    """The voice with a little of the hall before and behind it, as it is read again."""
    first, last = round((0.6 - AROUND_S) * 16_000), round((0.6 + AROUND_S) * 16_000) + len(voice)
    return in_hall(voice)[2 * first : 2 * last]


def spoke_until(voice: array[int]) -> float:
    """When the recording's voice ends, within `in_hall`."""
    loudest = max(map(abs, voice))
    return 0.6 + max(i for i, x in enumerate(voice) if abs(x) > loudest / 30) / 16_000


def tight(voice: array[int]) -> array[int]:
    """Without the silence around it."""
    loudest = max(map(abs, voice))
    loud = [i for i, x in enumerate(voice) if abs(x) > loudest / 30]
    return voice[loud[0] : loud[-1]]


@pytest.mark.parametrize("level", [-65.0, -42.0])
def test_hears_commands_in_time(models: Models, grammar: Grammar, level: float) -> None:
    texts = {choice.text for choice in grammar.choices}
    known = [entry for entry in KNOWN if entry["words"] in texts]
    assert len(known) >= 25
    right, wrong, late = 0, [], []
    for entry in known:
        voice = recording(entry["file"])
        taken = [one for one in heard(models, grammar, in_hall(voice, level)) if one.accepted]
        right += [one.text for one in taken] == [entry["words"]]
        wrong += [(entry["words"], one.text) for one in taken if one.text != entry["words"]]
        late += [one.decided_at - spoke_until(voice) for one in taken if one.text == entry["words"]]
    print(f"{level} dBFS: {right} of {len(known)} right, taken wrongly: {wrong}, late {statistics.median(late):.2f} s")
    assert right >= 0.8 * len(known)
    assert len(wrong) <= 0.1 * len(known)
    assert statistics.median(late) <= 0.35


def test_hears_digit_strings_of_the_asked_length_only(models: Models) -> None:
    two = Grammar("t", (Choice("say again"),), (DigitString(2, tuple(DIGITS)),))
    late = []
    for entry in KNOWN:
        words = entry["words"].split()
        if set(words) <= set(DIGITS):
            voice = recording(entry["file"])
            taken = [one for one in heard(models, two, in_hall(voice)) if one.accepted]
            assert all(len(one.text.split()) == len(words) == 2 for one in taken), entry
            late += [one.decided_at - spoke_until(voice) for one in taken]
    assert len(late) >= 2
    assert statistics.median(late) <= 0.8


def test_six_waits_for_sixty(models: Models) -> None:
    either = Grammar("t", (Choice("six"), Choice("sixty")))
    voice = recording("six.wav")
    (utterance,) = heard(models, either, in_hall(voice))
    assert (utterance.text, utterance.early) == ("six", False)


def test_a_chain_of_commands_is_no_command(models: Models, grammar: Grammar) -> None:
    chain = tight(recording("confirm.wav")) + hall(0.05, -65.0) + tight(recording("cancel.wav"))
    assert not [one for one in heard(models, grammar, in_hall(chain)) if one.accepted]


def test_what_was_said_stands_out_of_all_words_and_what_sounds_like_it_does_not(models: Models) -> None:
    said = {name: around(recording(f"{name}.wav")) for name in ("skip", "ship")}
    alone, among = models.margin(said["skip"], "skip"), models.margin(said["skip"], "skip", ("ship", "sleep", "skill"))
    assert alone.like == math.inf
    assert among.like > 1.0
    assert among.anything == pytest.approx(alone.anything, abs=1.5)  # what else is read costs the phrase nothing
    assert alone.anything - 6.0 < alone.crowd < alone.anything  # 2 log 20 at most
    other = models.margin(said["ship"], "skip", ("ship", "sleep", "skill"))
    assert other.like < -1.0
    assert other.crowd < among.crowd - 3.0


def test_strange_speech_confirms_nothing(models: Models, grammar: Grammar) -> None:
    taken = [
        (entry["words"], one.text)
        for entry in STRANGE
        for one in heard(models, grammar, in_hall(recording(entry["file"])))
        if one.accepted
    ]
    assert len(taken) <= 0.2 * len(STRANGE), taken
    assert not {text for _, text in taken} & RISKS.keys()


def test_a_minute_of_babble_confirms_nothing(models: Models, grammar: Grammar) -> None:
    chance = random.Random(4)
    babble = hall(60.0, -60.0)
    at = 0
    while at < len(babble) - 60_000:
        voice = recording(chance.choice([*STRANGE, *KNOWN])["file"])
        for offset in (at, at + chance.randrange(3_000, 12_000)):  # each word against another one
            for index, sample in enumerate(voice[::-1] if offset == at else voice):
                babble[offset + index] = max(-32768, min(32767, babble[offset + index] + sample // 3))
        at += chance.randrange(4_000, 12_000)
    taken = [one.text for one in heard(models, grammar, babble.tobytes()) if one.accepted]
    assert not set(taken) & RISKS.keys(), taken


def test_digital_silence_is_a_fault_and_no_answer(models: Models, grammar: Grammar) -> None:
    ear = Ear(models)
    ear.listen(grammar)
    assert ear.feed(bytes(32_000 * 10)) == []
    assert ear.health().state is Health.MIC_SILENT


def test_clipping_is_told(models: Models, grammar: Grammar) -> None:
    ear = Ear(models)
    ear.listen(grammar)
    for name in ("confirm.wav", "cancel.wav", "damaged.wav"):
        ear.feed(in_hall(pcm.scaled(recording(name), 40.0)))
    assert ear.health().state is Health.CLIPPING


def test_vosk_says_nothing_of_its_own(models: Models, capfd: pytest.CaptureFixture[str]) -> None:
    """A word that it lacks is a warning of Vosk's; ours names it with the cure."""
    one = models.recogniser()
    one.restart(["yes", "frobnicate"])
    one.feed(in_hall(recording(KNOWN[0]["file"])))
    one.final()
    assert capfd.readouterr().err == ""


def test_four_ears_are_light(models: Models, grammar: Grammar) -> None:
    ears = [Ear(models) for _ in range(4)]
    audio = b"".join(in_hall(recording(entry["file"])) for entry in KNOWN[:10])
    began = time.process_time()
    for ear in ears:
        ear.listen(grammar)
    for at in range(0, len(audio), 1600):
        for ear in ears:
            ear.feed(audio[at : at + 1600])
    load = (time.process_time() - began) / (len(audio) / 32_000) / 4
    print(f"RTF per ear {load:.4f}")
    assert load <= 0.1  # the aim is 0.05; a busy machine measures more


def test_a_model_that_breaks_vosk_breaks_a_child_process_only(repo: Path, tmp_path: Path) -> None:
    with_options(repo / "controller/voice/models/en-embedded", tmp_path, WIDE)
    whole = (tmp_path / "am" / "final.mdl").read_bytes()
    (tmp_path / "am").unlink()
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(whole[: len(whole) // 2])
    code = f"from controller.voice.ear import Models; Models.load({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=repo, capture_output=True, text=True, check=False)
    assert done.returncode != 0


def transcribe(repo: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "controller", "voice", "transcribe", *words]
    return subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)


def test_transcribe_prints_a_line_per_file(repo: Path, tmp_path: Path) -> None:
    names = ["seven", "five", "nine"]
    for name in names:  # as a narrow-band headset records it, cut tightly
        narrow = pcm.resample(recording(f"{name}.wav"), 16_000, 8_000)
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(narrow.tobytes())
    with wave.open(str(tmp_path / "nobody.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))
    files = [str(tmp_path / f"{name}.wav") for name in [*names, "nobody"]]
    done = transcribe(repo, "--choices", "|".join(DIGITS[:1] + DIGITS[2:]), "--json", *files)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["file"] for row in rows] == files
    assert [row["accepted"] for row in rows] == [True, True, True, False]
    assert sum(row["text"] == name for row, name in zip(rows, names, strict=False)) >= 2
    assert (rows[3]["text"], rows[3]["why"]) == ("", "NO_SPEECH")
    assert set(rows[0]) == {"file", "text", "confidence", "accepted", "why", "words"}
    assert done.returncode == 0


def test_transcribe_refuses_words_that_the_model_lacks(repo: Path) -> None:
    done = transcribe(repo, "--choices", "confirm|cofnirm", str(AUDIO / "confirm.wav"))
    assert done.returncode == 2
    assert "'cofnirm'" in done.stderr
    assert "confirm" in done.stderr.split("say", 1)[1]


def test_transcribe_reads_on_after_a_broken_file(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"no sound")
    done = transcribe(repo, "--choices", "confirm|cancel", "--json", str(tmp_path / "x.wav"), str(AUDIO / "cancel.wav"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (rows[0]["why"], rows[1]["text"]) == ("UNREADABLE", "cancel")
    assert done.returncode == 1


def test_transcribe_gives_as_many_digits_as_asked(repo: Path) -> None:
    done = transcribe(repo, "--digits", "2", "--json", str(AUDIO / "one-two.wav"), str(AUDIO / "seven-three-nine.wav"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [len(row["text"].split()) for row in rows] == [2, 2]


def test_try_follows_a_file(repo: Path) -> None:
    command = [sys.executable, "-m", "controller", "voice", "try", "--wav", str(AUDIO / "cancel.wav"), "--json"]
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["microphone"] == "OK"
    assert lines[-1]["heard"]["text"] == "cancel"
    assert done.returncode == 0
