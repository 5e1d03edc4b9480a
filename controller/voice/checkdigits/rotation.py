"""Sets of check digits that follow each other: pickers learn digits by heart, and then no longer walk.

In: `check_digits.csv` (location,set,digits,valid_from). Out: sets of digits and the days they begin, at
midnight of the site. Which digits are right at a moment is the core's to say (`controller.core.places`).
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from controller.errors import SettingsError

COLUMNS = ("location", "set", "digits", "valid_from")
DIGITS = r"[0-9]{2,4}"
MAX_BYTES = 64 * 1024 * 1024
"""Some 10 000 locations with 50 sets are 16 MB."""


@dataclass(frozen=True, slots=True)
class Period:
    """`number`: of the set, counted from 1."""

    valid_from: date
    number: int
    digits: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Location -> its periods, oldest first; the last one has no end."""

    periods: Mapping[str, tuple[Period, ...]]

    def sets(self) -> dict[int, date]:
        """Set -> when it begins."""
        return {one.number: one.valid_from for row in self.periods.values() for one in row}

    def digits_of(self, number: int) -> dict[str, str]:
        """Location -> its digits in that set."""
        return {place: one.digits for place, row in self.periods.items() for one in row if one.number == number}


def number_at(schedule: Schedule, when: datetime) -> int | None:
    """The newest set that has begun anywhere, None before the first."""
    begun = [(start, number) for number, start in schedule.sets().items() if start <= when.date()]
    return max(begun)[1] if begun else None


def plan(sets: Sequence[Mapping[str, str]], first: date, every_days: int) -> Schedule:
    """One set after the other, each for so many days."""
    rows: dict[str, list[Period]] = defaultdict(list)
    for number, digits in enumerate(sets, 1):
        for location, code in digits.items():
            rows[location].append(Period(first + timedelta(days=every_days * (number - 1)), number, code))
    return Schedule({location: tuple(row) for location, row in rows.items()})


def write(schedule: Schedule) -> str:
    """The whole file."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for location, row in schedule.periods.items():
        table.writerows((location, one.number, one.digits, one.valid_from.isoformat()) for one in row)
    return text.getvalue()


def load(file: Path) -> Schedule:
    """Raises SettingsError with every faulty line (at most ten of them)."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{file} is larger than 64 MB. This is another file.")
        return read(file.read_text(encoding="utf-8-sig"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error


def read(text: str, name: str) -> Schedule:
    """As `load`, of a text."""
    table = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(table.fieldnames or ()) != COLUMNS:
        raise SettingsError(
            f"{name}:1: the columns have to be {','.join(COLUMNS)}. `pickbeam voice digits make` makes it."
        )
    rows: dict[str, list[Period]] = defaultdict(list)
    faults: list[str] = []
    for cells in table:
        try:
            rows[cells["location"]].append(_period(cells))
        except (ValueError, TypeError) as error:
            faults.append(f"{name}:{table.line_num}: {error}")
    for location, row in rows.items():
        row.sort(key=lambda one: one.valid_from)
        if len({one.valid_from for one in row}) < len(row) or len({one.number for one in row}) < len(row):
            faults.append(f"{name}: {location} has two rows of one set or one day")
    if faults:
        more = [f"and {len(faults) - 10} more"] if len(faults) > 10 else []
        raise SettingsError("\n".join([*faults[:10], *more]))
    return Schedule({location: tuple(row) for location, row in rows.items()})


def _period(cells: Mapping[str, str]) -> Period:
    if not re.fullmatch(DIGITS, cells["digits"] or ""):
        raise ValueError(f"{cells['digits']!r} are no check digits: 2–4 digits")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", cells["set"] or ""):
        raise ValueError(f"{cells['set']!r} is no number of a set")
    return Period(date.fromisoformat(cells["valid_from"]), int(cells["set"]), cells["digits"])
