"""The report of what was misheard: what is counted, what is inferred, what is advised."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controller.cli.voice.report import command
from controller.core import facts as f
from controller.errors import StartError, UsageError
from controller.journal import Batch, Journal, JournalSettings
from controller.voice.misheard import EVERYONE, NOTHING, Hearing, Report, report
from controller.voice.misheard_advice import Phrases, advise

PHRASES = Phrases({"short": ("short",), "say_again": ("say again", "repeat")}, {"short": ("report short",)})
NOW = 1_790_000_000_000


class Tape:
    """Facts of one picker, a second apart."""

    def __init__(self, picker: str = "P-1") -> None:
        self.picker, self.facts, self._at = picker, [], NOW

    facts: list[f.Fact]

    def wait(self, seconds: int) -> Tape:
        self._at += seconds * 1000
        return self

    def add(self, kind: type[f.Fact], *, same_input: bool = False, **more: Any) -> Tape:
        if not same_input:
            self._at += 1000
        self.facts.append(kind(at=self._at, cause=f"voice:{self.picker}:{self._at}", picker=self.picker, **more))
        return self

    def taken(self, meant: str, step: str = "pick", confidence: float = 0.9) -> Tape:
        return self.add(f.PhraseTaken, turn="t", step=step, meant=meant, text=meant, confidence=confidence)

    def misheard(self, text: str, step: str = "pick", why: str = "UNKNOWN") -> Tape:
        expected = ("confirm",)
        return self.add(f.PhraseMisheard, turn="t", step=step, expected=expected, why=why, text=text, confidence=0.3)

    def refused(self, said: str, location: str = "A.1") -> Tape:
        self.taken(said, "place")
        ids = {"task_id": "T", "line_id": "1", "attempt": 1}
        return self.add(f.ProofRefused, same_input=True, said=said, location=location, **ids)

    def early(self, location: str, after_ms: int, *, refused: bool = False) -> Tape:
        ids = {"task_id": "T", "line_id": "1"}
        return self.add(f.ProofTooEarly, location=location, after_ms=after_ms, walk_ms=4000, refused=refused, **ids)

    def undone(self) -> Tape:
        ids = {"task_id": "T", "line_id": "1", "was": "confirmed", "picked": 1}
        return self.add(f.PickUndone, same_input=True, **ids)


def hearing(tape: Tape) -> Hearing:
    return report(tape.facts).hearings[tape.picker]


# --- counting --------------------------------------------------------------------------------------------------------


def test_taken_and_rejected_are_counted_with_confidence_and_reasons() -> None:
    made = hearing(Tape().taken("confirm", confidence=0.9).taken("confirm", confidence=0.7).misheard("x", why="DECOY"))
    said = made.words["confirm"]
    assert (said.heard, said.lowest, round(said.mean, 3)) == (2, 0.7, 0.8)
    assert (made.heard, made.rejected, dict(made.reasons), dict(made.steps)) == (2, 1, {"DECOY": 1}, {"pick": 1})


def test_numbers_are_named_by_what_they_are() -> None:
    made = hearing(Tape().taken("47", "place").taken("7", "pick").taken("1234", "items").taken("3", "short_quantity"))
    assert {word: said.heard for word, said in made.words.items()} == {
        "check digits": 1,
        "quantity": 2,
        "item digits": 1,
    }


def test_what_was_meant_is_what_is_taken_next_at_the_same_step() -> None:
    made = hearing(Tape().misheard("shirt").misheard("").taken("short").misheard("sort", "place").taken("confirm"))
    assert dict(made.pairs) == {("short", "shirt"): 1, ("short", NOTHING): 1}
    assert made.words["short"].rejected == 2
    assert made.words["confirm"].rejected == 0


def test_nothing_is_inferred_from_much_later_or_from_a_question() -> None:
    late = hearing(Tape().misheard("shirt").wait(31).taken("short"))
    asked = hearing(Tape().misheard("shirt").taken("say_again").taken("short"))
    placed = hearing(Tape().misheard("confirm", why="NOT_ASKED").taken("ready"))
    assert not late.pairs
    assert not asked.pairs
    assert not placed.pairs
    assert placed.reasons["NOT_ASKED"] == 1


@pytest.mark.parametrize(
    ("tape", "word"),
    [
        (Tape().taken("confirm").taken("undo").taken("yes", "undo_sure").undone(), "confirm"),
        (Tape().taken("7").taken("undo").taken("yes", "undo_sure").undone(), "quantity"),
        (Tape().taken("damaged").taken("2", "short_quantity").taken("no", "short_sure"), "damaged"),
        (Tape().taken("confirm").taken("undo").taken("no", "undo_sure"), "undo"),
        (Tape().taken("sign_out", "idle").taken("cancel", "sign_out_sure"), "sign_out"),
        (Tape().taken("ready", "aisle").taken("back", "place"), "ready"),
    ],
)
def test_what_is_taken_back_was_perhaps_misheard(tape: Tape, word: str) -> None:
    assert {name for name, said in hearing(tape).words.items() if said.corrected} == {word}


def test_taking_back_after_a_minute_is_a_change_of_mind() -> None:
    made = hearing(Tape().taken("confirm").wait(60).taken("undo").taken("yes", "undo_sure").undone())
    assert not any(said.corrected for said in made.words.values())


def test_one_wrong_digit_is_a_confusion_two_are_a_wrong_place() -> None:
    made = hearing(Tape().refused("59").taken("55", "place").taken("confirm"))
    assert dict(made.digits) == {("5", "9"): 1}
    assert dict(made.wrong_proofs) == {"A.1": 1}
    assert not hearing(Tape().refused("59").taken("71", "place").taken("confirm")).digits
    assert dict(hearing(Tape().refused("59").taken("55", "place")).digits) == {("5", "9"): 1}  # the end of the journal


def test_wrong_again_is_not_taken_for_right() -> None:
    assert not hearing(Tape().refused("59").refused("58").taken("override", "place").taken("57", "place")).digits
    asked = hearing(Tape().refused("59").taken("say_again", "place").taken("55", "place").taken("confirm"))
    assert dict(asked.digits) == {("5", "9"): 1}


def test_early_answers_are_listed_by_place() -> None:
    made = hearing(Tape().early("A.1", 1000).early("A.1", 3000, refused=True).early("B.2", 2000))
    assert {place: (one.times, one.refused, one.soonest) for place, one in made.early.items()} == {
        "A.1": (2, 1, 0.25),
        "B.2": (1, 0, 0.5),
    }


def test_one_picker_all_pickers_and_nobody_named() -> None:
    one, two = Tape("P-1").misheard("x").taken("confirm"), Tape("P-2").taken("confirm", confidence=0.5).early("A", 1)
    mixed = sorted([*one.facts, *two.facts], key=lambda fact: fact.at)
    assert set(report(mixed).hearings) == {"P-1", "P-2"}
    assert set(report(mixed, "P-2").hearings) == {"P-2"}
    whole = report(mixed, aggregate=True).hearings
    assert set(whole) == {EVERYONE}
    said = whole[EVERYONE].words["confirm"]
    assert (said.heard, said.rejected, said.lowest, said.total) == (2, 1, 0.5, 1.4)
    assert "P-" not in str(whole)
    assert report([]) == Report({}, None, None)


def test_it_reads_what_the_station_really_decides(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(repo / "tests/core"))
    scenario = importlib.import_module("scenario").Scenario()
    for words in (
        "site walk_ms_per_unit=1000 | on P1 | task T1 | line 1 A.1 1 | line 2 A.2 1 | say P1 ready | say P1 ready | "
        "say P1 digits 74 | say P1 digits 57 | say P1 digits 47 | babble P1 1 | say P1 confirm | say P1 undo | "
        "say P1 yes | say P1 ready | say P1 digits 47 | say P1 confirm | say P1 digits 52"
    ).split(" | "):
        scenario.do(words.split())
    made = report(scenario.world.facts).hearings["P1"]
    assert dict(made.digits) == {("4", "5"): 1}
    assert dict(made.wrong_proofs) == {"A.1": 2}
    assert made.words["confirm"].corrected == 1
    assert dict(made.pairs) == {("confirm", NOTHING): 1}
    assert made.early["A.2"].times == 1


# --- advice ----------------------------------------------------------------------------------------------------------


def advice(tape: Tape) -> str:
    return "\n".join(advise(hearing(tape), PHRASES))


def test_little_or_good_speech_needs_no_advice() -> None:
    good = Tape()
    for _ in range(40):
        good.taken("confirm")
    assert advice(good) == ""
    assert advice(Tape().misheard("x").taken("short")) == ""


def test_each_trouble_has_its_cure() -> None:
    word, quiet, cut, many = Tape(), Tape(), Tape(), Tape()
    for number in range(10):
        word.misheard("shirt").taken("short")
        quiet.misheard("", why="TOO_QUIET").taken("confirm").taken("ready")
        cut.misheard("five", why="LENGTH").taken("47", "place").taken("ready")
        for text in ("confirm", "ready", "skip"):
            many.misheard("unk", why="UNKNOWN").taken(text, confidence=0.5)
        many.taken("say_again").early("A.1", number)
    assert "“short” goes wrong 50% of the time (heard as “shirt” 10×): give it the phrase “report short”" in advice(
        word
    )
    assert "two fingers" in advice(quiet)
    assert "one breath" in advice(cut)
    found = advice(many)
    assert "instead" not in found  # with such a sound no phrase is to blame
    for cure in ("noise or the microphone", "confidence is low", "Rotate them", "rate_wpm"):
        assert cure in found


def test_wrong_digits_and_a_failing_headset_have_theirs() -> None:
    tape = Tape()
    for _ in range(5):
        tape.refused("59").taken("55", "place").taken("confirm")
        tape.add(f.HeadsetDown, fault="MIC_LOST")
    found = advice(tape)
    assert "5 of 10 check digits were wrong (5 as 9)" in found
    assert "look at its label" in found
    assert "the headset failed 5 times (MIC_LOST)" in found


def test_the_command_is_told_which_journal_and_whose(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="take one of the two"):
        command(journal=tmp_path / "x", picker="P-1", aggregate=True)
    with pytest.raises(UsageError, match="--journal"):
        command()
    with pytest.raises(StartError, match="when it first runs"):
        command(journal=tmp_path / "x")


# --- the command, on a journal that is being written -----------------------------------------------------------------


@pytest.mark.slow
def test_the_command_reads_a_running_station(tmp_path: Path) -> None:
    path = tmp_path / "station.db"
    tape = Tape()
    for _ in range(10):
        tape.misheard("shirt").taken("short")

    def ask(*more: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "controller", "voice", "report", "--journal", str(path), *more]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    async def station() -> list[subprocess.CompletedProcess[str]]:
        journal = Journal.open(path, JournalSettings(ballast_mb=0, log_kb=0, min_free_percent=0), clock=lambda: NOW)
        try:
            await journal.submit(Batch(facts=tuple(tape.facts)))
            calls = [("--json",), ("--aggregate", "--json"), ("--picker", "P-9"), ("--days", "3000")]
            return [await asyncio.to_thread(ask, "--days", "3650", *call) for call in calls]
        finally:
            journal.close()

    whole, nameless, other, shown = asyncio.run(station())
    assert whole.returncode == 0, whole.stderr
    picker = json.loads(whole.stdout)["pickers"][0]
    assert picker["picker"] == "P-1"
    assert picker["words"]["short"] == {
        "heard": 10,
        "rejected": 10,
        "corrected": 0,
        "confidence": 0.9,
        "lowest": 0.9,
    }
    assert picker["heard_as"] == [{"meant": "short", "heard": "shirt", "times": 10}]
    assert "report short" in picker["advice"][0]
    assert json.loads(nameless.stdout)["pickers"][0]["picker"] is None
    assert "P-1" not in nameless.stdout
    assert "nothing was said by P-9" in other.stdout
    assert "→ “short” goes wrong 50%" in " ".join(shown.stdout.split())
    path = tmp_path / "other.db"
    path.write_bytes(b"no database at all" * 100)
    broken = ask()
    assert broken.returncode == 1
    assert "cannot be read as a journal" in broken.stderr
