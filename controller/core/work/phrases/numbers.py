"""Serial numbers and lots: by last digits, or as counted by a press.

In: a draft, the `Standing`, the digits said. Out: the item captured and the next one asked for; one digit more asked
for; or the line booked.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from controller.core import facts as f
from controller.core.dialogue import Ask, Dialogue
from controller.core.draft import Draft
from controller.core.guide.talk.expected import captures, ending_in, wanted
from controller.core.guide.talk.standing import Standing, speaks, stand
from controller.core.model import Item, ShortReason
from controller.core.speech import Word
from controller.core.state import Lease, LineRecord
from controller.core.work.phrases.moves import settle_line, tell, with_proof

UNKNOWN_BEFORE_HINT = 3
"""Endings in a row that nothing expected has, after which another way is told."""


def take(draft: Draft, standing: Standing, digits: str) -> None:
    """Last digits of a serial number or lot."""
    assert standing.line is not None
    ending = ending_in(standing.line.line, standing.dialogue, digits)
    if len(ending.items) == 1:
        capture(draft, standing, ending.items[0], "voice")
    elif ending.items and ending.length:
        tell(draft, standing, "", length=ending.length)
    elif ending.items:
        tell(draft, standing, "item_hint")
    else:
        attempts = standing.dialogue.attempts + 1
        key = "item_unknown" if attempts < UNKNOWN_BEFORE_HINT else "item_hint"
        said = digits if key == "item_unknown" else ""
        tell(draft, standing, key, said, attempts=attempts, length=0)


def capture(draft: Draft, standing: Standing, item: Item, channel: str) -> None:
    """One item more; the line is booked with the last."""
    items = (*standing.dialogue.items, item)
    settle_line(draft, standing, replace(standing.dialogue, items=items), channel)


def go_without(draft: Draft, standing: Standing, _word: Word) -> None:
    """The number cannot be read: the line is booked without what is missing, and reported as unproven."""
    proofs = with_proof(standing.dialogue, "override:items")
    settle_line(draft, standing, replace(standing.dialogue, proofs=proofs), "voice")


def count_by_press(draft: Draft, lease: Lease, record: LineRecord, picked: Decimal, reason: ShortReason | None) -> bool:
    """A press settles how many; whether the headset has still to ask for lots or serial numbers of them."""
    if not captures(record.line) or not speaks(draft.state, draft.site, lease.picker):
        return False
    standing = stand(draft.state, draft.site, lease.picker)
    focus = (lease.task_id, lease.line_id, record.line.location)
    dialogue = standing.dialogue
    if dialogue.focus != focus:
        dialogue = Dialogue(aisle=dialogue.aisle, focus=focus, token=lease.token)
    dialogue = replace(
        dialogue,
        announced=lease.task_id,
        there=True,
        proofs=with_proof(dialogue, "button"),
        counted=picked,
        settled=True,
        reason=reason,
        ask=Ask.NOTHING,
        short=None,
        length=0,
        attempts=0,
        told="",
        said="",
    )
    if not wanted(record.line, dialogue):
        return False
    draft.add(f.DialogueMoved, picker=lease.picker, dialogue=dialogue)
    return True
