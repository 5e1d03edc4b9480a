"""The CSV tables beside the settings file.

In: text. Out: rows as dictionaries, with their line numbers, and every fault of their shape: columns that are missing
or unknown, cells that do not fit. A faulty cell is missing from its row; a row without its key column is left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controller.wording import FileFault, did_you_mean


@dataclass(frozen=True, slots=True)
class Column:
    """`says` ends the sentence "It has to be …". `needed`: the column must exist and its cells must not be empty."""

    pattern: str
    says: str
    needed: bool = False
    convert: Callable[[str], Any] = str
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """`cells` holds only what was written and right."""

    line: int
    cells: Mapping[str, Any]


LOCATION = r"[!-~]{1,48}"
NAME = r"[A-Za-z0-9_.-]{1,32}"
TOPIC_NAME = r"[A-Za-z0-9_-]{1,32}"


def _pins(text: str) -> tuple[int, ...]:
    return tuple(int(pin) for pin in text.split("/"))


LOCATIONS = {
    "location": Column(LOCATION, "1–48 printable ASCII characters without spaces", needed=True),
    "zone": Column(TOPIC_NAME, "1–32 letters, digits, `_` or `-`", needed=True),
    "walk": Column(r"[0-9]{1,9}", "a whole number: the place in the walking order", needed=True, convert=int),
    "aisle": Column(r".{0,32}", "at most 32 characters"),
    "bay": Column(r".{0,32}", "at most 32 characters"),
    "level": Column(r".{0,32}", "at most 32 characters"),
    "check_digits": Column(r"[0-9]{2,4}", "2–4 digits, or empty"),
}
MODULES = {
    "module": Column(NAME, "1–32 letters, digits, `_`, `-` or `.`", needed=True),
    "kind": Column(r"bus|gpio", "`bus` or `gpio`", needed=True),
    "bus": Column(TOPIC_NAME, "the id of a [[bus]]"),
    "address": Column(r"[0-9]{1,5}", "1–250", convert=int, least=1, most=250),
    "led_pins": Column(
        r"[0-9]{1,2}(/[0-9]{1,2}/[0-9]{1,2})?", "one BCM pin, or red/green/blue as `17/27/22`", convert=_pins
    ),
    "button_pin": Column(r"[0-9]{1,2}", "one BCM pin", convert=int),
    "location": Column(LOCATION, "a location of the locations table", needed=True),
}
CHECK_DIGITS = {
    "location": Column(LOCATION, "a location of the locations table", needed=True),
    "set": Column(r"[0-9]{1,4}", "a whole number: the sets follow each other", needed=True, convert=int),
    "digits": Column(r"[0-9]{2,4}", "2–4 digits", needed=True),
    "valid_from": Column(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day as 2026-04-01", needed=True),
}
ELSEWHERE = {
    "location": Column(LOCATION, "1–48 printable ASCII characters without spaces", needed=True),
    "controller": Column(TOPIC_NAME, "1–32 letters, digits, `_` or `-`", needed=True),
}


def read(text: str, file: str, columns: Mapping[str, Column]) -> tuple[list[Row], list[FileFault]]:
    """All usable rows and all faults. Empty lines and lines that begin with `#` are skipped."""
    faults: list[FileFault] = []
    rows: list[Row] = []
    lines = _lines(text, file, faults)
    line, header = next(lines, (1, []))
    names = [name.strip() for name in header]
    faults += _header(names, line, file, columns)
    if any(fault.what == "is missing" for fault in faults) or not names:
        return [], faults
    for line, cells in lines:
        if len(cells) != len(names):
            what = f"has {len(cells)} cells where the header has {len(names)}"
            faults.append(FileFault(file, f"{file}:{line}", what, "Put texts with commas in quotes."))
            continue
        written = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name in columns}
        rows.append(Row(line, dict(_cells(written, line, file, columns, faults))))
    return rows, faults


def _lines(text: str, file: str, faults: list[FileFault]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#"):
                yield reader.line_num, cells
    except csv.Error as wrong:
        faults.append(FileFault(file, f"{file}:{reader.line_num}", f"is not CSV: {wrong}", "Close every quote."))


def _header(names: list[str], line: int, file: str, columns: Mapping[str, Column]) -> Iterator[FileFault]:
    if not names:
        yield FileFault(file, f"{file}:1", "is empty", f"The first line is {','.join(columns)}.")
        return
    if len(names) == 1 and re.search(r"[;\t]", names[0]):
        yield FileFault(file, f"{file}:{line}", "is missing", "its commas: save it as CSV with `,` between the cells.")
        return
    for name in columns:
        if columns[name].needed and name not in names:
            yield FileFault(file, f"{file}:{line} {name}", "is missing", "Add the column.")
    for place, name in enumerate(names):
        if name not in columns:
            yield FileFault(file, f"{file}:{line} {name}", "is an unknown column", did_you_mean(name, columns))
        elif name in names[:place]:
            yield FileFault(file, f"{file}:{line} {name}", "stands twice in the header", "Remove one.")


def _cells(
    written: Mapping[str, str], line: int, file: str, columns: Mapping[str, Column], faults: list[FileFault]
) -> Iterator[tuple[str, Any]]:
    for name, cell in written.items():
        column, key = columns[name], f"{file}:{line} {name}"
        if not cell:
            if column.needed:
                faults.append(FileFault(file, key, "is empty", f"It has to be {column.says}."))
        elif not re.fullmatch(column.pattern, cell):
            faults.append(FileFault(file, key, f"{cell[:60]!r} has the wrong form", f"It has to be {column.says}."))
        elif not (column.least or 0) <= (value := column.convert(cell) if column.least else 0) <= (column.most or 0):
            faults.append(FileFault(file, key, f"{value} is out of range", f"It has to be {column.says}."))
        else:
            yield name, column.convert(cell)
