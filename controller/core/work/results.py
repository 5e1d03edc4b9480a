"""Summaries of a task's lines, as they go into facts.

In: a task's record. Out: `LineResult`s.
"""

from __future__ import annotations

from collections.abc import Iterable

from controller.core.facts import LineResult
from controller.core.model import LineState
from controller.core.state import TaskRecord


def line_results(record: TaskRecord, only: Iterable[str] | None = None) -> tuple[LineResult, ...]:
    """How every line (or those of `only`) stands now."""
    ids = record.lines if only is None else only
    return tuple(_result(record, line_id) for line_id in ids)


def _result(record: TaskRecord, line_id: str) -> LineResult:
    line = record.lines[line_id]
    return LineResult(
        line_id=line_id,
        state=line.state,
        qty=line.line.qty,
        picked=line.picked,
        return_required=line.state is LineState.PUT_BACK,
    )
