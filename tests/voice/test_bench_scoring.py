"""The bench judges what it claims to judge: planted rights and wrongs, levels that are known, a grammar that is.

In: made-up utterances and tones. Out: tallies, mixtures, entries.
"""

from __future__ import annotations

import ast
import json
import math
from array import array
from pathlib import Path

import pytest

from controller.bench.report import Aim, Entry, document
from controller.core.speech import Risk, SayNumber, SayWord, Word
from controller.errors import UsageError
from controller.voice.grammar import Choice, DigitString, Grammar, Utterance
from controller.voice.language import Meaning
from controller.voice.language.scenes import scenes
from controller.voice_bench import accuracy, hearing, latency, markdown, rejection, speakers, talk
from controller.voice_bench.noise import steps
from controller.voice_bench.peer import jsgf
from controller.voice_bench.scoring import Outcome, Tally, judged, total
from controller.voice_bench.sets import KINDS, sets, turns
from controller.voice_bench.sound import (
    RATE,
    SPEECH_RMS,
    active_rms,
    added,
    narrow_band,
    noise_gain,
    rms,
    speech_span,
)
from controller.voice_bench.surroundings import BEFORE_S, Condition, Surroundings

READY, BACK = Meaning(word=Word.READY), Meaning(word=Word.BACK)
MEANS = {"ready": READY, "okay": READY, "back": BACK}.get


def said(text: str, why: str = "") -> Utterance:
    return Utterance("t", text, (), 1.0, accepted=not why, why=why)


def tone(hertz: float, seconds: float, size: float = 3000.0) -> array[int]:
    return array("h", [int(size * math.sin(math.tau * hertz * n / RATE)) for n in range(int(seconds * RATE))])


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([said("ready")], (Outcome.RIGHT, "")),
        ([said("okay")], (Outcome.RIGHT, "")),  # another phrase of the same command
        ([said("back")], (Outcome.WRONG, "back")),
        ([said("ready", "LOW_CONFIDENCE")], (Outcome.REJECTED, "LOW_CONFIDENCE")),
        ([said("", "UNKNOWN"), said("ready")], (Outcome.RIGHT, "")),
        ([said("back"), said("ready")], (Outcome.WRONG, "back")),  # the dialogue acted on the first
        ([said("nonsense")], (Outcome.WRONG, "nonsense")),
        ([], (Outcome.REJECTED, "NOTHING_HEARD")),
    ],
)
def test_judges_by_the_first_that_was_accepted(heard: list[Utterance], expected: tuple[Outcome, str]) -> None:
    assert judged(heard, READY, MEANS) == expected


def test_adds_up_and_tells_why() -> None:
    tally = Tally()
    tally.count(Outcome.RIGHT, "", "ready", forced=True, peer=True)
    tally.count(Outcome.WRONG, "back", "pack", forced=False, peer=True)
    tally.count(Outcome.REJECTED, "UNKNOWN", "ready", forced=True, peer=False)
    tally.count(Outcome.RIGHT, "", "ready", forced=True, peer=False)
    assert (tally.n, tally.right, tally.wrong, tally.rejected, tally.forced, tally.peer) == (4, 2, 1, 1, 3, 2)
    assert tally.note() == "n=4, wrong 25.0, rejected 25.0 (UNKNOWN 1), forced choice 75.0 %"
    assert tally.confusions() == ["pack > back"]
    both = total([tally, tally])
    assert (both.n, both.percent(both.right), both.peer) == (8, 50.0, 4)
    assert total([tally, Tally(n=1, right=1)]).peer is None  # a peer that heard a part is no peer of the whole


def test_an_entry_carries_aim_and_peer_of_its_condition() -> None:
    tally = Tally(n=100, right=96, wrong=1, rejected=3, forced=99, peer=80)
    cells = [accuracy.Cell("ked", "clean", "commands", tally), accuracy.Cell("ked", "5 dB", "commands", tally)]
    clean, loud = accuracy.entries(cells)
    assert (clean.value, clean.met, clean.peer and clean.peer.value) == (96.0, False, 80.0)
    assert loud.aim is None


def test_everything_asked_is_allowed_and_every_kind_is_there() -> None:
    made = sets(hearing.language(), quick=True, seed=1)
    assert {one.kind for one in made} == set(KINDS)
    for one in made:
        for asked in one.asked:
            assert hearing.language().meaning(asked.said, one.answers) == asked.meaning
    every = sorted(phrase for word in Word for phrase in hearing.language().answers.words[word])
    for kind in ("commands", "commands in turn"):
        assert (
            sorted(asked.said for one in sets(hearing.language()) for asked in one.asked if one.kind == kind) == every
        )


def test_a_command_in_turn_has_beside_it_what_the_dialogue_allows_there() -> None:
    assert set(turns()) <= {scene.answers for scene in scenes()}
    pick = next(answers for answers, words in turns().items() if Word.SHORT in words)
    assert {Word.CONFIRM, Word.SKIP, Word.LOUDER} <= {one.word for one in pick if isinstance(one, SayWord)}
    assert any(isinstance(one, SayNumber) for one in pick)


def test_mixes_at_the_ratio_that_is_asked_for() -> None:
    noise = tone(440, 0.25, 900)
    place = Surroundings(Condition("10 dB", 10.0), seed=3, noise=noise)
    sound = place.around(tone(1000, 0.2), after_s=0.1)
    assert len(sound) == round((BEFORE_S + 0.2 + 0.1) * RATE)
    before = sound[: int(0.25 * RATE)]
    assert 20 * math.log10(SPEECH_RMS / rms(before)) == pytest.approx(10.0, abs=0.3)
    speech = sound[int(BEFORE_S * RATE) : int((BEFORE_S + 0.2) * RATE)]
    assert rms(speech) == pytest.approx(SPEECH_RMS * math.sqrt(1.1), rel=0.05)
    assert noise_gain(array("h"), 10.0) == 0.0


def test_measures_speech_without_its_pauses() -> None:
    sound = array("h", bytes(2 * RATE // 10)) + tone(500, 0.1) + array("h", bytes(2 * RATE // 10))
    assert active_rms(sound) == pytest.approx(3000 / math.sqrt(2), rel=0.01)
    assert speech_span(sound) == (RATE // 10, RATE // 5)
    assert speech_span(array("h", bytes(3200))) == (0, 0)


def test_a_narrow_microphone_passes_the_middle_only() -> None:
    kept, cut, low = (rms(narrow_band(tone(hertz, 0.05))) for hertz in (1000, 5000, 60))
    assert kept == pytest.approx(3000 / math.sqrt(2), rel=0.1)
    assert cut < 0.05 * kept
    assert low < 0.1 * kept


def test_clips_like_a_converter() -> None:
    assert added(array("h", [30000, -30000, 5]), array("h", [30000, -30000, 5])) == array("h", [32767, -32767, 10])


def test_loops_over_each_other_go_on_without_a_seam() -> None:
    one, other = array("h", range(7)), array("h", [100 * n for n in range(5)])
    pieces = list(steps((one, other), 20, 4))
    assert [x for piece in pieces for x in piece] == [n % 7 + 100 * (n % 5) for n in range(20)]


def test_babble_is_as_much_quieter_as_it_says() -> None:
    loud, soft = (next(iter(rejection.quieter([tone(300, 0.05)], below))) for below in rejection.BEHIND)
    assert 20 * math.log10(rms(loud) / rms(soft)) == pytest.approx(15.0, abs=0.1)


def test_the_peer_gets_the_same_phrases() -> None:
    grammar = Grammar("t", (Choice("ready"), Choice("sign out"), Choice("nought")), (DigitString(2, ("one", "two")),))
    text = jsgf(grammar, lambda word: word != "nought")
    assert "<choice> = ready | sign out;" in text
    assert "<string0> = <digit0> <digit0>;" in text
    assert "public <said> = <choice> | <string0>;" in text
    assert "ready" not in jsgf(Grammar("t", (), (DigitString(1, ("one",), ("confirm",)),)))


def test_what_was_taken_for_an_answer_has_its_risk() -> None:
    grammar = Grammar("t", (Choice("help", Risk.SAFE), Choice("short", Risk.DESTRUCTIVE)), (DigitString(1, ("one",)),))
    risks = [rejection.risk_of(grammar, said(text)) for text in ("help", "short", "one")]
    assert risks == [Risk.SAFE, Risk.DESTRUCTIVE, Risk.CONFIRMING]


def test_what_was_no_answer_is_counted_by_its_kind() -> None:
    """A sentence that is taken is worse news than a word that was chosen because it sounds like an answer."""
    short = rejection.Taken("short", Risk.DESTRUCTIVE, "shirt")
    one = rejection.Fooled(9, (short, rejection.Taken("louder", Risk.SAFE, "ladder")))
    other = rejection.Fooled(9, (short,))
    asked = (*talk.EVERYDAY[:3], "ladder", *talk.SENTENCES[:2], "shirt", "shot", "skim")
    expected = "everyday words 1 of 8, sentences 0 of 4, words that sound like answers 2 of 6"
    assert rejection.by_kind([one, other], asked) == expected


def test_of_an_hour_only_what_confirms_has_an_aim() -> None:
    confirm = rejection.Taken("confirm", Risk.CONFIRMING)
    taken = [confirm, rejection.Taken("short", Risk.DESTRUCTIVE), confirm, rejection.Taken("help", Risk.SAFE)]
    confirming, short = (rejection._an_hour(risk, "babble", taken, 1.0) for risk in rejection.COUNTED)
    assert (confirming.value, confirming.met, short.value, short.met) == (2, False, 1, None)
    assert "confirm 2; 1 that" in confirming.note
    assert rejection._an_hour(Risk.CONFIRMING, "babble", taken, 0.1).met is None


def test_only_speakers_that_the_training_left_out_may_be_asked(repo: Path) -> None:
    source = (repo / "tools/acoustic_model/espeak.py").read_text(encoding="utf-8")
    values = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "HELD_OUT_VARIANTS"
    ]
    assert values == [speakers.HELD_OUT]
    assert speakers.chosen(["ked", "en-gb+m5"]) == (speakers.Speaker("ked"), speakers.Speaker("en-gb+m5"))
    with pytest.raises(UsageError, match="held-out"):
        speakers.chosen(["en-us+m1"])


def test_asks_as_many_commands_as_digit_strings() -> None:
    asked = latency.questions(hearing.language(), 5, latency.Random(1))
    kinds = [one.kind for one in asked]
    assert kinds.count(latency.COMMANDS) == kinds.count(latency.STRINGS) == 5
    assert all(hearing.language().meaning(one.said, one.answers) for one in asked)


def test_a_run_becomes_the_tables_of_a_page() -> None:
    tally = Tally(n=100, right=96, wrong=1, rejected=3, forced=99, peer=80)
    heard = accuracy.entries(
        [accuracy.Cell("ked", condition, "commands", tally) for condition in ("clean", "8 kHz, 20 dB")]
    )
    other = Entry("how soon", "answer, p50", 200.0, "ms", Aim("<=", 350))
    text = markdown.tables(json.loads(document({"model": "m 12", "lacks": []}, [*heard, other])))
    assert "| | clean | 8 kHz, 20 dB |" in text
    assert "| commands | 96.0 (80.0); 1.0 / 3.0, aim 98: **missed** | 96.0 (80.0); 1.0 / 3.0 |" in text
    assert "| answer, p50 | 200 ms | <= 350 | met |  |  |" in text
    page = f"top\n{markdown.BEGIN}\nold\n{markdown.END}\nbottom\n"
    assert markdown.replaced(page, "new") == f"top\n{markdown.BEGIN}\n\nnew\n\n{markdown.END}\nbottom\n"
    with pytest.raises(UsageError, match="no place"):
        markdown.replaced("top", "new")
