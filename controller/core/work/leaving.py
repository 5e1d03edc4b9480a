"""A line that is taken from its picker while some of it is in the tote.

In: a draft and the claim. Out: what was counted by voice is booked, short and for the reason PICKER_ABORT, so that no
piece in a tote is unaccounted for (as unproven, where its lots or serial numbers were not told yet); nothing for a line
of which nothing was counted.
"""

from __future__ import annotations

from controller.core.dialogue import Dialogue
from controller.core.draft import Draft
from controller.core.guide.talk.expected import wanted
from controller.core.model import LineState, ShortReason
from controller.core.state import Lease
from controller.core.work.booking import book, confirmed_by


def said_so_far(draft: Draft, lease: Lease) -> Dialogue:
    """What the picker said and scanned of the line that this claim is for."""
    dialogue = draft.state.talk_of(lease.picker).dialogue
    return dialogue if dialogue.focus[:2] == (lease.task_id, lease.line_id) else Dialogue()


def account_for(draft: Draft, task_id: str, line_id: str) -> bool:
    """Books what is in the tote of a line that he is made to leave; whether there was any."""
    lease = _claim(draft, task_id, line_id)
    if lease is None:
        return False
    record, dialogue = draft.state.tasks[task_id].lines[line_id], said_so_far(draft, lease)
    if record.state is not LineState.ACTIVE or not dialogue.counted:
        return False
    reason = ShortReason.PICKER_ABORT if dialogue.counted < record.line.qty else None
    unproven = ("override",) if wanted(record.line, dialogue) else ()
    by = confirmed_by("voice", (*dialogue.proofs, *unproven))
    book(draft, lease, record, dialogue.counted, reason=reason, by=by, items=dialogue.items)
    return True


def _claim(draft: Draft, task_id: str, line_id: str) -> Lease | None:
    location = draft.state.tasks[task_id].lines[line_id].line.location
    queue = draft.state.leases.get(location, ())
    return next((x for x in queue if (x.task_id, x.line_id) == (task_id, line_id)), None)
