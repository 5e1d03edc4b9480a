"""Settings that are right: what they become. In: config/. Out: `Settings`, `Site`, and no needless import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from msgspec import Struct

from controller.core.model import Colour, Pattern, PickerProfile, Policy, ShortReason
from controller.settings import load
from controller.settings.model import ColourName, Document, Mqtt, PatternName, Picking, ReasonName
from controller.settings.voice import Voice


@pytest.fixture(scope="module")
def warehouse(repo: Path) -> Path:
    return repo / "config/parts-warehouse/pickbeam.toml"


def test_the_sample_site_becomes_a_site(warehouse: Path) -> None:
    site = load(warehouse).site()
    assert (site.site_id, site.controller_id) == ("parts-warehouse", "ctl-1")
    assert site.zones == {"Z1", "Z2", "Z3"}
    assert len(site.locations) == 112
    assert site.locations["A.01.01:1"].walk == 10
    assert {place.shares_name for place in site.locations.values() if place.aisle} == {True}, "two bins a level"
    assert not site.locations["HOME.1"].shares_name
    assert site.locations["B.06.01:1"].zone == "Z2"
    assert site.pickers["P-02"] == PickerProfile("P-02", Colour.BLUE, Pattern.BLINK, "B", ("Z1", "Z2"), "HOME.2")
    assert (site.policy.lines_lit, site.policy.lease_ms, site.policy.idle_release_ms) == (2, 60_000, 900_000)
    assert site.elsewhere["P.01.1"] == "store-2"


def test_every_location_of_the_sample_site_has_its_module(warehouse: Path) -> None:
    settings = load(warehouse)
    assert settings.module_at().keys() == settings.site().locations.keys()
    assert len(settings.addresses("A")) == 56
    assert len(settings.addresses("B")) == 52
    assert [module.module for module in settings.gpio_modules()] == ["G-4", "G-1", "G-2", "G-3"]
    rgb = settings.gpio_modules()[0]
    assert (rgb.led_pins, rgb.button_pin, rgb.location) == ((16, 20, 21), 26, "C.06.02:1")


def test_file_names_count_from_the_settings_file(warehouse: Path, repo: Path) -> None:
    settings = load(warehouse)
    assert Path(settings.journal.path).resolve() == repo / "var/parts-warehouse.db"
    assert Path(settings.layout.locations) == warehouse.parent / "locations.csv"
    assert settings.buses[0].port == "/dev/serial/by-id/usb-rs485-a"


def test_the_example_shows_every_option_with_its_default(repo: Path) -> None:
    example = repo / "config/pickbeam.example.toml"
    settings, text = load(example), example.read_text(encoding="utf-8")
    for field in Document.__struct_fields__:
        section = getattr(settings, field)
        for one in section if isinstance(section, tuple) else [section]:
            inner = [part for name in one.__struct_fields__ if isinstance(part := getattr(one, name), Struct)]
            for name in (name for part in (one, *inner) for name in part.__struct_fields__):
                shown = (f"\n{name} = ", f"\n# {name} = ", f"\n[picker.{name}]\n")
                assert any(x in text for x in shown), f"{field}.{name} is not in the example"
    assert settings.picking == Picking()
    assert settings.mqtt == Mqtt()
    assert settings.gpio_modules()[0].led_pins == (17, 27, 22)


def test_the_policy_defaults_are_the_cores_own() -> None:
    assert Picking().policy(Voice()) == Policy()


def test_the_schema_knows_the_values_of_the_core() -> None:
    assert get_args(ColourName) == tuple(colour.value for colour in Colour if colour is not Colour.OFF)
    assert get_args(PatternName) == tuple(pattern.value for pattern in Pattern)
    assert get_args(ReasonName) == tuple(reason.value for reason in ShortReason)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("mqtt://127.0.0.1", "127.0.0.1", 1883, False),
        ("mqtts://broker.example", "broker.example", 8883, True),
        ("mqtt://broker:1884/", "broker", 1884, False),
        ("mqtts://[fd00::7]:8884", "fd00::7", 8884, True),
    ],
)
def test_broker_url(url: str, host: str, port: int, tls: bool) -> None:
    mqtt = Mqtt(url=url)
    assert (mqtt.host, mqtt.port, mqtt.tls) == (host, port, tls)


def test_the_digest_follows_every_table(repo: Path, tmp_path: Path) -> None:
    for name in ("pickbeam.example.toml", "locations.csv", "modules.csv"):
        (tmp_path / name).write_bytes((repo / "config" / name).read_bytes())
    path = tmp_path / "pickbeam.example.toml"
    before = load(path).digest
    assert load(path).digest == before
    table = tmp_path / "locations.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",47", ",48"), encoding="utf-8")
    assert load(path).digest != before


def test_right_settings_need_no_jsonschema(warehouse: Path) -> None:
    script = "import sys; from controller.settings import load; load(sys.argv[1]); print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, str(warehouse)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
