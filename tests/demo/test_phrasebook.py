"""What a simulated wearer reckons with; nothing is spoken here."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from languages import language

from controller.demo.phrasebook import Phrasebook, Voice
from controller.settings import Settings, load
from controller.settings.model import LocationRow
from controller.voice.mouth.synth import Synth
from firmware_sim.wearer.person import Situation

SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
VOICE = Voice("en-us", 165)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(SITE)


def book(settings: Settings) -> Phrasebook:
    silent = Synth.__new__(Synth)
    return Phrasebook(language("en"), "terse", VOICE, VOICE, silent, settings, {})


def places(settings: Settings, now: Situation) -> list[set[str]]:
    """Tier by tier."""
    keys = {"location", "bay", "bay_level"}
    return [{x.text for x in tier if x.key in keys} for tier in book(settings).expected(now)]


def test_bins_that_share_a_bay_and_a_level_are_reckoned_with_by_their_whole_name(settings: Settings) -> None:
    likely, *_ = places(settings, Situation(locations=("A.01.01:2",)))
    assert {"A, one, one, one.", "A, one, one, two.", "C, six, three, one."} <= likely
    assert "Bay one, one." not in likely


def test_who_is_in_an_aisle_reckons_first_with_its_bins(settings: Settings) -> None:
    likely, possible, _ = places(settings, Situation(aisle="B"))
    assert "B, six, three, one." in likely
    assert "C, six, three, one." not in likely
    assert "C, six, three, one." in possible


def test_a_bin_with_a_bay_and_level_of_its_own_goes_by_them(settings: Settings) -> None:
    rows = [("X.1", "1", "2"), ("X.2", "2", ""), ("X.3", "3", "1"), ("X.4", "3", "1")]
    own = tuple(LocationRow(location=x, zone="Z1", walk=1, aisle="X", bay=bay, level=level) for x, bay, level in rows)
    likely, *_ = places(msgspec.structs.replace(settings, locations=own), Situation(aisle="X"))
    assert likely == {"Bay one, two.", "Bay two.", "X, three.", "X, four."}
