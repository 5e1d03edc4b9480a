"""The errors that cross rooms.

In: nothing. Out: one root, `PickbeamError`, and its kinds by what the caller can do about them. A room's own errors
inherit from one of these.
"""

from __future__ import annotations


class PickbeamError(Exception):
    """Anything that Pickbeam itself reports as wrong."""


class SettingsError(PickbeamError, ValueError):
    """The configuration is wrong: somebody has to mend files before anything can start (exit code 2)."""


class UsageError(PickbeamError, ValueError):
    """A command was called in a way that makes no sense (exit code 2)."""


class StartError(PickbeamError, RuntimeError):
    """The configuration is right, but the world is not: port missing, database locked, broker refuses (exit code 1)."""


class StorageError(PickbeamError, OSError):
    """The disk or the database on it can not be trusted or is full."""


class PortError(PickbeamError, ConnectionError):
    """A line to hardware or to a broker failed; it is tried again."""
