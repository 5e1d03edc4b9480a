"""What can go wrong with recognition models, by what the caller can do about it.

In: nothing. Out: errors whose text names the fault and the cure.
"""

from __future__ import annotations

from controller.errors import StartError, UsageError


class ModelError(StartError):
    """A model that cannot be had or used."""


class UnknownModelError(UsageError):
    """A name that neither the registry nor the store knows."""


class DownloadError(ModelError):
    """The network or the server; trying again goes on where it stopped."""


class ChecksumError(ModelError):
    """These are not the bytes that were promised; trying again starts anew."""


class ArchiveError(ModelError):
    """The archive is damaged, or is made to do harm."""


class NotAModelError(ModelError):
    """The folder is no recognition model that takes grammars."""
