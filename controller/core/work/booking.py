"""What a confirmation books, by whatever channel it came.

In: a draft, the claim and the line, and what was told. Out: LineConfirmed, LineShorted or LineReturned.
"""

from __future__ import annotations

from decimal import Decimal

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.model import Item, Line, Policy, ShortReason
from controller.core.state import Lease, LineRecord
from controller.core.work.quantities import limit
from controller.core.work.settle import end_returned

BUTTON = ("button",)


def fits(line: Line, policy: Policy, picked: Decimal, *, short: bool) -> bool:
    """Whether the line's limits allow this much; a short leaves something missing."""
    return picked < line.qty if short else line.qty <= picked <= limit(line, policy)


def book(
    draft: Draft,
    lease: Lease,
    record: LineRecord,
    picked: Decimal,
    *,
    reason: ShortReason | None,
    by: tuple[str, ...] = BUTTON,
    items: tuple[Item, ...] = (),
) -> None:
    """Books `picked`, which must fit: short with a reason, otherwise the whole quantity or more."""
    fields = {
        "task_id": lease.task_id,
        "line_id": lease.line_id,
        "picker": lease.picker,
        "picked": picked,
        "lit_at": record.lit_at,
        "steady": draft.now.steady,
        "confirmed_by": by,
        "items": items,
    }
    if reason is None:
        draft.add(f.LineConfirmed, **fields)
    else:
        draft.add(f.LineShorted, reason=reason, **fields)


def put_back(draft: Draft, lease: Lease, line: LineRecord) -> None:
    """The goods of a cancelled line are in the bin again."""
    ids = {"task_id": lease.task_id, "line_id": lease.line_id}
    draft.add(f.LineReturned, picked=line.picked, picker=lease.picker, **ids)
    end_returned(draft, lease.task_id)
