"""Unpacking a zip that may be damaged, or made to do harm.

In: a zip file. Out: its files in a folder, or ArchiveError before anything lies outside of it. The sizes in a zip's
directory are claims: what is counted is what comes out.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from controller.voice.models_store.errors import ArchiveError

BLOCK = 1024 * 1024
STORED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest public model with a dynamic graph unpacks to 0.3 GB in some 30 files."""

    files: int = 2_000
    total_bytes: int = 2_000_000_000
    ratio: int = 200
    """Unpacked to packed, of the whole archive. Models reach 3; a bomb starts at 1000."""
    depth: int = 8
    name_bytes: int = 255


def unpack(
    source: Path, folder: Path, limits: Limits | None = None, step: Callable[[int], None] = lambda _: None
) -> int:
    """Unpack into `folder` (empty). `step` hears bytes as they are written. Returns all bytes written."""
    limits = limits or Limits()
    try:
        with zipfile.ZipFile(source) as archive:
            members = _checked(archive, limits)
            most = min(limits.total_bytes, max(1, source.stat().st_size) * limits.ratio)
            done = 0
            for member, parts in members:
                target = folder.joinpath(*parts)
                if member.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed, target.open("xb") as file:
                    done += _copy(packed, file, most - done, step)
            return done
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        FileExistsError,
        NotADirectoryError,
    ) as error:
        raise ArchiveError(f"{source} is damaged ({error}). Fetch or copy it again.") from error


def _checked(archive: zipfile.ZipFile, limits: Limits) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    members = archive.infolist()
    if len(members) > limits.files:
        raise ArchiveError(
            f"the archive holds {len(members)} files, at most {limits.files} are taken. This is no model."
        )
    checked = [(member, _parts(member, limits)) for member in members]
    seen: set[tuple[str, ...]] = set()
    for member, parts in checked:
        same = tuple(part.casefold() for part in parts)
        if same in seen and not member.is_dir():
            raise ArchiveError(f"the archive holds {member.filename!r} twice. Fetch or copy it again.")
        seen.add(same)
    if sum(member.file_size for member in members) > limits.total_bytes:
        raise ArchiveError(f"the archive unpacks to more than {limits.total_bytes // 1_000_000} MB. This is no model.")
    return checked


def _parts(member: zipfile.ZipInfo, limits: Limits) -> tuple[str, ...]:
    """The path of a member below the folder. Raises ArchiveError for everything that could lead out of it."""
    name = member.filename
    path = PurePosixPath(name)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in path.parts:
        raise ArchiveError(f"the archive wants to write to {name!r}, outside of its folder. Do not use it.")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ArchiveError(f"the archive holds {name!r}, a link or device. Do not use it.")
    if member.flag_bits & ENCRYPTED or member.compress_type not in STORED:
        raise ArchiveError(f"{name!r} in the archive is encrypted or packed in an unknown way. Pack it as a plain zip.")
    if not path.parts or len(path.parts) > limits.depth or any(len(p.encode()) > limits.name_bytes for p in path.parts):
        raise ArchiveError(f"the archive holds {name[:80]!r}, which is no file name of a model. Do not use it.")
    return path.parts


def _copy(packed: IO[bytes], file: BinaryIO, most: int, step: Callable[[int], None]) -> int:
    done = 0
    while block := packed.read(BLOCK):
        done += len(block)
        if done > most:
            raise ArchiveError("the archive unpacks to far more than a model can be. Do not use it.")
        file.write(block)
        step(len(block))
    return done
