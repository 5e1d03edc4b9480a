"""The dialogue goes on: the words that the other files of this folder are written in.

In: a draft and the `Standing` in which an answer came. Out: DialogueMoved, or a booking once nothing is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from controller.core import facts as f
from controller.core.dialogue import Ask, Dialogue
from controller.core.draft import Draft
from controller.core.guide.talk.expected import wanted
from controller.core.guide.talk.standing import Standing, stand
from controller.core.state import Lease
from controller.core.work.booking import book, confirmed_by


def move(draft: Draft, standing: Standing, **changes: Any) -> None:
    """The dialogue stands further (or back). What was told before is over, unless told anew; so is a question."""
    changes = {"told": "", "said": "", "ask": Ask.NOTHING} | changes
    draft.add(f.DialogueMoved, picker=standing.picker_id, dialogue=replace(standing.dialogue, **changes))


def tell(draft: Draft, standing: Standing, key: str, said: str = "", **changes: Any) -> None:
    """The same question again after something that has to be told."""
    move(draft, standing, **{"told": key, "said": said, "ask": standing.dialogue.ask} | changes)


def settle_line(draft: Draft, standing: Standing, dialogue: Dialogue, channel: str) -> None:
    """The quantity is final: books it, or asks for the lots and serial numbers that are missing."""
    assert standing.lease is not None
    assert standing.line is not None
    dialogue = replace(dialogue, settled=True, told="", said="", ask=Ask.NOTHING, length=0, attempts=0)
    if wanted(standing.line.line, dialogue) and "override:items" not in dialogue.proofs:
        draft.add(f.DialogueMoved, picker=standing.picker_id, dialogue=dialogue)
        return
    book(
        draft,
        standing.lease,
        standing.line,
        dialogue.counted,
        reason=dialogue.reason,
        by=confirmed_by(channel, dialogue.proofs),
        items=dialogue.items,
    )


def told_of_dead_lamp(draft: Draft, lease: Lease) -> None:
    """The lamp of the line he is at has died: he hears it once, and goes on by voice."""
    standing = stand(draft.state, draft.site, lease.picker)
    if standing.lease == lease and standing.dialogue.focus[:2] == (lease.task_id, lease.line_id) and not standing.fresh:
        tell(draft, standing, "lamp_dead")


def with_proof(dialogue: Dialogue, *proofs: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*dialogue.proofs, *proofs)))
