"""Making it a picker's turn to pick a line.

In: a draft. Out: LineActivated with the token of the new showing.
"""

from __future__ import annotations

from controller.core import facts as f
from controller.core.draft import Draft


def activate(draft: Draft, picker_id: str, task_id: str, line_id: str) -> None:
    """Makes it this picker's turn to pick that line."""
    draft.add(
        f.LineActivated,
        task_id=task_id,
        line_id=line_id,
        picker=picker_id,
        location=draft.state.tasks[task_id].lines[line_id].line.location,
        token=draft.state.next_token(),
        steady=draft.now.steady,
    )
