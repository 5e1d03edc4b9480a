"""From order files to tasks.

In: a JSON file (one task, a list of tasks, or one task per line) or a CSV file with the columns order, line, part,
location, qty and, where known, uom, priority, due, zone, tote, text. Out: task messages without envelope.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from controller.wms_host.link import now

Task = dict[str, Any]
NEEDED = ("order", "part", "location", "qty")
OFFSET = re.compile(r"\+(\d{1,6})")
"""A due time as minutes from now."""


class OrderFileError(ValueError):
    """The file cannot be read as orders; the text names the file, the row and what is wrong."""


def read_orders(path: Path, texts: Mapping[str, str] | None = None) -> list[Task]:
    """The tasks in a file. `texts`: part number -> description. Raises OrderFileError."""
    try:
        if path.suffix.lower() == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                return tasks_of(csv.DictReader(file), str(path), texts or {})
        return _json_tasks(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OrderFileError(f"{path}: {error}") from error


def read_texts(path: Path) -> dict[str, str]:
    """Part number -> description, from a CSV file with the columns part and text (or description)."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    return {row["part"]: row.get("text") or row.get("description") or "" for row in rows if row.get("part")}


def tasks_of(rows: Iterable[Mapping[str, str | None]], source: str, texts: Mapping[str, str]) -> list[Task]:
    """One task for each order; one for each zone of an order that names several."""
    tasks: dict[tuple[str, str], Task] = {}
    for number, row in enumerate(rows, start=2):
        cells = {
            name: (value or "").strip() for name, value in row.items() if name is not None and isinstance(value, str)
        }
        missing = [name for name in NEEDED if not cells.get(name)]
        if missing:
            raise OrderFileError(f"{source}: row {number}: {', '.join(missing)} is missing")
        key = (cells["order"], cells.get("zone", ""))
        task = tasks.setdefault(key, _head(cells, f"{source}: row {number}"))
        task["lines"].append(_line(cells, len(task["lines"]), texts))
    _name(tasks)
    return list(tasks.values())


def _name(tasks: Mapping[tuple[str, str], Task]) -> None:
    orders = [order for order, _ in tasks]
    for (order, zone), task in tasks.items():
        task["task_id"] = f"{order}/{zone}" if orders.count(order) > 1 else order


def _head(cells: Mapping[str, str], where: str) -> Task:
    task: Task = {
        "task_id": "",
        "revision": 1,
        "issued_at": now(),
        "refs": [{"type": "order", "id": cells["order"]}],
        "lines": [],
    }
    if cells.get("priority"):
        if not cells["priority"].isdecimal():
            raise OrderFileError(f"{where}: priority {cells['priority']!r} is not a number from 0 to 100")
        task["priority"] = int(cells["priority"])
    if cells.get("due"):
        task["due_at"] = _due(cells["due"], where)
    if cells.get("zone"):
        task["zone"] = cells["zone"]
    return task


def _line(cells: Mapping[str, str], index: int, texts: Mapping[str, str]) -> dict[str, Any]:
    line: dict[str, Any] = {
        "line_id": cells.get("line") or str(index + 1),
        "seq": index + 1,
        "location": cells["location"],
        "sku": cells["part"],
        "qty": cells["qty"],
        "uom": cells.get("uom") or "EA",
    }
    text = cells.get("text") or texts.get(cells["part"])
    if text:
        line["text"] = text[:255]
    if cells.get("tote"):
        line["to"] = {"container": cells["tote"]}
    return line


def _due(text: str, where: str) -> str:
    offset = OFFSET.fullmatch(text)
    if offset:
        due = datetime.now(UTC) + timedelta(minutes=int(offset.group(1)))
        return due.isoformat(timespec="seconds").replace("+00:00", "Z")
    try:
        stamp = datetime.fromisoformat(text)
    except ValueError:
        raise OrderFileError(f"{where}: due {text!r} is neither +MINUTES nor an RFC 3339 time") from None
    if stamp.tzinfo is None:
        raise OrderFileError(f"{where}: due {text!r} lacks its offset from UTC (end it with Z or +01:00)")
    return text


def _json_tasks(text: str, source: str) -> list[Task]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        value = _json_lines(text, f"{source}: {error}")
    tasks = value if isinstance(value, list) else [value]
    for index, task in enumerate(tasks):
        if not isinstance(task, dict):
            raise OrderFileError(f"{source}: item {index + 1} is not a task object")
    return tasks


def _json_lines(text: str, complaint: str) -> list[Any]:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError:
        raise OrderFileError(complaint) from None
