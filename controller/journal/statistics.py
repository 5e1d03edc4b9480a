"""How the journal is doing, for health.

In: the writer's counts and the file system. Out: `JournalStats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from controller.journal import files
from controller.journal.model import JournalStats
from controller.journal.space import MEGABYTE, DiskSpace
from controller.journal.writer import Writer


def of(path: Path, writer: Writer, space: DiskSpace) -> JournalStats:
    times = sorted(writer.counts.commit_s.copy())
    return JournalStats(
        commits=writer.counts.commits,
        waiting=writer.waiting(),
        commit_ms_p50=_share(times, 0.50),
        commit_ms_p99=_share(times, 0.99),
        db_kb=files.size(path) // 1024,
        wal_kb=files.size(files.beside(path, "-wal")) // 1024,
        free_mb=space.free_bytes() // MEGABYTE,
        space=space.state(),
        error=None if writer.failed is None else str(writer.failed),
    )


def _share(ordered_s: Sequence[float], share: float) -> float:
    """In milliseconds; 0 before the first commit."""
    return ordered_s[min(len(ordered_s) - 1, int(len(ordered_s) * share))] * 1000 if ordered_s else 0.0
