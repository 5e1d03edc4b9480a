"""What a model folder held when it was installed: every file with its size and SHA-256.

In: a folder. Out: `pickbeam-model.json` in it, and later what is corrupt, missing or extra.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from controller.voice.models_store.errors import NotAModelError

FILE = "pickbeam-model.json"
BLOCK = 1024 * 1024
MAX_BYTES = 4 * 1024 * 1024
"""A manifest of the largest model (some 60 files) is below 20 kB."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files`: relative name -> (bytes, SHA-256). `archive_sha256`: of the zip it came from, empty for a folder.

    `trusted`: how the archive was known to be the right one: `registry`, `given`, `first use` or `imported`.
    """

    name: str
    language: str
    licence: str
    url: str
    archive_sha256: str
    trusted: str
    installed: str
    """When, as UTC `2026-01-31T12:00:00Z`."""
    files: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of files, each list in order; all empty = as installed."""

    corrupt: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.corrupt or self.missing or self.extra)


def write(folder: Path, manifest: Manifest) -> None:
    """Whole or not at all, and on the disk when it returns."""
    half = folder / f".{FILE}.half"
    with half.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    half.rename(folder / FILE)


def read(folder: Path) -> Manifest | None:
    """None if the folder has none. Raises NotAModelError if it is damaged."""
    path = folder / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotAModelError(f"{path} is too large. Fetch or import the model again.")
        tree = json.loads(path.read_text(encoding="utf-8"))
        tree["files"] = {name: (int(size), str(digest)) for name, (size, digest) in tree["files"].items()}
        return Manifest(**tree)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAModelError(f"{path} is damaged ({error}). Fetch or import the model again.") from error


def compare(folder: Path, manifest: Manifest) -> Difference:
    """Every byte is read."""
    here = digests(folder)
    return Difference(
        corrupt=tuple(name for name in sorted(here) if name in manifest.files and here[name] != manifest.files[name]),
        missing=tuple(sorted(manifest.files.keys() - here.keys())),
        extra=tuple(sorted(here.keys() - manifest.files.keys())),
    )


def digests(folder: Path) -> dict[str, tuple[int, str]]:
    """Relative name -> (bytes, SHA-256) of every file but the manifest; links count as what they are: extra."""
    return {str(path.relative_to(folder)): digest(path) for path in _files(folder)}


def digest(path: Path) -> tuple[int, str]:
    """(bytes, SHA-256 in hexadecimal)."""
    if path.is_symlink():
        return 0, f"link to {path.readlink()}"
    total, made = 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total += len(block)
            made.update(block)
    return total, made.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if (path.is_file() or path.is_symlink()) and path.relative_to(folder) != Path(FILE):
            yield path
