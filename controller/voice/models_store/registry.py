"""The models that are known by name.

In: `registry.toml` beside this file. Out: `Entry`, one per model; `EMBEDDED`, where our own ones lie.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path

from controller.voice.models_store.errors import UnknownModelError

EMBEDDED = Path(__file__).resolve().parent.parent / "models"
"""Package data: models that come with Pickbeam. They are read in place, so the package is never run from a zip."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`sha256` (hexadecimal, empty = not known) and `size` (bytes, 0 = not known) are those of the archive at `url`.

    `source`: where checksum and size come from.
    """

    name: str
    language: str
    url: str = ""
    sha256: str = ""
    size: int = 0
    licence: str = ""
    notes: str = ""
    source: str = ""
    embedded: bool = False

    @property
    def folder(self) -> Path:
        """Where an embedded model lies."""
        return EMBEDDED / self.name


@cache
def entries() -> tuple[Entry, ...]:
    text = resources.files("controller.voice.models_store").joinpath("registry.toml").read_text(encoding="utf-8")
    return tuple(Entry(**row) for row in tomllib.loads(text)["model"])


def find(name: str) -> Entry:
    """Raises UnknownModelError with the nearest name."""
    known = {entry.name: entry for entry in entries()}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else "`pickbeam voice models list` shows what is known."
    raise UnknownModelError(f"no model is called {name!r}. {hint} With --url any archive can be fetched.")


def embedded(language: str) -> Entry | None:
    """Our own model for a language, if there is one."""
    return next((entry for entry in entries() if entry.embedded and entry.language == language), None)


def advised(language: str) -> Entry | None:
    """What operators of a language are advised to fetch."""
    return next((entry for entry in entries() if not entry.embedded and entry.language == language), None)
