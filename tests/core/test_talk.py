"""What scenarios cannot show well: what may be answered, what it costs to be misheard, what old journals hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from world import World, kinds, line, task

from controller.core import facts as f
from controller.core import inputs as i
from controller.core.guide.talk import talk
from controller.core.model import Item, RefusalClass
from controller.core.speech import Risk, SayWord, Word
from controller.core.state import State


def risks(world: World) -> dict[Word, Risk]:
    return {x.word: x.risk for x in world.talk().answers if isinstance(x, SayWord)}


def at_the_pick(policy: dict[str, Any] | None = None, **fields: Any) -> World:
    world = World(voice=("P1",), **policy or {})
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", 3, **fields), line("2", "A.2")))
    for said in (Word.READY, Word.READY, "47"):
        world.say(said)
    return world


def test_only_pickers_with_a_headset_are_talked_to() -> None:
    assert set(talk(State(), World(voice=("P1", "P3")).site)) == {"P1", "P3"}
    assert talk(State(), World().site) == {}


def test_what_books_or_destroys_is_listened_to_closely() -> None:
    found = risks(at_the_pick())
    assert found[Word.CONFIRM] is Risk.CONFIRMING
    for word in (Word.SHORT, Word.DAMAGED, Word.EMPTY, Word.SKIP, Word.SIGN_OUT):
        assert found[word] is Risk.DESTRUCTIVE
    for word in (Word.SAY_AGAIN, Word.HELP, Word.WHERE):
        assert found[word] is Risk.SAFE
    for word in (Word.LOUDER, Word.SLOWER):
        assert found[word] is Risk.SETTING
    world = at_the_pick()
    world.say(Word.EMPTY)
    world.say(1)
    assert risks(world)[Word.YES] is Risk.DESTRUCTIVE
    assert risks(world)[Word.NO] is Risk.NORMAL


@pytest.mark.parametrize(
    ("policy", "fields", "asked"),
    [({}, {}, False), ({}, {"criticality": "critical"}, True), ({"count_all": True}, {}, True)],
)
def test_where_the_quantity_is_wanted_confirm_alone_books_nothing(
    policy: dict[str, Any], fields: dict[str, Any], asked: bool
) -> None:
    world = at_the_pick(policy, **fields)
    assert (Word.CONFIRM not in risks(world)) is asked
    assert ("count_back" in [x.key for x in world.talk().say]) is asked
    facts = world.say(3)
    assert "LineConfirmed" in kinds(facts)


def test_sentences_that_name_answers_are_not_interrupted() -> None:
    world = at_the_pick()
    assert world.talk().interruptible
    world.say(Word.HELP)
    assert not world.talk().interruptible
    world.say(Word.SHORT)
    world.say(1)
    assert not world.talk().interruptible


def test_every_turn_is_another() -> None:
    """Said, answered, taken back and said again: the same question never has the same name."""
    world = at_the_pick()
    turns = []
    for said in (Word.BACK, "47", Word.SAY_AGAIN, 1, Word.BACK, 1, Word.BACK):
        turns.append(world.talk().turn)
        world.say(said)
    assert len(set(turns)) == len(turns)


def test_a_phrase_of_somebody_without_a_headset_is_nothing() -> None:
    world = World(voice=("P1",))
    for picker in ("P2", "P9"):
        heard = i.PhraseHeard(cause="v", picker=picker, turn="x", word=Word.SIGN_ON)
        assert world.send(heard).facts == ()
        assert world.send(i.VoiceLost(cause="v", picker=picker, fault="MIC_LOST")).facts == ()
        assert world.send(i.VoiceFound(cause="v", picker=picker)).facts == ()
        assert kinds(world.send(i.CodeScanned(cause="s", picker=picker, code="A.1"))) == []


def test_a_line_with_serials_goes_only_to_a_headset_that_works() -> None:
    world = World(voice=("P2",))
    world.sign_on("P1")
    items = (Item(serial="S1"), Item(serial="S2"))
    fields = {"serials": "capture", "items": items}
    world.arrive(task("T1", line("1", "A.1", **fields)))
    assert world.lit() == {}
    world.send(i.VoiceLost(cause="v", picker="P2", fault="MIC_LOST"))
    world.sign_on("P2")
    assert world.lit() == {}
    world.send(i.VoiceFound(cause="v", picker="P2"))
    assert world.lit() == {"A.1": "B  1"}
    refused = world.arrive(task("T2", line("1", "A.1", **fields), picker="P1")).facts[0]
    assert isinstance(refused, f.TaskRejected)
    assert (refused.refusal, refused.faults[0].code) == (RefusalClass.FIX, "CAPABILITY_MISSING")


def test_a_lost_headset_lets_serials_go() -> None:
    """He cannot tell them, and work goes on by light; the host sees that none were captured."""
    world = World(voice=("P1",))
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", serials="capture", items=(Item(serial="S1"),))))
    world.send(i.VoiceLost(cause="v", picker="P1", fault="MIC_LOST"))
    confirmed = world.press("A.1").facts[0]
    assert isinstance(confirmed, f.LineConfirmed)
    assert (confirmed.confirmed_by, confirmed.items) == (("button",), ())


@pytest.mark.parametrize(("digits", "sayable"), [("4", True), ("12345678", True), ("123456789", False), ("A7", False)])
def test_check_digits_that_cannot_be_said_are_not_asked_for(digits: str, *, sayable: bool) -> None:
    world = World(voice=("P1",))
    world.sign_on("P1")
    world.arrive(task("T1", line("1", "A.1", check_digits=digits)))
    world.say(Word.READY)
    world.say(Word.READY)
    assert (Word.READY in risks(world)) is not sayable


def test_old_journals_and_snapshots_are_read() -> None:
    world = at_the_pick()
    body = msgspec.json.decode(msgspec.json.encode(replace(world.state, talks={})))
    del body["talks"]
    assert msgspec.convert(body, State, strict=False).talks == {}
    confirmed = world.press("A.1").facts[0]
    old = msgspec.json.decode(msgspec.json.encode(confirmed))
    del old["items"]
    assert msgspec.json.decode(msgspec.json.encode(old), type=f.LineConfirmed) == confirmed


@pytest.mark.parametrize("said", ["4", "471", "4\u0667", 0, 4, 1000, Word.YES, Word.SIGN_ON])
def test_what_is_not_asked_for_is_misheard(said: Word | str | int) -> None:
    """Also where it nearly fits: another number of digits, a number beyond the line."""
    world = at_the_pick()
    if isinstance(said, str) and not isinstance(said, Word):
        world.say(Word.BACK)
    decision = world.say(said)
    assert kinds(decision) == ["PhraseMisheard"]
    misheard = decision.facts[0]
    assert isinstance(misheard, f.PhraseMisheard)
    assert misheard.why == "NOT_ASKED"
    assert {"digits", "number"} & set(misheard.expected)
