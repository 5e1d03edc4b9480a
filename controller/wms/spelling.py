"""How ids, times and quantities look on the wire.

In: values of the core. Out: their JSON form.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from controller.wms.payloads import Number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def event_id(controller: str, stream: str, seq: int) -> str:
    return f"{controller}:{stream}:{seq}"


def stamp(wall: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return (EPOCH + timedelta(milliseconds=wall)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(value: Decimal) -> Number:
    """A quantity as JSON shows it: 4, not 4.000."""
    whole = int(value)
    return whole if whole == value else value.normalize()
