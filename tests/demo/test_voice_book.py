"""The voice pickers' book against the journal: what was said is what is booked, or it is a difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from story import LAYOUT, Story

from controller.demo.dialogue import transcript
from controller.demo.ledgers import FactRow, JournalBook, ShelfBook, WmsBook, asked_of
from controller.demo.result import Result, judge
from controller.demo.voice_book import Said, VoiceBook, read_voice

BOOT = "voice:P-02:0a1b"


class Talking(Story):
    """A story of one who speaks. Every phrase takes a second and is decided upon 0.4 s after its end."""

    def __init__(self) -> None:
        super().__init__(asked=[("SO-1", {"task_id": "T1", "lines": [line("10", "A.1", 5), line("20", "A.2", 3)]})])
        self.said: list[Said] = []
        self.acknowledged: set[tuple[str, int]] = set()

    def say(self, text: str, meant: str, **books: Any) -> int:
        number = len(self.said) + 1
        self.said.append(Said("P-02", number, text, meant, self.now, self.now + 1.0, books or None))
        self.now += 1.4
        return number

    def take(self, meant: str, step: str = "pick") -> str:
        cause = f"{BOOT}:{len(self.facts)}"
        self.fact("PhraseTaken", cause, picker="P-02", turn="T1", step=step, meant=meant, text=meant, confidence=0.9)
        return cause

    def outcome(self) -> Result:
        wms = WmsBook(asked_of(self.asked), self.booked, self.published, self.arrived)
        journal = JournalBook(self.facts, self.sent, self.cursors, len(self.sent))
        book = VoiceBook(self.said, frozenset(self.acknowledged))
        return judge(wms, journal, ShelfBook(self.presses, self.lit), LAYOUT, self.deaf, book)


def line(line_id: str, location: str, qty: int) -> dict[str, Any]:
    return {"line_id": line_id, "location": location, "qty": qty}


def meant(location: str, quantity: int, *, short: bool = False) -> dict[str, Any]:
    return {"what": "line", "location": location, "quantity": quantity, "short": short}


def talking() -> Talking:
    """Signs on, picks five, says that there are only two of three; one phrase is rejected and said again."""
    story = Talking()
    story.accept("T1")
    story.say("ready", "ready")
    story.take("ready", "announce")
    story.say("four seven", "47")
    story.fact("PhraseMisheard", BOOT, picker="P-02", turn="T1", step="place", why="UNKNOWN", text="", confidence=0.2)
    story.say("four seven", "47")
    story.take("47", "place")
    full = story.say("five confirm", "5", **meant("A.1", 5))
    story.book(story.take("5"), "T1", "10", 5)
    story.say("they changed the plan", "")
    short = story.say("yes", "yes", **meant("A.2", 2, short=True))
    story.book(story.take("yes", "short_sure"), "T1", "20", 2, short=True)
    story.acknowledged = {("P-02", full), ("P-02", short)}
    story.complete("T1", [("10", "full", 5), ("20", "short", 2)])
    return story


def kinds(story: Talking) -> set[str]:
    return {difference.kind for difference in story.outcome().differences}


def test_what_was_meant_and_booked_has_no_differences() -> None:
    result = talking().outcome()
    assert result.differences == []
    (row,) = result.orders
    assert (row.asked, row.picked, row.booked, row.reported, row.short) == (8, 7, 7, 7, 1)
    f = result.figures
    assert [f[f"phrases_{name}"] for name in ("said", "understood", "rejected", "misheard", "of_nobody")] == [
        *(5, 4, 1, 0, 0)
    ]
    assert f["booked_by_voice"] == f["speech_to_report_n"] == 2
    assert f["speech_to_report_ms_p95"] == pytest.approx(405, abs=1)


def alter(story: Talking, kind: str, number: int = 0, **fields: Any) -> None:
    at = [n for n, fact in enumerate(story.facts) if fact.kind == kind][number]
    story.facts[at] = FactRow(kind, {**story.facts[at].body, **fields})


def meant_less(story: Talking) -> None:
    story.said[3] = replace(story.said[3], meant="4", books=meant("A.1", 4))


def meant_another_bin(story: Talking) -> None:
    story.said[3] = replace(story.said[3], books=meant("A.2", 5))


def meant_nothing(story: Talking) -> None:
    story.said[5] = replace(story.said[5], meant="no", books=None)


def nobody_spoke(story: Talking) -> None:
    del story.said[3:]


def false_proof(story: Talking) -> None:
    story.said[2] = replace(story.said[2], text="four eight", meant="48")


def one_phrase_twice(story: Talking) -> None:
    confirmed = next(fact for fact in story.facts if fact.kind == "LineConfirmed")
    story.facts.insert(story.facts.index(confirmed), confirmed)


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (meant_less, "MISHEARD"),
        (meant_another_bin, "MISHEARD"),
        (meant_nothing, "MISHEARD"),
        (nobody_spoke, "MISHEARD"),
        (false_proof, "MISHEARD"),
        (one_phrase_twice, "DOUBLE"),
    ],
)
def test_finds(plant: Callable[[Talking], None], kind: str) -> None:
    story = talking()
    plant(story)
    assert kind in kinds(story)


def test_an_acknowledged_phrase_that_is_not_booked_is_lost() -> None:
    story = Talking()
    story.accept("T1")
    story.acknowledged = {("P-02", story.say("confirm", "confirm", **meant("A.1", 5)))}
    assert "LOST_PHRASE" in kinds(story)
    story.acknowledged = set()
    assert "LOST_PHRASE" not in kinds(story), "not taken, and nobody told him otherwise"


def test_a_phrase_and_a_press_at_once_are_one_booking() -> None:
    story = Talking()
    story.accept("T1")
    story.confirm("T1", "10", "A-1", 5)
    story.acknowledged = {("P-02", story.say("confirm", "confirm", **meant("A.1", 5)))}
    assert {"LOST_PHRASE", "MISHEARD", "DOUBLE", "NO_PRESS"}.isdisjoint(kinds(story))


def test_other_talk_that_becomes_a_command_is_counted() -> None:
    story = talking()
    alter(story, "PhraseTaken", 0, meant="help")
    story.said[0] = replace(story.said[0], meant="", text="i need a coffee")
    figures = story.outcome().figures
    assert (figures["phrases_of_nobody"], figures["phrases_misheard"]) == (1, 0)


def test_notes_are_read_and_told_as_a_dialogue(tmp_path: Path) -> None:
    rows = [
        {"t": 10.0, "picker": "P-02", "kind": "heard", "text": "2 pieces.", "keys": [], "beeps": [], "from": 8.0},
        {
            "t": 10.5,
            "picker": "P-02",
            "kind": "said",
            "n": 1,
            "text": "confirm",
            "meant": "confirm",
            "from": 9.5,
            "until": 10.4,
            "books": meant("A.1", 2),
        },
        {"t": 12.0, "picker": "P-02", "kind": "acknowledged", "n": 1},
    ]
    file = tmp_path / "voice.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"t": 13.0, "pic', encoding="utf-8")
    book = read_voice(file)
    assert book.acknowledged == {("P-02", 1)}
    assert [(x.text, x.until, x.books) for x in book.said] == [("confirm", 10.4, meant("A.1", 2))]
    heard = FactRow("PhraseTaken", {"at": 10800, "cause": "voice:P-02:1:1", "picker": "P-02", "meant": "confirm"})
    heard = FactRow(heard.kind, {**heard.body, "text": "confirm", "confidence": 0.98})
    assert [row.split(None, 2) for row in transcript(book.rows, [heard]).splitlines()[2:]] == [
        ["0.0", "mouth", "2 pieces."],
        ["1.5", "picker", "confirm"],
        ["2.8", "ear", "'confirm' = confirm   (0.98)"],
    ]
