"""What is wrong with the words of a language, in sentences that say where and what to do.

In: places and sentences. Out: `FileFault`, and `WrongLanguageError` that carries all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller.errors import SettingsError
from controller.wording import FileFault


class WrongLanguageError(SettingsError):
    """All faults of one language."""

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = tuple(faults)
        many = f"{len(self.faults)} faults" if len(self.faults) != 1 else "1 fault"
        super().__init__("\n".join([f"{many} in the words of a language.", *map(str, self.faults)]))
