"""Which model the controller works with, and what to call it.

In: a language and what the settings say. Out: a folder; a description for the log and the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from controller.voice.models_store import manifest, registry, usable
from controller.voice.models_store.errors import ModelError, NotAModelError

DEMO = "demo/fallback model"


@dataclass(frozen=True, slots=True)
class Description:
    """`label`: `demo/fallback model` for an embedded one, else empty. `bytes`: of all its files."""

    name: str
    path: Path
    language: str
    licence: str
    label: str
    bytes: int

    @property
    def embedded(self) -> bool:
        return bool(self.label)

    def __str__(self) -> str:
        label = f", {self.label}: not for operators" if self.label else ""
        return f"{self.name} ({self.language or 'language not known'}, {self.bytes / 1e6:.1f} MB{label})"


def resolve(language: str, configured: str | Path | None = None) -> Path:
    """The folder of the model for a language: the configured one, else ours if there is one.

    Only looks whether it can be used at all, not at every byte (that is `verify`). Raises ModelError with the cure.
    """
    if configured is None:
        ours = registry.embedded(language)
        if ours is None:
            raise ModelError(f"there is no model for the language {language!r}. {_cure(language)}")
        path = ours.folder
    else:
        path = Path(configured)
        if path.is_file():
            raise ModelError(f"{path} is a file. Import it: `pickbeam voice models import {path}`.")
        if not path.is_dir():
            raise ModelError(f"the model {path} is not there. {_cure(language)}")
        path = usable.root_of(path) or path
    serious = [fault for fault in usable.check(path) if fault.serious]
    if serious:
        raise NotAModelError(f"the model {path} cannot be used: {serious[0]}")
    return path


def describe(path: Path) -> Description:
    """Never raises for a damaged manifest: it is then described by its folder's name."""
    try:
        noted = manifest.read(path)
    except NotAModelError:
        noted = None
    known = next((entry for entry in registry.entries() if entry.name == path.name), None)
    ours = known is not None and known.embedded and path.absolute() == known.folder
    size = usable.size(path)
    return Description(
        name=noted.name if noted else path.name,
        path=path,
        language=noted.language if noted else known.language if known else "",
        licence=noted.licence if noted else known.licence if known else "",
        label=DEMO if ours else "",
        bytes=size,
    )


def _cure(language: str) -> str:
    known = registry.advised(language)
    name = known.name if known else "NAME --url URL"
    return (
        f"`pickbeam voice models fetch {name}` brings one; then name its folder under [voice.models] in the settings."
    )
