"""A code was scanned: a third way to answer what lamp and voice ask.

In: `CodeScanned`. Out: the place proven, an item captured, a line of one piece booked; or WrongPress with a cue where
the code does not belong to what the picker is at.
"""

from __future__ import annotations

from dataclasses import replace

from controller.core import facts as f
from controller.core.dialogue import Dialogue
from controller.core.draft import Draft, WrongBin
from controller.core.guide.talk.expected import captures, scanned_item, unscanned, wanted
from controller.core.guide.talk.standing import Standing, Step, stand
from controller.core.inputs import CodeScanned
from controller.core.model import Item, LineState
from controller.core.work.phrases.moves import move, settle_line, tell, with_proof

AT_WORK = frozenset({Step.ANNOUNCE, Step.AISLE, Step.PLACE, Step.SCAN, Step.PICK, Step.ITEMS})
"""Steps at which a code can answer; at a question or while he rests it means nothing."""


def scan(draft: Draft, scanned: CodeScanned) -> None:
    """Decides about one code."""
    if scanned.picker not in draft.site.pickers:
        return
    asked = stand(draft.state, draft.site, scanned.picker)
    if asked.step not in AT_WORK or asked.line is None or asked.returning:
        return
    here, line, code = _at_the_line(asked), asked.line.line, scanned.code.strip()
    if code.upper() == line.location.upper():
        _at_place(draft, here)
    elif code == line.sku:
        _at_item(draft, here)
    elif (other := _other_lit(draft, asked, code)) is not None:
        _at_place(draft, other)
    elif captures(line) and code not in draft.site.locations and (item := scanned_item(line, here.dialogue, code)):
        _captured(draft, here, item)
    else:
        _wrong(draft, asked)


def _other_lit(draft: Draft, standing: Standing, code: str) -> Standing | None:
    """Where several of his bins are lit, he may begin with any of them."""
    if standing.dialogue.counted:
        return None  # he is in the middle of a line
    for location, queue in draft.state.leases.items():
        lease = queue[0]
        if location.upper() == code.upper() and lease.picker == standing.picker_id:
            record = draft.state.tasks[lease.task_id]
            line = record.lines[lease.line_id]
            if line.state is LineState.ACTIVE:
                dialogue = Dialogue(aisle=standing.dialogue.aisle)
                return _at_the_line(replace(standing, record=record, line=line, lease=lease, dialogue=dialogue))
    return None


def _at_the_line(standing: Standing) -> Standing:
    """Whoever scans at the bin needs no announcement of the task and no aisle any more."""
    assert standing.record is not None
    assert standing.line is not None
    assert standing.lease is not None
    focus = (standing.lease.task_id, standing.lease.line_id, standing.line.line.location)
    announced = standing.record.task.task_id
    here = replace(standing.dialogue, announced=announced, focus=focus, token=standing.lease.token, told="", said="")
    return replace(standing, dialogue=here)


def _at_place(draft: Draft, standing: Standing) -> None:
    move(draft, standing, there=True, proofs=with_proof(standing.dialogue, "scan:location"), attempts=0)


def _at_item(draft: Draft, standing: Standing) -> None:
    """The item in hand: of one piece, at a place he has proven, that is all there is to say; of more, how many remains
    to be said.
    """
    assert standing.line is not None
    proofs = with_proof(standing.dialogue, "scan:sku")
    dialogue = replace(standing.dialogue, there=True, proofs=proofs)
    whole = standing.dialogue.there and standing.remaining == 1 and not unscanned(standing.line.line, dialogue)
    if whole and standing.step in {Step.PICK, Step.SCAN}:
        settle_line(draft, standing, replace(dialogue, counted=standing.line.line.qty), "scan")
    else:
        move(draft, standing, there=True, proofs=proofs, attempts=0)


def _captured(draft: Draft, standing: Standing, item: Item) -> None:
    """A serial number or lot; the last of as many as were asked for ends the line."""
    assert standing.line is not None
    line, before = standing.line.line, standing.dialogue
    dialogue = replace(before, there=True, proofs=with_proof(before, "scan:sku"), items=(*before.items, item))
    full = replace(dialogue, counted=line.qty)
    if dialogue.settled:
        settle_line(draft, standing, dialogue, "scan")
    elif line.serials == "capture" and not wanted(line, full):
        settle_line(draft, standing, full, "scan")
    else:
        draft.add(f.DialogueMoved, picker=standing.picker_id, dialogue=dialogue)


def _wrong(draft: Draft, standing: Standing) -> None:
    assert standing.line is not None
    location = standing.line.line.location
    draft.add(f.WrongPress, location=location, why="WRONG_CODE", picker=standing.picker_id)
    draft.cues.append(WrongBin(location))
    tell(draft, standing, "wrong_scan")
