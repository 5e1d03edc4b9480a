"""Taking back the last confirmation, by whatever channel.

In: a draft, and whose pick it was. Out: PickUndone, and the line is his again.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.model import LineState, TaskState
from controller.core.state import LastPick, State
from controller.core.work.activating import activate


def undoable(state: State, last: LastPick) -> bool:
    """Whether this confirmation still stands and its task is not over."""
    record = state.tasks.get(last.task_id)
    if record is None or record.cancelling is not None or last.line_id not in record.lines:
        return False
    done = record.lines[last.line_id].state in (LineState.CONFIRMED, LineState.SHORT)
    return done and record.state in (TaskState.STARTED, TaskState.PICKED)


def undo(draft: Draft, picker_id: str, last: LastPick) -> None:
    """Opens the line again and makes it this picker's turn to pick it."""
    line = draft.state.tasks[last.task_id].lines[last.line_id]
    draft.add(
        f.PickUndone,
        task_id=last.task_id,
        line_id=last.line_id,
        picker=picker_id,
        was=line.state,
        picked=line.picked,
    )
    _make_room(draft, picker_id, last.task_id)
    activate(draft, picker_id, last.task_id, last.line_id)


def _make_room(draft: Draft, picker_id: str, task_id: str) -> None:
    """Lets go of lit lines so that the one to be corrected does not exceed the number lit at once."""
    active = draft.state.tasks[task_id].in_state(LineState.ACTIVE)
    excess = len(active) + 1 - draft.site.policy.lines_lit
    for record in active[: max(0, excess)]:
        ids = {"task_id": task_id, "line_id": record.line.line_id, "picker": picker_id}
        draft.add(f.LineReleased, why="UNDO", **ids)
