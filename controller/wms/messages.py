"""What the WMS sends: the shapes of `in/task`, `in/cmd` and `in/ack`.

In: nothing. Out: msgspec Structs. They are the contract: the decoder, the JSON Schemas and the texts in the schemas
all come from here. Unknown fields are ignored unless the message lists them in `must_understand`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

VERSION = "1.0"
MAX_BYTES = 65_536
"""Of one message. A 200-line task with generous texts has about 60 KiB."""
MAX_QTY = 999_999
QTY_DECIMALS = 3


class Quantity(Decimal):
    """0 < q <= 999999 with at most three decimals; on the wire a JSON number or a decimal string."""


QUANTITY_SCHEMA: dict[str, Any] = {
    "description": "Greater than 0, at most 999999, at most three decimals; a number or a decimal string.",
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_QTY},
        {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,3})?$"},
    ],
}

Id = Annotated[str, Meta(min_length=1, max_length=64)]
ShortId = Annotated[str, Meta(min_length=1, max_length=32)]
Text = Annotated[str, Meta(max_length=255)]
Stamp = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset or Z.")]
Stream = Annotated[str, Meta(min_length=1, max_length=16)]
Count = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class Envelope(Struct, frozen=True, kw_only=True):
    """The fields around every message; none of them takes part in the digest."""

    v: str | None = None
    """Version of the contract, "1.0"."""
    id: Id | None = None
    """Unique per message; comes back as `cause`."""
    at: Stamp | None = None
    src: Id | None = None
    must_understand: list[str] | None = None
    """Names of top-level fields without which the message must be refused."""


class Ref(Struct, frozen=True, kw_only=True):
    type: Id
    id: Id


class Check(Struct, frozen=True, kw_only=True):
    """How the place is made sure of: check digits to speak, a code to scan."""

    digits: Annotated[str, Meta(max_length=8)] | None = None
    scan: Literal["none", "location", "sku"] | None = None


class Target(Struct, frozen=True, kw_only=True):
    """Where the goods go."""

    container: Id
    slot: ShortId | None = None


class ExpectedItem(Struct, frozen=True, kw_only=True):
    """A lot, or one piece by its serial number, that is known to be at the location."""

    lot: Id | None = None
    serial: Id | None = None


class Line(Struct, frozen=True, kw_only=True):
    location: Id
    sku: Id
    qty: Quantity
    line_id: ShortId | None = None
    """Unique in the task; its index + 1 where left out."""
    seq: Annotated[int, Meta(ge=0, le=999_999)] | None = None
    qty_max: Quantity | None = None
    """May be picked up to this much."""
    text: Text | None = None
    uom: Annotated[str, Meta(min_length=1, max_length=16)] | None = None
    check: Check | None = None
    lot: Literal["none", "capture"] | None = None
    serials: Literal["none", "capture"] | None = None
    criticality: Literal["normal", "high", "critical"] | None = None
    handling: Annotated[list[ShortId], Meta(max_length=16)] | None = None
    owner: Id | None = None
    to: Target | None = None
    items: Annotated[list[ExpectedItem], Meta(max_length=1000)] | None = None
    """What may be captured here; without it a lot or serial number can only be scanned, not told by voice."""


class TaskMessage(Envelope, frozen=True, kw_only=True):
    """`in/task`: the full desired state of a task's open lines."""

    task_id: Id
    lines: Annotated[list[Line], Meta(min_length=1)]
    revision: Count = 1
    mode: Literal["pick"] = "pick"
    priority: Annotated[int, Meta(ge=0, le=100)] = 50
    issued_at: Stamp | None = None
    due_at: Stamp | None = None
    expires_at: Stamp | None = None
    zone: Id | None = None
    picker: Id | None = None
    refs: Annotated[list[Ref], Meta(max_length=16)] | None = None


# --- commands -----------------------------------------------------------------------------------------------------


class Command(Struct, frozen=True, kw_only=True, tag_field="type"):
    """`in/cmd`. The `id` is the key: a command sent twice is carried out once."""

    id: Id
    v: str | None = None
    at: Stamp | None = None
    src: Id | None = None
    must_understand: list[str] | None = None


Scope = Annotated[str, Meta(pattern=r"^(ctl|(zone|picker|task):.{1,64})$")]


class Cancel(Command, frozen=True, kw_only=True, tag="cancel"):
    """Without `lines` the whole task."""

    task_id: Id
    mode: Literal["if_not_started", "finish_line", "now"] = "if_not_started"
    lines: Annotated[list[ShortId], Meta(max_length=1000)] | None = None


class Pause(Command, frozen=True, kw_only=True, tag="pause"):
    scope: Scope = "ctl"


class Resume(Command, frozen=True, kw_only=True, tag="resume"):
    scope: Scope = "ctl"


class Prioritise(Command, frozen=True, kw_only=True, tag="prioritise"):
    task_id: Id
    priority: Annotated[int, Meta(ge=0, le=100)]
    due_at: Stamp | None = None


class Reassign(Command, frozen=True, kw_only=True, tag="reassign"):
    """`picker` null = back to the pool."""

    task_id: Id
    picker: Id | None


class SignOn(Command, frozen=True, kw_only=True, tag="sign_on"):
    picker: Id
    zones: Annotated[list[Id], Meta(max_length=100)] | None = None


class SignOff(Command, frozen=True, kw_only=True, tag="sign_off"):
    picker: Id


class Locate(Command, frozen=True, kw_only=True, tag="locate"):
    """Point a location out by its lamp."""

    location: Id
    seconds: Annotated[int, Meta(ge=1, le=600)] = 30


class Message(Command, frozen=True, kw_only=True, tag="message"):
    """Say something to a picker with a headset, at the next moment that does not disturb him."""

    picker: Id
    text: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
    ttl_s: Annotated[int, Meta(ge=1, le=86_400)] = 900
    """Not said any more after so many seconds."""


class Resync(Command, frozen=True, kw_only=True, tag="resync"):
    """Send the events from `from_seq` on again."""

    stream: Stream
    from_seq: Count


class Snapshot(Command, frozen=True, kw_only=True, tag="snapshot"):
    """Answer with all open tasks, in pages on `out/reply`."""


class Announce(Command, frozen=True, kw_only=True, tag="announce"):
    """Publish the retained messages again."""


class SelfTest(Command, frozen=True, kw_only=True, tag="selftest"):
    """Report in `cmd_done` what the controller can find out about itself."""


COMMANDS: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in Command.__subclasses__()}


class Ack(Struct, frozen=True, kw_only=True):
    """`in/ack`: every event of `stream` up to and with `upto` is durable at the WMS."""

    stream: Stream
    upto: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    v: str | None = None
    id: Id | None = None
    at: Stamp | None = None
    src: Id | None = None


class HostPresence(Struct, frozen=True, kw_only=True):
    """`_wms/state/presence`, retained: whether the WMS is there."""

    state: str
    """`online`, `offline` or `lost`."""
    v: str | None = None
    at: Stamp | None = None
    src: Id | None = None


def known_fields(kind: type[Struct]) -> frozenset[str]:
    """The top-level names of a message, tag included."""
    tag_field = kind.__struct_config__.tag_field
    return frozenset(kind.__struct_fields__) | ({tag_field} if tag_field else set())
