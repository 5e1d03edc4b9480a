"""Where the work stands, event by event: what progress shows, and how the WMS knows when to send more.

In: booked events, in order. Out: counts. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]


def ends_task(event: Event) -> bool:
    """Whether nothing more will come of the event's task."""
    match event.get("type"):
        case "task_completed" | "task_returned" | "expired":
            return True
        case "task_rejected":
            return event.get("class") != "RETRY"
        case "cancelled":
            return event.get("scope") == "task" and not any(x.get("returned_required") for x in event.get("lines", ()))
    return False


LINK_COUNTERS = ("polls", "frames", "bad_frames", "duplicates", "repairs", "late_replies")
"""Of a bus, as `state/health` tells them."""


@dataclass(slots=True)
class Links:
    """The counters of all buses, over all lives of the controller: they begin anew with each."""

    past: Counter[str] = field(default_factory=Counter)
    present: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def take(self, health: Event) -> None:
        buses = (health.get("sys") or {}).get("buses") or {}
        for bus, counters in buses.items():
            now = {name: int(counters.get(name) or 0) for name in LINK_COUNTERS}
            before = self.present.get(bus, {})
            if now["polls"] < before.get("polls", 0):
                self.past.update(before)
            self.present[bus] = now

    def total(self) -> dict[str, int]:
        return {name: self.past[name] + sum(x[name] for x in self.present.values()) for name in LINK_COUNTERS}


@dataclass(slots=True)
class Tally:
    """`take` every event once."""

    accepted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    lines: dict[tuple[str, str], str] = field(default_factory=dict)
    """(task, line) -> how it stands: full, short, over."""
    by_picker: Counter[str] = field(default_factory=Counter)
    at_work: dict[str, str] = field(default_factory=dict)
    """Picker -> the task he has."""
    kinds: Counter[str] = field(default_factory=Counter)
    wrong_presses: int = 0
    modules_lost: int = 0

    @property
    def full(self) -> int:
        return sum(result != "short" for result in self.lines.values())

    @property
    def short(self) -> int:
        return sum(result == "short" for result in self.lines.values())

    def take(self, event: Event) -> None:
        self.kinds[str(event.get("type"))] += 1
        task = str(event.get("task_id"))
        if ends_task(event):
            self.ended.add(task)
            self.at_work = {picker: at for picker, at in self.at_work.items() if at != task}
        match event.get("type"):
            case "task_accepted":
                self.accepted.add(task)
            case "task_rejected":
                self.refused.add(task)
            case "task_started":
                self.at_work[str(event["picker"])] = task
            case "task_suspended":
                self.at_work.pop(str(event["picker"]), None)
            case "line_completed":
                self.lines[task, str(event["line_id"])] = str(event["result"])
                self.by_picker[str(event["who"]["picker"])] += 1
            case "line_corrected":
                self.lines.pop((task, str(event["line_id"])), None)
                self.by_picker[str(event["who"]["picker"])] -= 1
            case "exception":
                self.wrong_presses += event.get("code") == "WRONG_PRESS"
                self.modules_lost += event.get("code") == "MODULE_OFFLINE"
