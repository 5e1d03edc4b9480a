"""A shift small enough to read, in three books that agree: two orders, a short, an undo, a skip, a wrong press.

In: nothing. Out: `Story`, whose books a test may falsify before it asks for the differences.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from controller.demo.ledgers import Booked, FactRow, JournalBook, Lit, Press, ShelfBook, WmsBook, asked_of
from controller.demo.result import Layout, Result, judge

START = 1_800_000_000.0
MODULE_AT = {"A.1": "A-1", "A.2": "A-2", "B.1": "B-1", "G.1": "G-1", "HOME": "A-9"}
LAYOUT = Layout(MODULE_AT, frozenset({"A-9"}))


def line(line_id: str, location: str, qty: int) -> dict[str, Any]:
    return {"line_id": line_id, "location": location, "qty": qty}


ASKED = [
    ("SO-1", {"task_id": "T1", "lines": [line("10", "A.1", 5), line("20", "A.2", 3)]}),
    ("SO-2", {"task_id": "T2", "lines": [line("10", "B.1", 4), line("20", "G.1", 2)]}),
]


@dataclass
class Story:
    """`facts`, `events`, `presses`, `lit` in order; change them, then `differences()`."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=lambda: copy.deepcopy(ASKED))
    facts: list[FactRow] = field(default_factory=list)
    sent: list[Booked] = field(default_factory=list)
    booked: list[Booked] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    lit: list[Lit] = field(default_factory=list)
    cursors: dict[str, tuple[int, int]] = field(default_factory=dict)
    published: dict[str, float] = field(default_factory=dict)
    arrived: dict[tuple[str, int], float] = field(default_factory=dict)
    deaf: list[tuple[float, float]] = field(default_factory=list)
    acked: int | None = None
    now: float = START

    # --- telling it ---------------------------------------------------------------------------------------------------

    def fact(self, kind: str, cause: str, **body: Any) -> None:
        self.facts.append(FactRow(kind, {"at": int(self.now * 1000), "cause": cause, **body}))

    def event(self, kind: str, cause: str, **body: Any) -> None:
        seq = len(self.sent) + 1
        event = Booked("s1", seq, {"type": kind, "cause": cause, "seq": seq, **body})
        self.sent.append(event)
        self.booked.append(Booked("s1", seq, dict(event.body)))
        self.arrived["s1", seq] = self.now + 0.005

    def press(self, module: str, key: str, quantity: int = 0, *, token: int = 0) -> str:
        """Returns the cause of what follows."""
        self.now += 1.0
        seq = sum(press.module == module for press in self.presses) + 1
        gpio = module.startswith("G")
        numbers = {} if gpio else {"quantity": quantity, "token": token, "boot": 0xB007, "seq": seq}
        self.presses.append(Press(self.now, module, "P-01", key, **numbers))
        if gpio:
            self.now += 0.1
            return f"button:{module}:0abc:{seq}"
        self.cursors[module] = (0xB007, seq)
        return self.presses[-1].cause

    def confirm(self, task: str, line_id: str, module: str, picked: int, *, short: bool = False) -> None:
        cause = self.press(module, "short" if short else "confirm", picked)
        self.book(cause, task, line_id, picked, short=short)

    def book(self, cause: str, task: str, line_id: str, picked: int, *, short: bool = False) -> None:
        ids = {"task_id": task, "line_id": line_id}
        self.fact("LineShorted" if short else "LineConfirmed", cause, picked=str(picked), **ids)
        self.event("line_completed", cause, qty_picked=picked, result="short" if short else "full", **ids)

    def accept(self, task: str) -> None:
        self.now += 1.0
        cause = f"message-{task}"
        self.published[task] = self.now
        self.fact("TaskAccepted", cause, task={"task_id": task})
        self.event("task_accepted", cause, task_id=task)

    def complete(self, task: str, lines: list[tuple[str, str, int]]) -> None:
        cause = self.press("A-9", "confirm")
        summary = [{"line_id": line_id, "result": result, "qty_picked": qty} for line_id, result, qty in lines]
        self.fact("TaskCompleted", cause, task_id=task)
        self.event("task_completed", cause, task_id=task, lines=summary)

    # --- judging it ---------------------------------------------------------------------------------------------------

    def result(self, *, whole: bool = True) -> Result:
        wms = WmsBook(asked_of(self.asked), self.booked, self.published, self.arrived)
        acked = len(self.sent) if self.acked is None else self.acked
        journal = JournalBook(self.facts, self.sent, self.cursors, acked)
        return judge(wms, journal, ShelfBook(self.presses, self.lit), LAYOUT, self.deaf, whole=whole)

    def kinds(self, *, whole: bool = True) -> set[str]:
        """The kinds of all differences."""
        return {difference.kind for difference in self.result(whole=whole).differences}


def good_story() -> Story:
    """Three books that agree."""
    story = Story()
    story.press("A-9", "confirm")
    story.fact("PickerSignedOn", story.presses[-1].cause, picker="P-01")
    story.accept("T1")
    story.fact("LineActivated", "message-T1", task_id="T1", line_id="10", location="A.1", token=1)
    story.lit.append(Lit(story.now + 0.012, "A-1", 1))
    story.confirm("T1", "10", "A-1", 5)
    story.fact("WrongPress", story.press("B-1", "unlit"), location="B.1")
    undo = story.press("A-1", "undo")
    story.fact("PickUndone", undo, task_id="T1", line_id="10", picked="5")
    story.event("line_corrected", undo, task_id="T1", line_id="10", qty_picked=0, qty_was=5)
    story.confirm("T1", "10", "A-1", 5)
    skip = story.press("A-2", "skip")
    story.fact("LineReleased", skip, task_id="T1", line_id="20", why="SKIPPED")
    story.confirm("T1", "20", "A-2", 1, short=True)
    story.complete("T1", [("10", "full", 5), ("20", "short", 1)])
    story.accept("T2")
    story.confirm("T2", "10", "B-1", 4)
    story.confirm("T2", "20", "G-1", 2)
    story.complete("T2", [("10", "full", 4), ("20", "full", 2)])
    return story
