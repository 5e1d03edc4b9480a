"""Recognition models: which there are, how they come here, whether they are whole.

In: names, archives, folders. Out: `resolve` and `describe` for the controller at start; the rest for
`pickbeam voice models`.
"""

from controller.voice.models_store.choosing import DEMO, Description, describe, resolve
from controller.voice.models_store.errors import (
    ArchiveError,
    ChecksumError,
    DownloadError,
    ModelError,
    NotAModelError,
    UnknownModelError,
)

__all__ = [
    "DEMO",
    "ArchiveError",
    "ChecksumError",
    "Description",
    "DownloadError",
    "ModelError",
    "NotAModelError",
    "UnknownModelError",
    "describe",
    "resolve",
]
