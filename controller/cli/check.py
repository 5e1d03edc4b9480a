"""`pickbeam check FILE…`: is this configuration right?

In: settings files. Out: one line per right file, a table of faults per wrong one (or JSON); exit code 2 if any is
wrong. Nothing is opened but the files themselves (and the word lists of models): no port, no broker, no database.
"""

from __future__ import annotations

import json as json_text
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.headsets import faults
from controller.settings import Settings, WrongSettingsError, load


def command(
    files: Annotated[list[Path], typer.Argument(help="Settings files (TOML); their tables are found through them.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per file, for programs.")] = False,
) -> None:
    """Check settings files: all faults at once, each with file, key and fix. Exit code 2 if there is any."""
    results = [_check(file) for file in files]
    for result in results:
        print(json_text.dumps(result)) if json else _show(result)
    if any(result["faults"] for result in results):
        raise typer.Exit(2)


def _check(file: Path) -> dict[str, Any]:
    try:
        settings = load(file)
    except WrongSettingsError as wrong:
        return {"file": str(file), "ok": False, "faults": [asdict(fault) for fault in wrong.faults]}
    if unfit := faults(settings):
        return {"file": str(file), "ok": False, "faults": [asdict(fault) for fault in unfit]}
    return {"file": str(file), "ok": True, "faults": [], "digest": settings.digest, "summary": _summary(settings)}


def _summary(settings: Settings) -> str:
    """`108 locations in 4 zones on 2 buses and 4 GPIO modules, 4 pickers`."""
    gpio = len(settings.gpio_modules())
    return (
        f"{_count(len(settings.locations), 'location')} in {_count(len(settings.site().zones), 'zone')}"
        f" on {_count(len(settings.buses), 'bus', 'buses')}"
        + (f" and {_count(gpio, 'GPIO module')}" if gpio else "")
        + f", {_count(len(settings.pickers), 'picker')}"
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if result["ok"]:
        print(f"ok: {result['file']}: {result['summary']}")
        return
    number = len(result["faults"])
    console.print(Text(f"{_count(number, 'fault')} in {result['file']}", style="bold red"))
    table = Table("where", "what is wrong", "what to do", show_lines=number > 1)
    for fault in result["faults"]:
        where = fault["key"] if fault["key"].startswith(fault["file"]) else f"{fault['file']}\n{fault['key']}"
        table.add_row(Text(where), Text(fault["what"]), Text(fault["fix"]))
    console.print(table)
