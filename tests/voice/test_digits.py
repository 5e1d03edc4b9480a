"""Check digits: made apart, rotated, written without touching anything else, printed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from controller.cli.voice import digits as command
from controller.errors import SettingsError, StartError, UsageError
from controller.voice.checkdigits import (
    assign,
    confusions,
    labels,
    measuring,
    near,
    quality,
    rotation,
    table,
)
from controller.voice.checkdigits.near import Place

EN = confusions.load("en")


def site(aisles: int = 2, bays: int = 3, levels: int = 2, spots: int = 2) -> list[Place]:
    places = []
    for aisle in "ABCDEFGH"[:aisles]:
        for bay in range(1, bays + 1):
            for level in range(1, levels + 1):
                for spot in range(1, spots + 1):
                    name = f"{aisle}.{bay:02}.{level:02}:{spot}"
                    places.append(Place(name, len(places) * 10, aisle, f"{bay:02}", f"{level:02}"))
    return places


# --- confusions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_every_table_is_a_probability(language: str) -> None:
    known = confusions.load(language)
    for said in confusions.DIGITS:
        assert sum(known.shares[said].values()) == pytest.approx(1)
        assert all(0 < share <= 1 for share in known.shares[said].values())
        assert known.shares[said][said] > 0.85
    assert known.samples or known.source.startswith("estimate")


def test_codes_of_another_length_are_never_taken() -> None:
    assert EN.taken_for("12", "123") == 0
    assert EN.taken_for("59", "95") == pytest.approx(EN.shares["5"]["9"] * EN.shares["9"]["5"])


def test_measured_counts_outweigh_the_estimate_and_come_back_from_a_file(tmp_path: Path) -> None:
    counts = {("5", "5"): 50, ("5", "0"): 50, ("1", "1"): 100}
    made = confusions.measured("en", counts, 'our "site"', "pickbeam …")
    assert made.samples == 200
    assert made.shares["5"]["0"] > 0.4
    assert made.shares["7"] == confusions.estimated("en").shares["7"]  # nothing was measured of it
    (tmp_path / "t.toml").write_text(confusions.to_toml(made))
    again = confusions.load("en", tmp_path / "t.toml")
    assert again.source == 'our "site"'
    assert again.shares["5"]["0"] == pytest.approx(made.shares["5"]["0"], abs=1e-4)
    assert again.worst(1)[0][:2] == ("5", "0")


def test_a_wrong_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text("[en]\nsource = 'x'\n")
    for language, file in (("en", tmp_path / "t.toml"), ("en", tmp_path / "gone"), ("xx", None)):
        with pytest.raises(UsageError):
            confusions.load(language, file)


# --- what is near ----------------------------------------------------------------------------------------------------


def test_near_are_the_bay_the_next_ones_and_the_wrong_turn() -> None:
    places = site()
    names = {place.location: index for index, place in enumerate(places)}
    row = near.pairs(places)[names["A.01.01:1"]]
    weights = {places[index].location: weight for index, weight in row.items()}
    assert weights == {
        "A.01.01:2": 1.0,
        "A.01.02:1": 1.0,
        "A.01.02:2": 1.0,  # all of the bay
        "A.02.01:1": 0.5,  # the same spot one bay on
        "B.01.01:1": 0.5,  # and one aisle on
    }


def test_without_aisles_the_walk_says_what_is_near() -> None:
    places = [Place(f"L{number}", number) for number in range(6)]
    assert near.pairs(places)[0] == {1: 1.0, 2: 0.6, 3: 0.4}


def test_names_are_sorted_as_people_do() -> None:
    assert sorted(["A10", "A2", "A1"], key=near.natural) == ["A1", "A2", "A10"]


# --- making ----------------------------------------------------------------------------------------------------------


def test_neighbours_differ_in_every_digit_and_nothing_is_a_trap() -> None:
    places = site(3, 4, 2, 2)
    made = assign.make(places, EN, assign.Rules(), seed=1)
    rated = quality.rate(places, made, EN)
    assert made.keys() == {place.location for place in places}
    assert (rated.alike, rated.apart, rated.own_number) == (0, 1.0, ())
    assert rated.mean < rated.by_chance / 100
    assert not any(assign.is_trap(code) for code in made.values())
    walk = [made[place.location] for place in places]
    assert all(a != c and b != d for (a, b), (c, d) in pairwise(walk))


def test_the_same_seed_makes_the_same_digits() -> None:
    places = site()
    one, two, three = (assign.make(places, EN, assign.Rules(), seed) for seed in (1, 1, 2))
    assert one == two
    assert one != three
    assert assign.seed_of(b"s", 1) != assign.seed_of(b"s", 2) != assign.seed_of(b"t", 2)


def test_more_digits_and_traps() -> None:
    made = assign.make(site(), EN, assign.Rules(length=3), seed=3)
    assert {len(code) for code in made.values()} == {3}
    traps = [code for code in ("11", "111", "123", "321", "1212", "12", "121") if assign.is_trap(code)]
    assert traps == ["11", "111", "123", "321", "1212"]


def test_digits_of_its_own_number_are_not_used() -> None:
    assert not assign.allowed("10", "A.01.02:1")  # 01 02 1: across the dot too
    assert assign.allowed("20", "A.01.01:1")
    places = [Place("12", 1, "A", "1"), Place("34", 2, "A", "1")]
    made = assign.make(places, EN, assign.Rules(), seed=0)
    assert made["12"] != "12"


def test_what_is_kept_stays_and_the_rest_fits_around_it() -> None:
    places = site()
    kept = {places[0].location: "59", places[5].location: "77"}
    made = assign.make(places, EN, assign.Rules(), seed=4, kept=kept)
    assert {name: made[name] for name in kept} == kept
    assert quality.rate(places, made, EN).alike == 0


def test_the_next_set_repeats_nothing() -> None:
    places = site()
    one = assign.make(places, EN, assign.Rules(), seed=1)
    two = assign.make(places, EN, assign.Rules(), seed=2, before=(one,))
    three = assign.make(places, EN, assign.Rules(), seed=3, before=(one, two))
    for name in one:
        assert len({one[name], two[name], three[name]}) == 3
        assert all(a != b for a, b in zip(two[name], three[name], strict=True))


def test_the_worst_pair_is_found() -> None:
    places = site(1, 1, 1, 2)
    rated = quality.rate(places, {"A.01.01:1": "59", "A.01.01:2": "55"}, EN)
    assert rated.worst is not None
    assert (rated.worst.said, rated.worst.taken) == ("59", "55")
    assert rated.worst.probability == pytest.approx(EN.taken_for("59", "55"))
    assert rated.apart == 0


# --- rotation --------------------------------------------------------------------------------------------------------

PLAN = rotation.plan([{"A": "12"}, {"A": "34"}, {"A": "56"}], date(2026, 3, 1), 10)


def test_the_schedule_comes_back_from_its_file() -> None:
    assert rotation.read(rotation.write(PLAN), "x.csv") == PLAN
    assert PLAN.sets() == {1: date(2026, 3, 1), 2: date(2026, 3, 11), 3: date(2026, 3, 21)}
    assert PLAN.digits_of(2) == {"A": "34"}


def test_every_wrong_line_is_told(tmp_path: Path) -> None:
    wrong = "location,set,digits,valid_from\nA,1,1x,2026-03-01\nA,0,12,2026-03-01\nA,1,12,tomorrow\nB,1\n"
    with pytest.raises(SettingsError) as told:
        rotation.read(wrong, "c.csv")
    for line in (2, 3, 4, 5):
        assert f"c.csv:{line}:" in str(told.value)
    with pytest.raises(SettingsError, match="two rows"):
        rotation.read("location,set,digits,valid_from\nA,1,12,2026-03-01\nA,2,13,2026-03-01\n", "c.csv")
    with pytest.raises(SettingsError, match="columns"):
        rotation.read("a,b\n", "c.csv")
    with pytest.raises(SettingsError, match="cannot be read"):
        rotation.load(tmp_path / "gone")


# --- the table -------------------------------------------------------------------------------------------------------


def test_nothing_but_the_cells_changes() -> None:
    raw = '\ufeff# by hand\r\n\r\nlocation , "check_digits",note\r\n"A",12,"a,\r\nb ""c"""\r\nB,,\r\nC, 34 ,x'.encode()
    made = table.rewrite(raw, "location", "check_digits", {"A": "56", "C": "78"})
    assert made == raw.replace(b'"A",12', b'"A",56').replace(b" 34 ", b"78")


def test_a_missing_column_is_added() -> None:
    raw = b"location,walk\n# c\nA,1\r\nB,2"
    assert table.rewrite(raw, "location", "check_digits", {"A": "56"}) == (
        b"location,walk,check_digits\n# c\nA,1,56\r\nB,2,"
    )
    with pytest.raises(SettingsError, match="no column"):
        table.rewrite(b"x\n", "location", "check_digits", {})


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters='",\n'), max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_csv_keeps_its_other_cells(rows: list[tuple[str, str]], end: str, quoted: bool) -> None:
    named = [(f"L{number}", one, "11", other) for number, (one, other) in enumerate(rows)]
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerows([("location", "a", "check_digits", "b"), *named])
    new = {name: "22" for name, *_ in named[::2]}
    made = table.rewrite(text.getvalue().encode(), "location", "check_digits", new).decode()
    back = list(csv.reader(io.StringIO(made, newline="")))[1:]
    assert back == [[name, one, new.get(name, "11"), other] for name, one, _, other in named]


# --- labels ----------------------------------------------------------------------------------------------------------


def test_sheets_too_small_to_read_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert labels.Sheet("A4", 3, 8).label_mm() == (pytest.approx(62), pytest.approx(34.125))
    for sheet in (labels.Sheet("A5"), labels.Sheet("A4", 8, 8), labels.Sheet("A4", 3, 20), labels.Sheet("A4", 0, 1)):
        with pytest.raises(UsageError):
            sheet.label_mm()
    monkeypatch.setitem(sys.modules, "fpdf", None)
    with pytest.raises(StartError, match=r"pip install .pickbeam\[labels\]"):
        labels.write([labels.Label("A", "12")], labels.Sheet(), tmp_path / "x.pdf", datetime(2026, 3, 1, tzinfo=UTC))


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def config(repo: Path, tmp_path: Path) -> Path:
    """Two bins and a home."""
    for name in ("pickbeam.example.toml", "locations.csv", "modules.csv"):
        shutil.copy(repo / "config" / name, tmp_path)
    return tmp_path / "pickbeam.example.toml"


@pytest.fixture
def large(repo: Path, tmp_path: Path) -> Path:
    shutil.copytree(repo / "config/parts-warehouse", tmp_path / "site")
    return tmp_path / "site/pickbeam.toml"


def run(*words: object) -> str:
    result = CliRunner().invoke(command.app, [str(word) for word in words])
    if result.exception is not None:
        raise result.exception
    return result.output


def digits_in(config: Path) -> dict[str, str]:
    with (config.parent / "locations.csv").open(newline="") as file:
        return {row["location"]: row["check_digits"] for row in csv.DictReader(file)}


@pytest.mark.slow
def test_make_writes_one_column_and_a_dry_run_nothing(config: Path) -> None:
    before = digits_in(config)
    shown = run("make", config, "--seed", "s", "--dry-run")
    assert "would change: locations.csv" in shown
    assert "+A.01.01:1,Z1,A,01,01,10," in shown
    assert digits_in(config) == before
    result = json.loads(run("make", config, "--seed", "s", "--json"))
    after = digits_in(config)
    assert result["changed"] == ["locations.csv"]
    assert result["sets"][0]["alike"] == 0
    assert after != before
    assert [after[home] for home in ("HOME.1",)] == [""]
    assert json.loads(run("make", config, "--seed", "s", "--json"))["changed"] == []
    assert json.loads(run("rate", config, "--json"))["apart"] == 1.0


@pytest.mark.slow
def test_rotation_writes_a_schedule_that_the_table_follows(config: Path) -> None:
    run("make", config, "--seed", "s", "--rotate", 2, "--every", 7, "--from", "2020-01-01")
    schedule = rotation.load(config.parent / "check_digits.csv")
    assert schedule.sets() == {1: date(2020, 1, 1), 2: date(2020, 1, 8)}
    table_now = {name: code for name, code in digits_in(config).items() if code}
    assert schedule.digits_of(2) == table_now
    with pytest.raises(UsageError, match="--rotate"):
        run("make", config)
    with pytest.raises(UsageError, match="no day"):
        run("make", config, "--from", "soon")
    with pytest.raises(UsageError, match="take one"):
        run("make", config, "--keep", "--rotate", 2)


@pytest.mark.slow
def test_labels_are_a_pdf_with_every_location(large: Path, tmp_path: Path) -> None:
    pytest.importorskip("fpdf", reason="fpdf2 is not installed: pip install 'pickbeam[labels]'")
    out = tmp_path / "labels.pdf"
    assert "108 labels on 5 pages" in run("labels", large, "--out", out)
    assert out.read_bytes().startswith(b"%PDF")
    assert "36 labels on 3 pages" in run("labels", large, "--out", out, "--zone", "Z2", "--rows", 5, "--page", "Letter")
    with pytest.raises(SettingsError, match=r"check_digits\.csv"):
        run("labels", large, "--out", out, "--set", 1)
    run("make", large, "--seed", "s", "--rotate", 2)
    with pytest.raises(UsageError, match="no set 3"):
        run("labels", large, "--out", out, "--set", 3)
    with pytest.raises(StartError, match="cannot be written"):
        run("labels", large, "--out", tmp_path / "no/where.pdf")


# --- measuring -------------------------------------------------------------------------------------------------------


def test_every_pair_is_tried_and_words_take_turns() -> None:
    words = {digit: [f"w{digit}"] for digit in "123456789"} | {"0": ["zero", "oh"]}
    tried = list(measuring.trials(words, 2))
    assert len(tried) == 200
    assert {trial.code for trial in tried} == {f"{number:02}" for number in range(100)}
    assert {trial.text for trial in tried if trial.code == "07"} == {"zero w7", "oh w7"}


def test_what_is_heard_is_tallied_by_digit() -> None:
    words = {digit: [digit] for digit in "0123456789"}

    def ear(sound: bytes) -> str | None:
        """Takes every 5 for a 9, and understands no 0 at the end."""
        text = sound.decode().replace(" ", "").replace("5", "9")
        return None if text.endswith("0") else text

    tally = measuring.measure(measuring.trials(words, 1), lambda trial: trial.text.encode(), ear)
    assert (tally.codes, tally.rejected) == (100, 10)
    assert tally.digits["5", "9"] == 9 + 10  # first and second digit; the first one is lost with each final 0
    assert tally.digits["5", "5"] == 0
    assert tally.right == pytest.approx(1 - 19 / 180)


@pytest.mark.slow
def test_the_laboratory_speaks_to_the_real_recogniser() -> None:
    pytest.importorskip("vosk")
    pytest.importorskip("pyttsx3")
    from controller.cli.voice.digits_lab import Lab, conditions

    lab = Lab("en", None)
    tried = conditions("en-us", "160", "20", lab.check_voice)
    speak = lab.speaker(tried)
    some = [trial for trial in measuring.trials(lab.called, 1) if trial.code in {"12", "34", "68", "70"}]
    tally = measuring.measure(iter(some), speak, lab.hear)
    assert tally.codes == 4
    assert tally.right >= 0.75
    assert lab.hear(bytes(32_000)) is None
    with pytest.raises(UsageError, match="not known"):
        conditions("nobody", "160", "20", lab.check_voice)
    with pytest.raises(UsageError, match="numbers"):
        conditions("en-us", "fast", "20", lab.check_voice)
