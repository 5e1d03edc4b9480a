"""From files to `Settings`, or to the list of everything that is wrong with them.

In: the path of a settings file; its tables are found through it. Out: `Settings`, complete and checked, or one
`WrongSettingsError` with all faults of all files. Reads files, changes nothing, starts nothing.
"""

from __future__ import annotations

import hashlib
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from controller.core.places import CheckDigits
from controller.settings import structure, tables
from controller.settings.cross import Whole, check
from controller.settings.faults import WrongSettingsError
from controller.settings.model import Bus, Document, LocationRow, Module, Picker, Scanner, Settings
from controller.settings.voice import Voice
from controller.wording import FileFault, did_you_mean

Named = TypeVar("Named", Bus, Scanner)
MAX_FILE_BYTES = 16 * 1024 * 1024
"""A table of the largest site (some 10 000 locations) is below 1 MB: what is larger is the wrong file."""


def load(path: str | Path) -> Settings:
    """The settings at `path`. Raises WrongSettingsError (a SettingsError) with every fault found."""
    return _Loading(Path(path).absolute()).settings()


class _Loading:
    """One run through the files, collecting faults and the digest as it goes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.name
        self.faults: list[FileFault] = []
        self.lost: set[str] = set()
        self.sum = hashlib.sha256()

    def settings(self) -> Settings:
        tree, wrong = structure.parse(self._text(self.path, self.file, ""), self.file)
        self.faults += wrong
        if self.faults:
            raise WrongSettingsError(self.faults)  # without a readable file every other fault would be a guess
        document, lost, wrong = structure.shape(tree, self.file)
        self.faults += wrong
        self.lost |= lost
        layout = document.layout
        locations = self._table("locations", layout.locations, tables.LOCATIONS)
        modules = self._table("modules", layout.modules, tables.MODULES)
        elsewhere = self._table("elsewhere", layout.elsewhere, tables.ELSEWHERE) if layout.elsewhere else []
        digits = self._table("check_digits", layout.check_digits, tables.CHECK_DIGITS) if layout.check_digits else []
        if layout.parts:
            self._text(self.path.parent / layout.parts, layout.parts, "[layout].parts")
        self._world(document)
        self.faults += check(Whole(self.file, document, locations, modules, digits, frozenset(self.lost)))
        if self.faults:
            raise WrongSettingsError(self.faults)
        return self._whole(document, locations, modules, elsewhere, digits)

    def _whole(
        self,
        document: Document,
        locations: Sequence[tables.Row],
        modules: Sequence[tables.Row],
        elsewhere: Sequence[tables.Row],
        digits: Sequence[tables.Row],
    ) -> Settings:
        here = _absolute(document, self.path.parent)
        return Settings(
            **{name: getattr(here, name) for name in here.__struct_fields__},
            path=self.path,
            digest=self.sum.hexdigest(),
            locations=tuple(LocationRow(**row.cells) for row in locations),
            modules=tuple(Module(**{k: v for k, v in row.cells.items() if k != "kind"}) for row in modules),
            elsewhere={row.cells["location"]: row.cells["controller"] for row in elsewhere},
            rotation=_rotation(digits, document.identity.timezone),
        )

    def _table(self, name: str, file: str, columns: Mapping[str, tables.Column]) -> list[tables.Row]:
        before = len(self.faults)
        text = self._text(self.path.parent / file, file, f"[layout].{name}")
        if len(self.faults) > before:
            self.lost.add(name)
            return []
        rows, wrong = tables.read(text, file, columns)
        self.faults += wrong
        self.lost |= {fault.key for fault in wrong}
        if not rows and not wrong and name in ("locations", "modules"):
            self.faults.append(
                FileFault(file, f"{file}:1", "has no rows", "A site has at least one location and its module.")
            )
        whole_rows = all(fault.key.endswith(tuple(columns)) and not fault.key.endswith("location") for fault in wrong)
        if not rows or not whole_rows:
            self.lost.add(name)
        return rows

    def _text(self, path: Path, file: str, key: str) -> str:
        """The file's text; empty, with a fault at the key that names it, if it cannot be had."""
        where = (self.file, key) if key else (file, "the whole file")
        try:
            with path.open("rb") as handle:
                raw = handle.read(MAX_FILE_BYTES + 1)
            text = raw.decode("utf-8")
        except OSError as wrong:
            self.faults.append(FileFault(*where, f"{file!r} cannot be read: {wrong.strerror}", _look_for(path)))
        except (UnicodeDecodeError, ValueError) as wrong:
            self.faults.append(FileFault(*where, f"{file!r} is not UTF-8 text: {wrong}", "Save it as UTF-8."))
        else:
            self.sum.update(f"{file}\0{len(raw)}\0".encode() + raw)
            if len(raw) <= MAX_FILE_BYTES:
                return text
            self.faults.append(FileFault(*where, f"{file!r} is larger than 16 MB", "This is another file."))
        return ""

    def _world(self, document: Document) -> None:
        """What the settings name outside themselves: files of keys, and the time zone."""
        for key in ("password_file", "ca_file", "cert_file", "key_file"):
            named = getattr(document.mqtt, key)
            if named and not _is_file(self.path.parent / named):
                fix = _look_for(self.path.parent / named)
                self.faults.append(
                    FileFault(self.file, f"[mqtt].{key}", f"{named!r} cannot be read: No such file", fix)
                )
        for key in ("models", "words"):
            for language, named in getattr(document.voice, key).items():
                if not (self.path.parent / named).exists():
                    fix = (
                        "`pickbeam voice models` fetches and imports them."
                        if key == "models"
                        else _look_for(self.path.parent / named)
                    )
                    what = f"{named!r} cannot be read: No such {'folder' if key == 'models' else 'file'}"
                    self.faults.append(FileFault(self.file, f"[voice.{key}].{language}", what, fix))
        zone = document.identity.timezone
        if zone != "UTC" and not _is_timezone(zone) and (known := zoneinfo.available_timezones()):
            what = f"there is no time zone {zone!r}"
            self.faults.append(FileFault(self.file, "[site].timezone", what, did_you_mean(zone, known)))


def _rotation(rows: Sequence[tables.Row], timezone: str) -> dict[str, tuple[CheckDigits, ...]]:
    """Sets begin at midnight of the site."""
    zone = zoneinfo.ZoneInfo(timezone)
    found: dict[str, list[CheckDigits]] = {}
    for row in rows:
        begins = datetime.fromisoformat(row.cells["valid_from"]).replace(tzinfo=zone)
        one = CheckDigits(round(begins.timestamp() * 1000), row.cells["digits"])
        found.setdefault(row.cells["location"], []).append(one)
    return {place: tuple(sorted(sets, key=lambda one: one.valid_from)) for place, sets in found.items()}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_timezone(zone: str) -> bool:
    try:
        zoneinfo.ZoneInfo(zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def _look_for(path: Path) -> str:
    try:
        beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except (OSError, ValueError):
        beside = []
    near = did_you_mean(path.name, beside) if beside else ""
    return near if near.startswith("Did") else "Names count from the folder of the settings file."


def _absolute(document: Document, folder: Path) -> Document:
    """The same document with every file name absolute."""

    def part(section: object, *names: str) -> object:
        named = {name: str(folder / value) for name in names if (value := getattr(section, name))}
        return msgspec.structs.replace(section, **named)  # type: ignore[type-var]

    return msgspec.structs.replace(
        document,
        mqtt=part(document.mqtt, "password_file", "ca_file", "cert_file", "key_file"),
        journal=part(document.journal, "path", "backup_path"),
        layout=part(document.layout, "locations", "modules", "parts", "elsewhere", "check_digits"),
        buses=tuple(_port(bus, folder) for bus in document.buses),
        gpio=part(document.gpio, "socket"),
        log=part(document.log, "file"),
        voice=_voice(document.voice, folder),
        pickers=tuple(_scanner(_headset(picker, folder), folder) for picker in document.pickers),
    )


def _voice(voice: Voice, folder: Path) -> Voice:
    """Models and word files by language, and the folder of clips."""

    def inside(files: Mapping[str, str]) -> dict[str, str]:
        return {language: str(folder / file) for language, file in files.items()}

    return msgspec.structs.replace(
        voice, models=inside(voice.models), words=inside(voice.words), audio_folder=str(folder / voice.audio_folder)
    )


def _headset(picker: Picker, folder: Path) -> Picker:
    """Devices that are files or sockets count from the folder; sound cards are names."""

    def device(url: str | None) -> str | None:
        kind, _, name = (url or "").partition(":")
        return f"{kind}:{folder / name}" if kind in ("unix", "wav", "pipe") else url

    if (voice := picker.voice) is None:
        return picker
    here = {key: device(getattr(voice, key)) for key in ("device", "mic", "speaker")}
    return msgspec.structs.replace(picker, voice=msgspec.structs.replace(voice, **here))


def _scanner(picker: Picker, folder: Path) -> Picker:
    if (scanner := picker.scanner) is None:
        return picker
    return msgspec.structs.replace(picker, scanner=_port(scanner, folder))


def _port(named: Named, folder: Path) -> Named:
    """A pyserial URL (`socket://…`) and a keyboard stay as they are; a device path counts from the folder."""
    if "://" in named.port or named.port.startswith("keyboard:"):
        return named
    return msgspec.structs.replace(named, port=str(folder / named.port))
