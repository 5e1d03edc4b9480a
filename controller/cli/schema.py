"""`pickbeam schema`: the JSON Schemas of the MQTT contract.

In: a folder. Out: schema files and an AsyncAPI document written there; or the list of what would break old partners.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.errors import UsageError

ASYNCAPI = "asyncapi.json"


def command(
    *,
    write: Annotated[Path | None, typer.Option(help="Write the schema files into this folder.")] = None,
    check: Annotated[Path | None, typer.Option(help="Compare with the files in this folder.")] = None,
) -> None:
    """Print, write or check the JSON Schemas (2020-12) of every message.

    --check fails where the present messages would break a partner who relies on the files in the folder: a field gone
    or renamed, a value no longer taken, something new required. It also fails where the files are merely out of date.
    """
    files = documents()
    if write is not None:
        _write(write, files)
    elif check is not None:
        complaints = compare(check, files)
        for line in complaints:
            print(line)
        if complaints:
            raise typer.Exit(1)
        print(f"{len(files)} files as frozen in {check}")
    else:
        print(json.dumps(files, indent=1, ensure_ascii=False))


def documents() -> dict[str, dict[str, Any]]:
    """Every file, by its name."""
    from controller.wms.schema import asyncapi, schemas

    return {**schemas(), ASYNCAPI: asyncapi()}


def compare(folder: Path, files: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with `folder`, breaking changes first."""
    from controller.wms.schema import INBOUND, file_name
    from controller.wms.schemadiff import breaking

    inbound = {file_name(name) for name in INBOUND}
    frozen = _read(folder)
    broken, stale = [], []
    for name, old in frozen.items():
        new = files.get(name)
        if new is None:
            broken.append(f"{name}: BREAKING: the message is gone")
        elif name != ASYNCAPI:
            broken += [f"{name}: BREAKING: {line}" for line in breaking(old, new, inbound=name in inbound)]
        if new is not None and old != new:
            stale.append(f"{name}: differs; if nothing breaks: pickbeam schema --write {folder}")
    stale += [f"{name}: is not there yet: pickbeam schema --write {folder}" for name in files if name not in frozen]
    return broken + stale


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder}: {error}") from error


def _write(folder: Path, files: dict[str, dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in files.items():
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        folder.joinpath(name).write_text(text, encoding="utf-8")
    print(f"{len(files)} files written to {folder}")
