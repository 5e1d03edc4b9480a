"""What a module can count of a line.

In: a line and the policy. Out: whether its keys may change the quantity, and up to what.
"""

from __future__ import annotations

from decimal import Decimal

from controller.core.model import Line, Policy

MODULE_MAX = 9999
"""Four digits are all a module can show."""
OVER_MAX = 255
"""The wire carries the room above the quantity in one byte."""


def adjustable(line: Line) -> bool:
    """Whether plus and minus work for this line: whole pieces, four digits at most."""
    return line.qty == line.qty.to_integral_value() and line.qty <= MODULE_MAX


def limit(line: Line, policy: Policy) -> Decimal:
    """The most that may be booked for this line."""
    if line.qty_max is not None:
        return max(line.qty, line.qty_max)
    return line.qty + OVER_MAX if policy.over_pick and adjustable(line) else line.qty


def room_above(line: Line, policy: Policy) -> int:
    """How far plus may go above the quantity, 0–255."""
    if not adjustable(line):
        return 0
    return min(int(limit(line, policy) - line.qty), OVER_MAX, MODULE_MAX - int(line.qty))
