"""Makes the tables of this sample site: `python config/parts-warehouse/make_site.py`.

In: `catalogue.csv` (families of parts and their sizes) and a seed. Out, in this folder: locations.csv, modules.csv,
elsewhere.csv, parts.csv, orders.csv and tasks.json. The same seed makes the same bytes: what lies in the repository is
what comes out (a test compares it).
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

SEED = 1914
HERE = Path(__file__).resolve().parent
ZONE_OF = {"A": "Z1", "B": "Z2", "C": "Z3"}
BAYS, LEVELS, PLACES = 6, 3, 2
HOMES = {"HOME.1": "Z1", "HOME.2": "Z2", "HOME.3": "Z3", "HOME.4": "Z1"}
GPIO = {  # a rack that was here before the bus: the last four bins of aisle C, wired to the header of the Pi
    "C.06.02:2": ("G-1", "17/27/22", "5"),
    "C.06.03:1": ("G-2", "23", "24"),
    "C.06.03:2": ("G-3", "25", "12"),
    "C.06.02:1": ("G-4", "16/20/21", "26"),
}
ORDERS, RUSH = 64, 16
FIRST_ORDER = 100_234
BULK_SMALL = frozenset({"SCR", "NUT", "WSH", "SHR", "ORG", "FUS"})
"""Families that are ordered by the hundred."""


class Family(NamedTuple):
    """Part number prefix, a description with one gap, the sizes that fill it, and what all sizes share.

    `weight` of one in kg; `flags`: s = each has a serial number, l = lot-tracked.
    """

    prefix: str
    text: str
    sizes: tuple[str, ...]
    uom: str
    weight: float
    handling: str
    flags: str
    criticality: str


@dataclass
class Bin:
    location: str
    zone: str
    walk: int
    digits: str


@dataclass
class Part:
    number: str
    text: str
    family: Family
    weight: float
    bins: list[str]


def main(folder: Path = HERE) -> None:
    rng = random.Random(SEED)
    bins = make_bins(rng)
    parts = make_parts(rng, bins)
    zones = {bin_.location: bin_.zone for bin_ in bins}
    digits = {bin_.location: bin_.digits for bin_ in bins}
    lines = make_orders(rng, parts, zones)
    tables = {
        "locations.csv": locations_table(bins),
        "modules.csv": modules_table(bins),
        "elsewhere.csv": [["location", "controller"], *([place, "store-2"] for place in pallet_places())],
        "parts.csv": parts_table(parts),
        "orders.csv": orders_table([line for line in lines if not line["rush"]]),
    }
    for name, rows in tables.items():
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        (folder / name).write_text(text.getvalue(), encoding="utf-8")
    tasks = make_tasks([line for line in lines if line["rush"]], digits)
    (folder / "tasks.json").write_text(json.dumps(tasks, indent=1) + "\n", encoding="utf-8")


# --- places ---------------------------------------------------------------------------------------------------------


def make_bins(rng: random.Random) -> list[Bin]:
    """Three aisles in serpentine walking order, then the four homes at the packing table (walked to last)."""
    bins: list[Bin] = []
    walk, before = 0, ""
    for aisle, zone in ZONE_OF.items():
        bays = range(1, BAYS + 1) if aisle != "B" else range(BAYS, 0, -1)
        for bay in bays:
            for level in range(1, LEVELS + 1):
                for place in range(1, PLACES + 1):
                    walk += 10
                    before = digits_unlike(rng, before, bins)
                    bins.append(Bin(f"{aisle}.{bay:02}.{level:02}:{place}", zone, walk, before))
    bins += [Bin(home, zone, 9000 + n, "") for n, (home, zone) in enumerate(HOMES.items())]
    return bins


def digits_unlike(rng: random.Random, before: str, bins: list[Bin]) -> str:
    """Two digits, not those of the last six bins (the bay), and in neither place those of the neighbour."""
    near = {bin_.digits for bin_ in bins[-6:]}
    while True:
        digits = f"{rng.randrange(100):02}"
        if digits not in near and not any(one == other for one, other in zip(digits, before, strict=False)):
            return digits


def pallet_places() -> list[str]:
    return [f"P.{bay:02}.{level}" for bay in range(1, 29) for level in range(1, 5)]


def locations_table(bins: list[Bin]) -> list[list[Any]]:
    rows: list[list[Any]] = [["location", "zone", "aisle", "bay", "level", "walk", "check_digits"]]
    for bin_ in bins:
        aisle, bay, level = (
            ("", "", "") if bin_.location.startswith("HOME") else bin_.location.partition(":")[0].split(".")
        )
        rows.append([bin_.location, bin_.zone, aisle, bay, level, bin_.walk, bin_.digits])
    return rows


def modules_table(bins: list[Bin]) -> list[list[Any]]:
    """Bus A: aisle A, half of aisle B, homes 1 and 2; bus B: the rest; four GPIO modules in the last bay."""
    rows: list[list[Any]] = [["module", "kind", "bus", "address", "led_pins", "button_pin", "location"]]
    next_address = {"A": 1, "B": 1}
    for n, bin_ in enumerate(bins):
        if bin_.location in GPIO:
            module, led, button = GPIO[bin_.location]
            rows.append([module, "gpio", "", "", led, button, bin_.location])
            continue
        bus = "A" if n < len(bins) // 2 - 2 or bin_.location in {"HOME.1", "HOME.2"} else "B"
        address = next_address[bus]
        next_address[bus] += 1
        rows.append([f"{bus}-{address:03}", "bus", bus, address, "", "", bin_.location])
    return rows


# --- parts ----------------------------------------------------------------------------------------------------------


def make_parts(rng: random.Random, bins: list[Bin]) -> list[Part]:
    """Fast movers get a bin each, eight of them a second one in another zone; slow movers lie in the pallet store."""
    parts = []
    for family in families():
        for n, size in enumerate(family.sizes):
            number = f"{family.prefix}-{rng.randrange(100, 1000)}{n:02}"
            weight = round(family.weight * rng.uniform(0.8, 1.3), 3)
            parts.append(Part(number, family.text.format(size), family, weight, []))
    fast = rng.sample([part for part in parts if part.weight < 15], 100)
    places = [bin_.location for bin_ in bins if not bin_.location.startswith("HOME")]
    rng.shuffle(places)
    for part, place in zip(fast, places, strict=False):
        part.bins.append(place)
    for part, place in zip(fast, places[len(fast) :], strict=False):
        part.bins.append(place)
    store = pallet_places()
    for n, part in enumerate(part for part in parts if not part.bins):
        part.bins.append(store[n % len(store)])
    return parts


def families() -> list[Family]:
    with (HERE / "catalogue.csv").open(encoding="utf-8", newline="") as table:
        return [
            Family(prefix, text, tuple(sizes.split("|")), uom, float(weight), *rest)
            for prefix, text, sizes, uom, weight, *rest in list(csv.reader(table))[1:]
        ]


def parts_table(parts: list[Part]) -> list[list[Any]]:
    rows: list[list[Any]] = [
        ["part", "description", "uom", "handling", "serial", "lot", "criticality", "weight_kg", "locations"]
    ]
    for part in parts:
        flags = part.family.flags
        rows.append(
            [
                part.number,
                part.text,
                part.family.uom,
                part.family.handling,
                "yes" if "s" in flags else "no",
                "yes" if "l" in flags else "no",
                part.family.criticality,
                f"{part.weight:.3f}",
                " ".join(part.bins),
            ]
        )
    return rows


# --- orders ---------------------------------------------------------------------------------------------------------


def make_orders(rng: random.Random, parts: list[Part], zones: dict[str, str]) -> list[dict[str, Any]]:
    """Lines of all orders; the last RUSH orders are the rush orders that come as JSON."""
    stock = [part for part in parts if part.bins[0] in zones]
    favourites = rng.sample(stock, 12)  # spring season: everybody wants these, so pickers meet at their bins
    lines = []
    tote = 700
    for n in range(ORDERS + RUSH):
        rush = n >= ORDERS
        order = f"SO-{FIRST_ORDER + n + (900 if rush else 0)}"
        wanted = rng.sample(stock, rng.choice((1, 1, 2, 3, 3, 4, 5, 6, 8, 12)) if not rush else rng.randint(1, 3))
        if rng.random() < 0.6:
            wanted[0] = next(part for part in rng.sample(favourites, 12) if part not in wanted[1:])
        priority = 90 if rush else rng.choices((30, 50, 70), (2, 6, 2))[0]
        due = rng.choice((20, 30, 45)) if rush else rng.choice((60, 90, 120, 180, 240, 480))
        totes: dict[str, str] = {}
        for number, part in enumerate(wanted, 1):
            location = rng.choice(part.bins)
            if zones[location] not in totes:
                tote += 1
                totes[zones[location]] = f"TOTE-{tote}"
            lines.append(
                {
                    "rush": rush,
                    "order": order,
                    "line": number * 10,
                    "part": part,
                    "location": location,
                    "qty": quantity(rng, part),
                    "priority": priority,
                    "due": due,
                    "zone": zones[location],
                    "tote": totes[zones[location]],
                }
            )
    return lines


def quantity(rng: random.Random, part: Part) -> int:
    if part.family.prefix in BULK_SMALL:
        return rng.choice((10, 20, 25, 50, 100, 120, 200))
    if part.weight > 3 or "s" in part.family.flags:
        return rng.choice((1, 1, 1, 2))
    return rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 10, 12))


def orders_table(lines: list[dict[str, Any]]) -> list[list[Any]]:
    """`due`: minutes from the moment of sending, so that the sample never grows old."""
    rows: list[list[Any]] = [
        ["order", "line", "part", "location", "qty", "uom", "priority", "due", "zone", "tote", "text"]
    ]
    for line in lines:
        part = line["part"]
        head = [line["order"], line["line"], part.number, line["location"], line["qty"], part.family.uom]
        rows.append([*head, line["priority"], f"+{line['due']}", line["zone"], line["tote"], part.text])
    return rows


def make_tasks(lines: list[dict[str, Any]], digits: dict[str, str]) -> list[dict[str, Any]]:
    """One task per order and zone. Serials and lots are "none": this site captures them at the packing table."""
    tasks: dict[str, dict[str, Any]] = {}
    for line in lines:
        part = line["part"]
        task = tasks.setdefault(
            f"{line['order']}/{line['zone']}",
            {
                "task_id": f"{line['order']}/{line['zone']}",
                "revision": 1,
                "priority": line["priority"],
                "mode": "pick",
                "zone": line["zone"],
                "refs": [{"type": "order", "id": line["order"]}],
                "lines": [],
            },
        )
        entry = {
            "line_id": str(line["line"]),
            "seq": line["line"] // 10,
            "location": line["location"],
            "sku": part.number,
            "text": part.text,
            "qty": line["qty"],
            "uom": part.family.uom,
            "check": {"digits": digits[line["location"]], "scan": "none"},
            "lot": "none",
            "serials": "none",
            "criticality": part.family.criticality,
            "to": {"container": line["tote"]},
        }
        if part.family.handling:
            entry["handling"] = part.family.handling.split()
        task["lines"].append(entry)
    return list(tasks.values())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
