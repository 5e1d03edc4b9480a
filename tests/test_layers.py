"""Who may import whom: the rooms of the house and their doors, checked on the syntax tree.

In: every module of `controller`, `devices` and `firmware_sim`. Out: a list of sentences, one per
violation; empty is right.
Late imports, relative imports and imports under TYPE_CHECKING count like all others.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PURE = frozenset(
    "__future__ abc array base64 binascii bisect collections copy dataclasses decimal enum fractions functools hashlib "
    "heapq itertools json math numbers operator re string struct textwrap types typing unicodedata uuid zlib".split()
)
"""The standard library's data types and calculations: no clock, no file, no socket, no random source."""
STD = frozenset(sys.stdlib_module_names) - {"importlib"}
MICROPYTHON = frozenset("array binascii collections gc json machine micropython struct sys time".split())
"""What a module's firmware has under MicroPython."""


@dataclass(frozen=True)
class Room:
    """What the modules under a name may import: standard library, our own packages, outside libraries."""

    std: frozenset[str]
    own: tuple[str, ...]
    outside: frozenset[str] = frozenset()


def door(name: str, *outside: str, also: tuple[str, ...] = ()) -> Room:
    """A door knows the core, the errors and their wording, itself and one outside library besides msgspec."""
    return Room(
        STD,
        ("controller.core", "controller.errors", "controller.wording", name, *also),
        frozenset({"msgspec", *outside}),
    )


EVERYONE = ("controller", "devices", "firmware_sim")
ROOMS: Mapping[str, Room] = {
    "controller": Room(frozenset(), ()),
    "controller.__main__": Room(STD, ("controller.cli",)),
    # The composition root and the files it is made of: app, gate and hardware join rooms, the others serve them.
    "controller.app": Room(STD, EVERYONE, frozenset({"msgspec"})),
    # The whole warehouse and the measurements stand beside the app and, like it, know everyone.
    "controller.bench": Room(
        STD | {"importlib"}, EVERYONE, frozenset({"apsw", "msgspec", "paho", "psutil", "rich", "serial"})
    ),
    "controller.voice_bench": Room(
        STD | {"importlib"}, EVERYONE, frozenset({"matplotlib", "msgspec", "numpy", "pocketsphinx", "psutil", "rich"})
    ),
    "controller.demo": Room(STD, EVERYONE, frozenset({"apsw", "msgspec", "rich"})),
    "controller.cli": Room(STD | {"importlib"}, EVERYONE, frozenset({"amqtt", "msgspec", "psutil", "rich", "typer"})),
    "controller.clock": Room(STD, ("controller.core",)),
    "controller.core": Room(PURE, ("controller.core",)),
    "controller.errors": Room(PURE, ()),
    "controller.wording": Room(STD, ()),
    "controller.gate": Room(
        STD,
        (
            *("controller.clock", "controller.core", "controller.journal", "controller.receipts"),
            *("controller.snapshots", "controller.wms"),
        ),
        frozenset({"msgspec"}),
    ),
    "controller.hardware": Room(
        STD,
        (
            *("controller.core", "controller.errors", "controller.scan", "controller.settings", "controller.shelves"),
            *("devices.drivers", "devices.events"),
        ),
    ),
    "controller.headsets": Room(
        STD, ("controller.core", "controller.errors", "controller.settings", "controller.voice", "controller.wording")
    ),
    "controller.journal": door("controller.journal", "apsw"),
    "controller.leaving": Room(STD, ("controller.gate",)),
    "controller.receipts": Room(STD, ("controller.core", "controller.journal")),
    "controller.serve": Room(STD, ("controller.app", "controller.errors", "controller.settings")),
    "controller.scan": door("controller.scan", also=("devices.transport",)),
    "controller.settings": door("controller.settings", "jsonschema"),
    "controller.snapshots": Room(STD, ("controller.core", "controller.journal"), frozenset({"msgspec"})),
    "controller.shelves": door("controller.shelves", also=("devices",)),
    # One room, three outside libraries, each behind one file: what hears, what speaks, what prints labels.
    "controller.voice": door("controller.voice"),
    "controller.voice.checkdigits": door("controller.voice", "fpdf"),
    "controller.voice.ear": door("controller.voice", "vosk"),
    "controller.voice.language": door("controller.voice", "espeakng_loader"),  # only the linter, for how words sound
    "controller.voice.mouth": door("controller.voice", "pyttsx3", "espeakng_loader"),
    "controller.vitals": Room(STD, ("controller",)),
    "controller.wms": door("controller.wms", "paho", "jsonschema"),  # jsonschema lists the faults of a refused message
    "controller.wms_host": Room(STD, ("controller.errors", "controller.wms_host"), frozenset({"msgspec", "paho"})),
    "devices": Room(STD, ("devices",)),
    "devices.bus": Room(PURE, ("devices.bus", "devices.errors", "devices.events", "devices.model")),
    "devices.drivers": Room(STD, ("devices",), frozenset({"gpiozero"})),
    "devices.transport": Room(STD, ("devices.errors", "devices.transport"), frozenset({"serial"})),
    "firmware_sim": Room(STD, ("firmware_sim",)),
    "firmware_sim.firmware": Room(MICROPYTHON, ("firmware_sim.firmware",)),
}


@pytest.fixture(scope="module")
def house(repo: Path) -> House:
    return read_house(repo)


@pytest.mark.slow
def test_every_import_stays_in_its_layer(house: House) -> None:
    assert violations(house) == []


@pytest.mark.slow
def test_no_module_imports_itself_through_others(house: House) -> None:
    assert cycle(house) is None


# --- the checker refuses what it is there to refuse -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("controller.core.station", "import asyncio"),
        ("controller.core.station", "import time"),
        ("controller.core.station", "import msgspec"),
        ("controller.core.station", "from controller import app"),
        ("controller.core.station", "from .. import app"),
        ("controller.core.station", "from ..journal.store import Journal"),
        ("controller.core.station", "from devices.model import Picture"),
        ("controller.core.station", "def f():\n    import sqlite3"),
        ("controller.core.station", "if TYPE_CHECKING:\n    from controller.wms import door"),
        ("controller.wms.client", "import apsw"),
        ("controller.wms.client", "from controller.journal import store"),
        ("controller.wms.client", "import devices.model"),
        ("controller.journal.store", "import paho.mqtt.client"),
        ("controller.shelves.rack", "from controller.wms import events"),
        ("controller.settings.load", "from controller import cli"),
        ("controller.wms_host.sender", "from controller.core import model"),
        ("devices.bus.frames", "import serial"),
        ("devices.bus.frames", "import random"),
        ("devices.bus.frames", "from ..drivers import bus"),
        ("devices.drivers.bus", "from controller.core.model import Light"),
        ("devices.transport.port", "import gpiozero"),
        ("firmware_sim.line", "from devices.bus import frames"),
        ("firmware_sim.firmware.core", "from dataclasses import dataclass"),
        ("controller.unheard_of.x", "import json"),
        ("controller.wms.client", "import importlib"),
        ("controller.wms.client", "from importlib import import_module"),
        ("controller.wms.client", "x = __import__('apsw')"),
    ],
)
def test_refuses(module: str, source: str) -> None:
    assert len(violations({module: ast.parse(source)})) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("controller.core.station", "from controller.core import model\nfrom .inputs import Input\nimport dataclasses"),
        (
            "controller.wms.client",
            "import paho.mqtt.client as mqtt\nimport msgspec\nfrom controller.core.model import Task",
        ),
        ("controller.shelves.rack", "from devices.model import Picture\nfrom controller.core.model import Light"),
        ("controller.app", "from controller.wms import client\nfrom devices.drivers import bus\nimport asyncio"),
        ("devices.bus.frames", "import struct, zlib\nfrom . import crc"),
        ("controller.journal.migrations", "from importlib import resources"),
    ],
)
def test_allows(module: str, source: str) -> None:
    assert violations({module: ast.parse(source)}) == []


def test_finds_a_cycle() -> None:
    house = {
        "devices": ast.parse(""),
        "devices.a": ast.parse("from devices.b import x"),
        "devices.b": ast.parse("def f():\n    from . import c"),
        "devices.c": ast.parse("import devices.a"),
    }
    assert set(cycle(house) or ()) == {"devices.a", "devices.b", "devices.c"}
    assert cycle({**house, "devices.c": ast.parse("import struct")}) is None


# --- the checker ------------------------------------------------------------------------------------------------------

House = Mapping[str, ast.Module]


def read_house(repo: Path) -> dict[str, ast.Module]:
    """Dotted module name -> syntax tree. A package is named like its folder."""
    house = {}
    for top in EVERYONE:
        for path in sorted((repo / top).rglob("*.py")):
            parts = path.relative_to(repo).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            house[name] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            house[name].is_package = parts[-1] == "__init__"  # type: ignore[attr-defined]
    return house


def violations(house: House) -> list[str]:
    found = []
    for module, tree in house.items():
        room = ROOMS.get(_room_of(module))
        for line, target in _imports(module, tree):
            if room is None:
                found.append(f"{module}:{line}: no room is defined for this module; add it to ROOMS")
            elif not _allowed(room, target):
                found.append(f"{module}:{line}: may not import {target}")
    return found


def cycle(house: House) -> list[str] | None:
    """One chain of modules that import each other in a ring, None if there is none."""
    graph = {
        m: {t for _, target in _imports(m, tree) if (t := _owner(target, house)) != m} for m, tree in house.items()
    }
    try:
        TopologicalSorter({module: targets - {""} for module, targets in graph.items()}).prepare()
    except CycleError as ring:
        return list(ring.args[1])
    return None


def _room_of(module: str) -> str:
    """The most special room that the module lies in; `controller` itself is only its bare package."""
    names = [name for name in ROOMS if module == name or (module.startswith(name + ".") and name != "controller")]
    return max(names, key=len, default="")


def _allowed(room: Room, target: str) -> bool:
    top = target.partition(".")[0]
    if top in EVERYONE:
        return any(target == own or target.startswith(own + ".") for own in room.own)
    return top in room.std or top in room.outside or target.startswith(("importlib.metadata", "importlib.resources"))


def _imports(module: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of everything imported, wherever it stands; the name as far as it is known."""
    package = module if getattr(tree, "is_package", False) else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            yield from (
                (node.lineno, f"{base}.{alias.name}" if _ours(base) else base) for alias in node.names[: _each(base)]
            )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            yield node.lineno, "__import__"


def _ours(base: str) -> bool:
    return base.partition(".")[0] in (*EVERYONE, "importlib")


def _each(base: str) -> int | None:
    """Of our own packages and of importlib every name counts (it may be a module); of others the package is enough."""
    return None if _ours(base) else 1


def _owner(target: str, house: House) -> str:
    """The module that a dotted name lives in, `` if it is none of ours."""
    while target and target not in house:
        target = target.rpartition(".")[0]
    return target
