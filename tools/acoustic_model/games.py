"""Reads the speech of three adventure games that their authors give away: what is said, by whom, and the recording.

In: the folders of the Debian packages. Out: recordings with their texts; of the third, without.

The formats as ScummVM's engines read them: queen/{resource,talk,cutaway,logic}.cpp, drascula/{drascula,talk}.cpp,
sky/{disk,sound}.cpp. Numbers are big-endian but for the third.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.acoustic_model import rnc

_GAMES = Path("usr/share/scummvm")
GAME_RATE = 11_025
_EIGHT_BITS = ("-t", "raw", "-r", str(GAME_RATE), "-e", "unsigned", "-b", "8", "-c", "1", "-")
_MP3 = ("-t", "mp3", "-")

# Flight of the Amazon Queen: one archive, packed by ScummVM's tools.
_TABLE, _ENTRY = 15, struct.Struct(">12sBII")
#: In front of dialogues and scenes: bytes that are no part of them.
_HEADER = 20
_TREE, _LEVEL = 32, 96
#: What the hero says of a thing is numbered behind his general answers.
_ANSWERS = 40
_POSITION = re.compile(r"XY.{11}", re.DOTALL)
#: Stage directions at which nothing is said.
_SILENT = ("GD", "GM")

# Drascula: a file for each text, which all lie at the end of one more file.
_KINDS = ("", "D", "B", "BJ", "E", "I", "L", "P", "T", "VB")
_TEXTS, _LANGUAGES = 15, 6

# Beneath a Steel Sky: two files; a piece of speech has a picture's header of 22 bytes and is packed.
_PIECE, _PIECE_HEADER = struct.Struct("<HI"), 22
_SPEECH = range(50_000, 60_000)

Files = Mapping[str, bytes]
#: The beginning of the recordings' name, who speaks, the text
Told = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Recording:
    speaker: str
    text: str  # empty: not known
    sound: bytes
    told: tuple[str, ...]  # to sox, of the sound


def amazon_queen(root: Path) -> Iterator[Recording]:
    """All that has a text with letters in it. A text is cut by stage directions ("*24"), each part is a recording.

    ValueError if the archive is not that of the English game with MP3 recordings.
    """
    found = archived((root / _GAMES / "flight-of-the-amazon-queen/queen.1c").read_bytes())
    for prefix, speaker, text in (*dialogues(found), *scenes(found), *descriptions(found)):
        for number, part in enumerate(parts(text), 1):
            name = f"{prefix}{number:x}".upper().replace(" ", "0")
            mp3 = found.get(f"{name}.SB")
            if mp3 and re.search("[A-Za-z]", part):
                yield Recording(speaker, part.strip(), mp3, _MP3)


def archived(archive: bytes) -> dict[str, bytes]:
    """The archive's files by name."""
    if archive[:4] != b"QTBL" or archive[12] != 1:
        raise ValueError("this is not queen.1c of the English game with MP3 recordings")
    (count,) = struct.unpack_from(">H", archive, 13)
    found = {}
    for index in range(count):
        name, _, offset, size = _ENTRY.unpack_from(archive, _TABLE + index * _ENTRY.size)
        found[name.split(b"\0")[0].decode("ascii")] = archive[offset : offset + size]
    return found


def parts(text: str) -> list[str]:
    """What is said between stage directions."""
    said, start, at = [], 0, 0
    while at < len(text):
        if text[at] != "*":
            at += 1
            continue
        if text[at + 1 : at + 3] not in _SILENT:
            said.append(text[start:at])
        moved = _POSITION.match(text, at + 1)
        at = start = moved.end() if moved else at + 3
    return [*said, text[start:]] if start < len(text) else said


def dialogues(found: Files) -> Iterator[Told]:
    """What the hero (J) and whom he talks to (P) may say to each other."""
    for name, whole in found.items():
        if not name.endswith(".DOG"):
            continue
        data = whole[_HEADER:]
        levels, _, key, heros, others = struct.unpack_from(">5h", data)
        others_at, _, again_at = struct.unpack_from(">3H", data, 22)
        heros_at = _TREE + abs(levels) * _LEVEL
        person = name.removesuffix(".DOG").rstrip("0123456789").lower()
        yield f"{key:2d}SSSSJ", "joe", _text(data, heros_at + 4, 2)[0]
        for kind, speaker, begin, count in (("J", "joe", heros_at, heros), ("P", person, others_at, others)):
            at = begin
            for _ in range(count):
                (number,) = struct.unpack_from(">H", data, at + 2)
                text, at = _text(data, at + 4, 4)
                yield f"{key:2d}{number:4x}{kind}", speaker, text
        text, at = _text(data, again_at, 2)
        yield f"{key:2d}XXXXP", person, text
        yield f"{key:2d}XXXXJ", "joe", _text(data, at, 2)[0]


def scenes(found: Files) -> Iterator[Told]:
    """One text for each step of a scene; who speaks is not told."""
    for name, whole in found.items():
        if not name.endswith(".CUT"):
            continue
        data, base = whole[_HEADER:], name.removesuffix(".CUT")
        (steps,) = struct.unpack_from(">h", data, 2)
        (at,) = struct.unpack_from(">H", data, 8)
        _, at = _text(data, at, 2)
        for step in range(1, abs(steps) + 1):
            if at >= len(data):
                break
            text, at = _text(data, at, 2)
            yield f"{base:_<5}{step:02d}", f"scene {base.lower()}", text


def descriptions(found: Files) -> Iterator[Told]:
    """What the hero says of things."""
    for number, text in enumerate(found["QUEEN2.JAS"].decode("cp437").split("\r\n"), 1):
        yield f"JOE{number + _ANSWERS:04d}", "joe", text


def _text(data: bytes, at: int, align: int) -> tuple[str, int]:
    """A text with its length before it, and where the next begins."""
    size, at = data[at], at + 1
    after = (at + size + align - 1) & -align if size else at
    return data[at : at + size].split(b"\0")[0].decode("cp437"), after


def drascula(root: Path) -> Iterator[Recording]:
    """The English speech, by characters. ValueError if the texts are not where they are looked for."""
    folder = root / _GAMES / "drascula/en"
    for kind, texts in zip(_KINDS, told_texts((folder / "drascula.dat").read_bytes()), strict=False):
        for number, text in enumerate(texts):
            path = folder / f"{kind}{number}.ALS"
            if text and path.exists():
                yield Recording(f"drascula {kind or 'hacker'}".lower(), text, path.read_bytes(), _EIGHT_BITS)


def told_texts(data: bytes) -> list[list[str]]:
    """The English texts of every kind. They are the last of the file, behind tables of other sizes in every release."""
    for start in range(len(data)):
        if (bounds := _blocks(data, start)) is not None:
            return [_lines(data[at : at + size], count) for at, size, count in bounds]
    raise ValueError("no texts in drascula.dat")


def _blocks(data: bytes, at: int) -> list[tuple[int, int, int]] | None:
    """Where the English block of every kind of text lies, its size and number of texts, if they begin here."""
    found = []
    for _ in range(_TEXTS):
        if at + 4 > len(data):
            return None
        count, size = struct.unpack_from(">HH", data, at)
        if not 0 < count < 1000:
            return None
        found.append((at + 4, size, count))
        at += 2
        for _ in range(_LANGUAGES):
            if at + 2 > len(data):
                return None
            at += 2 + struct.unpack_from(">H", data, at)[0]
    return found if at == len(data) else None


def _lines(block: bytes, count: int) -> list[str]:
    """Each text has its length, with the next one's, before it."""
    lines, at = [], 4
    for _ in range(count):
        (size,) = struct.unpack_from(">H", block, at - 2)
        lines.append(block[at : at + size].split(b"\0")[0].decode("cp850"))
        at += size
    return lines


def steel_sky(root: Path, every: int = 1) -> Iterator[Recording]:
    """One in so many pieces of British actors; the texts are not read. What is packed otherwise is left out."""
    folder = root / _GAMES / "beneath-a-steel-sky"
    table, data = (folder / "sky.dnr").read_bytes(), (folder / "sky.dsk").read_bytes()
    for entry in range(4, len(table) - 7, 8 * every):
        number, place = _PIECE.unpack_from(table, entry)
        size = int.from_bytes(table[entry + 5 : entry + 8], "little") & 0x3FFFFF
        offset = place & 0x7FFFFF
        offset = offset << 4 if place & 0x800000 else offset
        packed = data[offset + _PIECE_HEADER : offset + size]
        if number in _SPEECH and packed.startswith(rnc.MAGIC):
            yield Recording("steel sky", "", rnc.unpacked(packed), _EIGHT_BITS)
