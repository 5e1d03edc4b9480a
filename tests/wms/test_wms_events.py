"""Facts to events: exactly the shapes of the contract.

In: states and facts around one task. Out: golden JSON; every event fits its schema.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from wms_rig import SCHEMAS, SITE

from controller.core import facts as f
from controller.core.model import CancelMode, Fault, Item, Line, LineState, RefusalClass, ShortReason, Task, TaskState
from controller.core.state import LineRecord, State, TaskRecord
from controller.wms import payloads as p
from controller.wms.events import LineSeqs, Projection, encode
from controller.wms.schema import OUTBOUND, file_name

LIT = 1_795_327_471_020
NOW = 1_795_327_502_450
LINES = (
    Line(line_id="10", seq=1, location="A.03.07:2", sku="1", qty=Decimal(4)),
    Line(line_id="20", seq=2, location="A.03.09:1", sku="2", qty=Decimal("3.5"), container="TOTE-771", slot="2"),
)
TASK = Task(task_id="WV-000187/T3", revision=2, lines=LINES, zone="Z3")
RECORD = TaskRecord(
    task=TASK,
    digest="5f0c",
    state=TaskState.STARTED,
    lines={line.line_id: LineRecord(line=line) for line in LINES},
    order=1,
    accepted_at=0,
    picker="P-044",
)
STATE = State(tasks={TASK.task_id: RECORD})
PROJECTION = Projection(SITE, {"A.03.09:1": "m-0317"}, lambda _wall: "+01:00")
BASE = {"at": NOW, "cause": "button:m-0317:3:5521"}
OF_TASK = {**BASE, "task_id": TASK.task_id}
OF_LINE = {**OF_TASK, "line_id": "20", "picker": "P-044"}
RESULTS = (
    f.LineResult(line_id="10", state=LineState.CONFIRMED, qty=Decimal(4), picked=Decimal(5)),
    f.LineResult(line_id="20", state=LineState.SHORT, qty=Decimal("3.5"), picked=Decimal(2)),
)
FAULT = Fault("UNKNOWN_LOCATION", "$.lines[1].location", "no module bound to 'X'", "X")


def told(fact: f.Fact, seqs: LineSeqs | None = None) -> dict[str, Any]:
    event = PROJECTION.event_of(fact, STATE, STATE, seqs or LineSeqs(), "s3f9")
    assert event is not None
    body = encode(
        event,
        controller="ctl-07",
        stream="s3f9",
        seq=10502,
        at=fact.at,
        cause=fact.cause,
        clk=p.Clock(sync=True, up_ms=8272460),
    )
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def test_a_short_line_as_in_the_contract() -> None:
    fact = f.LineShorted(**OF_LINE, picked=Decimal("2.00"), reason=ShortReason.DAMAGED, lit_at=LIT)
    assert told(fact) == {
        "v": "1.0",
        "id": "ctl-07:s3f9:10502",
        "at": "2026-11-22T06:05:02.450Z",
        "src": "ctl-07",
        "type": "line_completed",
        "stream": "s3f9",
        "seq": 10502,
        "cause": "button:m-0317:3:5521",
        "clk": {"sync": True, "up_ms": 8272460},
        "task_id": "WV-000187/T3",
        "revision": 2,
        "line_id": "20",
        "result": "short",
        "qty_planned": 3.5,
        "qty_picked": 2,
        "uom": "EA",
        "short": {"qty": 1.5, "reason": "DAMAGED", "note": None, "approved_by": None},
        "items": [],
        "where": {"location": "A.03.09:1", "module": "m-0317", "zone": "Z3"},
        "to": {"container": "TOTE-771", "slot": "2"},
        "who": {"picker": "P-044", "confirmed_by": ["button"]},
        "when": {
            "lit": "2026-11-22T06:04:31.020Z",
            "confirmed": "2026-11-22T06:05:02.450Z",
            "tz": "+01:00",
            "work_ms": 31430,
        },
    }


def test_a_full_and_an_over_picked_line() -> None:
    full = told(f.LineConfirmed(**OF_LINE, picked=Decimal("3.5"), lit_at=LIT))
    assert (full["result"], full["short"], full["qty_picked"]) == ("full", None, 3.5)
    assert told(f.LineConfirmed(**OF_LINE, picked=Decimal(4), lit_at=LIT))["result"] == "over"


def test_captured_items_and_what_confirmed_the_line() -> None:
    by = ("voice", "check_digits")
    serials = (Item(serial="S1", lot="L1"), Item(serial="S2"))
    event = told(f.LineConfirmed(**OF_LINE, picked=Decimal("3.5"), lit_at=LIT, confirmed_by=by, items=serials))
    assert event["items"] == [{"qty": 1, "lot": "L1", "serial": "S1"}, {"qty": 1, "lot": None, "serial": "S2"}]
    assert event["who"]["confirmed_by"] == ["voice", "check_digits"]
    lot = told(f.LineConfirmed(**OF_LINE, picked=Decimal("3.5"), lit_at=LIT, items=(Item(lot="L1"),)))
    assert lot["items"] == [{"qty": 3.5, "lot": "L1", "serial": None}]


def test_a_slip_with_the_check_digits_is_nobodys_business() -> None:
    fact = f.ProofRefused(**OF_LINE, location="A.03.09:1", said="48", attempt=2)
    assert PROJECTION.event_of(fact, STATE, STATE, LineSeqs(), "s3f9") is None


def test_completion_refers_to_the_events_of_its_lines_and_a_correction_to_the_event_undone() -> None:
    seqs = LineSeqs()
    seqs.note(
        PROJECTION.event_of(f.LineConfirmed(**OF_LINE, picked=Decimal(2), lit_at=LIT), STATE, STATE, seqs, "s"), 9
    )  # type: ignore[arg-type]
    undone = told(f.PickUndone(**OF_LINE, was=LineState.CONFIRMED, picked=Decimal(2)), seqs)
    assert (undone["corrects"], undone["qty_picked"], undone["qty_was"]) == ("ctl-07:s3f9:9", 0, 2)
    fact = f.TaskCompleted(
        **OF_TASK,
        revision=2,
        digest="d",
        lines=RESULTS,
        containers=("TOTE-771",),
        pickers=("P-044",),
        started_at=LIT,
        work_ms=67302,
    )
    done = told(fact, seqs)
    assert done["lines"] == [
        {"line_id": "10", "result": "over", "qty_picked": 5, "seq": None},
        {"line_id": "20", "result": "short", "qty_picked": 2, "seq": 9},
    ]
    assert (done["result"], done["started"], done["work_ms"]) == (
        "completed_short",
        "2026-11-22T06:04:31.020Z",
        67302,
    )


def test_answers_to_tasks() -> None:
    accepted = told(f.TaskAccepted(**BASE, task=TASK, digest="5f0c9a", queue_pos=4))
    assert {key: accepted[key] for key in ("type", "task_id", "revision", "queue_pos", "digest")} == {
        "type": "task_accepted",
        "task_id": "WV-000187/T3",
        "revision": 2,
        "queue_pos": 4,
        "digest": "sha256:5f0c9a",
    }
    fact = f.TaskRejected(
        **OF_TASK, revision=1, digest="", refusal=RefusalClass.RETRY, faults=(FAULT,), retry_after_s=30, sha256="ab"
    )
    rejected = told(fact)
    assert (rejected["class"], rejected["retry_after_s"], rejected["of"]) == ("RETRY", 30, None)
    assert rejected["errors"] == [
        {"code": "UNKNOWN_LOCATION", "path": "$.lines[1].location", "detail": "no module bound to 'X'", "ref": "X"}
    ]


def test_an_unreadable_message_is_named_by_its_hash() -> None:
    fact = f.TaskRejected(
        **BASE, task_id=None, revision=None, digest="", refusal=RefusalClass.FIX, faults=(FAULT,), topic="t", size=3,
        sha256="ab",
    )  # fmt: skip
    assert told(fact)["of"] == {"topic": "t", "bytes": 3, "sha256": "ab"}


CANCEL = {"revision": 2, "mode": CancelMode.NOW, "lines": RESULTS}
TELLING: list[tuple[f.Fact, dict[str, Any]]] = [
    (f.TaskStarted(**OF_TASK, picker="P-044", steady=0), {"type": "task_started", "picker": "P-044"}),
    (f.TaskSuspended(**OF_TASK, picker="P-044", why="IDLE"), {"type": "task_suspended", "why": "IDLE"}),
    (f.TaskRevised(**BASE, task=TASK, digest="5f", queue_pos=1), {"type": "task_accepted", "revision": 2}),
    (f.TaskCancelled(**OF_TASK, digest="d", **CANCEL), {"type": "cancelled", "scope": "task", "mode": "now"}),
    (f.TaskRecalled(**OF_TASK, digest="d", **CANCEL), {"type": "cancelled", "scope": "task"}),
    (f.LinesCancelled(**OF_TASK, **CANCEL), {"type": "cancelled", "scope": "lines"}),
    (f.TaskReturned(**OF_TASK, revision=2, digest="d"), {"type": "task_returned", "revision": 2}),
    (f.TaskExpired(**OF_TASK, revision=2, digest="d", expires_at=0),
     {"type": "expired", "expires_at": "1970-01-01T00:00:00.000Z"}),
    (f.LineReturned(**OF_LINE, picked=Decimal(2)), {"type": "line_returned", "qty": 2, "line_id": "20"}),
    (f.CommandDone(**BASE, command="pause"), {"type": "cmd_done", "command": "pause", "note": None}),
    (f.CommandRefused(**BASE, command="cancel", refusal=RefusalClass.DROP, faults=(FAULT,)),
     {"type": "cmd_refused", "class": "DROP"}),
    (f.Paused(**BASE, scope="ctl"), {"type": "paused", "scope": "ctl"}),
    (f.Resumed(**BASE, scope="ctl"), {"type": "resumed", "scope": "ctl"}),
    (f.PickerSignedOn(**BASE, picker="P-044", zones=("Z3",), steady=0), {"type": "picker_signed_on", "zones": ["Z3"]}),
    (f.PickerSignedOff(**BASE, picker="P-044", why="IDLE"), {"type": "picker_signed_off", "why": "IDLE"}),
    (f.LocationDown(**BASE, location="A.03.09:1", module="m-0317", fault="NO_REPLY"),
     {"type": "exception", "code": "MODULE_OFFLINE", "level": "warn", "detail": "NO_REPLY"}),
    (f.LocationUp(**BASE, location="A.03.09:1", module="m-0317"), {"type": "exception", "code": "MODULE_ONLINE"}),
    (f.StreamForked(**BASE, old="s1", head=5, acked=9), {"type": "stream_forked", "old": "s1", "head": 5, "acked": 9}),
    (f.WrongPress(**BASE, location="A.03.09:1", why="UNLIT", picker=None),
     {"type": "exception", "code": "WRONG_PRESS", "detail": "UNLIT"}),
    (f.HeadsetDown(**BASE, picker="P-044", fault="MIC_LOST"),
     {"type": "exception", "code": "HEADSET_OFFLINE", "level": "warn", "detail": "MIC_LOST", "picker": "P-044"}),
    (f.HeadsetUp(**BASE, picker="P-044"), {"type": "exception", "code": "HEADSET_ONLINE", "level": "info"}),
    (f.ProofRefused(**OF_LINE, location="A.03.09:1", said="48", attempt=3),
     {"type": "exception", "code": "CHECK_FAILED", "detail": "check digits wrong 3 times: 48", "picker": "P-044"}),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "expected"), TELLING, ids=[type(row[0]).__name__ for row in TELLING])
def test_what_each_fact_tells(fact: f.Fact, expected: dict[str, Any]) -> None:
    event = told(fact)
    assert {key: event[key] for key in expected} == expected


def test_goods_to_be_returned_are_listed() -> None:
    back = f.LineResult(line_id="10", state=LineState.PUT_BACK, qty=Decimal(4), picked=Decimal(4), return_required=True)
    fact = f.TaskRecalled(**OF_TASK, revision=2, digest="d", mode=CancelMode.NOW, lines=(back,))
    assert told(fact)["lines"] == [
        {"line_id": "10", "result": "cancelled_after_pick", "picked": 4, "returned_required": True}
    ]


SILENT = {
    "TaskPicked", "CancelBegun", "TaskPrioritised", "TaskReassigned", "CancelRemembered", "CancelForgotten",
    "PhraseTaken", "PhraseMisheard", "DialogueMoved", "ProofTooEarly", "VoiceAdjusted", "MessageQueued",
    "MessageAcknowledged", "MessageExpired",
    "LineActivated", "LineReleased", "LineCancelled", "LineRecalled", "LeasePassed", "LocationShown", "LocationHidden",
}  # fmt: skip


def test_every_kind_of_fact_is_either_told_or_known_to_be_our_own_business() -> None:
    """A new kind of fact has to be decided about here."""
    elsewhere = {"TaskAccepted", "TaskRejected", "LineConfirmed", "LineShorted", "PickUndone", "TaskCompleted"}
    assert {type(fact).__name__ for fact, _ in TELLING} | elsewhere | SILENT == set(f.fact_types())


@pytest.mark.parametrize("fact", [row[0] for row in TELLING], ids=lambda fact: type(fact).__name__)
def test_every_event_fits_its_schema(fact: f.Fact) -> None:
    event = told(fact)
    name = f"out/event.{event['type']}"
    assert name in OUTBOUND
    Draft202012Validator(SCHEMAS[file_name(name)]).validate(event)


def test_what_is_remembered_of_lines_is_read_back_from_the_outbox_and_forgotten_at_the_end() -> None:
    seqs, again = LineSeqs(), LineSeqs()
    facts = [
        f.LineConfirmed(**OF_LINE, picked=Decimal("3.5"), lit_at=LIT),
        f.TaskExpired(**{**OF_TASK, "task_id": "other"}, revision=1, digest="", expires_at=0),
    ]
    for seq, fact in enumerate(facts, start=7):
        event = PROJECTION.event_of(fact, STATE, STATE, seqs, "s")
        assert event is not None
        seqs.note(event, seq)
        again.read(
            encode(event, controller="c", stream="s", seq=seq, at=0, cause=None, clk=p.Clock(sync=True, up_ms=0))
        )
    assert seqs.lines == again.lines == {TASK.task_id: {"20": 7}}
    seqs.note(p.TaskReturned(task_id=TASK.task_id, revision=2), 9)
    assert seqs.lines == {}
