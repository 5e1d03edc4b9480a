"""What the controller tells the WMS: the shapes of `out/event`.

In: nothing. Out: msgspec Structs, the source of the JSON Schemas too. A receiver stores values it does not know.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field

Number = int | Decimal


class Clock(Struct, frozen=True, kw_only=True):
    """`sync`: the system clock was right; `up_ms`: monotonic, to put events in order across a clock jump."""

    sync: bool
    up_ms: int


class EventEnvelope(Struct, frozen=True, kw_only=True):
    """Around every event. `id` is `{src}:{stream}:{seq}` and the same on every resend."""

    v: str
    id: str
    at: str
    src: str
    stream: str
    seq: int
    cause: str | None
    clk: Clock


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """The part of an event that differs from type to type."""


class Error(Struct, frozen=True, kw_only=True):
    code: str
    path: str
    detail: str
    ref: str | None


class Unreadable(Struct, frozen=True, kw_only=True):
    """Which message an answer without ids is about."""

    topic: str
    bytes: int
    sha256: str


class TaskAccepted(Event, frozen=True, kw_only=True, tag="task_accepted"):
    task_id: str
    revision: int
    queue_pos: int
    digest: str


class TaskRejected(Event, frozen=True, kw_only=True, tag="task_rejected"):
    """`class`: FIX the message, RETRY it after `retry_after_s`, or DROP it."""

    task_id: str | None
    revision: int | None
    class_: str = field(name="class")
    retry_after_s: int | None
    errors: list[Error]
    of: Unreadable | None


class TaskStarted(Event, frozen=True, kw_only=True, tag="task_started"):
    task_id: str
    revision: int
    picker: str


class TaskSuspended(Event, frozen=True, kw_only=True, tag="task_suspended"):
    """Its picker left it; what is picked stays picked. It goes on with the next `task_started`."""

    task_id: str
    revision: int
    picker: str
    why: str


class Short(Struct, frozen=True, kw_only=True):
    qty: Number
    reason: str
    note: str | None
    approved_by: str | None


class Item(Struct, frozen=True, kw_only=True):
    qty: Number
    lot: str | None
    serial: str | None


class Where(Struct, frozen=True, kw_only=True):
    location: str
    module: str | None
    zone: str | None


class To(Struct, frozen=True, kw_only=True):
    container: str | None
    slot: str | None


class Who(Struct, frozen=True, kw_only=True):
    picker: str | None
    confirmed_by: list[str]


class When(Struct, frozen=True, kw_only=True):
    """`tz`: the site's offset from UTC at that moment."""

    lit: str
    confirmed: str
    tz: str
    work_ms: int


class LineCompleted(Event, frozen=True, kw_only=True, tag="line_completed"):
    """`result`: full, short or over."""

    task_id: str
    revision: int
    line_id: str
    result: str
    qty_planned: Number
    qty_picked: Number
    uom: str
    short: Short | None
    items: list[Item]
    where: Where
    to: To | None
    who: Who
    when: When


class LineCorrected(Event, frozen=True, kw_only=True, tag="line_corrected"):
    """The event `corrects` no longer holds: the line is open again and `qty_picked` of it is in the tote."""

    task_id: str
    revision: int
    line_id: str
    corrects: str | None
    qty_picked: Number
    qty_was: Number
    who: Who


class LineReturned(Event, frozen=True, kw_only=True, tag="line_returned"):
    """Goods of a cancelled line are back in the bin."""

    task_id: str
    revision: int
    line_id: str
    qty: Number
    where: Where
    who: Who


class TaskReturned(Event, frozen=True, kw_only=True, tag="task_returned"):
    """All goods of a cancelled task are back: it is over."""

    task_id: str
    revision: int


class CompletedLine(Struct, frozen=True, kw_only=True):
    """`seq`: of the event that holds the line's details, None where there is none in this stream."""

    line_id: str
    result: str
    qty_picked: Number
    seq: int | None


class TaskCompleted(Event, frozen=True, kw_only=True, tag="task_completed"):
    """`result`: completed or completed_short."""

    task_id: str
    revision: int
    result: str
    lines: list[CompletedLine]
    containers: list[str]
    pickers: list[str]
    started: str
    work_ms: int


class CancelledLine(Struct, frozen=True, kw_only=True):
    line_id: str
    result: str
    picked: Number
    returned_required: bool


class Cancelled(Event, frozen=True, kw_only=True, tag="cancelled"):
    """`scope`: task, or lines of a task that goes on. With `returned_required` anywhere, `line_returned` follows."""

    task_id: str
    revision: int
    scope: str
    mode: str
    lines: list[CancelledLine]


class Expired(Event, frozen=True, kw_only=True, tag="expired"):
    task_id: str
    revision: int
    expires_at: str


class CmdDone(Event, frozen=True, kw_only=True, tag="cmd_done"):
    command: str
    note: str | None


class CmdRefused(Event, frozen=True, kw_only=True, tag="cmd_refused"):
    command: str
    class_: str = field(name="class")
    errors: list[Error]


class PausedEvent(Event, frozen=True, kw_only=True, tag="paused"):
    scope: str


class ResumedEvent(Event, frozen=True, kw_only=True, tag="resumed"):
    scope: str


class PickerSignedOn(Event, frozen=True, kw_only=True, tag="picker_signed_on"):
    picker: str
    zones: list[str]


class PickerSignedOff(Event, frozen=True, kw_only=True, tag="picker_signed_off"):
    picker: str
    why: str


class ExceptionEvent(Event, frozen=True, kw_only=True, tag="exception"):
    """`code`: WRONG_PRESS, MODULE_OFFLINE, MODULE_ONLINE, HEADSET_OFFLINE, HEADSET_ONLINE, CHECK_FAILED.
    `level`: info, warn or error.
    """

    code: str
    level: str
    detail: str
    where: Where
    picker: str | None


class StreamForked(Event, frozen=True, kw_only=True, tag="stream_forked"):
    """The first event of a new stream: the `old` one ended because its tail was lost. Ask for a snapshot."""

    old: str
    head: int
    acked: int


EVENTS: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in Event.__subclasses__()}
