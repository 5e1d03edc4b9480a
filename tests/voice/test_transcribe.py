"""`pickbeam voice transcribe`: which candidates are tried and what is taken; with a fake engine, and for real."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import pytest

from controller.voice.ear.engine import Alternative, Margin
from controller.voice.ear.fake import FakeEngine, quiet, spoken
from controller.voice.ear.pcm import from_bytes, noise
from controller.voice.ear.transcribe import CROWDED, LEAST, SPEEDS, STANDS_OUT, TRIED, Transcriber, prepared, speaks
from controller.voice.grammar import DigitString, HeardWord

WORDS = "zero one two three yes no help monday tuesday friday sunday".split()
DIGITS = ("zero", "one", "two", "three")


class Exact(FakeEngine):
    """Hears one text, whatever was done to the audio; near ones are as much less likely as they differ."""

    def __init__(self, text: str, ahead: float = 50.0, crowd: float = 50.0) -> None:
        super().__init__(WORDS)
        self.text, self.ahead, self.crowd = text, ahead, crowd
        self.tried: list[str] = []

    def decode(self, pcm: bytes, phrases: Sequence[str]) -> tuple[HeardWord, ...]:
        return tuple(HeardWord(word, 0.4 + i, 1.0 + i, 1.0) for i, word in enumerate(self.text.split()))

    def reading(self, pcm: bytes, phrase: str) -> Alternative | None:
        self.tried.append(phrase)
        return super().reading(pcm, phrase)

    def margin(self, pcm: bytes, phrase: str, like: Sequence[str] = ()) -> Margin:
        return Margin(self.ahead, self.crowd)


RECORDING = from_bytes(quiet(0.1) + spoken(WORDS, "yes", 0.1) + quiet(0.1))


def test_takes_the_likeliest_choice_by_the_votes_of_all_speeds() -> None:
    engine = Exact("no")
    found = Transcriber(engine, ["yes", "no", "help"]).read(RECORDING)
    assert (found.text, found.accepted, found.why) == ("no", True, "")
    assert found.confidence == pytest.approx(1 / (1 + 2 * 2.718281828 ** (-10 / 3)))
    assert [(word.word, word.start) for word in found.words] == [("no", 0.0)]  # the added lead is taken off again
    assert engine.tried.count("help") == engine.tried.count("no") == len(SPEEDS)  # nothing is asked twice


def test_something_is_always_chosen_unless_unknown_speech_may_be_told() -> None:
    assert Transcriber(Exact("monday", ahead=-9.0), ["yes", "no"]).read(RECORDING).accepted
    found = Transcriber(Exact("monday", ahead=-9.0), ["yes", "no"], unknown=True).read(RECORDING)
    assert (found.accepted, found.why) == (False, "UNKNOWN")
    for ahead, accepted in ((STANDS_OUT + 0.1, True), (STANDS_OUT - 0.1, False), (float("-inf"), False)):
        found = Transcriber(Exact("yes", ahead), ["yes", "no"], unknown=True).read(RECORDING)
        assert (found.text, found.accepted) == ("yes", accepted)
    for crowd, accepted in ((CROWDED + 0.1, True), (CROWDED - 0.1, False)):
        assert Transcriber(Exact("yes", crowd=crowd), ["yes", "no"], unknown=True).read(RECORDING).accepted is accepted


class Torn(Exact):
    """Finds every phrase as likely as any other."""

    def reading(self, pcm: bytes, phrase: str) -> Alternative | None:
        return Alternative(phrase, 0.0)


def test_what_is_hardly_likelier_than_other_choices_is_none_of_them_where_it_may_be_none() -> None:
    choices = WORDS[: int(1 / LEAST) + 1]
    found = Transcriber(Torn(""), choices, unknown=True).read(RECORDING)
    assert (found.accepted, found.why) == (False, "LOW_CONFIDENCE")
    assert Transcriber(Torn(""), choices).read(RECORDING).accepted
    assert Transcriber(Torn(""), choices[:2], unknown=True).read(RECORDING).accepted


class Sure(Exact):
    """A quick search finds one phrase only: the first of those that are left, in the order of WORDS."""

    def alternatives(self, pcm: bytes, phrases: Sequence[str], count: int = 10) -> tuple[Alternative, ...]:
        left = [word for word in WORDS if word in phrases]
        return tuple(Alternative(word, 0.0) for word in left[:1])


def test_of_many_choices_only_the_next_best_are_tried_however_sure_the_search_is() -> None:
    engine = Sure("one")
    assert Transcriber(engine, WORDS).read(RECORDING).text == "one"
    assert set(engine.tried) == set(WORDS[:TRIED])


def test_of_many_choices_all_are_tried_where_the_search_finds_none() -> None:
    engine = Exact("")
    Transcriber(engine, WORDS).read(RECORDING)
    assert set(engine.tried) == set(WORDS)


@pytest.mark.parametrize(
    ("heard", "digits", "taken"),
    [
        ("one two", 2, {"one two"}),
        ("one two three", 2, {"one two", "two three", "one three"}),
        ("one", 2, {"one one", "one zero", "zero one", "one two", "two one", "one three", "three one"}),
        ("", 1, {"zero", "one", "two", "three"}),
        ("", 2, {f"{one} {two}" for one in DIGITS for two in DIGITS}),
    ],
)
def test_digit_strings_have_exactly_the_asked_length(heard: str, digits: int, taken: set[str]) -> None:
    found = Transcriber(Exact(heard), [], DigitString(digits, DIGITS)).read(RECORDING)
    assert found.text in taken


@pytest.mark.parametrize(
    ("samples", "spoke"),
    [
        (RECORDING, True),
        (array("h"), False),
        (array("h", bytes(32_000)), False),
        (noise(1.0, -40.0), False),
        (from_bytes(spoken(WORDS, "yes", 0.2)), True),  # cut so tightly that there is nothing but voice
    ],
)
def test_tells_speech_from_silence_and_steady_noise(samples: array[int], spoke: bool) -> None:
    assert speaks(samples) is spoke
    assert (Transcriber(Exact("yes"), ["yes"]).read(samples).why == "NO_SPEECH") is not spoke


def test_loud_and_faint_recordings_are_brought_to_one_level_and_given_room() -> None:
    faint = from_bytes(quiet(0.1, 300))
    loud = from_bytes(quiet(0.1, 30_000))
    assert prepared(faint) == prepared(loud)
    assert len(prepared(faint)) == round((0.4 + 0.1 + 0.6) * 32_000)
    assert len(prepared(faint, 1.08)) < len(prepared(faint)) < len(prepared(faint, 0.92))
