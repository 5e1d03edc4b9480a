"""What the demo's WMS asks for.

In: order files, how many orders, a seed. Out: tasks, whole orders only, urgent ones first as a WMS releases them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from controller.errors import UsageError
from controller.wms_host.orders import OrderFileError, read_orders

Task = dict[str, Any]

MANY: Final = 1_000_000
MOST_URGENT: Final = 100
HANDY: Final = 1.8
"""Lines of a task for which it is worth to be told of it."""
BESIDE: Final = ("orders.csv", "tasks.json")
"""Looked for beside the site's settings."""


def files_beside(site: Path) -> tuple[Path, ...]:
    """Raises UsageError where there is none."""
    found = tuple(path for name in BESIDE if (path := site.parent / name).exists())
    if not found:
        raise UsageError(f"there is no {' and no '.join(BESIDE)} beside {site}: name order files with --file")
    return found


def choose(files: Iterable[Path], count: int, seed: int, most_lines: int = MANY) -> list[Task]:
    """The tasks of `count` orders of at most `most_lines` each, or of all if there are fewer. Raises UsageError."""
    orders: dict[str, list[Task]] = {}
    for task in _read(files):
        orders.setdefault(order_of(task), []).append(task)
    names = [name for name, tasks in orders.items() if sum(len(task["lines"]) for task in tasks) <= most_lines]
    Random(f"{seed} orders").shuffle(names)
    chosen = sorted(names[:count], key=lambda name: -max(int(task.get("priority", 50)) for task in orders[name]))
    return [task for name in chosen for task in orders[name]]


def addressed(tasks: Sequence[Task], pickers: Mapping[str, Collection[str]], lines: int) -> dict[str, list[Task]]:
    """Work for each of these pickers (with his zones), `lines` lines in all: tasks of his own zones, one at least.

    Rather with two lines than with one or many, where he is to have more than one. The tasks are marked as his.
    """
    free = sorted(tasks, key=lambda task: abs(len(task["lines"]) - min(HANDY, lines)))
    found: dict[str, list[Task]] = {picker: [] for picker in pickers}
    for picker, zones in pickers.items():
        left = lines
        for task in [task for task in free if task.get("zone") in zones]:
            if len(task["lines"]) <= left or not found[picker]:
                left -= len(task["lines"])
                free.remove(task)
                found[picker].append(task)
                task |= {"picker": picker, "priority": MOST_URGENT}
    return found


def order_of(task: Task) -> str:
    """The order that a task belongs to; its own id where it names none."""
    for ref in task.get("refs") or ():
        if isinstance(ref, dict) and ref.get("type") == "order":
            return str(ref.get("id"))
    return str(task.get("task_id"))


def _read(files: Iterable[Path]) -> Sequence[Task]:
    try:
        return [task for path in files for task in read_orders(path)]
    except OrderFileError as error:
        raise UsageError(str(error)) from error
