"""The lexicon and the texts behind the embedded speech model: what is spoken must be what is labelled."""

import json
import random
import string
import wave
from pathlib import Path

import pytest

from controller.voice_bench.talk import ALIKE, EVERYDAY
from tools.acoustic_model import accents, lexicon, neighbours, pico, texts

ROUNDS = 300


def test_every_word_of_the_dialogue_has_pronunciations_in_known_phones() -> None:
    for word in lexicon.decode_words():
        spoken = lexicon.pronunciations(word)
        assert spoken, word
        assert {phone for phones in spoken for phone in phones} <= set(lexicon.PHONES[1:]), word


def test_silence_is_the_first_of_forty_phones() -> None:
    assert lexicon.PHONES[0] == "SIL"
    assert len(set(lexicon.PHONES)) == 40


def test_foreign_pronunciations_are_decoded_but_not_assumed_of_native_speakers() -> None:
    said = ("S", "R", "IY")
    assert said in lexicon.pronunciations("three")
    assert said not in lexicon.training_pronunciations("three")


def test_decoys_are_no_words_of_the_dialogue() -> None:
    assert not set(lexicon.decoys()) & set(lexicon.vocabulary())
    assert len(lexicon.decoys()) > 1000


@pytest.mark.parametrize(
    ("phones", "without_r"),
    [
        ("F AO R", "F AO"),
        ("TH R IY", "TH R IY"),  # a vowel follows
        ("R EH D IY", "R EH D IY"),
        ("N AH M B ER", "N AH M B AH"),
        ("HH ER", "HH ER"),  # the vowel of a monosyllable stays
    ],
)
def test_speakers_without_r(phones: str, without_r: str) -> None:
    assert lexicon.without_r(tuple(phones.split())) == tuple(without_r.split())


def test_an_unknown_word_is_named_with_the_cure() -> None:
    with pytest.raises(KeyError, match=r"'xylophonist'.*pronunciations\.txt"):
        lexicon.pronunciations("xylophonist")


def test_a_phone_misspelt_in_a_word_file_is_named_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "variants.txt"
    broken.write_text("[native]\nsix S IH K S\nseven S EH V UN\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"variants\.txt:3: \['UN'\]"):
        lexicon._read(broken)


def test_the_lexicon_is_compiled_from_a_dictionary_with_stress_marks(tmp_path: Path) -> None:
    source = tmp_path / "cmudict"
    lines = [f"{word}  {' '.join(lexicon.pronunciations(word)[0])}" for word in (*lexicon.vocabulary(), "uh", "um")]
    source.write_text("\n".join([*lines, "TABLE  T EY1 B AH0 L", "TABLE(2)  T EY1 B L"]), encoding="utf-8")
    lists = {"decoys": ["table", "six", "unheardof"], "general": [], "trade": ["table", "barcode"], "common": ["six"]}
    text = lexicon.compile_lexicon(source, lists)
    decoys = text.partition("[decoys]\n")[2].partition("[general]")[0]
    assert decoys == "table T EY B AH L, T EY B L\n"  # six is vocabulary, and nobody knows the third word
    assert text.endswith("[trade]\nbarcode B AA R K OW D\n[common]\n")  # no dictionary has it


def test_texts_use_known_words_and_pauses_between_them() -> None:
    rng = random.Random(1)
    for _ in range(ROUNDS):
        said = texts.utterance(rng)
        assert 1 <= len(said.words) <= 11
        assert len(said.pauses) == len(said.words) - 1
        assert all(lexicon.training_pronunciations(word) for word in said.words)


def test_texts_favour_digits_and_commands() -> None:
    rng = random.Random(2)
    said = [texts.utterance(rng).words for _ in range(ROUNDS * 4)]
    assert {(word,) for word in lexicon.ONES} <= set(said)  # each digit alone
    phrases = {tuple(phrase.split()) for phrase in lexicon.COMMANDS}
    assert sum(words in phrases for words in said) > ROUNDS * 4 * 0.2


@pytest.mark.parametrize(
    ("number", "british", "words"),
    [
        (0, False, "zero"),
        (14, False, "fourteen"),
        (40, False, "forty"),
        (99, False, "ninety nine"),
        (100, True, "one hundred"),
        (207, True, "two hundred and seven"),
        (207, False, "two hundred seven"),
        (999, True, "nine hundred and ninety nine"),
    ],
)
def test_numbers_in_words(number: int, british: bool, words: str) -> None:
    assert texts.number_words(number, british=british) == words.split()


@pytest.mark.parametrize("number", [-1, 1000])
def test_numbers_that_are_spoken_otherwise(number: int) -> None:
    with pytest.raises(ValueError, match=f"{number} is not spoken as one number"):
        texts.number_words(number)


def test_pauses_are_commas_for_engines_that_read() -> None:
    assert texts.Utterance(("one", "two", "three"), (True, False)).text() == "one, two three"


def test_accented_words_keep_known_phones_and_never_vanish() -> None:
    rng = random.Random(3)
    for accent in accents.ACCENTS.values():
        habit = accents.habits(accent, rng)
        for word in ("three", "seven", "five", "stop", "hundred", "oh", "is"):
            said = accents.accented(lexicon.pronunciations(word)[0], habit)
            assert said
            assert set(said) <= set(lexicon.PHONES[1:])


def test_shares_of_a_rule_never_exceed_one() -> None:
    for name, accent in accents.ACCENTS.items():
        shares: dict[str, float] = {}
        for rule in accent.swaps.split():
            change, _, share = rule.partition(":")
            phone = change.partition(">")[0]
            shares[phone] = shares.get(phone, 0.0) + float(share)
        assert max(shares.values()) <= 1 + 1e-9, name


def test_a_certain_habit_is_always_followed() -> None:
    accent = accents.Accent((), "TH>S:1 HH>:1", devoiced=1.0)
    habit = accents.habits(accent, random.Random(4))
    assert accents.accented(("TH", "R", "IY"), habit) == ("S", "R", "IY")
    assert accents.accented(("HH", "EH", "D"), habit) == ("EH", "T")
    assert accents.accented(("HH",), habit) == ("HH",)  # a word of nothing else is kept


@pytest.mark.parametrize(
    ("word", "vowel"), [("seven", 1), ("eleven", 2), ("repeat", 3), ("confirm", 4), ("zero", 1), ("hmm", -1)]
)
def test_stress(word: str, vowel: int) -> None:
    assert accents.stressed_vowel(lexicon.pronunciations(word)[0]) == vowel


def test_every_recording_of_the_fixtures_is_indexed_and_readable() -> None:
    folder = Path(__file__).parent / "audio"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in index} == {path.name for path in folder.glob("*.wav")}
    for entry in index:
        with wave.open(str(folder / entry["file"])) as recording:
            assert (recording.getframerate(), recording.getnchannels(), recording.getsampwidth()) == (16000, 1, 2)
            assert 0.1 < recording.getnframes() / 16000 < 4
        assert entry["voice"] == "ked_diphone" or "+" in entry["voice"]  # the held-out person or espeak variants


@pytest.mark.parametrize("voice", sorted(pico.FOREIGNERS))
def test_a_foreign_voice_of_pico_can_say_every_phone_and_is_labelled_with_known_ones(voice: str) -> None:
    sounds = pico.FOREIGNERS[voice].sounds()
    assert set(sounds) == set(lexicon.PHONES[1:])
    for symbols, heard in sounds.values():
        assert bool(symbols) == bool(heard), "silence is labelled as silence"
        assert set(heard) <= set(lexicon.PHONES[1:])


def test_what_a_voice_of_pico_cannot_say_is_labelled_with_what_it_says_instead() -> None:
    german, french = pico.FOREIGNERS["de-DE"].sounds(), pico.FOREIGNERS["fr-FR"].sounds()
    assert german["TH"] == ("s", ("S",))
    assert german["ER"] == ("96", ("ER",))
    assert french["HH"] == ("", ())


def test_the_graph_knows_words_for_the_phrases_of_a_site() -> None:
    words = set(lexicon.decode_words())
    assert {"backward", "accept", "transfer", "barcode", "picking", "quarantine", "hydraulic", "temperature"} <= words
    assert {*string.ascii_lowercase, "an", "country", "friends"} <= words
    others = words - {*lexicon.vocabulary(), *lexicon.decoys(), *lexicon.trade_words(), *lexicon.common_words()}
    assert max(map(len, others)) == lexicon.LONGEST_GENERAL


def test_neighbours_sound_nearly_like_answers_and_are_none() -> None:
    near = neighbours.neighbours()
    assert set(near["fake"]) == {"take", "wake"}
    assert "for" not in near  # said as four is
    assert not set(near) & set(lexicon.vocabulary())


def test_the_strange_words_of_the_bench_are_not_trained_on_as_neighbours() -> None:
    assert not set(neighbours.neighbours()) & {*ALIKE, *EVERYDAY}


def test_edits_count_changed_added_and_missing_phones() -> None:
    assert neighbours.edits(("S", "K", "IH", "P"), ("S", "K", "IH", "M")) == 1
    assert neighbours.edits(("S", "K", "IH", "P"), ("S", "K", "IH", "P", "T")) == 1
    assert neighbours.edits((), ("S", "K")) == 2


def test_a_neighbour_is_said_alone_or_in_its_place() -> None:
    rng = random.Random(5)
    said = [" ".join(texts._neighbours(rng)) for _ in range(ROUNDS)]
    assert not set(said) & set(lexicon.COMMANDS)
    assert any(" " in text for text in said)
