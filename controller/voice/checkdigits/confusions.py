"""How likely one code is taken for another.

In: `confusions.toml` (estimates), `measured.toml` beside it, or a site's file of the same form. Out: `Confusions`, and
a table from counts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from controller.errors import UsageError

DIGITS = "0123456789"
DOUBT = 8
"""A measured row counts with its samples, the estimate with so many: what was never measured keeps its estimate."""
MAX_BYTES = 1_000_000
_OWN = Path(__file__).resolve().parent
ESTIMATED, MEASURED = "confusions.toml", "measured.toml"
"""`pickbeam voice digits confusions --out` writes the second one, for our own model."""


@dataclass(frozen=True, slots=True)
class Confusions:
    """`shares[said][heard]`: of every digit said, each row adds up to 1. `samples`: digits measured, 0 = estimate."""

    language: str
    source: str
    command: str
    samples: int
    shares: Mapping[str, Mapping[str, float]]

    def taken_for(self, said: str, heard: str) -> float:
        """Probability that the code `said` is heard as `heard`; 0 for another length (the ear asks for the length)."""
        if len(said) != len(heard):
            return 0.0
        return prod(self.shares[one][other] for one, other in zip(said, heard, strict=True))

    def worst(self, count: int) -> list[tuple[str, str, float]]:
        """The `count` likeliest (said, heard, share), both digits different."""
        pairs = [(a, b, self.shares[a][b]) for a in DIGITS for b in DIGITS if a != b]
        return sorted(pairs, key=lambda pair: -pair[2])[:count]


def load(language: str, file: Path | None = None) -> Confusions:
    """The table of a language: a site's, else what we measured, else our estimate. Raises UsageError without any."""
    if file is not None:
        return _parsed(language, file)
    if _OWN.joinpath(MEASURED).is_file() and f"[{language}]" in _read(_OWN / MEASURED).splitlines():
        return _parsed(language, _OWN / MEASURED)
    return estimated(language)


def estimated(language: str) -> Confusions:
    """Our estimate, whatever was measured. Raises UsageError for a language without one."""
    return _parsed(language, _OWN / ESTIMATED)


def _parsed(language: str, file: Path) -> Confusions:
    try:
        tree = tomllib.loads(_read(file))
        return _confusions(language, tree[language])
    except KeyError as error:
        raise UsageError(f"{file} has no {error}: it needs [{language}] and [{language}.said] with 0–9.") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} cannot be read as a table of confusions: {error}") from error


def measured(language: str, counts: Mapping[tuple[str, str], int], source: str, command: str) -> Confusions:
    """From (said, heard) counts, rows thinned out by the estimate where few were measured."""
    estimate = estimated(language).shares
    said = {digit: sum(n for (one, _), n in counts.items() if one == digit) for digit in DIGITS}
    shares = {
        one: {
            other: (counts.get((one, other), 0) + DOUBT * estimate[one][other]) / (said[one] + DOUBT)
            for other in DIGITS
        }
        for one in DIGITS
    }
    return Confusions(language, source, command, sum(said.values()), shares)


def to_toml(table: Confusions) -> str:
    """In the form that `load` reads."""
    lines = [f"[{table.language}]", f"source = {_quoted(table.source)}", f"command = {_quoted(table.command)}"]
    lines += [f"samples = {table.samples}", "rest = 0.0", "", f"[{table.language}.said]"]
    for said in DIGITS:
        row = ", ".join(f"{heard} = {table.shares[said][heard]:.5f}" for heard in DIGITS if heard != said)
        lines.append(f"{said} = {{ {row} }}")
    return "\n".join(lines) + "\n"


def _confusions(language: str, tree: Mapping[str, Any]) -> Confusions:
    rest = float(tree["rest"])
    shares = {said: _row(said, {str(k): float(v) for k, v in tree["said"][said].items()}, rest) for said in DIGITS}
    return Confusions(language, str(tree["source"]), str(tree["command"]), int(tree["samples"]), shares)


def _row(said: str, listed: Mapping[str, float], rest: float) -> dict[str, float]:
    others = [digit for digit in DIGITS if digit != said]
    row = {digit: listed.get(digit, 0.0) + rest / len(others) for digit in others}
    if set(listed) - set(others) or min(row.values()) < 0 or sum(row.values()) > 0.95:
        raise ValueError(f"the row of {said} must name other digits, and leave 5 % or more for {said} itself")
    return row | {said: 1 - sum(row.values())}


def _read(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError("it is larger than 1 MB")
    return file.read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
