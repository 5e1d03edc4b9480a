"""Writing one column of a CSV file and leaving every other byte as it is.

In: the bytes of locations.csv, new cells. Out: its bytes with these cells. Comments, quotes, line ends, blank lines and
columns that nobody knows stay; people keep such files in version control.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from controller.errors import SettingsError

CELL = re.compile(rb'[ \t]*"(?:[^"]|"")*"[^,\r\n]*|[^,\r\n]*')
END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class _Row:
    """Spans (from, to) of the cells of one record, and where its line ends."""

    cells: tuple[tuple[int, int], ...]
    end: int


def rewrite(raw: bytes, key: str, column: str, new: Mapping[str, str]) -> bytes:
    """`raw` with the cells of `column` in the rows whose `key` cell is in `new`. A column that is missing is appended.

    Raises SettingsError if a column cannot be found.
    """
    rows = [row for row in _rows(raw) if _counts(raw, row)]
    if not rows:
        raise SettingsError("the table is empty")
    names = [_text(raw, span) for span in rows[0].cells]
    if key not in names:
        raise SettingsError(f"the table has no column {key}")
    at = names.index(key)
    place = names.index(column) if column in names else None
    changes: list[tuple[int, int, str]] = []
    if place is None:
        changes.append((rows[0].end, rows[0].end, f",{column}"))
    for row in rows[1:]:
        name = _text(raw, row.cells[at]) if at < len(row.cells) else ""
        if place is None:
            changes.append((row.end, row.end, f",{new.get(name, '')}"))
        elif name in new and place < len(row.cells):
            changes.append((*row.cells[place], new[name]))
    return _changed(raw, changes)


def _changed(raw: bytes, changes: list[tuple[int, int, str]]) -> bytes:
    made, done = bytearray(), 0
    for start, end, text in sorted(changes):
        made += raw[done:start] + text.encode()
        done = end
    return bytes(made + raw[done:])


def _rows(raw: bytes) -> Iterator[_Row]:
    at = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
    while at < len(raw):
        cells = []
        while True:
            found = CELL.match(raw, at)
            assert found is not None, "the pattern matches nothing too"
            cells.append(found.span())
            at = found.end()
            if raw[at : at + 1] != b",":
                break
            at += 1
        yield _Row(tuple(cells), at)
        end = END.match(raw, at)
        at = end.end() if end else len(raw)


def _counts(raw: bytes, row: _Row) -> bool:
    """Blank lines and comments are not rows (as in `settings.tables`)."""
    texts = [raw[start:end].strip() for start, end in row.cells]
    return any(texts) and not texts[0].startswith(b"#")


def _text(raw: bytes, span: tuple[int, int]) -> str:
    text = raw[span[0] : span[1]].decode("utf-8", "replace").strip()
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = text[1:-1].replace('""', '"')
    return text.strip()
