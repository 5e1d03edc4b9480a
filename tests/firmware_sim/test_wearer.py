"""A wearer's understanding, plans and eyes. The sentences of these tests are tones: no synthesiser is needed."""

from __future__ import annotations

import math
import queue
from array import array
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

import pytest

from firmware_sim.headset import Headset
from firmware_sim.wearer.day import Day
from firmware_sim.wearer.habits import Habits
from firmware_sim.wearer.hands import Hands
from firmware_sim.wearer.likeness import Portrait, distance, portrait
from firmware_sim.wearer.notes import Notes
from firmware_sim.wearer.person import Badge, Heard, Label, Person
from firmware_sim.wearer.plans import Way, plan
from firmware_sim.wearer.understanding import Memory, Sentence, split, understand

RATE = 22_050
EDGE = bytes(2 * 220)
BEEPS = {"taken": bytes(range(2, 250)) * 6, "listening": bytes(range(250, 2, -1)) * 5}
TONES = {"one": (300, 900), "two": (700, 300), "three": (1500, 500), "four": (2400, 1200), "five": (420, 3100)}


@cache
def tone(hertz: int, count: int) -> array[int]:
    return array("h", [round(9000 * math.sin(math.tau * hertz * i / RATE)) for i in range(count)])


def tones(text: str, *, stretch: float = 1.0) -> bytes:
    """Every word is two tones of 60 ms; `stretch`: as a synthesiser wanders."""
    samples = array("h")
    for word in text.split():
        for hertz in TONES[word]:
            samples.extend(tone(hertz, round(0.06 * RATE * stretch)))
    return EDGE + samples.tobytes() + EDGE


def sentence(text: str, *, open_end: bool = False) -> Sentence:
    return Sentence(text.replace(" ", "_"), text, (), open_end)


def heard(sound: bytes, *tiers: tuple[Sentence, ...]) -> list[str]:
    (part,) = [x for x in split(sound, BEEPS) if not isinstance(x, str)]
    return [x.text for x in understand(part, tiers, Memory(tones))]


def test_the_same_sentence_sounds_alike_though_it_wanders() -> None:
    def picture(sound: bytes) -> Portrait:
        samples = array("h")
        samples.frombytes(sound)
        return portrait(samples)

    once = picture(tones("one two three"))
    same = distance(once, picture(tones("one two three", stretch=1.02)))
    other = distance(once, picture(tones("one four three")))
    assert same < other
    assert distance(once, picture(tones("one four three")), same) == math.inf


def test_sentences_are_understood_one_after_the_other() -> None:
    known = tuple(sentence(x) for x in ("one", "two three", "four", "two five"))
    sound = BEEPS["taken"] + tones("two three", stretch=1.02) + tones("four", stretch=0.98) + BEEPS["listening"]
    assert [x for x in split(sound, BEEPS) if isinstance(x, str)] == ["taken", "listening"]
    assert heard(sound, known) == ["two three", "four"]


def test_what_was_not_expected_is_not_understood() -> None:
    assert heard(tones("five five five"), (sentence("one"), sentence("two three"))) == []


def test_the_likely_is_tried_before_the_possible() -> None:
    assert heard(tones("four one"), (sentence("one"),), (sentence("four one"),)) == ["four one"]


def test_a_sentence_may_be_known_by_its_beginning() -> None:
    assert heard(tones("two three five four"), (sentence("two three", open_end=True),)) == ["two three"]


def test_a_beep_that_was_cut_short_is_no_speech() -> None:
    cut = BEEPS["taken"][:700]
    assert heard(cut + tones("one two"), (sentence("one two"),)) == ["one two"]


@pytest.mark.parametrize("seed", range(3))
def test_plans_stay_within_the_line(seed: int) -> None:
    random = Random(seed)
    made = [plan("A.1", n % 7 + 1, Habits(), random, must_count=False, skipped=n % 2 == 0) for n in range(300)]
    assert {x.way for x in made} == set(Way)
    for x in made:
        assert (0 <= x.take < x.quantity) if x.way in {Way.SHORT, Way.DAMAGED} else x.take == x.quantity
        assert x.way is not Way.PART or x.quantity > 1
    assert all(plan("A.1", 3, Habits(), random, must_count=True, skipped=True).way is not Way.CONFIRM for _ in range(9))
    again = Random(seed)
    assert made[:5] == [plan("A.1", n % 7 + 1, Habits(), again, must_count=False, skipped=n % 2 == 0) for n in range(5)]


class Lamps:
    """Modules as a test sets them."""

    def __init__(self, **shown: tuple[int, int, str | None]) -> None:
        self.shown = shown
        self.pressed: list[tuple[str, str, str]] = []

    def look(self) -> Mapping[str, tuple[int, int, str | None]]:
        return self.shown

    def press(self, module: str, key: str, hold: float, who: str) -> None:
        self.pressed.append((module, key, who))


class NoBook:
    """Nothing is heard in these tests, and what is said is not spoken."""

    def beeps(self) -> dict[str, bytes]:
        return BEEPS

    def digits(self, digits: str, _: Random) -> str:
        return digits

    def word(self, word: str, _: Random) -> str:
        return word


@pytest.fixture
def labels() -> dict[str, Label]:
    return {f"A.{n}": Label(f"A.{n}", "A", "1", "1", 10 * n, f"{n}{n}", f"m{n}") for n in (1, 2, 3)}


class Mute(Person):
    """What he says is only noted."""

    def __init__(self, lamps: Lamps, labels: dict[str, Label]) -> None:
        headset = Headset.__new__(Headset)
        super().__init__(
            Badge("P-02", 3, 2, "B", "home"),
            *(headset, queue.SimpleQueue(), NoBook(), Memory(tones), labels, lamps, Notes()),  # type: ignore[arg-type]
        )
        self.speed = 1e6
        self.said: list[str] = []

    def speak(self, text: str, meant: str, **books: Any) -> int:
        self.said.append(text)
        return len(self.said)

    def pause(self, seconds: float) -> None:
        """At once."""


def hands(lamps: Lamps, labels: dict[str, Label]) -> Hands:
    return Hands(Mute(lamps, labels))


def test_he_presses_only_what_is_lit_for_him(labels: dict[str, Label]) -> None:
    lamps = Lamps(m1=(2, 2, "A  3"), m2=(3, 0, "B  3"), m3=(3, 2, "----"), home=(0, 0, ""))
    his = hands(lamps, labels)
    assert his.is_lit("A.2")
    assert not his.is_lit("A.1"), "another colour"
    assert not his.is_lit("A.3"), "a module that hears no controller"
    assert [x.location for x in his.lit_first(labels.values())] == ["A.2", "A.1", "A.3"]
    assert his.press("A.1") == "m2"
    assert lamps.pressed == [("m2", "confirm", "P-02")]


def test_home_comes_first_and_the_hand_over_is_noticed(labels: dict[str, Label]) -> None:
    lamps = Lamps(m2=(3, 2, "   3"), home=(3, 1, "DONE"))
    his = hands(lamps, labels)
    assert (his.press("A.2"), his.handed_over) == ("home", True)
    lamps.shown["home"] = (3, 3, "B IN")
    assert (his.press(None), his.handed_over) == ("home", False)
    lamps.shown.clear()
    assert his.press("A.2") is None


def told(*keys: str) -> Heard:
    """The mouth asks for the digits of A.1, which is where he understood that he should go."""
    values = {
        "location": (("location", "A.1"),),
        "wrong_digits": (("said", "11"),),
        "digits_hint": (("location", "A.1"),),
    }
    return Heard(
        0.0, ("taken", "listening"), tuple(Sentence(key, key, values.get(key, ())) for key in keys), sound=True
    )


def test_who_misunderstood_the_place_looks_at_the_lamps_in_the_end(labels: dict[str, Label]) -> None:
    lamps = Lamps(m2=(3, 2, "B  3"))
    me = Mute(lamps, labels)
    day = Day(me, Habits(wrong_digits=0.0, ask=0.0, chat=0.0, cough=0.0, rest=0.0, undo=0.0))
    day._react(told("location", "check_digits"))
    for key in ("wrong_digits", "wrong_digits", "digits_hint"):
        assert not lamps.pressed
        day._react(told(key, "location", "check_digits"))
    assert me.said == ["11"] * 3
    assert lamps.pressed == [("m2", "confirm", "P-02")]


def test_who_is_not_understood_when_he_asks_back_asks_again_and_then_looks_at_the_lamps(
    labels: dict[str, Label],
) -> None:
    lamps = Lamps(m2=(3, 2, "B  3"))
    me = Mute(lamps, labels)
    day = Day(me, Habits(tries=3))
    day._not_understood()
    for _ in range(2):
        day._once_more()
    assert set(me.said) == {"say_again"}
    assert lamps.pressed == [("m2", "confirm", "P-02")]
