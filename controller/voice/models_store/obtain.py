"""Bringing a model into a store.

In: a registry entry (or an archive, or a folder). Out: an installed model, of which is known where it came from and why
it was believed to be the right one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from controller.voice.models_store import download, manifest
from controller.voice.models_store.errors import ChecksumError, ModelError
from controller.voice.models_store.registry import Entry
from controller.voice.models_store.store import UNPACKED, Store

SHA256 = r"[0-9a-f]{64}"


@dataclass(frozen=True, slots=True)
class Wish:
    """`sha256`: from the caller, who has it from somebody he believes; it counts before the registry's.

    `trust_first`: without any checksum, take what comes and remember its checksum. `replace`: an installed one.
    """

    sha256: str = ""
    trust_first: bool = False
    replace: bool = False


def fetch(
    store: Store,
    entry: Entry,
    wish: Wish,
    *,
    now: datetime,
    progress: download.Progress = lambda *_: None,
    line: download.Line | None = None,
) -> Path:
    """Download, check, unpack, install. Raises ModelError; what was downloaded stays for the next try."""
    expected, trusted = _expected(entry, wish)
    target = store.path(entry.name)
    with store.locked():
        if target.exists() and not wish.replace:
            raise ModelError(f"{target} is there already. --replace fetches it anew.")
        part = store.part(entry.name)
        store.room(entry.size * (1 + UNPACKED) - (part.stat().st_size if part.exists() else 0))
        download.fetch(entry.url, part, entry.size, progress, replace(line or download.Line(), room=store.room))
        _, found = manifest.digest(part)
        if expected and found != expected:
            part.unlink()
            raise ChecksumError(
                f"{entry.url} has the checksum {found}, and should have {expected}. It was thrown away. Try again; if "
                "it stays so, the file was changed on the server: ask its publisher before you use it."
            )
        path = store.install(part, _manifest(entry, found, trusted, now), replace=wish.replace)
        part.unlink()
    return path


def take_in(store: Store, source: Path, entry: Entry, wish: Wish, now: datetime) -> Path:
    """Install a zip or folder that was brought here. A checksum, given or known, is that of the zip."""
    if not source.exists():
        raise ModelError(f"{source} is not there. Name a zip or the folder of a model.")
    found, trusted = "", "imported"
    if source.is_file():
        _, found = manifest.digest(source)
        expected = _given(wish) or entry.sha256
        if expected and found != expected:
            raise ChecksumError(
                f"{source} has the checksum {found}, and should have {expected}. Copy it again; --name gives another "
                "model its own name."
            )
        trusted = "given" if wish.sha256 else "registry" if expected else "imported"
    elif wish.sha256:
        raise ModelError("--sha256 is the checksum of a zip, and this is a folder. Import the zip instead.")
    with store.locked():
        return store.install(source, _manifest(entry, found, trusted, now), replace=wish.replace)


def _expected(entry: Entry, wish: Wish) -> tuple[str, str]:
    """(checksum or nothing, why it is believed). Raises ModelError if nothing is known and nobody said to trust."""
    if given := _given(wish):
        return given, "given"
    if entry.sha256:
        return entry.sha256, "registry"
    if not wish.trust_first:
        raise ModelError(
            f"nobody has told Pickbeam the checksum of {entry.name}. Give it with --sha256 if you have it from "
            "somebody you believe; or --trust-first takes what the server sends now and remembers its checksum."
        )
    return "", "first use"


def _given(wish: Wish) -> str:
    if wish.sha256 and not re.fullmatch(SHA256, wish.sha256.lower()):
        raise ModelError("--sha256 takes 64 hexadecimal digits, as `sha256sum` prints them.")
    return wish.sha256.lower()


def _manifest(entry: Entry, found: str, trusted: str, now: datetime) -> manifest.Manifest:
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return manifest.Manifest(entry.name, entry.language, entry.licence, entry.url, found, trusted, stamp, {})
