"""What is wrong with a configuration, in words that say where and what to do.

In: places and sentences. Out: `FileFault`, and `WrongSettingsError` that carries all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.errors import SettingsError
from controller.wording import FileFault


class WrongSettingsError(SettingsError):
    """All faults of one configuration."""

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = tuple(faults)
        many = f"{len(self.faults)} faults" if len(self.faults) != 1 else "1 fault"
        super().__init__("\n".join([f"{many} in the settings; nothing was started.", *map(str, self.faults)]))
