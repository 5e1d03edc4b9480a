"""Settings back to TOML, for the file that a demo derives from a site's.

In: a decoded settings file. Out: its text. Only the shapes that settings have: tables of values, arrays of tables; a
table in a table is written inline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_of(document: Mapping[str, Any]) -> str:
    """Raises TypeError for what settings do not have."""
    return "\n".join(_section(name, value) for name, value in document.items())


def _section(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_table(f"[[{name}]]", row) for row in value)
    return _table(f"[{name}]", value)


def _table(head: str, row: Mapping[str, Any]) -> str:
    return "\n".join([head, *(f"{key} = {_value(value)}" for key, value in row.items())]) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_value(item)}' for key, item in value.items())}}}"
    if isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"{value!r} is no value of a settings file")
