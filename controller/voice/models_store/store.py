"""The folder where fetched and imported models lie.

In: an archive or a folder. Out: `STORE/NAME`, whole and checked, or nothing. A model is put together beside its place
and moved there with one rename; what a crash left over is cleared away at the next visit.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.voice.models_store import archive, manifest, usable
from controller.voice.models_store.errors import ModelError, NotAModelError, UnknownModelError

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
SPARE_BYTES = 64 * 1024 * 1024
"""What the disk keeps: the journal on it must never be the one that finds it full."""
UNPACKED = 3
"""A model unpacks to at most so many times its archive (the small public ones: 1.7)."""
INCOMING, OLD, PART = ".incoming-", ".old-", ".part"


def default(settings_file: Path | None = None) -> Path:
    """`var/voice-models` beside the settings file; without one `$XDG_DATA_HOME/pickbeam/models`."""
    if settings_file is not None:
        return settings_file.absolute().parent / "var/voice-models"
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(home) / "pickbeam/models"


class Store:
    """`free`: bytes free on the disk of a folder, for tests."""

    def __init__(
        self, folder: Path, free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    ) -> None:
        self.folder = folder
        self._free = free

    def names(self) -> list[str]:
        """Of what is installed."""
        if not self.folder.is_dir():
            return []
        return sorted(entry.name for entry in self.folder.iterdir() if entry.is_dir() and entry.name[0] != ".")

    def path(self, name: str) -> Path:
        """Where a model of that name lies, or would lie. Raises UnknownModelError for what is no name."""
        if not re.fullmatch(NAME, name):
            raise UnknownModelError(
                f"{name!r} cannot be the name of a model: letters, digits, `.`, `_`, `-`, at most 64."
            )
        return self.folder / name

    def part(self, name: str) -> Path:
        """Where the archive of a model is being collected."""
        return self.folder / f"{self.path(name).name}.zip{PART}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one command changes a store at a time; clears away what a crash left."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / ".lock").open("ab")
        except OSError as error:
            raise ModelError(
                f"{self.folder} cannot be written ({error.strerror}). Name another with --store."
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ModelError(f"another command is changing {self.folder}. Wait until it is done.") from error
            self._clear()
            yield

    def room(self, more: int) -> None:
        """Raises ModelError if `more` bytes would fill the disk."""
        free = self._free(self.folder)
        if free < more + SPARE_BYTES:
            raise ModelError(
                f"{more / 1e6:.0f} MB are needed on the disk of {self.folder} besides 64 MB that stay free, and there "
                f"are {free / 1e6:.0f} MB. Free some, or name another place with --store."
            )

    def install(self, source: Path, made: manifest.Manifest, *, replace: bool = False) -> Path:
        """Put the model of an archive or folder into its place (inside `locked`). `made.files` is filled in here.

        Raises ModelError if it is no model that takes grammars, or if one of that name is there and not `replace`.
        """
        target = self.path(made.name)
        if target.exists() and not replace:
            raise ModelError(f"{target} is there already. --replace puts the new one in its place.")
        incoming = self.folder / f"{INCOMING}{made.name}"
        incoming.mkdir()
        try:
            with _disk(self.folder):
                root = self._collect(source, incoming)
                (root / manifest.FILE).unlink(missing_ok=True)
                _checked(root, source)
                _sync(root)
                manifest.write(root, _with_files(made, root))
                self._move(root, target)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return target

    def _collect(self, source: Path, incoming: Path) -> Path:
        """The root of the model, inside `incoming`."""
        if source.is_dir():
            found = usable.root_of(source)
            if found is None:
                raise NotAModelError(f"there is no model in {source}: am/final.mdl and graph/ are missing. {_ADVICE}")
            links = [path for path in found.rglob("*") if path.is_symlink()]
            if links:
                raise NotAModelError(f"{links[0]} is a link. Copy the model with what the links point to (cp -rL).")
            self.room(usable.size(found))
            shutil.copytree(found, incoming / "model")
            return incoming / "model"
        self.room(source.stat().st_size * UNPACKED)
        archive.unpack(source, incoming)
        root = usable.root_of(incoming)
        if root is None:
            raise NotAModelError(f"there is no model in {source.name}: am/final.mdl and graph/ are missing. {_ADVICE}")
        return root

    def _move(self, root: Path, target: Path) -> None:
        old = self.folder / f"{OLD}{target.name}"
        if target.exists():
            target.rename(old)
        root.rename(target)
        _sync_folder(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def _clear(self) -> None:
        """A half one goes; an old one comes back if the new one did not arrive."""
        for entry in self.folder.iterdir():
            if entry.name.startswith(OLD) and not (self.folder / entry.name.removeprefix(OLD)).exists():
                entry.rename(self.folder / entry.name.removeprefix(OLD))
            elif entry.name.startswith((INCOMING, OLD)):
                shutil.rmtree(entry, ignore_errors=True)


_ADVICE = "Take a zip from https://alphacephei.com/vosk/models, or the folder it unpacks to."


def _checked(root: Path, source: Path) -> None:
    serious = [fault for fault in usable.check(root) if fault.serious]
    if serious:
        raise NotAModelError(f"{source.name} cannot be used: {serious[0]}")


def _with_files(made: manifest.Manifest, root: Path) -> manifest.Manifest:
    return manifest.Manifest(
        made.name,
        made.language,
        made.licence,
        made.url,
        made.archive_sha256,
        made.trusted,
        made.installed,
        manifest.digests(root),
    )


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """A disk that fails or fills is told as such."""
    try:
        yield
    except OSError as error:
        if isinstance(error, ModelError):
            raise
        cure = "Free some space." if error.errno == errno.ENOSPC else "Look at the disk, or name another with --store."
        raise ModelError(f"{folder} cannot be written: {error.strerror or error}. {cure}") from error


def _sync(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
