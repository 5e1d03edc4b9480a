"""The journal's door: SQLite. Nothing leaves the station before it is durable here."""

from controller.journal.errors import (
    AckBeyondHeadError,
    JournalBusyError,
    JournalClosedError,
    JournalCorruptError,
    JournalError,
    JournalFullError,
    JournalIOError,
    JournalLockedError,
    JournalNewerError,
)
from controller.journal.journal import Journal
from controller.journal.model import (
    Batch,
    Fork,
    JournalSettings,
    JournalStats,
    Outgoing,
    Receipt,
    Restored,
    Space,
)
from controller.journal.work import POINTS

__all__ = [
    "POINTS",
    "AckBeyondHeadError",
    "Batch",
    "Fork",
    "Journal",
    "JournalBusyError",
    "JournalClosedError",
    "JournalCorruptError",
    "JournalError",
    "JournalFullError",
    "JournalIOError",
    "JournalLockedError",
    "JournalNewerError",
    "JournalSettings",
    "JournalStats",
    "Outgoing",
    "Receipt",
    "Restored",
    "Space",
]
