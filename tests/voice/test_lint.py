"""The linter finds what is planted, and the shipped languages have nothing of it."""
# ruff: noqa: RUF001 (phonetic letters look like other letters)

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from languages import language

from controller.core.guide.talk.prompts import PROMPTS
from controller.core.guide.talk.standing import Step
from controller.core.speech import SayWord, Word
from controller.voice.language import Language, available
from controller.voice.language.lint import (
    ERROR,
    Finding,
    alike_findings,
    decoy_findings,
    digit_findings,
    echo_findings,
    phrase_findings,
    style_findings,
    summary,
    vocabulary_findings,
)
from controller.voice.language.scenes import scenes
from controller.voice.language.sounds import ALIKE, SAME, distance, sounds, syllables

IPA = {"fifteen": "fˈɪftiːn", "fifty": "fˈɪfti", "back": "bˈæk", "pack": "pˈæk", "no": "nˈoʊ", "know": "nˈoʊ"}
IPA |= {"blocked": "blˈɑːkt", "locked": "lˈɑːkt", "yes": "jˈɛs", "cancel": "kˈænsəl", "slower": "slˈoʊɚ"}
IPA |= {"louder": "lˈaʊdɚ", "softer": "sˈɔftɚ", "five": "fˈaɪv", "nine": "nˈaɪn", "confirm": "kənfˈɜːm"}


def apart(one: str, other: str) -> float:
    return distance(sounds(IPA[one]), sounds(IPA[other]))


def spelled(text: str) -> str:
    """Letters for sounds: enough where phrases are spelled as they sound."""
    return text


def overlaid(tmp_path: Path, text: str) -> Language:
    overlay = tmp_path / "words.toml"
    overlay.write_text(text)
    return Language.load("en", overlay)


def named(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings))


@pytest.mark.parametrize(("one", "other"), [("fifteen", "fifty"), ("back", "pack"), ("blocked", "locked")])
def test_what_people_confuse_is_near(one: str, other: str) -> None:
    assert SAME < apart(one, other) < ALIKE


@pytest.mark.parametrize(
    ("one", "other"), [("yes", "no"), ("louder", "softer"), ("five", "nine"), ("cancel", "confirm")]
)
def test_what_people_tell_apart_is_far(one: str, other: str) -> None:
    assert apart(one, other) > ALIKE
    assert apart(one, other) == apart(other, one)


def test_homophones_are_the_same() -> None:
    assert apart("no", "know") == 0.0
    assert distance((), ()) == 0.0


def test_counts_syllables() -> None:
    assert [syllables(IPA[word]) for word in ("back", "louder", "slower", "cancel")] == [1, 2, 2, 2]


def test_every_step_command_and_sentence_is_in_a_scene() -> None:
    shown = scenes()
    assert {step.value for step in Step} <= {scene.name for scene in shown}
    assert {key for scene in shown for key in scene.prompts} == set(PROMPTS)
    words = {answer.word for scene in shown for answer in scene.answers if isinstance(answer, SayWord)}
    assert words == set(Word)


def test_commands_that_sound_alike_get_a_better_one(tmp_path: Path) -> None:
    broken = overlaid(
        tmp_path,
        '[words]\nskip = ["repert"]\nsay_again = ["repeat"]\n[spare]\nskip = ["mañana"]\nsay_again = ["repet"]\n',
    )
    aisle = [scene for scene in scenes() if scene.name == "aisle"]
    (found,) = [x for x in alike_findings(broken, aisle, spelled) if "`repert`" in x.what]
    assert (found.rule, found.severity) == ("ALIKE", ERROR)  # it costs a line
    assert "`repeat`" in found.what
    assert "Say `mañana` instead of `repert`" in found.fix


def test_a_phrase_that_begins_another_is_named(tmp_path: Path) -> None:
    broken = overlaid(tmp_path, '[words]\nskip = ["go back now"]\n')
    findings = [x for x in phrase_findings(broken, scenes(), spelled) if x.rule == "PREFIX"]
    assert ["`go back` begins `go back now`" in x.what for x in findings] == [True]


def test_short_commands_that_book_something_are_named(tmp_path: Path) -> None:
    broken = overlaid(tmp_path, '[words]\nconfirm = ["kæp"]\nhelp = ["kæk"]\nno = ["non", "rapido"]\n')
    findings = {x.where: x for x in phrase_findings(broken, scenes(), spelled) if x.rule == "TOO_SHORT"}
    assert findings["en words.confirm"].severity == "warning"
    assert findings["en words.help"].severity == "advice"
    assert "`rapido`" in findings["en words.no"].fix


def test_a_sentence_that_confirms_itself_is_an_error(tmp_path: Path) -> None:
    text = (
        '[prompts]\nput_back_plain = "Put back {quantity@unit}, do you confirm?"\nsign_out_sure = "Then say {=yes}."\n'
    )
    broken = overlaid(tmp_path, text)
    found = {x.where: x for x in echo_findings(broken, broken, scenes())}
    assert found["en prompts.put_back_plain.full"].severity == ERROR
    assert "`confirm`" in found["en prompts.put_back_plain.full"].what
    assert found["en prompts.sign_out_sure"].severity == "advice"  # meant so


def test_a_decoy_that_sounds_like_an_answer_is_an_error() -> None:
    english = language("en")
    planted = {"no": ("know", "noon", "you know"), "skip": ("ship ahoy",)}
    broken = replace(english, answers=replace(english.answers, frequent=("hello",), near=planted))
    found = list(decoy_findings(broken, lambda text: text.replace("know", "no")))
    assert {(x.rule, x.severity, x.where) for x in found} == {("DECOY", ERROR, "en decoys.like.no")}
    assert [x.what.partition(" sounds")[0] for x in found] == ["the decoy `know`", "`know` of the decoy `you know`"]


def test_a_sentence_without_terse_form_is_named() -> None:
    english = language("en")
    assert list(style_findings(english)) == []
    templates = {key: template for key, template in english.sentences.templates.items() if key != ("aisle", "terse")}
    bare = replace(english, sentences=replace(english.sentences, templates=templates))
    assert [x.where for x in style_findings(bare)] == ["en prompts.aisle"]


def test_words_that_the_model_lacks_are_errors_and_synonyms_are_not() -> None:
    words = language("en").vocabulary() - {"damaged", "okay"} | {"damage"}
    found = {x.where: x for x in vocabulary_findings(language("en"), words)}
    assert found["en words.damaged"].severity == ERROR
    assert "`damage`" in found["en words.damaged"].fix
    assert found["en words.ready"].severity == "advice"
    assert set(found) == {"en words.damaged", "en words.ready"}


def test_check_digits_of_neighbours() -> None:
    def taken_for(said: str, heard: str) -> float:
        return 0.2 if (said, heard) == ("15", "19") else 0.0

    near = [("A", "47", "B", "47"), ("A", "47", "C", "12"), ("D", "19", "E", "15")]
    found = list(digit_findings(near, taken_for))
    assert [(x.severity, x.where) for x in found] == [("error", "locations A and B"), ("warning", "locations D and E")]
    assert "20%" in found[1].what
    assert summary(found) == {"error": 1, "warning": 1, "advice": 0}


# --- with the real synthesiser ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("code", available())
def test_the_shipped_languages_have_no_errors(code: str) -> None:
    findings = json.loads(_lint("--language", code)[1])["findings"]
    assert [x for x in findings if x["severity"] == ERROR and x["rule"] != "VOCABULARY"] == []


@pytest.mark.slow
def test_the_embedded_model_knows_every_command() -> None:
    from controller.cli.voice.lint import EMBEDDED
    from controller.voice.ear.model_files import vocabulary

    assert named([x for x in vocabulary_findings(language("en"), vocabulary(EMBEDDED)) if x.severity == ERROR]) == ""


@pytest.mark.slow
def test_the_command_finds_what_is_planted_and_ends_with_1(tmp_path: Path, repo: Path) -> None:
    site = _site(tmp_path, repo)
    code, output = _lint("--settings", str(site))
    assert code == 1, output
    findings = json.loads(output)["findings"]
    assert any(x["rule"] == "ALIKE" and "`blacked`" in x["what"] for x in findings)
    assert any(x["rule"] == "DIGITS" and "A.01.01:1 and A.01.01:2" in x["where"] for x in findings)
    assert "what to do" in _lint("--settings", str(site), json=False)[1]


def _lint(*arguments: str, json: bool = True) -> tuple[int, str]:
    """As a process of its own: two copies of the synthesiser's library in one process do not go together."""
    command = [sys.executable, "-m", "controller", "voice", "lint", *arguments, *(["--json"] if json else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def _site(tmp_path: Path, repo: Path) -> Path:
    """The example site with a headset, other words, and equal check digits side by side."""
    for name in ("locations.csv", "modules.csv"):
        text = (repo / "config" / name).read_text()
        (tmp_path / name).write_text(text.replace(",47", ",12"))
    (tmp_path / "words.toml").write_text('[words]\nexpired = ["blacked"]\n')
    example = (repo / "config" / "pickbeam.example.toml").read_text()
    site = tmp_path / "pickbeam.toml"
    site.write_text(example.replace("\n[voice]\n", '\n[voice]\nwords = { en = "words.toml" }\n'))
    return site
