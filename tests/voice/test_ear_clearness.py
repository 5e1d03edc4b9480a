"""Whose answers stand out clearly is asked for more than others, and never twice in a row."""

from __future__ import annotations

import pytest

from controller.voice.ear.clearness import ANSWERS, ENOUGH, MOST, Clearness
from controller.voice.ear.wearer import PATIENCE_S

DOUBTFUL = 3.5


def used_to(*margins: float) -> Clearness:
    clearness = Clearness()
    for margin in margins:
        assert clearness.stands_out("next", margin, 0.0)
    return clearness


def test_a_new_wearer_is_asked_for_no_more_than_anybody() -> None:
    assert used_to(*[7.0] * (ENOUGH - 1)).stands_out("louder", DOUBTFUL, 1.0)
    assert not used_to(*[7.0] * ENOUGH).stands_out("louder", DOUBTFUL, 1.0)


def test_long_phrases_do_not_tell_how_clear_the_wearer_is() -> None:
    clearness = Clearness()
    assert all(clearness.stands_out("say again", 14.0, 0.0) for _ in range(ANSWERS))
    assert clearness.stands_out("louder", DOUBTFUL, 1.0)


def test_who_is_understood_less_clearly_is_asked_for_less() -> None:
    assert used_to(*[4.5] * ANSWERS).stands_out("louder", DOUBTFUL, 1.0)
    assert used_to(*[3.2] * ANSWERS).stands_out("louder", 3.0, 1.0)


def test_one_answer_in_twenty_may_come_out_badly_before_less_is_asked() -> None:
    assert not used_to(3.5, *[7.0] * 19).stands_out("louder", DOUBTFUL, 1.0)
    assert used_to(3.5, 3.5, *[7.0] * 18).stands_out("louder", DOUBTFUL, 1.0)


def test_nobody_is_asked_for_more_than_a_phrase_can_be_ahead() -> None:
    clear = used_to(*[40.0] * ANSWERS)
    assert clear.stands_out("louder", MOST, 1.0)
    assert clear.stands_out("no", 2.6, 1.0)
    assert not clear.stands_out("no", 2.4, 1.0)


def test_said_again_at_once_it_counts() -> None:
    clear = used_to(*[7.0] * ANSWERS)
    assert not clear.stands_out("louder", DOUBTFUL, 10.0)
    assert clear.stands_out("louder", DOUBTFUL, 10.0 + PATIENCE_S)


@pytest.mark.parametrize(("text", "later"), [("softer", 1.0), ("louder", PATIENCE_S + 1.0)])
def test_another_phrase_or_the_same_much_later_is_not_said_again(text: str, later: float) -> None:
    clear = used_to(*[7.0] * ANSWERS)
    assert not clear.stands_out("louder", DOUBTFUL, 10.0)
    assert not clear.stands_out(text, DOUBTFUL, 10.0 + later)


def test_in_a_hall_that_grows_loud_less_is_asked_soon() -> None:
    clear = used_to(*[7.0] * ANSWERS)
    refused = [not clear.stands_out("louder", DOUBTFUL, 100.0 * time) for time in range(6)]
    assert refused == [True, True, False, False, False, False]
