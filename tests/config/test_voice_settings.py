"""Headsets, models and scanners in the settings: defaults, file names, and every fault of theirs at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.settings import WrongSettingsError, load

SITE = """
[site]
id = "s"
controller = "c"
[[bus]]
id = "A"
port = "/dev/ttyAMA0"
[[picker]]
id = "P"
colour = "green"
pattern = "steady"
letter = "A"
zones = ["Z1"]
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "locations.csv").write_text("location,zone,walk\nA,Z1,1\n", encoding="utf-8")
    (tmp_path / "modules.csv").write_text("module,kind,bus,address,location\nm,bus,A,1,A\n", encoding="utf-8")
    return tmp_path / "site.toml"


def test_nobody_has_a_headset_unless_it_is_written(site: Path) -> None:
    site.write_text(SITE, encoding="utf-8")
    assert load(site).pickers[0].voice is None


def test_devices_that_are_files_count_from_the_settings_file(site: Path) -> None:
    site.write_text(SITE + '[picker.voice]\ndevice = "unix:run/p.sock"\nspeaker = "alsa:plughw:1"\n', encoding="utf-8")
    headset = load(site).pickers[0].voice
    assert headset is not None
    assert headset.microphone == f"unix:{site.parent}/run/p.sock"
    assert headset.loudspeaker == "alsa:plughw:1"
    assert headset.answer_language == "en"


@pytest.mark.parametrize(
    ("section", "written", "wrong"),
    [
        (
            "voice",
            'device = "usb:1"\nlanguage = "english"\nvolume = 101\nloud = true\n',
            ("device", "language", "volume", "loud"),
        ),
        ("scanner", "baud = 9601\nrepeat_ms = -1\nsufix = 1\n", ("port", "baud", "repeat_ms", "sufix")),
    ],
)
def test_every_fault_of_what_a_picker_wears_is_named(
    site: Path, section: str, written: str, wrong: tuple[str, ...]
) -> None:
    site.write_text(SITE + f"[picker.{section}]\n{written}", encoding="utf-8")
    with pytest.raises(WrongSettingsError) as refused:
        load(site)
    keys = {fault.key for fault in refused.value.faults}
    assert keys == {f"[[picker]][1].{section}.{key}" for key in wrong}


def test_a_model_that_is_not_there_is_named_with_the_command_that_gets_it(site: Path) -> None:
    site.write_text(SITE + '[voice]\nmodels = { en = "nowhere" }\n', encoding="utf-8")
    with pytest.raises(WrongSettingsError, match="pickbeam voice models"):
        load(site)


ROTATION = "location,set,digits,valid_from\nA,2,13,2026-07-01\nA,1,72,2026-04-01\n"


def test_check_digits_take_turns_at_midnight_of_the_site(site: Path) -> None:
    (site.parent / "check_digits.csv").write_text(ROTATION, encoding="utf-8")
    zoned = SITE.replace('controller = "c"', 'controller = "c"\ntimezone = "Europe/Berlin"')
    site.write_text(zoned + '[layout]\ncheck_digits = "check_digits.csv"\n', encoding="utf-8")
    rotation = load(site).site().locations["A"].rotation
    begins = [datetime.fromtimestamp(one.valid_from / 1000, UTC).isoformat() for one in rotation]
    assert begins == ["2026-03-31T22:00:00+00:00", "2026-06-30T22:00:00+00:00"]
    assert [one.digits for one in rotation] == ["72", "13"]


def test_every_fault_of_turning_digits_is_named(site: Path) -> None:
    wrong = "location,set,digits,valid_from\nB,1,72,2026-04-01\nA,1,72,2026-02-30\nA,2,5,2026-04-01\n"
    (site.parent / "check_digits.csv").write_text(wrong, encoding="utf-8")
    site.write_text(SITE + '[layout]\ncheck_digits = "check_digits.csv"\n', encoding="utf-8")
    with pytest.raises(WrongSettingsError) as refused:
        load(site)
    keys = {fault.key for fault in refused.value.faults}
    lines = ("2 location", "3 valid_from", "4 digits")
    assert keys == {f"check_digits.csv:{line}" for line in lines}


def test_who_has_a_scanner_can_be_asked_for_scans(site: Path) -> None:
    site.write_text(SITE + '[picker.scanner]\nport = "run/scanner"\n', encoding="utf-8")
    settings = load(site)
    scanner = settings.pickers[0].scanner
    assert scanner is not None
    assert (scanner.port, scanner.baud, scanner.repeat_ms) == (str(site.parent / "run/scanner"), 9600, 500)
    assert settings.site().pickers["P"].scanner
    assert settings.site().capabilities == {"light", "scan"}


def test_a_scanner_shares_its_port_with_nothing(site: Path) -> None:
    site.write_text(SITE + '[picker.scanner]\nport = "/dev/ttyAMA0"\n', encoding="utf-8")
    with pytest.raises(WrongSettingsError, match=r"scanner\.port.*already at \[\[bus\]\]\[1\]\.port"):
        load(site)
