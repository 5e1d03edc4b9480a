"""What the station knows now: the fold of all facts.

In: facts, by `evolve`. Out: frozen records. Nothing here is ever changed in place, so a state may be kept, compared
and handed around. Terminal tasks leave the state; the journal remembers their ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from controller.core.dialogue import TalkRecord
from controller.core.model import CancelMode, Line, LineState, ShortReason, Task, TaskState

NOTHING = Decimal(0)
SILENCE = TalkRecord()
"""Before the first word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """A line and how far it is. `lit_at`: wall ms of its last activation; `skips`: how often it was skipped."""

    line: Line
    state: LineState = LineState.OPEN
    picked: Decimal = NOTHING
    picker: str | None = None
    lit_at: int = 0
    reason: ShortReason | None = None
    skips: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A task and how far it is. `order`: how many tasks were accepted before it; `rested_at`: steady ms when it was
    picked.
    """

    task: Task
    digest: str
    state: TaskState
    lines: dict[str, LineRecord]
    order: int
    accepted_at: int
    picker: str | None = None
    pickers: tuple[str, ...] = ()
    started_at: int = 0
    rested_at: int = 0
    cancelling: CancelMode | None = None

    def in_state(self, *states: LineState) -> list[LineRecord]:
        """Its lines that are in one of these states, in the order of the task."""
        return [record for record in self.lines.values() if record.state in states]


@dataclass(frozen=True, slots=True)
class LastPick:
    """The confirmation that undo would take back."""

    task_id: str
    line_id: str
    location: str
    steady: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerRecord:
    """Somebody signed on. `place`: the location he was last seen at; `seen`: steady ms of his last sign of life."""

    picker_id: str
    zones: tuple[str, ...]
    seen: int
    task_id: str | None = None
    place: str | None = None
    last: LastPick | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on a bin's lamp. The first in the bin's queue owns it; `since`: steady ms when it became first."""

    picker: str
    task_id: str
    line_id: str
    token: int
    since: int


@dataclass(frozen=True, slots=True)
class Down:
    """Why a location's module cannot be used."""

    module: str
    fault: str


@dataclass(frozen=True, slots=True)
class EarlyCancel:
    """A cancel that came before its task; `until`: wall ms."""

    mode: CancelMode
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All of it. `shown`: locations pointed out, until steady ms; `showings`: activations so far, for tokens.

    `talks`: the talk with each picker who ever used a headset, signed on or not.
    """

    tasks: dict[str, TaskRecord] = field(default_factory=dict)
    pickers: dict[str, PickerRecord] = field(default_factory=dict)
    leases: dict[str, tuple[Lease, ...]] = field(default_factory=dict)
    down: dict[str, Down] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    early_cancels: dict[str, EarlyCancel] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()
    showings: int = 0
    arrivals: int = 0
    talks: dict[str, TalkRecord] = field(default_factory=dict)

    def talk_of(self, picker_id: str) -> TalkRecord:
        """What is remembered of the talk with this picker."""
        return self.talks.get(picker_id, SILENCE)

    def next_token(self) -> int:
        """The token of the next showing: 1–255, so that two showings in a row never share one."""
        return self.showings % 255 + 1

    def is_paused(self, picker: PickerRecord) -> bool:
        """Whether the station, this picker, all his zones or his task rest."""
        if not self.paused:
            return False
        if "ctl" in self.paused or f"picker:{picker.picker_id}" in self.paused:
            return True
        if picker.task_id is None:
            return False
        zone = self.tasks[picker.task_id].task.zone
        return f"task:{picker.task_id}" in self.paused or (zone is not None and f"zone:{zone}" in self.paused)
