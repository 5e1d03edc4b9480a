"""A line whose module is dead, for somebody who needs its lamp.

In: a draft and the claim. Out: LineReleased where its picker has something else to go to.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.model import LineState
from controller.core.state import Lease
from controller.core.work.leaving import account_for


def release_if_elsewhere(draft: Draft, lease: Lease) -> None:
    """The picker goes on elsewhere if he can; the line waits for the module, last in the order."""
    record = draft.state.tasks[lease.task_id]
    elsewhere = [x for x in record.in_state(LineState.OPEN) if x.line.location not in draft.state.down]
    active = record.lines[lease.line_id].state is LineState.ACTIVE
    if elsewhere and active and not account_for(draft, lease.task_id, lease.line_id):
        ids = {"task_id": lease.task_id, "line_id": lease.line_id, "picker": lease.picker}
        draft.add(f.LineReleased, why="MODULE_DOWN", **ids)
