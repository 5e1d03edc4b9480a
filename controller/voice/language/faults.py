"""What is wrong with the words of a language, in sentences that say where and what to do.

In: places and sentences. Out: `LanguageFault`, and `WrongLanguageError` that carries all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from controller.errors import SettingsError


@dataclass(frozen=True, slots=True)
class LanguageFault:
    """One thing wrong. `key`: as a dotted TOML key, `words.ready` or `prompts.pick.full`."""

    file: str
    key: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.what}. {self.fix}"


class WrongLanguageError(SettingsError):
    """All faults of one language."""

    def __init__(self, faults: Sequence[LanguageFault]) -> None:
        self.faults = tuple(faults)
        many = f"{len(self.faults)} faults" if len(self.faults) != 1 else "1 fault"
        super().__init__("\n".join([f"{many} in the words of a language.", *map(str, self.faults)]))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the likeliest intended name, or with the known ones."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    some = ", ".join(f"`{name}`" for name in names[:12])
    return f"Known here: {some}{', …' if len(names) > 12 else ''}." if names else "Remove it."
