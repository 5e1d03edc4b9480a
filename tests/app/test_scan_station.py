"""The whole way of a scanned code: a real controller whose scanner is a pseudo-terminal, a real broker, simulated
modules.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from processes import completed, free_port, processes, until

from controller.demo.ledgers import read_journal, read_wms
from controller.demo.site import Folder, demo_document, embedded_mqtt, fresh_folder, toml_of
from controller.demo.wearers import ShelfLamps
from controller.settings import load
from firmware_sim.scanner import SimulatedScanner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
PICKER = "P-01"
BINS = ("A.01.01:2", "A.02.01:1")


def task() -> dict[str, Any]:
    """One piece, which a scan says all of, and two that have to be scanned before the key counts."""
    lines: list[dict[str, Any]] = [
        {"line_id": "1", "location": BINS[0], "sku": "SKU-1", "qty": 1, "uom": "EA"},
        {"line_id": "2", "location": BINS[1], "sku": "SKU-2", "qty": 2, "uom": "EA", "check": {"scan": "sku"}},
    ]
    return {"task_id": "T1", "picker": PICKER, "zone": "Z1", "lines": lines}


@contextmanager
def running(tmp_path: Path) -> Iterator[tuple[Folder, SimulatedScanner, dict[str, Any]]]:
    folder, port = fresh_folder(tmp_path / "d"), free_port()
    scanner = SimulatedScanner(tmp_path / "scanner")
    scanner.plug()
    document = demo_document(tomllib.loads(SITE.read_text()), SITE.parent, folder, embedded_mqtt(port))
    first = next(picker for picker in document["picker"] if picker["id"] == PICKER)
    first |= {"scanner": {"port": str(tmp_path / "scanner")}, "signed_on": True}
    folder.settings.write_text(toml_of(document), encoding="utf-8")
    with processes(folder, load(folder.settings), port, [task()]) as health:
        yield folder, scanner, health


def test_scanned_lines_are_booked_and_an_unplugged_scanner_comes_back(tmp_path: Path) -> None:
    with running(tmp_path) as (folder, scanner, health):
        shelf, module = ShelfLamps(folder.sim), load(folder.settings).module_at()
        until(lambda: health.get("tasks", {}).get("active"), f"the task was not begun: {health}")
        scanner.scan(f"]C1{BINS[0]}")
        scanner.scan("SKU-1")
        until(lambda: len(completed(folder)) == 1, "the first line was never booked")
        scanner.unplug()
        until(lambda: "SCANNER_OFFLINE" in json.dumps(health), f"health never told: {health}")
        shelf.press(module[BINS[1]], "confirm", 0.1, "too soon")
        until(lambda: "SCAN_FIRST" in str(read_wms(folder.wms)), "the key was not refused")
        scanner.plug()
        until(lambda: "SCANNER_OFFLINE" not in json.dumps(health), f"never mended: {health}")
        scanner.scan("SKU-2")
        until(lambda: "scan:sku" in str(read_journal(folder.journal).facts), "the code was not taken")
        shelf.press(module[BINS[1]], "confirm", 0.1, "now")
        until(lambda: len(completed(folder)) == 2, "the second line was never booked")
        first, second = completed(folder)
        assert (first["who"]["confirmed_by"], second["who"]["confirmed_by"]) == (["scan"], ["button", "scan"])
        assert str(first["cause"]).startswith(f"scan:{PICKER}:")
