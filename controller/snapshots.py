"""The state as the journal keeps it between facts.

In: a journal. Out: the newest snapshot that this version can read, and what to fold onto it.
"""

from __future__ import annotations

import logging

import msgspec

from controller.core.state import State
from controller.journal import Journal, Restored

log = logging.getLogger(__name__)


class Snapshot(msgspec.Struct, frozen=True):
    """The state with what the projection remembers of the stream, as the journal keeps them."""

    state: State
    lines: dict[str, dict[str, int]]
    stream: str
    head: int


def newest_readable(journal: Journal) -> tuple[Snapshot, Restored]:
    """The empty state if there is none."""
    skipped = 0
    while True:
        restored = journal.restore(skip_snapshots=skipped)
        if restored.snapshot is None:
            return Snapshot(State(), {}, journal.stream, 0), restored
        try:
            return msgspec.json.decode(restored.snapshot, type=Snapshot), restored
        except msgspec.MsgspecError as error:
            log.warning("a snapshot of the state cannot be read, an older one is used: %s", error)
            skipped += 1
