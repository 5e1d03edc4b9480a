"""What can go wrong with the journal, one kind for each thing the caller can do about it.

In: what SQLite and the file system say. Out: `JournalError` and its kinds. After an error that reaches a batch, nothing
of that batch or of a later one may be believed: call `Journal.reopen()` and rebuild the state from `restore()`.
"""

from __future__ import annotations

import errno

import apsw

from controller.errors import StartError, StorageError


class JournalError(StorageError):
    """What was handed in is not durable."""


class JournalFullError(JournalError):
    """No room, and no ballast left to drop. Make room, then `reopen()`."""


class JournalIOError(JournalError):
    """The medium fails, is gone or read-only. Warn the picker; `reopen()` now and then."""


class JournalCorruptError(JournalError):
    """The file contradicts itself. `reopen()` checks all of it and sets it aside if need be."""


class JournalBusyError(JournalError):
    """Too much waits for the disk. Nothing was taken over: keep the input and offer it again later."""


class JournalClosedError(JournalError):
    """Used after `close()`."""


class AckBeyondHeadError(JournalError, ValueError):
    """The WMS acknowledges events that this journal never wrote: it has lost its tail. `fork()` and say so."""


class JournalLockedError(StartError):
    """Another process has this journal open."""


class JournalNewerError(StartError):
    """A newer Pickbeam wrote this journal; migrations only go forward. Install that version or restore its pre-copy."""


def translated(error: apsw.Error | OSError, free_bytes: int | None = None) -> JournalError:
    """The journal's own kind for what SQLite or the system reported; our own kinds pass.

    A full disk does not always call itself so (growing the shared memory file says "I/O error"): `free_bytes` tells.
    """
    if isinstance(error, JournalError):
        return error
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)):
        return JournalCorruptError(text)
    no_room = free_bytes is not None and free_bytes < FULL_BELOW_BYTES
    if isinstance(error, apsw.FullError) or (isinstance(error, apsw.IOError) and no_room):
        return JournalFullError(text)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return JournalFullError(text)
    return JournalIOError(text)


FULL_BELOW_BYTES = 64 * 1024
"""Less than two shared memory segments (32 KiB each): an I/O error then is taken for a full disk."""
