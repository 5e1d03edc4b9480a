"""What is wrong between the parts of a configuration that are right by themselves.

In: the document and the rows of its tables. Out: faults: things named twice, things named nowhere, things that clash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from controller.settings.model import Document
from controller.settings.tables import Row
from controller.wording import FileFault, did_you_mean

FREE_PINS = range(2, 28)
"""BCM numbers on the 40-pin header; 0 and 1 belong to the HAT's EEPROM."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All that the cross checks look at. `lost`: arrays and tables not known completely; no name is missed there."""

    file: str
    document: Document
    locations: Sequence[Row]
    modules: Sequence[Row]
    digits: Sequence[Row]
    lost: frozenset[str]

    @property
    def locations_file(self) -> str:
        return self.document.layout.locations

    @property
    def modules_file(self) -> str:
        return self.document.layout.modules


def check(whole: Whole) -> list[FileFault]:
    """Every clash, in the order of the files."""
    parts: tuple[Callable[[Whole], Iterator[FileFault]], ...] = (
        _mqtt,
        _gpio,
        _buses,
        _pickers,
        _locations,
        _digits,
        _modules,
        _module_kinds,
        _pins,
        _covered,
    )
    return [fault for part in parts for fault in part(whole)]


def _mqtt(whole: Whole) -> Iterator[FileFault]:
    mqtt = whole.document.mqtt

    def fault(key: str, what: str, fix: str) -> FileFault:
        return FileFault(whole.file, f"[mqtt].{key}", what, fix)

    try:
        reachable = mqtt.port > 0
    except ValueError:
        reachable = False
    if not reachable:
        yield fault("url", f"{mqtt.url!r} has no usable port", "1–65535; 1883 without TLS, 8883 with TLS.")
    for key in ("ca_file", "cert_file", "key_file"):
        if getattr(mqtt, key) and not mqtt.tls:
            yield fault(key, "is for TLS, but the url begins with mqtt:", "Write the url as mqtts://….")
    if bool(mqtt.cert_file) != bool(mqtt.key_file):
        lonely, other = ("cert_file", "key_file") if mqtt.cert_file else ("key_file", "cert_file")
        yield fault(lonely, f"stands without {other}", f"Add `{other}`.")
    if mqtt.password_file and not mqtt.username:
        yield fault("password_file", "stands without username", "Add `username`.")
    if mqtt.embedded and mqtt.tls:
        yield fault("embedded", "the embedded broker has no TLS", "Write the url as mqtt://…, or run mosquitto.")


def _gpio(whole: Whole) -> Iterator[FileFault]:
    if whole.document.gpio.factory == "simulated" and not whole.document.gpio.socket:
        yield FileFault(whole.file, "[gpio].socket", "is missing", "Simulated pins need the socket of their bridge.")


def _buses(whole: Whole) -> Iterator[FileFault]:
    buses = list(enumerate(whole.document.buses, 1))
    yield from _twice(((f"[[bus]][{n}].id", bus.id) for n, bus in buses), whole.file, "Every bus needs its own.")
    scanners = ((n, picker.scanner) for n, picker in enumerate(whole.document.pickers, 1) if picker.scanner)
    ports = [(f"[[bus]][{n}].port", bus.port) for n, bus in buses]
    ports += [(f"[[picker]][{n}].scanner.port", scanner.port) for n, scanner in scanners]
    yield from _twice(ports, whole.file, "Every bus and every scanner needs its own.")


def _pickers(whole: Whole) -> Iterator[FileFault]:
    pickers, file = whole.document.pickers, whole.file
    places = list(enumerate(pickers, 1))
    yield from _twice(((f"[[picker]][{n}].id", p.id) for n, p in places), file, "Every picker needs his own.")
    yield from _twice(
        ((f"[[picker]][{n}].home", p.home) for n, p in places if p.home), file, "A home signs on one picker only."
    )
    seen: dict[tuple[str, str], str] = {}
    for n, picker in places:
        if not (picker.pattern and picker.letter):
            continue
        other = seen.setdefault((picker.pattern, picker.letter), picker.id)
        if other != picker.id:
            what = f"{picker.id} and {other} are both {picker.pattern} {picker.letter}"
            fix = "Give one another letter or pattern: colour alone does not tell people apart."
            yield FileFault(file, f"[[picker]][{n}].letter", what, fix)
    if "locations" in whole.lost:
        return
    zones = _names(whole.locations, "zone")
    names = _names(whole.locations, "location")
    for n, picker in places:
        for zone in picker.zones:
            if zone not in zones:
                yield FileFault(
                    file, f"[[picker]][{n}].zones", f"no location lies in zone {zone!r}", did_you_mean(zone, zones)
                )
        if picker.home and picker.home not in names:
            what = f"there is no location {picker.home!r}"
            yield FileFault(file, f"[[picker]][{n}].home", what, did_you_mean(picker.home, names))


def _locations(whole: Whole) -> Iterator[FileFault]:
    file = whole.locations_file
    yield from _twice(_column(whole.locations, file, "location"), file, "Every location stands once.")


def _modules(whole: Whole) -> Iterator[FileFault]:
    file, rows = whole.modules_file, whole.modules
    yield from _twice(_column(rows, file, "module"), file, "Every module needs its own name.")
    yield from _twice(_column(rows, file, "location"), file, "One module per location.")
    addresses = (
        (f"{file}:{row.line} address", f"address {row.cells['address']} on bus {row.cells['bus']}")
        for row in rows
        if row.cells.get("kind") == "bus" and {"bus", "address"} <= row.cells.keys()
    )
    yield from _twice(addresses, file, "Two modules with one address answer at the same time.")


def _module_kinds(whole: Whole) -> Iterator[FileFault]:
    buses = {bus.id for bus in whole.document.buses}
    names = _names(whole.locations, "location")
    file = whole.modules_file
    belongs = {"bus": ("bus", "address"), "gpio": ("led_pins", "button_pin")}
    faulty = {key for key in whole.lost if key.startswith(file)}
    for row in whole.modules:
        kind, key = row.cells.get("kind"), f"{file}:{row.line}"
        for other, columns in belongs.items() if kind else ():
            for column in columns:
                if other == kind and column not in row.cells and f"{key} {column}" not in faulty:
                    yield FileFault(file, f"{key} {column}", "is empty", f"A {kind} module needs it.")
                if other != kind and column in row.cells:
                    yield FileFault(file, f"{key} {column}", f"is not for a {kind} module", "Leave the cell empty.")
        bus, location = row.cells.get("bus"), row.cells.get("location")
        if kind == "bus" and bus and bus not in buses and "bus" not in whole.lost:
            yield FileFault(file, f"{key} bus", f"there is no [[bus]] {bus!r}", did_you_mean(bus, buses))
        if location and location not in names and "locations" not in whole.lost:
            what = f"there is no location {location!r}"
            yield FileFault(file, f"{key} location", what, did_you_mean(location, names))


def _pins(whole: Whole) -> Iterator[FileFault]:
    """The owner of a pin is named: the first module that claims it."""
    file, owners = whole.modules_file, dict[int, str]()
    for row in whole.modules:
        if row.cells.get("kind") != "gpio":
            continue
        claims = [("led_pins", pin) for pin in row.cells.get("led_pins", ())]
        claims += [("button_pin", row.cells["button_pin"])] if "button_pin" in row.cells else []
        for column, pin in claims:
            key, module = f"{file}:{row.line} {column}", row.cells.get("module", f"line {row.line}")
            if pin not in FREE_PINS:
                yield FileFault(file, key, f"{pin} is no free GPIO", f"BCM {FREE_PINS[0]}–{FREE_PINS[-1]}.")
            elif pin in owners:
                yield FileFault(file, key, f"GPIO {pin} already belongs to {owners[pin]}", "Wire it to a free pin.")
            else:
                owners[pin] = f"{module} ({file}:{row.line} {column})"


def _covered(whole: Whole) -> Iterator[FileFault]:
    if "modules" in whole.lost:
        return
    lit = _names(whole.modules, "location")
    for row in whole.locations:
        location = row.cells.get("location")
        if location and location not in lit:
            key = f"{whole.locations_file}:{row.line} location"
            fix = f"Add its module to {whole.modules_file}, or remove it."
            yield FileFault(whole.locations_file, key, f"{location!r} has no module", fix)


def _digits(whole: Whole) -> Iterator[FileFault]:
    """Check digits that take turns: of known places, real days, each day once, as many as on the label before."""
    file = whole.document.layout.check_digits or ""
    known = {
        row.cells["location"]: row.cells.get("check_digits", "") for row in whole.locations if "location" in row.cells
    }
    days: list[tuple[str, Any]] = []
    for row in whole.digits:
        place, digits, day = (row.cells.get(name) for name in ("location", "digits", "valid_from"))
        key = f"{file}:{row.line}"
        if place and "locations" not in whole.lost and place not in known:
            yield FileFault(file, f"{key} location", f"there is no location {place!r}", did_you_mean(place, known))
        elif place and digits and known.get(place) and len(digits) != len(known[place]):
            what = f"{digits!r} is not as long as the check digits {known[place]!r} of {place}"
            yield FileFault(file, f"{key} digits", what, "All sets of a place have the same length.")
        if day and not _is_day(day):
            yield FileFault(file, f"{key} valid_from", f"{day!r} is no day", "As in 2026-04-01.")
        elif place and day:
            days.append((f"{key} valid_from", f"{place} from {day}"))
    yield from _twice(days, file, "One set of digits a day and place.")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _twice(named: Iterable[tuple[str, Any]], file: str, fix: str) -> Iterator[FileFault]:
    """A fault for each repetition of a value; it names the place of the first one. Empty values count for nothing."""
    first: dict[Any, str] = {}
    for key, value in named:
        if not value:
            continue
        if value in first:
            what = f"{value} stands already at {first[value]}"
            yield FileFault(
                file, key, what if " " in str(value) else f"{value!r} stands already at {first[value]}", fix
            )
        else:
            first[value] = key


def _column(rows: Iterable[Row], file: str, name: str) -> Iterator[tuple[str, Any]]:
    return ((f"{file}:{row.line} {name}", row.cells[name]) for row in rows if name in row.cells)


def _names(rows: Iterable[Row], name: str) -> set[str]:
    return {row.cells[name] for row in rows if name in row.cells}
