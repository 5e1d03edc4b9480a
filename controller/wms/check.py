"""What one message can be blamed for without knowing the station's state, beyond its shape.

In: the raw JSON object (its shape may be wrong anywhere) and the `Site`. Out: faults, each with its JSON path.
It runs on the raw object so that a message with a wrong shape still hears of its unknown locations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from controller.core.model import Fault, Site
from controller.wms import messages as m
from controller.wms.raw import UNCLEAN, Path, Unfit, fault

VERSIONS = re.compile(r"1(\.[0-9]{1,4})?")
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
NUMERIC = re.compile(
    r"\s*[-+]?([0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?\s*|\s*[-+]?(nan|inf|infinity)\s*", re.IGNORECASE
)
NESTED = frozenset({"check", "to", "refs", "type", "id"})
LINE_FIELDS = m.known_fields(m.Line)
BLANKS = str.maketrans("\t\r\n", "   ")


class QuantityError(ValueError):
    """`code` is OUT_OF_RANGE for a number that will not do and SCHEMA_INVALID for anything else."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def quantity(value: object) -> m.Quantity:
    """The quantity a field holds. Raises QuantityError."""
    if isinstance(value, Unfit):
        raise QuantityError("OUT_OF_RANGE", f"{value.text} is not a usable number")
    if isinstance(value, str):
        return _bounded(m.Quantity(_decimal_string(value)))
    if type(value) is int and 0 < value <= m.MAX_QTY:
        return m.Quantity(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _bounded(m.Quantity(value))
    raise QuantityError("SCHEMA_INVALID", f"a quantity is a number or a decimal string, not {type(value).__name__}")


def check_envelope(tree: dict[str, Any], known: frozenset[str]) -> Iterator[Fault]:
    """The version, and the fields the sender insists on. `known`: names this version understands."""
    version = tree.get("v")
    if isinstance(version, str) and not VERSIONS.fullmatch(version):
        yield fault("UNSUPPORTED_VERSION", ("v",), f"this controller speaks {m.VERSION}", version)
    names = tree.get("must_understand")
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and name not in known:
            yield fault("UNSUPPORTED_FIELD", ("must_understand", index), f"{name!r} is not understood here", name)


@dataclass(frozen=True, slots=True)
class Known:
    """What messages may refer to. `homes`: locations that are a picker's, not a bin."""

    bins: frozenset[str]
    homes: Mapping[str, str]
    elsewhere: Mapping[str, str]
    zones: frozenset[str]
    pickers: frozenset[str]
    scanner: bool
    voice: bool
    max_lines: int

    @classmethod
    def of(cls, site: Site) -> Known:
        homes = {one.home: one.picker_id for one in site.pickers.values() if one.home is not None}
        return cls(
            bins=frozenset(site.locations.keys() - homes.keys() - site.elsewhere.keys()),
            homes=homes,
            elsewhere=site.elsewhere,
            zones=site.zones,
            pickers=frozenset(site.pickers),
            scanner="scan" in site.capabilities,
            voice="voice" in site.capabilities,
            max_lines=site.policy.max_lines,
        )


def is_plain(task: m.TaskMessage, known: Known) -> bool:
    """A quick yes for the usual task, in which `check_task` would find nothing; a no only means: look closer."""
    ids = set()
    for index, line in enumerate(task.lines):
        scans = "capture" in (line.lot, line.serials) or (line.check and line.check.scan not in (None, "none"))
        if line.location not in known.bins or line.qty_max is not None or scans:
            return False
        ids.add(line.line_id or str(index + 1))
    placed = (task.zone is None or task.zone in known.zones) and (task.picker is None or task.picker in known.pickers)
    return placed and len(ids) == len(task.lines) <= known.max_lines


def check_task(tree: dict[str, Any], known: Known) -> Iterator[Fault]:
    """References, quantities, uniqueness and capabilities of a task."""
    yield from _reference(tree.get("zone"), ("zone",), known.zones, "UNKNOWN_ZONE")
    yield from _reference(tree.get("picker"), ("picker",), known.pickers, "UNKNOWN_PICKER")
    lines = tree.get("lines")
    if not isinstance(lines, list):
        return
    most = known.max_lines
    if len(lines) > most:
        yield fault("TOO_LARGE", ("lines",), f"{len(lines)} lines; at most {most} in one task")
    seen: set[str] = set()
    for index, line in enumerate(lines[:most]):
        if isinstance(line, dict):
            yield from _check_line(line, index, seen, known)


def check_command(tree: dict[str, Any], known: Known) -> Iterator[Fault]:
    """References of a command."""
    yield from _reference(tree.get("picker"), ("picker",), known.pickers, "UNKNOWN_PICKER")
    zones = tree.get("zones")
    for index, zone in enumerate(zones if isinstance(zones, list) else ()):
        yield from _reference(zone, ("zones", index), known.zones, "UNKNOWN_ZONE")
    if tree.get("type") == "locate":
        yield from check_location(tree.get("location"), ("location",), known)
    scope = tree.get("scope")
    kind, _, name = scope.partition(":") if isinstance(scope, str) else ("", "", "")
    if kind == "zone":
        yield from _reference(name, ("scope",), known.zones, "UNKNOWN_ZONE")
    if kind == "picker":
        yield from _reference(name, ("scope",), known.pickers, "UNKNOWN_PICKER")


def check_location(value: object, path: Path, known: Known) -> Iterator[Fault]:
    if not isinstance(value, str) or value in known.bins:
        return
    if value in known.elsewhere:
        yield fault("WRONG_CONTROLLER", path, f"{value!r} belongs to controller {known.elsewhere[value]}", value)
    elif value in known.homes:
        yield fault("UNKNOWN_LOCATION", path, f"{value!r} is the home of {known.homes[value]}, not a bin", value)
    else:
        yield fault("UNKNOWN_LOCATION", path, f"no module bound to {value!r}", value)


def check_characters(node: Any, path: Path, known: frozenset[str]) -> Iterator[Fault]:
    """Control characters in strings that we read; texts for people may hold blanks of any kind."""
    if isinstance(node, str):
        readable = node.translate(BLANKS) if path[-1:] == ("text",) else node
        found = UNCLEAN.search(readable)
        if found:
            yield fault("SCHEMA_INVALID", path, f"holds the control character U+{ord(found.group()):04X}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from check_characters(item, (*path, index), known)
    elif isinstance(node, dict):
        for name, item in node.items():
            if name in known:
                yield from check_characters(
                    item, (*path, name), known | LINE_FIELDS | NESTED | {"digits", "scan", "serial"}
                )


def _check_line(line: dict[str, Any], index: int, seen: set[str], known: Known) -> Iterator[Fault]:
    path: Path = ("lines", index)
    given = line.get("line_id")
    line_id = given if isinstance(given, str) else str(index + 1)
    if line_id in seen:
        yield fault("DUPLICATE_LINE_ID", (*path, "line_id"), f"line {line_id!r} is already in this task", line_id)
    seen.add(line_id)
    yield from check_location(line.get("location"), (*path, "location"), known)
    yield from _check_quantities(line, path, line_id)
    yield from _check_items(line, path, line_id)
    yield from _check_capabilities(line, path, line_id, known)


def _check_quantities(line: dict[str, Any], path: Path, line_id: str) -> Iterator[Fault]:
    found: dict[str, m.Quantity] = {}
    for name in ("qty", "qty_max"):
        if line.get(name) is None:
            continue  # missing where it must not be: the schema says so
        try:
            found[name] = quantity(line[name])
        except QuantityError as error:
            yield fault(error.code, (*path, name), str(error), line_id)
    qty, most = found.get("qty"), found.get("qty_max")
    if qty is not None and most is not None and most < qty:
        yield fault("OUT_OF_RANGE", (*path, "qty_max"), f"{most} is less than qty {qty}", line_id)
    if qty is not None and line.get("serials") == "capture" and qty != qty.to_integral_value():
        yield fault(
            "OUT_OF_RANGE", (*path, "qty"), f"{qty}: an item with serial numbers is counted in whole units", line_id
        )


def _check_items(line: dict[str, Any], path: Path, line_id: str) -> Iterator[Fault]:
    """What is expected must be named, and be enough."""
    items = line.get("items")
    kind = "serial" if line.get("serials") == "capture" else "lot"
    if not isinstance(items, list) or not items or "capture" not in (line.get("serials"), line.get("lot")):
        return
    names = [one.get(kind) if isinstance(one, dict) else None for one in items]
    for index, name in enumerate(names):
        if not isinstance(name, str):
            yield fault("SCHEMA_INVALID", (*path, "items", index, kind), f"an expected item needs its {kind}", line_id)
    qty = line.get("qty")
    known = len({name for name in names if isinstance(name, str)})
    if kind == "serial" and isinstance(qty, int) and known < qty:
        yield fault("OUT_OF_RANGE", (*path, "items"), f"{known} serial numbers for a quantity of {qty}", line_id)


def _check_capabilities(line: dict[str, Any], path: Path, line_id: str, known: Known) -> Iterator[Fault]:
    if known.scanner:
        return
    check = line.get("check")
    by_voice = known.voice and bool(line.get("items"))
    wanted = {"lot": line.get("lot") == "capture", "serials": line.get("serials") == "capture"}
    for name, asked in wanted.items():
        if asked and not by_voice:
            why = "capturing needs a scanner, or a headset and the expected `items`"
            yield fault("CAPABILITY_MISSING", (*path, name), why, line_id)
    if isinstance(check, dict) and check.get("scan") in ("location", "sku"):
        yield fault("CAPABILITY_MISSING", (*path, "check", "scan"), "this controller has no scanner", line_id)


def _reference(value: object, path: Path, known: Any, code: str) -> Iterator[Fault]:
    if isinstance(value, str) and value not in known:
        yield fault(code, path, f"{value!r} is not configured here", value)


def _decimal_string(text: str) -> str:
    if DECIMAL.fullmatch(text):
        return text
    if NUMERIC.fullmatch(text):
        raise QuantityError("OUT_OF_RANGE", f"{text!r} is not between 0 and {m.MAX_QTY} with at most 3 decimals")
    raise QuantityError("SCHEMA_INVALID", f"{text!r} is not a decimal number")


def _bounded(value: m.Quantity) -> m.Quantity:
    """`value` is finite and short here, see raw.MAX_DIGITS."""
    if value <= 0:
        raise QuantityError("OUT_OF_RANGE", f"{value} is not > 0")
    if value > m.MAX_QTY:
        raise QuantityError("OUT_OF_RANGE", f"{value} is more than {m.MAX_QTY}")
    if value != round(value, m.QTY_DECIMALS):
        raise QuantityError("OUT_OF_RANGE", f"{value} has more than {m.QTY_DECIMALS} decimals")
    return value
