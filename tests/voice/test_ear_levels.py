"""Levels, the noise floor and the health of a microphone."""

from __future__ import annotations

from array import array

import pytest

from controller.voice.ear import Health
from controller.voice.ear.levels import CURES, Meter, Pace, decibels


def square(seconds: float, height: int) -> array[int]:
    return array("h", [height, -height] * round(seconds * 8000))


def metered(*pieces: array[int]) -> Meter:
    meter = Meter()
    for piece in pieces:
        meter.feed(piece)
    return meter


def test_full_scale_is_nought_decibels_and_a_constant_is_silence() -> None:
    assert decibels(square(0.02, 32767)) == pytest.approx(0.0, abs=0.01)
    assert decibels(square(0.02, 3277)) == pytest.approx(-20.0, abs=0.01)
    assert decibels(array("h", [5000] * 320)) == -90.0
    assert decibels([]) == -90.0


def test_the_floor_learns_a_conveyor_and_keeps_speech_apart() -> None:
    meter = metered(square(2.0, 300))
    assert meter.floor.value == pytest.approx(-40.8, abs=0.5)
    meter.feed(square(0.5, 6000))
    assert meter.floor.value == pytest.approx(-40.8, abs=0.5)
    assert meter.quiet_for() == 0.0
    meter.feed(square(0.3, 300))
    assert meter.quiet_for() == pytest.approx(0.3, abs=0.021)


def test_a_word_has_the_level_of_its_louder_frames() -> None:
    meter = metered(square(0.5, 100), square(0.3, 6000), square(0.2, 100))
    assert meter.span(0.5, 0.8) == pytest.approx(-14.7, abs=0.2)
    assert meter.span(5.0, 6.0) == -90.0


@pytest.mark.parametrize(
    ("pieces", "state"),
    [
        ((square(0.5, 20), square(1.0, 6000)), Health.OK),
        ((array("h", bytes(2 * 16_000 * 6)),), Health.MIC_SILENT),
        ((array("h", bytes(2 * 16_000 * 4)),), Health.OK),
        ((square(0.5, 20), square(2.0, 32767)), Health.CLIPPING),
        ((square(0.5, 3), *[piece for _ in range(8) for piece in (square(0.3, 60), square(0.2, 3))]), Health.TOO_QUIET),
    ],
)
def test_health(pieces: tuple[array[int], ...], state: Health) -> None:
    assert metered(*pieces).health().state is state


def test_silence_is_forgiven_as_soon_as_there_is_sound() -> None:
    meter = metered(array("h", bytes(2 * 16_000 * 6)), square(0.1, 20))
    assert meter.health().state is Health.OK


def test_every_state_but_ok_has_a_cure() -> None:
    assert [state for state in Health if not CURES[state]] == [Health.OK]


@pytest.mark.parametrize(("samples", "wrong"), [(16_000, False), (17_000, False), (8_000, True), (48_000, True)])
def test_pace(samples: int, wrong: bool) -> None:
    pace = Pace(16_000)
    for second in range(8):
        pace.add(samples, float(second))
    assert pace.wrong is wrong
