"""What the writer's thread is given to do.

In: rows from the loop, chores. Out: the shapes that the loop's side and the thread's side agree on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import apsw

from controller.journal.errors import JournalError

Value = int | str | bytes | None
Statement = tuple[str, Sequence[tuple[Value, ...]]]
"""SQL and the rows to run it with."""
Deliver = Callable[[Sequence["Entry"], JournalError | None], None]
Chore = Callable[[apsw.Connection], bool]
"""One short transaction's worth of housekeeping. True: there is more to do."""
Hook = Callable[[str], None]

POINTS = (
    "before_begin",
    "after_begin",
    "after_fact",
    "after_event",
    "after_receipt",
    "after_cursor",
    "before_commit",
    "after_commit",
    "before_resolve",
    "before_checkpoint",
    "after_checkpoint",
    "before_chore",
    "after_chore",
    "ballast_dropped",
)
"""Where a hook is called, always in the writer thread: to kill the process there, or to let the disk fail."""


@dataclass(slots=True, eq=False)
class Entry:
    """Statements that become durable together. `future` is settled on its loop, `latch` in the writer thread."""

    statements: Sequence[Statement]
    future: asyncio.Future[None] | None = None
    latch: Future[None] | None = None
    keys: Sequence[str] = ()
    """Receipt keys in it."""


def table_of(sql: str) -> str:
    """`INSERT … INTO fact …` and `UPDATE fact …` are about the fact table."""
    words = sql.split()
    return words[1] if words[0] == "UPDATE" else words[words.index("INTO") + 1]
