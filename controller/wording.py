"""What is wrong with somebody's file, in words that say where and what to do.

In: places and sentences. Out: `FileFault`; `did_you_mean`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing wrong. `key`: `[section].key`, `[[array]][n].key` (n counts from 1), a dotted key of a file of words
    (`prompts.pick.full`), or `table.csv:LINE column`.
    """

    file: str
    key: str
    what: str
    fix: str

    def __str__(self) -> str:
        where = self.key if self.key.startswith(self.file) else f"{self.file}: {self.key}"
        return f"{where}: {self.what}. {self.fix}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the likeliest intended word, or with the known ones."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    some = ", ".join(f"`{name}`" for name in names[:12])
    return f"Known here: {some}{', …' if len(names) > 12 else ''}." if names else "Remove it."
