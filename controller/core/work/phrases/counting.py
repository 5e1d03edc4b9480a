"""How many were taken.

In: a draft, the `Standing`, a word or a number. Out: the line booked, or counted in part; goods put back; the task
handed over.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from controller.core.draft import Draft
from controller.core.guide.talk.standing import Standing
from controller.core.speech import Word
from controller.core.work.phrases.moves import move, settle_line
from controller.core.work.settle import hand_over, put_back


def confirm(draft: Draft, standing: Standing, _word: Word) -> None:
    """All of it, or all of what remained."""
    assert standing.line is not None
    settle_line(draft, standing, replace(standing.dialogue, counted=standing.line.line.qty), "voice")


def count(draft: Draft, standing: Standing, number: int) -> None:
    """So many more: the rest is asked for, or nothing remains."""
    assert standing.line is not None
    counted = standing.dialogue.counted + Decimal(number)
    if counted < standing.line.line.qty:
        move(draft, standing, counted=counted)
    else:
        settle_line(draft, standing, replace(standing.dialogue, counted=counted), "voice")


def returned(draft: Draft, standing: Standing, _word: Word) -> None:
    """The goods of the cancelled line are in the bin again."""
    assert standing.lease is not None
    assert standing.line is not None
    put_back(draft, standing.lease, standing.line)


def handed_over(draft: Draft, standing: Standing, _word: Word) -> None:
    assert standing.record is not None
    hand_over(draft, standing.record.task.task_id)
