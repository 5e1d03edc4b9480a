"""The tables of a run, in a page of the documentation.

In: the document of `pickbeam voice bench`, a page with two marks. Out: the page, with what was between the marks
replaced; nothing else of it is touched. `python -m controller.voice_bench.markdown RUN.json docs/VOICE_BENCH.md`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from controller.errors import UsageError

BEGIN: Final = "<!-- made by controller.voice_bench.markdown: begin -->"
END: Final = "<!-- end -->"
HEARD: Final = "understood at working thresholds: "
FACTS: Final = ("model", "cpu", "cores", "load_before", "took_s", "speakers", "lacks", "quick")


def tables(document: dict[str, Any]) -> str:
    """Accuracy as a table of kinds by conditions for each group of speakers, everything else as a row each."""
    entries: Sequence[dict[str, Any]] = document["entries"]
    facts = {name: document["machine"][name] for name in FACTS if document["machine"].get(name) not in (None, [])}
    parts = ["; ".join(f"{name} {_plain(value)}" for name, value in facts.items()) + "."]
    groups = dict.fromkeys(entry["group"] for entry in entries)
    for group in groups:
        mine = [entry for entry in entries if entry["group"] == group]
        parts.append("\n".join(_matrix(group, mine) if group.startswith(HEARD) else _rows(group, mine)))
    return "\n\n".join(parts)


def replaced(page: str, new: str) -> str:
    """Raises UsageError for a page without the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"the page has no place for the tables: two lines, {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{after}"


def _matrix(group: str, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """`98.1 (76.9)`: ours and the peer's, in percent; bold where an aim is missed."""
    cells = {tuple(entry["name"].split(", ", 1)): entry for entry in entries}
    conditions = list(dict.fromkeys(condition for _, condition in cells))
    yield f"**{group.removeprefix(HEARD)}**: percent understood (pocketsphinx); wrong / rejected"
    yield ""
    yield f"| | {' | '.join(conditions)} |"
    yield "|---" * (len(conditions) + 1) + "|"
    for kind in dict.fromkeys(kind for kind, _ in cells):
        row = [_cell(cells.get((kind, condition))) for condition in conditions]
        yield f"| {kind} | {' | '.join(row)} |"


def _cell(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return ""
    value = f"{entry['value']:.1f}" + (f" ({entry['peer']['value']:.1f})" if entry["peer"] else "")
    aim = "" if entry["aim"] is None else f", aim {entry['aim']['value']:.0f}: {_verdict(entry)}"
    return f"{value}; {_part(entry['note'], 'wrong')} / {_part(entry['note'], 'rejected')}{aim}"


def _part(note: str, name: str) -> str:
    """The number after `name` in a note of `Tally.note`."""
    return note.partition(f"{name} ")[2].partition(" ")[0].rstrip(",")


def _rows(group: str, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield f"**{group}**"
    yield ""
    yield "| measured | value | aim | | beside, same run | note |"
    yield "|---|---|---|---|---|---|"
    for entry in entries:
        aim = "" if entry["aim"] is None else f"{entry['aim']['op']} {entry['aim']['value']:g}"
        peer = "" if entry["peer"] is None else f"{entry['peer']['name']} {entry['peer']['value']:g}"
        value = f"{entry['value']:g} {entry['unit']}".strip()
        yield f"| {entry['name']} | {value} | {aim} | {_verdict(entry)} | {peer} | {entry['note']} |"


def _verdict(entry: dict[str, Any]) -> str:
    return {None: "", True: "met", False: "**missed**"}[entry["met"]]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    page = Path(sys.argv[2])
    page.write_text(replaced(page.read_text(encoding="utf-8"), tables(json.loads(Path(sys.argv[1]).read_bytes()))))
