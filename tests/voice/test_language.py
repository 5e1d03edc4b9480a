"""All languages: complete, unambiguous, and their grammars are the exact inverse of their meanings."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from languages import language

from controller.core.guide.talk.prompts import KINDS, PROMPTS
from controller.core.speech import (
    Answer,
    Prompt,
    Risk,
    SayDigits,
    SayNumber,
    SayWord,
    Spelled,
    Talk,
    Value,
    Word,
)
from controller.voice.language import Language, Meaning, WrongLanguageError, available

EXAMPLES: dict[str, Value] = {
    "text": "Hydraulic hose 2SN 3/8in 600 mm",
    "number": 3,
    "quantity": Decimal("2.50"),
    "spelled": Spelled("A.03.07:2"),
    "handling": "fragile heavy",
    "unit": "EA",
    "reason": "DAMAGED",
    "words": "ready skip digits",
}
ALL_WORDS = tuple(SayWord(word) for word in Word)
TALKS: tuple[tuple[Answer, ...], ...] = (
    ALL_WORDS,
    (SayDigits(2), *ALL_WORDS),
    (SayDigits(4, terminal=True), SayWord(Word.OVERRIDE), SayWord(Word.SKIP, Risk.DESTRUCTIVE)),
    (SayNumber(0, 40), SayWord(Word.CONFIRM, Risk.CONFIRMING), SayWord(Word.SHORT)),
    (SayNumber(95, 105, terminal=False), SayWord(Word.NO)),
    (SayNumber(1, 5, terminal=False), SayDigits(1)),
)


def say(prompt: str, code: str = "en", **values: Value) -> str:
    return language(code).spoken(Prompt(prompt, tuple(values.items())))


def talk(*answers: Answer, asleep: bool = False) -> Talk:
    return Talk("turn-7", (), answers, asleep=asleep)


def faults(overlay: Path, text: str, code: str = "en") -> dict[str, str]:
    """Key -> what is wrong and what to do, of a site file."""
    overlay.write_text(text)
    with pytest.raises(WrongLanguageError) as caught:
        Language.load(code, overlay)
    assert all(fault.file == str(overlay) for fault in caught.value.faults)
    return {fault.key: f"{fault.what}. {fault.fix}" for fault in caught.value.faults}


@pytest.mark.parametrize("code", available())
def test_says_every_sentence_of_the_dialogue_in_both_styles(code: str) -> None:
    for key, names in PROMPTS.items():
        prompt = Prompt(key, tuple((name, EXAMPLES[KINDS[name]]) for name in names))
        full, terse = (language(code).spoken(prompt, style) for style in ("full", "terse"))
        assert full
        assert terse
        assert len(terse) <= len(full), key
        assert not re.search(r"[{}\[\]#|@!<>]|  | ,", full + terse.replace("¿", "")), key


@pytest.mark.parametrize("code", available())
@pytest.mark.parametrize("style", ["full", "terse"])
@pytest.mark.parametrize("told", ["wrong_digits", "digits_hint", "too_early"])
def test_the_digits_are_asked_for_once(code: str, style: Literal["full", "terse"], told: str) -> None:
    """Whatever was wrong with those before, the place and the question come behind it."""
    values = {name: EXAMPLES[KINDS[name]] for name in PROMPTS[told]}
    prompts = (Prompt(told, tuple(values.items())), Prompt("bay", (("bay", "3"),)), Prompt("check_digits"))
    said = " ".join(language(code).spoken(prompt, style) for prompt in prompts)
    assert said.count("?") == 1, said


@pytest.mark.parametrize("code", available())
@pytest.mark.parametrize("answers", TALKS)
def test_every_phrase_of_a_grammar_means_one_answer(code: str, answers: tuple[Answer, ...]) -> None:
    tongue = language(code)
    grammar = tongue.grammar(talk(*answers))
    heard = {choice.text: tongue.meaning(choice.text, answers) for choice in grammar.choices}
    for text, meaning in heard.items():
        alone = [one for answer in answers if (one := tongue.meaning(text, (answer,))) is not None]
        assert alone[0] == meaning
    reached = {meaning.word for meaning in heard.values() if meaning and meaning.word}
    assert reached == {answer.word for answer in answers if isinstance(answer, SayWord)}
    for answer in answers:
        if isinstance(answer, SayNumber):
            numbers = {meaning.number for meaning in heard.values() if meaning and meaning.number is not None}
            assert numbers == set(range(answer.low, answer.high + 1))


@pytest.mark.parametrize("code", available())
def test_no_decoy_is_an_answer(code: str) -> None:
    for answers in TALKS:
        grammar = language(code).grammar(talk(*answers))
        assert 8 <= len(grammar.decoys) <= 32
        assert len(set(grammar.decoys) & set(language(code).answers.frequent)) >= 8
        assert all(language(code).meaning(decoy, answers) is None for decoy in grammar.decoys)


@pytest.mark.parametrize("code", available())
def test_digit_strings_mean_their_digits(code: str) -> None:
    answer = SayDigits(3, terminal=True)
    (string,) = language(code).grammar(talk(answer)).strings
    for terminal in string.terminals:
        for word in string.digits:
            text = f"{word} {string.digits[0]} {word} {terminal}"
            meaning = language(code).meaning(text, (answer,))
            assert meaning is not None
            assert meaning.digits is not None
            assert len(meaning.digits) == 3
    assert language(code).meaning(" ".join(string.digits[:3]), (answer,)) is None  # no terminal
    assert {language(code).answers.digits[word] for word in string.digits} == set("0123456789")


@pytest.mark.parametrize(
    ("text", "answers", "meaning"),
    [
        ("One  Oh three confirm", (SayDigits(3, terminal=True),), Meaning(digits="103")),
        ("one oh three", (SayDigits(3),), Meaning(digits="103")),
        ("one oh", (SayDigits(3),), None),
        ("one oh three four", (SayDigits(3),), None),
        ("confirm", (SayDigits(1, terminal=True),), None),
        ("twenty three confirm", (SayNumber(0, 30),), Meaning(number=23)),
        ("twenty three", (SayNumber(0, 30),), None),
        ("twenty three", (SayNumber(0, 22, terminal=False),), None),
        ("nine hundred ninety nine", (SayNumber(0, 999, terminal=False),), Meaning(number=999)),
        ("okay", (SayWord(Word.READY),), Meaning(word=Word.READY)),
        ("okay", (SayWord(Word.SKIP),), None),
        ("[unk]", ALL_WORDS, None),
        ("", ALL_WORDS, None),
    ],
)
def test_means(text: str, answers: tuple[Answer, ...], meaning: Meaning | None) -> None:
    assert language("en").meaning(text, answers) == meaning


@pytest.mark.parametrize(
    ("code", "number", "phrases"),
    [
        ("en", 0, ("zero",)),
        ("en", 123, ("one hundred and twenty three", "one hundred twenty three")),
        ("de", 21, ("einundzwanzig",)),
        ("de", 123, ("einhundert dreiundzwanzig", "hundert dreiundzwanzig")),
        ("es", 26, ("veintiséis",)),
        ("es", 100, ("cien",)),
        ("es", 101, ("ciento uno",)),
        ("fr", 71, ("soixante et onze",)),
        ("fr", 98, ("quatre-vingt-dix-huit",)),
        ("fr", 200, ("deux cents", "deux cent")),
        ("fr", 280, ("deux cent quatre-vingts", "deux cent quatre-vingt")),
    ],
)
def test_counts(code: str, number: int, phrases: tuple[str, ...]) -> None:
    assert language(code).answers.numbers.phrases(number) == phrases


def test_a_model_that_splits_german_numbers_hears_them_split() -> None:
    parts = set("ein zwei zwo drei vier fünf sechs sieben acht neun und hundert zwanzig".split())
    whole = set("dreiundzwanzig hundert ein".split())
    numbers = language("de").answers.numbers
    assert language("de").fitted(parts.__contains__).answers.numbers.phrases(23) == ("drei und zwanzig",)
    assert language("de").fitted(whole.__contains__).answers.numbers.phrases(123)[0] == "ein hundert dreiundzwanzig"
    assert numbers.phrases(23) == ("dreiundzwanzig",)


def test_asleep_only_the_wake_phrase_is_listened_for() -> None:
    grammar = language("en").grammar(talk(SayWord(Word.HELP), SayWord(Word.WAKE_UP), SayDigits(2), asleep=True))
    assert [choice.text for choice in grammar.choices] == ["wake up"]
    assert grammar.strings == ()


def test_a_grammar_keeps_turn_risk_and_rejection() -> None:
    grammar = language("en").grammar(talk(SayWord(Word.SKIP, Risk.DESTRUCTIVE), SayDigits(2)), reject=False)
    assert (grammar.turn, grammar.reject) == ("turn-7", False)
    assert {choice.risk for choice in grammar.choices} == {Risk.DESTRUCTIVE}
    assert grammar.strings[0].risk is Risk.CONFIRMING


def test_the_second_opinion_listens_for_everything() -> None:
    grammar = language("en").everything()
    texts = [choice.text for choice in grammar.choices]
    assert {"skip", "skip it", "short", "seven"} <= set(texts)
    assert len(texts) == len(set(texts))
    assert not set(texts) & set(grammar.decoys)


# --- what is said -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (say("location", location=Spelled("A.03.07:2")), "Go to A, three, seven, two."),
        (say("location", location=Spelled("P.20.00")), "Go to P, two zero, zero."),
        (say("location", location=Spelled("HOME.1")), "Go to Home, one."),
        (say("location", location=Spelled("AB.1")), "Go to eh B, one."),
        (say("location", "es", location=Spelled("Y1")), "Vaya a i griega, uno."),
        (say("pick_plain", quantity=Decimal("1.000"), unit="EA"), "Pick one piece."),
        (say("pick_plain", quantity=Decimal(12), unit="BX"), "Pick 12 boxes."),
        (say("pick_plain", quantity=Decimal("2.50"), unit="MTR"), "Pick 2.5 metres."),
        (say("pick_plain", "de", quantity=Decimal("2.50"), unit="MTR"), "Bitte 2,5 Meter nehmen."),
        (say("pick_plain", quantity=Decimal(2), unit="XQ7"), "Pick 2 X Q 7."),
        (say("pick", quantity=Decimal(2), unit="EA", text="  "), "Pick 2 pieces."),
        (say("pick", quantity=Decimal(2), unit="EA", text="Seal\tkit"), "Pick 2 pieces, Seal kit."),
        (say("lines_left", lines=1), "One line left."),
        (say("lines_left", lines=12), "12 lines left."),
        (say("handling", handling="FRAGILE, on-fire"), "Attention: fragile, on fire."),
        (say("handling", handling="no-oil keep-flat"), "Attention: no oil, keep flat."),
        (say("handling", handling="NO-OIL no_oil"), "Attention: no oil, no oil."),
        (
            say("message", text="no-drip nozzle no 7 w cap"),
            "Message from the office: no drip nozzle number 7 with cap. Then say ready.",
        ),
        (say("help", words="say_again digits override"), "You may say: say again, the digits, or no label."),
        (say("help", words="help"), "You may say: help."),
        (say("what_is_it_plain", sku=Spelled("HYH-43300")), "Number H Y H, four three three, zero zero."),
        (say("short_sure", quantity=Decimal(0), unit="EA", reason="EMPTY"), "Only 0 pieces, bin empty. Is that right?"),
    ],
)
def test_says(sentence: str, expected: str) -> None:
    assert sentence == expected


def test_names_the_phrases_of_the_answer_language() -> None:
    prompt = Prompt("say_ready")
    assert language("de").spoken(prompt, "full", language("en")) == "Am Platz ready sagen."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hydraulic hose 2SN 3/8in 600 mm", "Hydraulic hose 2 S N three eighths inch 600 millimetres"),
        ("Quick coupling ISO 7241-A male 1/4in", "Quick coupling I S O 7241 eh male one quarter inch"),
        ("Air filter outer 135x330", "Air filter outer 135 by 330"),
        ("Gear pump 11 cm3/rev", "Gear pump 11 cubic centimetres per revolution"),
        ("Bulb H4 60/55 W", "Bulb H 4 60 over 55 watts"),
        ("Water pump 3-cyl", "Water pump 3 cylinder"),
        ("HEX BOLT M12x1.5, 1 kg", "hex bolt M 12 by 1.5, 1 kilogram"),
        ("+5 °C; 10%", "plus 5 degrees C, 10 percent"),
        ("A tote is missing", "A tote is missing"),
        ("part 08711000123457", "part 0 8 7 1 1 0 0 0 1 2 3 4 5 7"),
        ("<b>[[x\x00y]]&\u202e", "b x y"),
        ("*** --- ///", ""),
    ],
)
def test_free_text_is_made_sayable(text: str, said: str) -> None:
    assert language("en").sentences.sayable.say(text) == said


def test_free_text_is_cut_at_a_word() -> None:
    said = language("en").sentences.sayable.say("socket " * 60)
    assert len(said) <= 200
    assert set(said.split()) == {"socket"}


# --- a site's own words -----------------------------------------------------------------------------------------------


def test_a_site_changes_words_sentences_and_the_way_of_saying(tmp_path: Path) -> None:
    overlay = tmp_path / "words.toml"
    overlay.write_text(
        '[words]\nready = ["got it"]\n[prompts]\nsay_ready = "Then {=ready}!"\n'
        '[places]\nletters = "phonetic"\ndigits = "number"\n[units]\nDRM = ["one drum", "# drums"]\n'
    )
    site = Language.load("en", overlay)
    assert site.meaning("got it", (SayWord(Word.READY),)) == Meaning(word=Word.READY)
    assert site.meaning("ready", (SayWord(Word.READY),)) is None
    assert site.spoken(Prompt("say_ready"), "terse") == "Then got it!"
    place = Prompt("location", (("location", Spelled("A.12.07")),))
    assert site.spoken(place, "terse") == "alpha, 12, 7."
    assert site.spoken(Prompt("remain", (("quantity", Decimal(3)), ("unit", "drm")))) == "3 drums to go."


def test_every_fault_of_a_site_file_is_listed(tmp_path: Path) -> None:
    found = faults(
        tmp_path / "words.toml",
        '[words]\nreddy = ["x"]\nhelp = ["Help 2"]\n[wrods]\na = 1\n[digits]\n3 = ["three times"]\n'
        '[numbers.words]\n100 = ["hundred"]\n[units]\nEA = ["piece"]\n[places]\ndigits = "both"\n'
        '[prompts]\nhelo = "Hi"\naisle = "Aisle {aisle"\nbay = "Bay {bay!plaice}"\n[prompts.pick]\nshort = "x"\n',
    )
    assert set(found) == {
        *("words.reddy", "words.help", "wrods.a", "digits.3", "numbers.words.100", "units.EA", "places.digits"),
        *("prompts.helo.full", "prompts.helo.terse", "prompts.aisle.full", "prompts.aisle.terse"),
        *("prompts.bay.full", "prompts.bay.terse", "prompts.pick.short"),
    }
    assert "`ready`" in found["words.reddy"]
    assert "`words`" in found["wrods.a"]
    assert "`help`" in found["prompts.helo.full"]
    assert "place" in found["prompts.bay.full"]


def test_sentences_must_fit_the_dialogue_and_phrases_one_command(tmp_path: Path) -> None:
    found = faults(
        tmp_path / "words.toml",
        '[words]\ncancel = ["skip"]\nhelp = ["seven"]\n'
        '[prompts]\naisle = "Aisle {ail!place}."\nlines_left = "{lines|one|many} {=redy}."\n',
    )
    assert "{aisle}" in found["prompts.aisle.full"]
    assert "`aisle`" in found["prompts.aisle.terse"]
    assert "`ready`" in found["prompts.lines_left.terse"]
    assert "`skip`" in found["words.cancel"]
    assert "`seven`" in found["words.help"]


def test_a_form_for_many_needs_its_number(tmp_path: Path) -> None:
    found = faults(tmp_path / "words.toml", '[prompts]\nlines_left = "{lines|one|many} left."\n')
    assert "#" in found["prompts.lines_left.full"]


def test_a_value_in_the_place_of_a_table_is_named(tmp_path: Path) -> None:
    found = faults(tmp_path / "words.toml", 'numbers = 3\nwords = "ready"\none = 1\n')
    assert set(found) == {"numbers", "words", "one"}
    assert "[words]" in found["words"]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    assert "No such file" in str(_refused("en", tmp_path / "nowhere.toml"))
    (tmp_path / "broken.toml").write_text("[words\n")
    assert "TOML" in str(_refused("en", tmp_path / "broken.toml"))
    assert "`en`" in str(_refused("eng", None))


def _refused(code: str, overlay: Path | None) -> WrongLanguageError:
    with pytest.raises(WrongLanguageError) as caught:
        Language.load(code, overlay)
    return caught.value


# --- the recogniser's vocabulary --------------------------------------------------------------------------------------


def test_words_that_a_model_lacks_are_named_with_what_it_has() -> None:
    known = language("en").vocabulary() - {"blocked", "seven", "skip"} | {"block"}
    lacks = language("en").lacks(known.__contains__, known)
    assert [fault.key for fault in lacks] == ["words.skip", "words.blocked", "digits.7", "numbers.words.7"]
    assert "It has `block`" in str(lacks[1])
    assert language("en").lacks(language("en").vocabulary().__contains__) == ()
    other = language("de").lacks(known.__contains__, known)
    assert len(other) > 8
    assert not any("It has" in str(fault) for fault in other), "nothing helps where it is the model of another language"


def test_a_synonym_that_a_model_lacks_is_left_out() -> None:
    known = language("en").vocabulary() - {"okay"} | {"red"}
    fitted = language("en").fitted(known.__contains__)
    assert fitted.lacks(known.__contains__) == ()
    grammar = fitted.grammar(talk(SayWord(Word.READY)))
    assert [(choice.text, choice.like) for choice in grammar.choices] == [("ready", ("red",))]
    assert fitted.meaning("okay", (SayWord(Word.READY),)) is None


# --- any dialogue -----------------------------------------------------------------------------------------------------

COUNTS = (st.integers(0, 39), st.booleans())
"""How many more than the lowest; whether a terminal is asked for."""
ANSWER = st.one_of(
    st.builds(SayWord, st.sampled_from(Word), st.sampled_from(Risk)),
    st.builds(SayDigits, st.integers(1, 8), st.booleans()),
    st.builds(lambda low, more, terminal: SayNumber(low, low + more, terminal), st.integers(0, 960), *COUNTS),
)


@pytest.mark.slow
@given(code=st.sampled_from(available()), answers=st.lists(ANSWER, max_size=8))
def test_what_any_grammar_offers_is_what_its_answers_mean(code: str, answers: list[Answer]) -> None:
    grammar = language(code).grammar(talk(*answers))
    for choice in grammar.choices:
        meaning = language(code).meaning(choice.text, answers)
        assert meaning is not None
        assert [meaning.word, meaning.digits, meaning.number].count(None) == 2
        first = next(x for x in answers if language(code).meaning(choice.text, (x,)) is not None)
        assert language(code).meaning(choice.text, (first,)) == meaning
        assert first.risk == choice.risk
    for string in grammar.strings:
        text = " ".join([*(string.digits[:1] * string.length), *string.terminals[:1]])
        meaning = language(code).meaning(text, answers)
        assert meaning is not None
    texts = [choice.text for choice in grammar.choices]
    assert len(texts) == len(set(texts))
    assert not set(texts) & set(grammar.decoys)
