"""The ear over the fake recogniser: what is taken, when, and why the rest is not."""

from __future__ import annotations

import pytest

from controller.core.speech import Risk
from controller.voice.ear import Alternative, Ear, Health
from controller.voice.ear.acceptance import outstanding
from controller.voice.ear.endpoint import Ending, Endpoint
from controller.voice.ear.engine import Margin
from controller.voice.ear.fake import FakeEngine, quiet, spoken
from controller.voice.ear.phrases import Phrases
from controller.voice.grammar import Choice, DigitString, Grammar, Utterance

WORDS = "zero one two three ready confirm short say again six sixty where is it monday wake up steady".split()
DIGITS = ("zero", "one", "two", "three")
GRAMMAR = Grammar(
    "t1",
    (
        Choice("ready"),
        Choice("confirm", Risk.CONFIRMING),
        Choice("short", Risk.DESTRUCTIVE),
        Choice("say again", Risk.SAFE),
        Choice("six"),
        Choice("sixty"),
        Choice("where", Risk.SAFE, "where"),
        Choice("where is it", Risk.SAFE, "where"),
        Choice("wake"),
        Choice("wake up"),
    ),
    (DigitString(2, DIGITS),),
    decoys=("steady",),
)


def said(text: str, gap: float = 0.02) -> bytes:
    return spoken(WORDS, text, 0.3, gap)


def heard(ear: Ear, *audio: bytes) -> list[Utterance]:
    return ear.feed(b"".join((quiet(0.2), *audio, quiet(0.9))))


def an_ear(engine: FakeEngine | None = None, grammar: Grammar = GRAMMAR) -> Ear:
    ear = Ear(engine or FakeEngine(WORDS))
    ear.listen(grammar)
    return ear


@pytest.mark.parametrize(
    ("text", "least", "most", "early"),
    [
        ("ready", 0.1, 0.3, True),
        ("say again", 0.1, 0.3, True),
        ("confirm", 0.25, 0.35, False),
        ("short", 0.25, 0.35, False),
        ("six", 0.35, 0.45, False),
        ("where", 0.25, 0.35, False),
        ("wake", 0.6, 0.7, False),
        ("where is it", 0.1, 0.3, True),
        ("one two", 0.3, 0.4, False),
    ],
)
def test_takes_whole_phrases_in_time(text: str, least: float, most: float, early: bool) -> None:
    (utterance,) = heard(an_ear(), said(text))
    assert (utterance.text, utterance.accepted, utterance.why, utterance.early) == (text, True, "", early)
    assert utterance.turn == "t1"
    assert least - 0.01 <= utterance.decided_at - utterance.spoke_until <= most + 0.01


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("monday", "UNKNOWN"),
        ("confirm monday", "UNKNOWN"),
        ("steady", "DECOY"),
        ("confirm short", "INCOMPLETE"),
        ("say", "INCOMPLETE"),
        ("one", "LENGTH"),
        ("one two three", "LENGTH"),
    ],
)
def test_takes_nothing_else(text: str, why: str) -> None:
    (utterance,) = heard(an_ear(), said(text))
    assert (utterance.text.split()[0], utterance.accepted, utterance.why) != ("", True, "")
    assert (utterance.accepted, utterance.why) == (False, why)


def test_digits_may_be_said_with_a_pause_between() -> None:
    (utterance,) = heard(an_ear(), said("one two", gap=0.5))
    assert (utterance.text, utterance.accepted) == ("one two", True)


def test_a_dangerous_word_needs_more_confidence_than_a_safe_one() -> None:
    engine = FakeEngine(WORDS, {"short": 0.5, "ready": 0.5})
    engine.near = (Alternative("where", -1.0),)
    first, second = heard(an_ear(engine), said("short"), quiet(0.7), said("ready"))
    assert (first.text, first.accepted, first.why) == ("short", False, "LOW_CONFIDENCE")
    assert second.accepted


@pytest.mark.parametrize(
    ("rival", "why"),
    [
        ("short say", ""),
        ("say", ""),
        ("short monday", ""),
        ("where", "LOW_CONFIDENCE"),
        ("steady", "LOW_CONFIDENCE"),
        ("[unk] short", "LOW_CONFIDENCE"),
    ],
)
def test_only_what_is_whole_makes_a_phrase_doubtful(rival: str, why: str) -> None:
    engine = FakeEngine(WORDS, {"short": 0.5})
    engine.near = (Alternative(rival, -0.5),)
    (utterance,) = heard(an_ear(engine), said("short"))
    assert (utterance.text, utterance.why) == ("short", why)


@pytest.mark.parametrize(("seconds", "why"), [(0.3, ""), (0.08, "TOO_QUIET")])
def test_a_doubtful_click_is_no_word_either(seconds: float, why: str) -> None:
    ear = an_ear(FakeEngine(WORDS, {"short": 0.5}))
    assert [one.why for one in heard(ear, spoken(WORDS, "short", seconds))] == [why]


def test_a_doubtful_phrase_is_not_taken_for_another() -> None:
    engine = FakeEngine(WORDS, {"where": 0.1})
    engine.near = (Alternative("ready", 5.0),)
    (utterance,) = heard(an_ear(engine), said("where"))
    assert (utterance.text, utterance.why) == ("where", "LOW_CONFIDENCE")


@pytest.mark.parametrize("risk", [Risk.SETTING, Risk.CONFIRMING, Risk.DESTRUCTIVE])
@pytest.mark.parametrize(("after", "why"), [(quiet(0.05), ""), (quiet(0.05, 2000), "UNKNOWN")])
def test_what_was_read_ahead_holds_until_another_sound(after: bytes, why: str, risk: Risk) -> None:
    engine = FakeEngine(WORDS)
    ear = an_ear(engine, Grammar("t", (Choice("confirm", risk), Choice("ready"))))
    assert ear.feed(quiet(0.2) + said("confirm") + quiet(0.2)) == []  # long enough to look ahead, too short to end
    engine.doubt = frozenset({"confirm"})
    assert [one.why for one in ear.feed(after + quiet(0.9))] == [why]


@pytest.mark.parametrize("text", ["confirm", "short"])
def test_what_was_read_ahead_too_soon_is_read_again(text: str) -> None:
    engine = FakeEngine(WORDS)
    engine.doubt, engine.second = frozenset({text}), "monday"
    ear = an_ear(engine)
    ear.feed(quiet(0.2) + said(text) + quiet(0.2))
    engine.doubt, engine.second = frozenset(), None
    assert [one.why for one in ear.feed(quiet(0.9))] == [""]


def test_the_second_opinion_is_asked_for_ahead_too() -> None:
    engine = FakeEngine(WORDS)
    ear = an_ear(engine)
    ear.feed(quiet(0.2) + said("short") + quiet(0.2))
    engine.second = "monday"
    assert [one.why for one in ear.feed(quiet(0.9))] == [""]


def test_a_destructive_word_needs_a_second_opinion() -> None:
    engine = FakeEngine(WORDS)
    engine.second = "monday"
    short, ready = heard(an_ear(engine), said("short"), quiet(0.7), said("ready"))
    assert (short.text, short.why) == ("short", "SECOND_OPINION")
    assert ready.accepted


def test_another_word_for_the_same_answer_is_no_other_opinion() -> None:
    short = tuple(Choice(text, Risk.DESTRUCTIVE, "short") for text in ("short", "monday"))
    engine = FakeEngine(WORDS)
    engine.second = "monday"
    assert [one.why for one in heard(an_ear(engine, Grammar("t", short)), said("short"))] == [""]


def test_a_confirming_word_needs_one_only_when_it_is_unsure() -> None:
    engine = FakeEngine(WORDS, {"confirm": 0.8})
    engine.second = "monday"
    assert [one.why for one in heard(an_ear(engine), said("confirm"))] == ["SECOND_OPINION"]
    engine.sure["confirm"] = 1.0
    assert [one.why for one in heard(an_ear(engine), said("confirm"))] == [""]


@pytest.mark.parametrize("text", ["short", "confirm", "ready", "say again"])
def test_what_any_speech_would_fit_as_well_is_no_answer(text: str) -> None:
    engine = FakeEngine(WORDS)
    engine.doubt = frozenset({text})
    assert [(one.text, one.accepted, one.why) for one in heard(an_ear(engine), said(text))] == [
        (text, False, "UNKNOWN")
    ]


def test_what_confirms_must_stand_out_furthest_as_far_as_a_short_word_can() -> None:
    assert outstanding("say again", Margin(3.5), Risk.SAFE, 40.0)
    assert not outstanding("louder", Margin(4.0), Risk.SETTING, 40.0)
    assert outstanding("louder", Margin(4.5), Risk.SETTING, 40.0)
    assert not outstanding("two confirm", Margin(5.5), Risk.CONFIRMING, 40.0)
    assert outstanding("ready", Margin(4.0), Risk.CONFIRMING, 40.0)
    assert not outstanding("ready", Margin(3.5), Risk.CONFIRMING, 40.0)


@pytest.mark.parametrize(
    ("crowd", "over_hall", "stands_out"),
    [(2.1, 60.0, True), (1.9, 60.0, False), (1.9, 30.0, False), (1.1, 25.0, True), (0.9, 25.0, False)],
)
def test_a_crowd_of_words_may_come_nearer_than_the_best_of_them_the_more_noise_there_is(
    crowd: float, over_hall: float, stands_out: bool
) -> None:
    assert outstanding("say again", Margin(3.5, crowd), Risk.SAFE, over_hall) is stands_out


@pytest.mark.parametrize(("hall", "why"), [(20, "UNKNOWN"), (400, "")])
def test_noise_makes_many_words_fit_anything_quiet_does_not(hall: int, why: str) -> None:
    engine = FakeEngine(WORDS)
    engine.crowd = 1.0
    ear = an_ear(engine)
    ear.feed(quiet(3.0, hall))
    (utterance,) = ear.feed(said("say again") + quiet(0.9, hall))
    assert (utterance.text, utterance.why) == ("say again", why)


@pytest.mark.parametrize(
    ("risk", "hall", "score", "why"),
    [
        (Risk.SAFE, 20, 0.9, ""),
        (Risk.SAFE, 20, 1.1, "DECOY"),
        (Risk.SAFE, 400, 2.5, ""),
        (Risk.SAFE, 400, 3.5, "DECOY"),
        (Risk.CONFIRMING, 400, 1.0, ""),
        (Risk.CONFIRMING, 400, 2.0, "DECOY"),
        (Risk.DESTRUCTIVE, 400, 2.0, "DECOY"),
    ],
)
def test_what_sounds_rather_like_another_word_is_none(risk: Risk, hall: int, score: float, why: str) -> None:
    engine = FakeEngine(WORDS)
    engine.near = (Alternative("steady", score),)
    ear = an_ear(engine, Grammar("t", (Choice("ready", risk, like=("steady",)),)))
    ear.feed(quiet(3.0, hall))
    assert [one.why for one in ear.feed(said("ready") + quiet(0.9, hall))] == [why]


def test_another_answer_of_the_turn_is_nothing_that_only_sounds_like_it() -> None:
    engine = FakeEngine(WORDS)
    engine.near = (Alternative("steady", 5.0),)
    grammar = Grammar("t", (Choice("ready", like=("steady",)), Choice("steady", Risk.DESTRUCTIVE)))
    assert [one.why for one in heard(an_ear(engine, grammar), said("ready"))] == [""]


def test_check_digits_prove_themselves() -> None:
    engine = FakeEngine(WORDS)
    engine.doubt = frozenset({"one two"})
    engine.second = "monday"
    assert [one.accepted for one in heard(an_ear(engine), said("one two"))] == [True]


@pytest.mark.parametrize(("sure", "why"), [(0.45, ""), (0.35, "LOW_CONFIDENCE")])
def test_check_digits_need_less_confidence_than_what_books(sure: float, why: str) -> None:
    assert [one.why for one in heard(an_ear(FakeEngine(WORDS, {"one": sure})), said("one two"))] == [why]


def test_a_whole_phrase_that_is_nearly_as_likely_as_a_chain_is_taken() -> None:
    engine = FakeEngine(WORDS)
    engine.near = (Alternative("ready", -2.0),)
    (utterance,) = heard(an_ear(engine), said("ready ready"))
    assert (utterance.text, utterance.accepted) == ("ready", True)
    engine.near = (Alternative("ready", -20.0),)
    (utterance,) = heard(an_ear(engine), said("ready ready"))
    assert (utterance.accepted, utterance.why) == (False, "INCOMPLETE")


def test_what_is_longer_than_any_phrase_is_not_read_again() -> None:
    engine = FakeEngine(WORDS)
    engine.near = (Alternative("ready", -2.0),)
    assert Phrases(GRAMMAR).longest == len("where is it".split())
    (utterance,) = heard(an_ear(engine), said("ready ready ready ready ready"))
    assert (utterance.accepted, utterance.why) == (False, "INCOMPLETE")


@pytest.mark.parametrize(
    ("near", "text", "why"),
    [
        (("one two", -2.0), "one two", ""),
        (("one two", -20.0), "one", "LENGTH"),
        (("one two three", -2.0), "one", "LENGTH"),
    ],
)
def test_of_digits_the_nearest_reading_with_as_many_as_asked_is_taken(
    near: tuple[str, float], text: str, why: str
) -> None:
    engine = FakeEngine(WORDS)
    engine.near = (Alternative(*near),)
    (utterance,) = heard(an_ear(engine), said("one"))
    assert (utterance.text, utterance.why) == (text, why)


def test_two_readings_of_digits_that_are_equally_near_are_a_guess_and_not_taken() -> None:
    engine = FakeEngine(WORDS)
    engine.near = tuple(Alternative(f"one {last}", -2.0) for last in DIGITS[:3])
    (utterance,) = heard(an_ear(engine), said("one"))
    assert (utterance.text, utterance.why) == ("one", "LENGTH")


def test_dozes_in_quiet_and_wakes_before_the_first_sound() -> None:
    ear = an_ear()
    ear.feed(quiet(1.5))
    (utterance,) = ear.feed(quiet(1.5) + said("ready") + quiet(0.5))
    assert (utterance.text, utterance.words[0].start) == ("ready", pytest.approx(3.0, abs=0.02))


def test_is_deaf_while_the_mouth_speaks_and_for_its_tail() -> None:
    ear = an_ear()
    ear.deaf()
    assert heard(ear, said("confirm")) == []
    ear.hear(tail=0.4)
    assert ear.feed(said("confirm") + quiet(1.0)) == []
    assert [one.text for one in heard(ear, said("confirm"))] == ["confirm"]


@pytest.mark.parametrize("tail", [0.0, 0.3])
def test_who_answers_at_once_is_found_in_time_though_the_tail_was_not_heard(tail: float) -> None:
    ear = an_ear()
    ear.deaf()
    assert ear.feed(quiet(0.2) + said("monday")) == []  # the mouth
    ear.hear(tail)
    (utterance,) = ear.feed(quiet(0.4) + said("confirm") + quiet(0.9))
    assert (utterance.text, utterance.why) == ("confirm", "")  # its level is looked up by its time
    assert utterance.words[0].start == pytest.approx(0.2 + 0.32 + 0.4, abs=0.011)


def test_a_new_grammar_forgets_what_was_half_said() -> None:
    ear = an_ear()
    ear.feed(quiet(0.2) + said("confirm"))
    assert ear.partial == "confirm"
    ear.listen(Grammar("t2", (Choice("ready"),)))
    assert ear.partial == ""
    assert [(one.turn, one.text) for one in heard(ear, said("ready"))] == [("t2", "ready")]


def test_the_same_grammar_again_changes_nothing() -> None:
    ear = an_ear()
    ear.feed(quiet(0.2) + said("confirm"))
    ear.listen(GRAMMAR)
    assert [one.text for one in ear.feed(quiet(0.5))] == ["confirm"]


def test_asleep_only_a_sure_and_whole_wake_phrase_counts() -> None:
    engine = FakeEngine(WORDS, {"up": 0.9})
    ear = Ear(engine)
    ear.asleep(Grammar("zzz", (Choice("wake up", Risk.SAFE),)))
    assert [
        one.accepted for one in heard(ear, said("wake up"), quiet(0.8), said("wake"), quiet(0.8), said("ready"))
    ] == [
        False,
        False,
        False,
    ]
    engine.sure["up"] = 0.97
    assert [one.accepted for one in heard(ear, said("wake up"))] == [True]


def test_talk_without_end_is_no_answer() -> None:
    endpoint = Endpoint(Phrases(GRAMMAR))
    endings = [endpoint.update(t / 2, f"ready {'monday ' * t}".strip(), 0.0) for t in range(30)]
    assert set(endings[:20]) == {Ending.GO_ON}
    assert endings[-1] is Ending.TOO_LONG


def test_where_noise_never_pauses_words_that_stay_end_it() -> None:
    endpoint = Endpoint(Phrases(GRAMMAR))
    endings = [endpoint.update(t / 20, "confirm", 0.0) for t in range(20)]
    assert endings.index(Ending.ENDED) == pytest.approx(0.7 * 20, abs=1)


def test_other_rates_are_resampled() -> None:
    ear = Ear(FakeEngine(WORDS), 8_000)
    ear.listen(GRAMMAR)
    ear.feed(quiet(0.2))
    assert ear.time == pytest.approx(0.4, abs=0.06)


def test_tells_how_the_microphone_does() -> None:
    ear = an_ear()
    ear.feed(bytes(16_000 * 2 * 6))
    assert ear.health().state is Health.MIC_SILENT
    assert "mute" in ear.health().cure
    ear.lost()
    assert ear.health().state is Health.MIC_LOST
    ear.feed(quiet(0.1))
    assert ear.health().state is Health.OK


def test_a_wrong_rate_shows_in_the_pace() -> None:
    ear = an_ear()
    for second in range(12):
        ear.feed(quiet(0.5), now=float(second))  # half of what 16 kHz gives
    assert ear.health().state is Health.WRONG_RATE
