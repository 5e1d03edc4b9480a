"""A stop on purpose: nothing new is taken in, and the WMS has everything before the station leaves."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from processes import completed, free_port, processes, until
from rig import Rig, commits_after, make_task

from controller.demo.ledgers import read_journal, read_wms
from controller.demo.site import demo_document, embedded_mqtt, fresh_folder, toml_of
from controller.demo.wearers import ShelfLamps
from controller.leaving import leave
from controller.settings import load

SITE = Path(__file__).resolve().parents[2] / "config/parts-warehouse/pickbeam.toml"
PICKER, BIN = "P-01", "A.01.01:2"


@dataclass
class Receiver:
    """A WMS whose last acknowledgement takes a moment. `had`: the events that were on their way when it was asked."""

    rig: Rig
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledges: asyncio.Event = field(default_factory=asyncio.Event)
    had: list[str] = field(default_factory=list)

    async def delivered(self) -> None:
        self.had = [event["type"] for event in self.rig.events()]
        self.asked.set()
        await self.acknowledges.wait()


def test_who_leaves_takes_nothing_new_and_waits_until_what_was_decided_is_durable_and_acknowledged(
    tmp_path: Path,
) -> None:
    may_commit = threading.Event()

    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db", commits_after(may_commit))
        wms = Receiver(rig)
        rig.arrive(make_task("T1", "A.1"))
        leaving = asyncio.create_task(leave(rig.gate, wms))
        await asyncio.sleep(0)
        rig.arrive(make_task("T2", "A.2"))
        assert not wms.asked.is_set()
        may_commit.set()
        await wms.asked.wait()
        assert wms.had == ["picker_signed_on", "task_accepted", "task_started"]
        assert not leaving.done()
        wms.acknowledges.set()
        await leaving
        assert rig.acknowledged == ["T1"], "T2 comes again"
        assert [event["type"] for event in rig.events()] == wms.had
        rig.close()

    asyncio.run(scenario())


def test_nobody_waits_long_for_a_wms_that_does_not_acknowledge(tmp_path: Path) -> None:
    async def scenario() -> None:
        rig = Rig(tmp_path / "j.db")
        await leave(rig.gate, Receiver(rig), limit_s=0.0)
        rig.close()

    asyncio.run(scenario())


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_an_event_of_the_last_moment_is_acknowledged_before_the_controller_ends(tmp_path: Path) -> None:
    """The WMS acknowledges 0.2 s after it has booked; the controller is asked to stop before that."""
    folder, port = fresh_folder(tmp_path / "d"), free_port()
    document = demo_document(tomllib.loads(SITE.read_text()), SITE.parent, folder, embedded_mqtt(port))
    next(picker for picker in document["picker"] if picker["id"] == PICKER)["signed_on"] = True
    folder.settings.write_text(toml_of(document), encoding="utf-8")
    line = {"line_id": "1", "location": BIN, "sku": "SKU-1", "qty": 1, "uom": "EA"}
    task: dict[str, Any] = {"task_id": "T1", "picker": PICKER, "zone": "Z1", "lines": [line]}
    settings = load(folder.settings)
    with processes(folder, settings, port, [task]) as health:
        until(lambda: health.get("tasks", {}).get("active"), f"the task was not begun: {health}")
        ShelfLamps(folder.sim).press(settings.module_at()[BIN], "confirm", 0.1, "last")
        until(lambda: completed(folder), "the line was never booked")
    journal = read_journal(folder.journal)
    assert journal.acked == journal.events[-1].seq
    assert [event.seq for event in read_wms(folder.wms)] == [event.seq for event in journal.events]
