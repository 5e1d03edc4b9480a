"""Settings that are wrong: every fault at once, at the right place. In: config/broken and text. Out: faults."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from characters import CHARACTERS
from hypothesis import given
from hypothesis import strategies as st

from controller.errors import SettingsError
from controller.settings import WrongSettingsError, load
from controller.settings.structure import shape
from controller.wording import FileFault

BROKEN = {
    "01-not-toml": ["line 3"],
    "02-unknown-keys": ["[[bus]][1].buad", "[mqtt].ulr", "[piking]"],
    "03-wrong-types": ["[[picker]][1].zones", "[mqtt].version", "[picking].lines_lit", "[picking].over_pick"],
    "04-out-of-range": [
        "[[bus]][1].baud",
        "[journal].min_free_percent",
        "[mqtt].keepalive_s",
        "[mqtt].url",
        "[picking].lease_s",
        "[picking].short_reason",
        "[site].id",
        "[site].timezone",
    ],
    "05-missing": ["[[bus]][1].port", "[layout].modules", "[mqtt].ca_file", "[site].controller"],
    "06-one-address-twice": [
        "06-modules.csv:3 address",
        "06-modules.csv:4 address",
        "[[bus]][2].id",
        "[[bus]][2].port",
    ],
    "07-dark-location": [
        "07-modules.csv:3 location",
        "07-modules.csv:4 bus",
        "07-modules.csv:5 location",
        "07-modules.csv:6 location",
        "07-modules.csv:6 module",
        "locations.csv:4 location",
    ],
    "08-one-pin-twice": [
        "08-modules.csv:3 led_pins",
        "08-modules.csv:4 address",
        "08-modules.csv:4 button_pin",
        "08-modules.csv:4 led_pins",
        "[gpio].socket",
    ],
    "09-pickers": [
        "[[picker]][2].home",
        "[[picker]][2].letter",
        "[[picker]][2].zones",
        "[[picker]][3].colour",
        "[[picker]][3].home",
        "[[picker]][3].id",
        "[[picker]][3].letter",
    ],
    "10-tables": [
        "10-locations.csv:1 check_digit",
        "10-locations.csv:2 check_digits",
        "10-locations.csv:3 check_digits",
        "10-locations.csv:3 zone",
        "10-locations.csv:4 walk",
        "10-locations.csv:5",
        "[mqtt].cert_file",
        "[mqtt].cert_file",
        "[mqtt].password_file",
        "[mqtt].url",
    ],
}

SITE = '[site]\nid = "s"\ncontroller = "c"\n'
BUS = '[[bus]]\nid = "A"\nport = "/dev/ttyAMA0"\n'
LOCATIONS = "location,zone,walk\nL1,Z1,10\n"
MODULES = "module,kind,bus,address,location\nm1,bus,A,1,L1\n"


def faults(folder: Path, toml: str = SITE + BUS, locations: str = LOCATIONS, modules: str = MODULES) -> list[FileFault]:
    (folder / "s.toml").write_text(toml, encoding="utf-8")
    (folder / "locations.csv").write_text(locations, encoding="utf-8")
    (folder / "modules.csv").write_text(modules, encoding="utf-8")
    try:
        load(folder / "s.toml")
    except WrongSettingsError as wrong:
        return list(wrong.faults)
    return []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_shows_exactly_its_faults(repo: Path, name: str) -> None:
    with pytest.raises(WrongSettingsError) as wrong:
        load(repo / f"config/broken/{name}.toml")
    assert sorted(fault.key for fault in wrong.value.faults) == BROKEN[name]
    assert all(fault.what and fault.fix for fault in wrong.value.faults)
    assert str(len(BROKEN[name])) in str(wrong.value)


def test_every_broken_file_is_expected(repo: Path) -> None:
    assert {path.stem for path in (repo / "config/broken").glob("*.toml")} == BROKEN.keys()


def test_the_small_site_of_these_tests_is_right(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("toml", "key", "fix"),
    [
        ("", "[site]", "Add the section."),
        ("site = 3\n", "[site]", "It has to be a section."),
        (SITE + '[bus]\nid = "A"\nport = "x"\n', "[[bus]]", "It has to be a list."),
        (SITE + BUS + "baud = true\n", "[[bus]][1].baud", "Choose from 115200, 250000, 500000, 1000000."),
        (SITE + BUS + "[mqtt]\nkeepalive_s = 15.5\n", "[mqtt].keepalive_s", "It has to be a whole number."),
        (SITE + BUS + "[mqtt]\nusername = 7\n", "[mqtt].username", 'It has to be a text in "quotes".'),
        (SITE + BUS + "[picking]\nlease_s = nan\n", "[picking].lease_s", "Mend the value."),
        (SITE + BUS + "[journal]\npath = 1979-05-27\n", "[journal].path", 'It has to be a text in "quotes".'),
        (
            SITE + BUS + '[mqtt]\nurl = "mqtt://h"\nca_file = "s.toml"\n',
            "[mqtt].ca_file",
            "Write the url as mqtts://….",
        ),
        (SITE + BUS + '[log]\nlevel = "warn"\n', "[log].level", "Did you mean `warning`?"),
        (
            SITE.replace('"s"', '"s\\n"') + BUS,
            "[site].id",
            "1–32 letters, digits, `_` or `-`: it goes into MQTT topics.",
        ),
    ],
)
def test_one_fault_of_shape(tmp_path: Path, toml: str, key: str, fix: str) -> None:
    found = {fault.key: fault.fix for fault in faults(tmp_path, toml) if not fault.file.endswith(".csv")}
    assert found == {key: fix}


@pytest.mark.parametrize(
    ("locations", "key"),
    [
        ("", "locations.csv:1"),
        ("location,zone,walk\n", "locations.csv:1"),
        ("location;zone;walk\nL1;Z1;10\n", "locations.csv:1"),
        ("location,zone\nL1,Z1\n", "locations.csv:1 walk"),
        ("location,zone,walk,walk\nL1,Z1,10,10\n", "locations.csv:1 walk"),
        ('location,zone,walk\nL1,"Z1,10\n', "locations.csv:2"),
        ("location,zone,walk\nL1,Z1,10\n# closed\n\nL1,Z1,20\n", "locations.csv:5 location"),
        ("location,zone,walk\nL1,Z1,-10\n", "locations.csv:2 walk"),
        ("location,zone,walk\nL1,Z1,10\nL 2,Z1,20\n", "locations.csv:3 location"),
    ],
)
def test_one_fault_of_a_table(tmp_path: Path, locations: str, key: str) -> None:
    assert [fault.key for fault in faults(tmp_path, locations=locations)] == [key]


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ("m1,bus,A,,,,L1", "modules.csv:2 address"),
        ("m1,bus,,1,,,L1", "modules.csv:2 bus"),
        ("m1,bus,A,0,,,L1", "modules.csv:2 address"),
        ("m1,bus,A,1,17,,L1", "modules.csv:2 led_pins"),
        ("m1,gpio,,,17,17,L1", "modules.csv:2 button_pin"),
        ("m1,gpio,,,17/27,5,L1", "modules.csv:2 led_pins"),
        ("m1,gpio,,,28,5,L1", "modules.csv:2 led_pins"),
        ("m1,gpio,A,,17,5,L1", "modules.csv:2 bus"),
        ("m1,rgb,,,17,5,L1", "modules.csv:2 kind"),
        ("m:1,bus,A,1,,,L1", "modules.csv:2 module"),
        ("m1,bus,A,1,,,L1\nm2,bus,A,2,,,L1", "modules.csv:3 location"),
    ],
)
def test_one_fault_of_a_module(tmp_path: Path, rows: str, key: str) -> None:
    modules = f"module,kind,bus,address,led_pins,button_pin,location\n{rows}\n"
    assert [fault.key for fault in faults(tmp_path, modules=modules)] == [key]


def test_a_byte_order_mark_and_windows_lines_are_welcome(tmp_path: Path) -> None:
    assert faults(tmp_path, locations="\ufeff" + LOCATIONS.replace("\n", "\r\n")) == []


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "pickbeam.toml").write_text(SITE, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"pickbeam\.tml.*cannot be read.*Did you mean `pickbeam\.toml`"):
        load(tmp_path / "pickbeam.tml")


def test_a_folder_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "s.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load(tmp_path / "s.toml")


# --- whatever is written, the answer is a list of faults ------------------------------------------------------------

KEYS = st.sampled_from(
    "site mqtt journal picking layout bus gpio picker log bus_host id controller url baud port zones home x".split()
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS, max_size=8) | st.dates()
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
    ),
    max_size=6,
)


@given(tree=TREES)
def test_any_tree_has_faults_or_a_document(tree: dict[str, object]) -> None:
    document, lost, found = shape(tree, "s.toml")
    assert found or (document.identity.id and not lost)


@given(
    text=st.text(CHARACTERS, max_size=200)
    | st.lists(st.sampled_from([*'[]="\n.#aé\\{},1', SITE, BUS]), max_size=30).map("".join)
)
def test_any_text_loads_or_shows_its_faults(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    found = faults(folder, toml=text)
    if not found:
        assert tomllib.loads((folder / "s.toml").read_text(encoding="utf-8"))["site"]


def test_nesting_without_end(tmp_path: Path) -> None:
    assert [fault.key for fault in faults(tmp_path, "a = " + "[" * 100_000)] == ["line 1"]
    assert faults(tmp_path, "a = " + "9" * 5_000)
