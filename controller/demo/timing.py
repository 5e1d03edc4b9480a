"""How long a task took to its first lamp, and a press to the WMS.

In: the three books, which module is where. Out: milliseconds. Pure.

Task → lamp: from the WMS's PUBLISH of a task that a waiting picker began at once, to the module showing it. Tasks that
had to wait for a picker are left out: that is work, not latency.
Press → report: from a module on a bus taking the press to the WMS receiving the event. GPIO buttons are left out: they
count when they are released, which measures the finger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from controller.demo.ledgers import FactRow, JournalBook, Press, ShelfBook, WmsBook

LAMP_LIMIT_S = 120.0
"""A token comes again after 255 pictures: a lamp later than this belongs to another."""


def task_to_lamp(wms: WmsBook, journal: JournalBook, shelf: ShelfBook, module_at: Mapping[str, str]) -> list[float]:
    """Milliseconds of each task that met a waiting picker, at its first bin on a bus."""
    lit: dict[tuple[str, int], list[float]] = {}
    for lamp in shelf.lit:
        lit.setdefault((lamp.module, lamp.token), []).append(lamp.t)
    found = []
    for task, first in _begun_at_once(journal.facts).items():
        sent = wms.sent.get(task)
        places = [(module_at.get(str(x.body["location"]), ""), int(x.body["token"])) for x in first]
        times = [t for place in places for t in lit.get(place, ()) if sent is not None and 0 <= t - sent < LAMP_LIMIT_S]
        if sent is not None and times:
            found.append((min(times) - sent) * 1000)
    return found


def press_to_report(wms: WmsBook, press_of: Mapping[str, Press]) -> list[float]:
    """Milliseconds of each press on a bus that booked something."""
    found = []
    for event in wms.events:
        press = press_of.get(str(event.body.get("cause")))
        arrived = wms.arrived.get((event.stream, event.seq))
        if event.body["type"] == "line_completed" and press is not None and press.seq and arrived is not None:
            found.append((arrived - press.t) * 1000)
    return found


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that is not exceeded by `share` of all; None of none."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, -int(-len(ranked) * share // 1) - 1))]


def _begun_at_once(facts: Sequence[FactRow]) -> dict[str, list[FactRow]]:
    """Task -> its activated lines, for tasks that were accepted and begun by one decision."""
    accepted: dict[str, str] = {}
    begun: dict[str, list[FactRow]] = {}
    for fact in facts:
        if fact.kind == "TaskAccepted":
            accepted[str(fact.body["task"]["task_id"])] = fact.cause
        elif fact.kind == "LineActivated" and accepted.get(str(fact.body["task_id"])) == fact.cause:
            begun.setdefault(str(fact.body["task_id"]), []).append(fact)
    return begun
