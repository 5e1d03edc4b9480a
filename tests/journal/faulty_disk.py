"""A disk that forgets what was not synced, fills up, or fails.

In: what SQLite writes through it to a real folder. Out: images of what a power cut at any moment could leave behind: of
each file the synced bytes plus any part of the writes since. Sizes and names are taken as durable at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512


@dataclass
class Recorded:
    durable: bytearray
    pending: list[tuple[int, bytes] | int] = field(default_factory=list)  # (offset, data) or a new length

    def sync(self) -> None:
        self.durable = self.image(lambda change: change)
        self.pending.clear()

    def image(self, survive: Callable[[tuple[int, bytes] | int], tuple[int, bytes] | int | None]) -> bytearray:
        found = bytearray(self.durable)
        for change in map(survive, self.pending):
            if isinstance(change, int):
                del found[change:]
            elif change is not None:
                offset, data = change
                found.extend(bytes(max(0, offset - len(found))))
                found[offset : offset + len(data)] = data
        return found


class FaultyDisk(apsw.VFS):
    """`quota`: bytes for everything in the folder; `broken`: every write and sync fails; `operations` counts them, and
    `on_operation` is called before each.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: dict[str, Recorded] = {}
        self.quota: int | None = None
        self.broken = False
        self.operations = 0
        self.on_operation: Callable[[int], None] = lambda _number: None
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return FaultyFile(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.files.pop(filename, None)
        super().xDelete(filename, syncdir)

    def operation(self) -> None:
        self.on_operation(self.operations)
        self.operations += 1
        if self.broken:
            raise apsw.IOError("the card was pulled")

    def room_for(self, path: str, end: int) -> None:
        if self.quota is None:
            return
        others = sum(file.stat().st_size for file in Path(path).parent.iterdir() if str(file) != path)
        if others + max(end, Path(path).stat().st_size) > self.quota:
            raise apsw.FullError("no room")

    def cut_power(self, rng: random.Random, folder: Path) -> None:
        """Write what could be left now into an empty `folder`."""
        folder.mkdir()
        for name, recorded in self.files.items():
            (folder / Path(name).name).write_bytes(recorded.image(lambda change: _survivor(change, rng)))


class FaultyFile(apsw.VFSFile):
    def __init__(self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.disk = disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        super().__init__("", name, flags)
        if self.path and self.path not in disk.files:
            disk.files[self.path] = Recorded(bytearray(Path(self.path).read_bytes()))

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.operation()
        self.disk.room_for(self.path, offset + len(data))
        super().xWrite(data, offset)
        if self.path:
            self.disk.files[self.path].pending.append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        self.disk.operation()
        super().xTruncate(newsize)
        if self.path:
            self.disk.files[self.path].pending.append(newsize)

    def xSync(self, flags: int) -> None:
        self.disk.operation()
        if self.path:
            self.disk.files[self.path].sync()


@contextmanager
def faulty_disk() -> Iterator[FaultyDisk]:
    disk = FaultyDisk(f"faulty-{random.getrandbits(64):x}")
    try:
        yield disk
    finally:
        disk.unregister()


def _survivor(change: tuple[int, bytes] | int, rng: random.Random) -> tuple[int, bytes] | int | None:
    """All of it, none of it, or (a write) some first sectors of it."""
    fate = rng.random()
    if fate < 0.45 or (isinstance(change, int) and fate < 0.9):
        return change
    if fate < 0.9 or isinstance(change, int):
        return None
    offset, data = change
    return offset, data[: rng.randrange(len(data) // SECTOR + 1) * SECTOR]
