"""From the announced task to the proven place.

In: a draft, the `Standing`, what was said. Out: DialogueMoved; ProofRefused for wrong check digits; ProofTooEarly for
right ones that came sooner than anybody can have walked there.
"""

from __future__ import annotations

from decimal import Decimal

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.guide.talk.standing import Standing, Step
from controller.core.model import Site
from controller.core.speech import Word
from controller.core.work.phrases.moves import move, tell, with_proof

WRONG_BEFORE_HINT = 3
"""Wrong digits in a row, after which the picker gets a hint and the technician a note."""


def set_out(draft: Draft, standing: Standing, _word: Word) -> None:
    """The task was heard."""
    assert standing.record is not None
    move(draft, standing, announced=standing.record.task.task_id)


def reach_aisle(draft: Draft, standing: Standing, _word: Word) -> None:
    assert standing.location is not None
    move(draft, standing, aisle=standing.location.aisle)


def arrive(draft: Draft, standing: Standing, _word: Word) -> None:
    """At a place without check digits: believed, but it proves nothing."""
    move(draft, standing, there=True, attempts=0)


def override(draft: Draft, standing: Standing, _word: Word) -> None:
    """Nothing can be read or scanned here: work goes on, and the line is reported as unproven."""
    proofs = with_proof(standing.dialogue, "override")
    move(draft, standing, there=True, proofs=proofs, attempts=0, told="unproven")


def check(draft: Draft, standing: Standing, digits: str) -> None:
    """The check digits of the place, or others."""
    if digits not in _right_digits(draft, standing):
        _refuse(draft, standing, digits)
        return
    if _too_early(draft, standing) and draft.site.policy.early_proof == "refuse":
        tell(draft, standing, "too_early")
        return
    move(draft, standing, there=True, proofs=with_proof(standing.dialogue, "check_digits"), attempts=0)


def back(draft: Draft, standing: Standing, _word: Word) -> None:
    """One step back; what was said at the step left is void."""
    dialogue, line = standing.dialogue, standing.line
    assert line is not None
    if standing.step is Step.ITEMS and dialogue.items:
        move(draft, standing, items=dialogue.items[:-1], length=0, attempts=0)
    elif standing.step is Step.ITEMS or dialogue.counted:
        move(draft, standing, counted=Decimal(0), settled=False, reason=None, length=0, attempts=0)
    elif standing.step is Step.PLACE or not dialogue.there:
        move(draft, standing, aisle="", attempts=0)
    else:
        move(draft, standing, there=False, proofs=(), attempts=0)


def least_walk_ms(site: Site, start: str, end: str) -> int:
    """The least time from one location to another, milliseconds, by their places in the walking order."""
    return abs(site.locations[end].walk - site.locations[start].walk) * site.policy.walk_ms_per_unit


def _right_digits(draft: Draft, standing: Standing) -> tuple[str, ...]:
    """Those that the host names for the line; else those of the place at this moment."""
    assert standing.line is not None
    assert standing.location is not None
    own = standing.line.line.check_digits
    return (own,) if own else standing.location.right_digits(draft.now.wall, draft.site.policy.digits_grace_ms)


def _refuse(draft: Draft, standing: Standing, digits: str) -> None:
    assert standing.line is not None
    assert standing.record is not None
    attempt = standing.dialogue.attempts + 1
    draft.add(
        f.ProofRefused,
        picker=standing.picker_id,
        task_id=standing.record.task.task_id,
        line_id=standing.line.line.line_id,
        location=standing.line.line.location,
        said=digits,
        attempt=attempt,
    )
    if attempt < WRONG_BEFORE_HINT:
        tell(draft, standing, "wrong_digits", digits, attempts=attempt)
    else:
        tell(draft, standing, "digits_hint", standing.line.line.location, attempts=attempt)


def _too_early(draft: Draft, standing: Standing) -> bool:
    """Whether he cannot have walked there since the line was given; from an unknown place anybody can."""
    assert standing.line is not None
    assert standing.lease is not None
    start = None if standing.picker is None else standing.picker.place
    if start is None:
        return False
    location = standing.line.line.location
    took, least = draft.now.steady - standing.lease.since, least_walk_ms(draft.site, start, location)
    if took >= least:
        return False
    draft.add(
        f.ProofTooEarly,
        picker=standing.picker_id,
        task_id=standing.lease.task_id,
        line_id=standing.lease.line_id,
        location=location,
        after_ms=took,
        walk_ms=least,
        refused=draft.site.policy.early_proof == "refuse",
    )
    return True
