"""What is wrong with a configuration, in words that say where and what to do.

In: places and sentences. Out: `SettingsFault`, and `WrongSettingsError` that carries all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from controller.errors import SettingsError


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """One thing wrong. `key`: `[section].key`, `[[array]][n].key` (n counts from 1) or `table.csv:LINE column`."""

    file: str
    key: str
    what: str
    fix: str

    def __str__(self) -> str:
        where = self.key if self.key.startswith(self.file) else f"{self.file}: {self.key}"
        return f"{where}: {self.what}. {self.fix}"


class WrongSettingsError(SettingsError):
    """All faults of one configuration."""

    def __init__(self, faults: Sequence[SettingsFault]) -> None:
        self.faults = tuple(faults)
        many = f"{len(self.faults)} faults" if len(self.faults) != 1 else "1 fault"
        super().__init__("\n".join([f"{many} in the settings; nothing was started.", *map(str, self.faults)]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the likeliest intended word, or with all known ones."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    some = ", ".join(f"`{name}`" for name in names[:12])
    return f"Known here: {some}{', …' if len(names) > 12 else ''}." if names else "Remove it."
