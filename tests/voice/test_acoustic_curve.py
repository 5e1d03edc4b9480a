"""Models are compared at the thresholds that suit each, not at those of one of them.

In: made-up results. Out: what is right less wrong for a share of strange words.
"""

from __future__ import annotations

from tools.acoustic_model.curve import Counted, Taken, merged

SURE = Counted(
    known=4,
    taken=[Taken(0.9, 5.0, right=True), Taken(0.8, 4.0, right=True), Taken(0.7, 4.0, right=False)],
    strange=4,
    fooled=[Taken(0.75, 4.0, right=False), Taken(0.3, 0.0, right=False)],
)


def test_the_best_thresholds_for_a_share_of_strange_words_are_found() -> None:
    assert SURE.at(0.0, -2.0) == (50.0, 25.0, 50.0)
    assert SURE.best(50.0) == 50.0, "a threshold between 0.7 and 0.8 leaves out what is wrong"
    assert SURE.best(0.0) == 50.0
    assert merged([SURE, SURE]).best(0.0) == 50.0


def test_lower_confidences_alone_make_no_model_worse() -> None:
    lower = Counted(
        SURE.known,
        [Taken(one.confidence / 2, one.margin, one.right) for one in SURE.taken],
        SURE.strange,
        [Taken(one.confidence / 2, one.margin, one.right) for one in SURE.fooled],
    )
    assert [lower.best(share) for share in (0.0, 25.0, 50.0)] == [SURE.best(share) for share in (0.0, 25.0, 50.0)]


def test_strange_words_that_always_pass_leave_nothing() -> None:
    worst = Counted(1, [Taken(1.0, 99.0, right=True)], 1, [Taken(1.0, 99.0, right=False)])
    assert worst.best(0.0) != worst.best(0.0), "nan"
