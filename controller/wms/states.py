"""What the controller tells outside of the event stream: the retained `state/*` messages and `out/reply`.

In: nothing. Out: msgspec Structs, the source of the JSON Schemas too.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from controller.wms.payloads import Number


class Presence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`state`: online, offline (went by itself) or lost (the broker says so). A `lost` older than the birth is stale.

    `session` grows by one with every connection; `instance` is drawn anew at each start of the program.
    """

    v: str
    src: str
    state: str
    session: int
    instance: str
    at: str | None = None
    boot: int | None = None
    last_exit: str | None = None
    session_present: bool | None = None
    stream: str | None = None
    head_seq: int | None = None
    wms_acked: int | None = None
    oldest_seq: int | None = None
    sw: str | None = None
    proto: str | None = None


class Limits(Struct, frozen=True, kw_only=True):
    task_bytes: int
    task_lines: int
    open_tasks: int
    qty: int
    qty_decimals: int


class Info(Struct, frozen=True, kw_only=True):
    """What this controller is and can do."""

    v: str
    at: str
    src: str
    sw: str
    protos: list[str]
    stream: str
    limits: Limits
    capabilities: list[str]
    commands: list[str]
    zones: list[str]
    locations: int
    config: str
    """Digest of the configuration."""


class OutboxHealth(Struct, frozen=True, kw_only=True):
    unacked: int
    oldest_s: float
    """Age of the oldest event that the WMS has not acknowledged."""


class HealthError(Struct, frozen=True, kw_only=True):
    code: str
    level: str
    ref: str | None
    hint: str


class Health(Struct, frozen=True, kw_only=True):
    """How it is. `level`: ok, warn or error. Parts that a site does not have are left out."""

    v: str
    at: str
    src: str
    mode: str
    level: str
    paused: list[str]
    host: str
    """The WMS's own presence as last heard: online, offline, lost or unknown."""
    outbox: OutboxHealth
    rejects_1h: int
    dropped_garbage_1h: int
    errors: list[HealthError]
    tasks: dict[str, Any] = field(default_factory=dict)
    modules: dict[str, Any] = field(default_factory=dict)
    db: dict[str, Any] = field(default_factory=dict)
    sys: dict[str, Any] = field(default_factory=dict)
    voice: dict[str, Any] = field(default_factory=dict)


# --- out/reply ----------------------------------------------------------------------------------------------------


class SnapshotLine(Struct, frozen=True, kw_only=True):
    line_id: str
    state: str
    qty_planned: Number
    qty_picked: Number
    seq: int | None


class SnapshotTask(Struct, frozen=True, kw_only=True):
    task_id: str
    revision: int
    state: str
    digest: str
    picker: str | None
    lines: list[SnapshotLine]


class SnapshotPage(Struct, frozen=True, kw_only=True, tag_field="type", tag="snapshot"):
    """One page of the open tasks, as they stood after event `as_of_seq` of `stream`."""

    v: str
    at: str
    src: str
    cause: str
    stream: str
    as_of_seq: int
    page: int
    pages: int
    tasks: list[SnapshotTask]
