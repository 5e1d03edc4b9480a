"""Whoever speaks much more softly than the wearer is somebody else, unless it is said again and again."""

from __future__ import annotations

from controller.voice.ear.wearer import FAR_DB, KNOWN, PATIENCE_S, REPEATS, Wearer

USUAL = -20.0
SOFT = USUAL - FAR_DB - 5.0


def known(level: float = USUAL) -> Wearer:
    wearer = Wearer()
    for _ in range(KNOWN):
        wearer.taken(level)
    return wearer


def test_before_the_wearer_has_spoken_nobody_is_a_stranger() -> None:
    wearer = Wearer()
    assert not wearer.far(-60.0, 1.0)
    wearer.taken(USUAL)
    assert not wearer.far(-60.0, 2.0)


def test_a_much_softer_voice_is_somebody_elses() -> None:
    assert known().far(SOFT, 1.0)
    assert not known().far(USUAL - FAR_DB + 1.0, 1.0)
    assert not known().far(USUAL + 20.0, 1.0)


def test_who_says_it_again_at_once_is_the_wearer_and_stays_it() -> None:
    wearer = known()
    assert [wearer.far(SOFT, now) for now in range(REPEATS + 1)] == [True] * REPEATS + [False]
    wearer.taken(SOFT)
    assert not wearer.far(SOFT, 5.0)


def test_talk_now_and_then_is_never_taken_for_repeating() -> None:
    wearer = known()
    assert all(wearer.far(SOFT, (PATIENCE_S + 1.0) * time) for time in range(10))


def test_an_answer_of_the_wearer_ends_the_count_of_repeats() -> None:
    wearer = known()
    assert wearer.far(SOFT, 1.0)
    wearer.taken(USUAL)
    assert [wearer.far(SOFT, 2.0 + now) for now in range(REPEATS)] == [True] * REPEATS


def test_the_usual_voice_follows_its_wearer() -> None:
    wearer = known(-20.0)
    for level in range(-21, -45, -1):  # the voice gets hoarse, or the microphone slips
        assert not wearer.far(level, 0.0)
        wearer.taken(float(level))
