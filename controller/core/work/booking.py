"""What a confirmation books, by whatever channel it came.

In: a draft, the claim and the line, and what was told. Out: LineConfirmed or LineShorted.
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil

from controller.core import facts as f
from controller.core.draft import Draft
from controller.core.model import Item, Line, Policy, ShortReason
from controller.core.state import Lease, LineRecord
from controller.core.work.quantities import limit


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
    by: tuple[str, ...],
    items: tuple[Item, ...] = (),
) -> None:
    """Books `picked`, which must fit: short with a reason, otherwise the whole quantity or more. Of `items` no more are
    booked than pieces: who scanned three and then says that he took two has the first two.
    """
    fields = {
        "task_id": lease.task_id,
        "line_id": lease.line_id,
        "picker": lease.picker,
        "picked": picked,
        "lit_at": record.lit_at,
        "steady": draft.now.steady,
        "confirmed_by": by,
        "items": items[: ceil(picked)],
    }
    if reason is None:
        draft.add(f.LineConfirmed, **fields)
    else:
        draft.add(f.LineShorted, reason=reason, **fields)


def confirmed_by(channel: str, proofs: tuple[str, ...]) -> tuple[str, ...]:
    """The channel, then each other kind of proof once."""
    return tuple(dict.fromkeys((channel, *(x.partition(":")[0] for x in proofs))))
