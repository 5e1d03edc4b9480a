"""Three books of the same work, each written by somebody else, as they are found on disk after a run.

In: the WMS's database and what it asked for, the controller's journal, the simulator's file. Out: plain values for
`reconcile`. Everything is read with the standard library, not with the code that wrote it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Body = Mapping[str, Any]
LineKey = tuple[str, str]
"""Task and line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line as the WMS asked for it."""

    qty: Decimal
    location: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A task as the WMS asked for it."""

    order: str
    lines: Mapping[str, Wanted]


@dataclass(frozen=True, slots=True)
class Booked:
    """An event in the WMS's database."""

    stream: str
    seq: int
    body: Body


@dataclass(frozen=True, slots=True)
class WmsBook:
    """`sent`: when each task was first published; `arrived`: when each (stream, seq) came first (s since 1970)."""

    asked: Mapping[str, Asked] = field(default_factory=dict)
    events: Sequence[Booked] = ()
    sent: Mapping[str, float] = field(default_factory=dict)
    arrived: Mapping[tuple[str, int], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactRow:
    kind: str
    body: Body

    @property
    def cause(self) -> str:
        return str(self.body.get("cause"))

    @property
    def line(self) -> LineKey:
        return str(self.body["task_id"]), str(self.body["line_id"])


@dataclass(frozen=True, slots=True)
class JournalBook:
    """`cursors`: module -> the last durable event of it, as (boot_id, ev_seq). `acked`: of the present stream."""

    facts: Sequence[FactRow] = ()
    events: Sequence[Booked] = ()
    cursors: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    acked: int = 0


@dataclass(frozen=True, slots=True)
class Press:
    """A key press that a module took. `seq` is None for a GPIO module, which has no memory."""

    t: float
    module: str
    picker: str | None
    key: str
    quantity: int = 0
    token: int = 0
    boot: int = 0
    seq: int | None = None

    @property
    def cause(self) -> str:
        """What the controller calls it."""
        return f"button:{self.module}:{self.boot:04x}:{self.seq}"


@dataclass(frozen=True, slots=True)
class Lit:
    """A module began to show a picture that may be confirmed."""

    t: float
    module: str
    token: int


@dataclass(frozen=True, slots=True)
class ShelfBook:
    presses: Sequence[Press] = ()
    lit: Sequence[Lit] = ()


def read_wms(path: Path) -> list[Booked]:
    rows = _rows(path, "SELECT stream, seq, body FROM event ORDER BY ctl, stream, seq")
    return [Booked(stream, seq, json.loads(body)) for stream, seq, body in rows]


def read_journal(path: Path) -> JournalBook:
    facts = [FactRow(kind, json.loads(body)) for kind, body in _rows(path, "SELECT kind, body FROM fact ORDER BY id")]
    streams = _rows(path, "SELECT name, base, acked FROM stream ORDER BY base")
    events = [_placed(streams, number, body) for number, body in _rows(path, "SELECT id, body FROM event ORDER BY id")]
    cursors = {module: (boot, seq) for module, boot, seq in _rows(path, "SELECT module, boot, seq FROM cursor")}
    return JournalBook(facts, events, cursors, streams[-1][2] if streams else 0)


def read_shelf(path: Path) -> ShelfBook:
    """An unfinished last line (the simulator was killed) is left out."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    rows = [json.loads(line) for line in lines]
    return ShelfBook(
        [press_of(row) for row in rows if "key" in row],
        [Lit(row["t"], row["module"], row["token"]) for row in rows if "lit" in row],
    )


def press_of(row: Body) -> Press:
    return Press(
        row["t"],
        row["module"],
        row.get("picker"),
        row["key"],
        row.get("quantity", 0),
        row.get("token", 0),
        row.get("boot_id", 0),
        row.get("ev_seq"),
    )


def asked_of(tasks: Iterable[tuple[str, Body]]) -> dict[str, Asked]:
    """From (order, task message)."""
    return {
        str(task["task_id"]): Asked(
            order,
            {str(line["line_id"]): Wanted(Decimal(str(line["qty"])), str(line["location"])) for line in task["lines"]},
        )
        for order, task in tasks
    }


def _placed(streams: Sequence[tuple[Any, ...]], number: int, body: bytes) -> Booked:
    name, base = next((name, base) for name, base, _ in reversed(streams) if base < number)
    return Booked(name, number - base, json.loads(body))


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()
