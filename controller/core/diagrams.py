"""The picture of the state machines, drawn from the tables: `python -m controller.core.diagrams > docs/STATES.md`.

In: `tables.LINE` and `tables.TASK`. Out: Markdown with one Mermaid diagram and one table of meanings each.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from controller.core.tables import LINE, TASK, Table

S = TypeVar("S", bound=Enum)

HEAD = """# States

Generated from `controller/core/tables.py` by `make docs`; a test refuses a stale copy. A transition that is not drawn
here is an error in the code that asked for it (`IllegalTransitionError`), never something the outside can cause.
"""


def document() -> str:
    """The whole page."""
    parts = [HEAD, _section("A line", LINE, "open"), _section("A task", TASK, "accepted")]
    return "\n".join(parts)


def _section(title: str, table: Table[S], first: str) -> str:
    """One diagram: arrows with the same ends share one line of labels."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, row in table.items():
        for fact, following in row.items():
            arrows.setdefault((state.value, following.value), []).append(fact.__name__)
    lines = [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    ends = [f"    {state.value} --> [*]" for state, row in table.items() if not row]
    return "\n".join(
        [f"## {title}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *lines, *ends, "```", ""]
    )


if __name__ == "__main__":
    print(document(), end="")
