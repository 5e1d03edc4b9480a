"""Bytes in, core inputs or every fault out.

In: good, wrong and hostile messages. Out: the table of refusals of the contract, one row per rule.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from characters import CHARACTERS
from hypothesis import given
from hypothesis import strategies as st
from wms_rig import SITE, dumps, task

from controller.core import inputs as i
from controller.core.model import CancelMode
from controller.wms import messages as m
from controller.wms import raw as raw_reading
from controller.wms.check import Known, check_task, is_plain
from controller.wms.codec import Codec, _convert

CODEC = Codec(SITE, "in/task", "in/cmd")
GOOD = {"location": "A.03.07:2", "sku": "1", "qty": 1}


def line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{**GOOD, **changes}]}


def faults(message: object, *, retained: bool = False) -> set[tuple[str, str]]:
    raw = message if isinstance(message, bytes) else dumps(message)
    refused = CODEC.task(raw, retained=retained)
    assert isinstance(refused, i.MessageRefused), refused
    return {(fault.code, fault.path) for fault in refused.faults}


def accepted(message: dict[str, Any]) -> i.TaskArrived:
    arrived = CODEC.task(dumps(message))
    assert isinstance(arrived, i.TaskArrived), arrived
    return arrived


QTY, LOC = "$.lines[0].qty", "$.lines[0].location"
REFUSALS: list[tuple[str, Any, set[tuple[str, str]]]] = [
    ("not JSON", b"{", {("MALFORMED_JSON", "$")}),
    ("empty", b"", {("MALFORMED_JSON", "$")}),
    ("not UTF-8", b'{"task_id":"\xff"}', {("MALFORMED_JSON", "$")}),
    ("byte order mark", b"\xef\xbb\xbf{}", {("MALFORMED_JSON", "$")}),
    ("deep nesting", b'{"a":' * 9000 + b"1" + b"}" * 9000, {("MALFORMED_JSON", "$")}),
    (
        "deep list in a good task",
        dumps(task())[:-1] + b',"x":' + b"[" * 30000 + b"]" * 30000 + b"}",
        {("MALFORMED_JSON", "$")},
    ),
    ("no object", b"[]", {("SCHEMA_INVALID", "$")}),
    ("too large", b" " * (m.MAX_BYTES + 1), {("TOO_LARGE", "$")}),
    ("too many lines", task(lines=[GOOD] * 201), {("TOO_LARGE", "$.lines")}),
    ("no lines", task(lines=[]), {("SCHEMA_INVALID", "$.lines")}),
    ("qty -4", task(**line(qty=-4)), {("OUT_OF_RANGE", QTY)}),
    ("qty 0", task(**line(qty=0)), {("OUT_OF_RANGE", QTY)}),
    ("qty NaN", b'{"task_id":"T","lines":[{"location":"A.03.07:2","sku":"1","qty":NaN}]}', {("OUT_OF_RANGE", QTY)}),
    (
        "qty Infinity",
        b'{"task_id":"T","lines":[{"location":"A.03.07:2","sku":"1","qty":-Infinity}]}',
        {("OUT_OF_RANGE", QTY)},
    ),
    (
        "qty huge",
        b'{"task_id":"T","lines":[{"location":"A.03.07:2","sku":"1","qty":1e999999999}]}',
        {("OUT_OF_RANGE", QTY)},
    ),
    (
        "qty tiny",
        b'{"task_id":"T","lines":[{"location":"A.03.07:2","sku":"1","qty":1e-999999999999999999999}]}',
        {("OUT_OF_RANGE", QTY)},
    ),
    (
        "5000 digits",
        b'{"task_id":"T","lines":[{"location":"A.03.07:2","sku":"1","qty":' + b"9" * 5000 + b"}]}",
        {("OUT_OF_RANGE", QTY)},
    ),
    ("qty too large", task(**line(qty=1_000_000)), {("OUT_OF_RANGE", QTY)}),
    ("four decimals", task(**line(qty="0.0001")), {("OUT_OF_RANGE", QTY)}),
    ("string NaN", task(**line(qty="NaN")), {("OUT_OF_RANGE", QTY)}),
    ("string 1E5", task(**line(qty="1E5")), {("OUT_OF_RANGE", QTY)}),
    ("no number", task(**line(qty="four")), {("SCHEMA_INVALID", QTY)}),
    ("true", task(**line(qty=True)), {("SCHEMA_INVALID", QTY)}),
    (
        "2.5 of a serial item",
        task(**line(qty=2.5, serials="capture")),
        {("OUT_OF_RANGE", QTY), ("CAPABILITY_MISSING", "$.lines[0].serials")},
    ),
    ("qty_max below qty", task(**line(qty=4, qty_max=3)), {("OUT_OF_RANGE", "$.lines[0].qty_max")}),
    (
        "a key twice",
        b'{"task_id":"T","task_id":"U","lines":[{"location":"A.03.07:2","sku":"1","qty":1,"qty":2}]}',
        {("DUPLICATE_KEY", "$.task_id"), ("DUPLICATE_KEY", QTY)},
    ),
    (
        "a line id twice",
        task(lines=[{**GOOD, "line_id": "7"}, {**GOOD, "line_id": "7"}]),
        {("DUPLICATE_LINE_ID", "$.lines[1].line_id")},
    ),
    (
        "a line id that is the default of another",
        task(lines=[{**GOOD, "line_id": "2"}, GOOD]),
        {("DUPLICATE_LINE_ID", "$.lines[1].line_id")},
    ),
    ("unknown location", task(**line(location="B.99.01:1")), {("UNKNOWN_LOCATION", LOC)}),
    ("foreign location", task(**line(location="B.01.01:1")), {("WRONG_CONTROLLER", LOC)}),
    ("unknown picker", task(picker="P-1"), {("UNKNOWN_PICKER", "$.picker")}),
    ("unknown zone", task(zone="Z9"), {("UNKNOWN_ZONE", "$.zone")}),
    ("scan asked", task(**line(check={"scan": "sku"})), {("CAPABILITY_MISSING", "$.lines[0].check.scan")}),
    ("lot asked", task(**line(lot="capture")), {("CAPABILITY_MISSING", "$.lines[0].lot")}),
    ("version 2", task(v="2.0"), {("UNSUPPORTED_VERSION", "$.v")}),
    ("must understand", task(must_understand=["lines", "substitute"]), {("UNSUPPORTED_FIELD", "$.must_understand[1]")}),
    ("control character", task(task_id="T\u0000"), {("SCHEMA_INVALID", "$.task_id")}),
    (
        "half a surrogate pair",
        b'{"task_id":"T\\ud800","lines":[{"location":"A.03.07:2","sku":"1","qty":1}]}',
        {("SCHEMA_INVALID", "$.task_id")},
    ),
    ("no time", task(due_at="tomorrow"), {("SCHEMA_INVALID", "$.due_at")}),
    ("time without offset", task(due_at="2026-11-22T06:12:33"), {("SCHEMA_INVALID", "$.due_at")}),
    ("priority 101", task(priority=101), {("OUT_OF_RANGE", "$.priority")}),
    ("revision 0", task(revision=0), {("OUT_OF_RANGE", "$.revision")}),
    ("revision 1.5", task(revision=1.5), {("SCHEMA_INVALID", "$.revision")}),
    ("unknown mode", task(mode="teleport"), {("SCHEMA_INVALID", "$.mode")}),
    ("missing ids", {"lines": [{"qty": 1}]}, {("SCHEMA_INVALID", "$"), ("SCHEMA_INVALID", "$.lines[0]")}),
]


@pytest.mark.parametrize(("message", "expected"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_each_rule_has_its_code_and_its_path(message: Any, expected: set[tuple[str, str]]) -> None:
    assert faults(message) == expected


def test_all_faults_come_in_one_answer_references_too_where_the_shape_is_wrong() -> None:
    message = task(
        v="3.0",
        zone="Z9",
        revision="x",
        due_at="soon",
        lines=[{**GOOD, "location": "X", "qty": -1}, {"sku": 5, "location": "A.03.07:2", "qty": "many"}, 7],
    )
    assert faults(message, retained=True) == {
        ("RETAINED_COMMAND", "$"),
        ("UNSUPPORTED_VERSION", "$.v"),
        ("UNKNOWN_ZONE", "$.zone"),
        ("SCHEMA_INVALID", "$.revision"),
        ("SCHEMA_INVALID", "$.due_at"),
        ("UNKNOWN_LOCATION", "$.lines[0].location"),
        ("OUT_OF_RANGE", "$.lines[0].qty"),
        ("SCHEMA_INVALID", "$.lines[1].sku"),
        ("SCHEMA_INVALID", "$.lines[1].qty"),
        ("SCHEMA_INVALID", "$.lines[2]"),
    }


def test_an_answer_stays_small_whatever_was_sent() -> None:
    refused = CODEC.task(dumps(task(lines=[{"location": "x" * 200, "qty": -1}] * 200)))
    assert isinstance(refused, i.MessageRefused)
    assert len(refused.faults) == 100
    assert max(len(fault.detail) for fault in refused.faults) <= 200


def test_what_a_refusal_is_about() -> None:
    raw = dumps(task(revision=3, zone="Z9"))
    refused = CODEC.task(raw)
    assert isinstance(refused, i.MessageRefused)
    assert (refused.cause, refused.task_id, refused.revision, refused.kind) == ("m-1", "T1", 3, "task")
    assert (refused.topic, refused.size, refused.sha256) == ("in/task", len(raw), sha256(raw).hexdigest())
    assert len(refused.digest) == 64


def test_the_least_a_wms_may_send() -> None:
    arrived = accepted({"task_id": "T1", "lines": [GOOD, GOOD]})
    assert arrived.cause == "task:T1"
    assert arrived.task.revision == 1
    assert [(x.line_id, x.seq, x.uom, x.qty) for x in arrived.task.lines] == [
        ("1", 1, "EA", Decimal(1)),
        ("2", 2, "EA", Decimal(1)),
    ]


def test_the_example_of_the_contract() -> None:
    message = {
        "v": "1.0", "id": "0194f0d2-7a11-7cc0-9f2e-3a5d7e1b0a01", "at": "2026-11-22T06:12:33.120Z", "src": "wms-1",
        "task_id": "WV-000187/T3", "revision": 2, "issued_at": "2026-11-22T06:12:33Z",
        "expires_at": "2026-11-22T15:00:00+01:00", "priority": 50, "mode": "pick", "zone": "Z3", "picker": None,
        "refs": [{"type": "order", "id": "SO-100234"}],
        "lines": [
            {"line_id": "10", "seq": 1, "location": "A.03.07:2", "sku": "08711000123457", "text": "Socks\tblack",
             "qty": 4, "uom": "EA", "check": {"digits": "47", "scan": "none"}, "lot": None, "serials": "none",
             "to": {"container": "TOTE-771", "slot": "2"}, "handling": ["fragile"], "criticality": "high",
             "owner": "ACME", "qty_max": "4.5", "some_field_of_ours": {"text": "kept\nfrom being read"}},
        ],
    }  # fmt: skip
    task_ = accepted(message).task
    assert task_.expires_at == task_.issued_at + 7 * 3600_000 + 47 * 60_000 + 27_000 if task_.issued_at else False
    only = task_.lines[0]
    assert (only.text, only.check_digits, only.scan, only.lot) == ("Socks black", "47", "none", "none")
    assert (only.container, only.slot, only.handling, only.owner) == ("TOTE-771", "2", ("fragile",), "ACME")
    assert only.qty_max == Decimal("4.5")


def test_a_site_with_a_scanner_takes_what_has_to_be_scanned() -> None:
    able = Codec(replace(SITE, capabilities=frozenset({"light", "scan"})), "t", "c")
    arrived = able.task(dumps(task(**line(lot="capture", serials="capture", check={"scan": "sku"}))))
    assert isinstance(arrived, i.TaskArrived)


def test_the_digest_is_of_the_body_not_of_the_envelope_nor_of_its_spelling() -> None:
    plain = accepted(task())
    respelled = json.dumps(task(id="other", at="2026-11-22T06:12:33Z", src="x"), indent=3).replace(
        '"qty": 4', '"qty": 4.0'
    )
    again = CODEC.task(respelled.encode())
    assert isinstance(again, i.TaskArrived)
    assert again.digest == plain.digest
    assert accepted(task(priority=51)).digest != plain.digest
    body = {key: value for key, value in task().items() if key not in ("v", "id")}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert plain.digest == sha256(canonical.encode()).hexdigest()


COMMANDS: list[tuple[dict[str, Any], object]] = [
    ({"type": "cancel", "task_id": "T", "mode": "now", "lines": ["2", "2", "1"]},
     i.CancelRequested(cause="c", task_id="T", mode=CancelMode.NOW, lines=("2", "1"))),
    ({"type": "cancel", "task_id": "T"}, i.CancelRequested(cause="c", task_id="T", mode=CancelMode.IF_NOT_STARTED)),
    ({"type": "pause"}, i.PauseRequested(cause="c", scope="ctl")),
    ({"type": "resume", "scope": "zone:Z3"}, i.ResumeRequested(cause="c", scope="zone:Z3")),
    ({"type": "prioritise", "task_id": "T", "priority": 90, "due_at": "1970-01-01T00:00:01Z"},
     i.PrioritiseRequested(cause="c", task_id="T", priority=90, due_at=1000)),
    ({"type": "reassign", "task_id": "T", "picker": None}, i.ReassignRequested(cause="c", task_id="T", picker=None)),
    ({"type": "sign_on", "picker": "P-044", "zones": ["Z3"]},
     i.SignOnRequested(cause="c", picker="P-044", zones=("Z3",))),
    ({"type": "sign_off", "picker": "P-044"}, i.SignOffRequested(cause="c", picker="P-044")),
    ({"type": "locate", "location": "A.03.07:2"}, i.LocateRequested(cause="c", location="A.03.07:2", seconds=30)),
    ({"type": "message", "picker": "P-044", "text": " gate\n4 "},
     i.MessageForPicker(cause="c", picker="P-044", text="gate 4", ttl_s=900)),
    ({"type": "resync", "stream": "s1", "from_seq": 4}, m.Resync(id="c", stream="s1", from_seq=4)),
    ({"type": "snapshot"}, m.Snapshot(id="c")),
    ({"type": "announce"}, m.Announce(id="c")),
    ({"type": "selftest"}, m.SelfTest(id="c")),
]  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), COMMANDS, ids=[str(row[0]["type"]) for row in COMMANDS])
def test_each_command(message: dict[str, Any], expected: object) -> None:
    assert CODEC.command(dumps({"id": "c", **message})) == expected


def test_every_kind_of_command_is_tested() -> None:
    assert {row[0]["type"] for row in COMMANDS} == set(m.COMMANDS)


WRONG_COMMANDS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"type": "cancel", "task_id": "T"}, ("SCHEMA_INVALID", "$")),
    ({"id": "c", "type": "explode"}, ("SCHEMA_INVALID", "$.type")),
    ({"id": "c"}, ("SCHEMA_INVALID", "$.type")),
    ({"id": "c", "type": "sign_on", "picker": "P-9"}, ("UNKNOWN_PICKER", "$.picker")),
    ({"id": "c", "type": "pause", "scope": "zone:Q"}, ("UNKNOWN_ZONE", "$.scope")),
    ({"id": "c", "type": "pause", "scope": "all"}, ("SCHEMA_INVALID", "$.scope")),
    ({"id": "c", "type": "locate", "location": "X"}, ("UNKNOWN_LOCATION", "$.location")),
    ({"id": "c", "type": "locate", "location": "A.03.07:2", "seconds": 0}, ("OUT_OF_RANGE", "$.seconds")),
    ({"id": "c", "type": "snapshot", "must_understand": ["pages"]}, ("UNSUPPORTED_FIELD", "$.must_understand[0]")),
]


@pytest.mark.parametrize(("message", "expected"), WRONG_COMMANDS)
def test_wrong_commands(message: dict[str, Any], expected: tuple[str, str]) -> None:
    refused = CODEC.command(dumps(message))
    assert isinstance(refused, i.MessageRefused)
    assert [(fault.code, fault.path) for fault in refused.faults] == [expected]
    assert refused.kind == "cmd"


def test_a_command_with_a_key_twice() -> None:
    refused = CODEC.command(b'{"id":"c","type":"pause","scope":"ctl","scope":"zone:Z3"}')
    assert isinstance(refused, i.MessageRefused)
    assert [fault.code for fault in refused.faults] == ["DUPLICATE_KEY"]


def test_acks() -> None:
    assert CODEC.ack(b'{"stream":"s1","upto":7,"more":1}') == m.Ack(stream="s1", upto=7)
    for wrong in (b"", b"[]", b"\xff", b'{"stream":"s1"}', b'{"stream":"s1","upto":-1}', b"[" * 60_000, b" " * 70_000):
        assert CODEC.ack(wrong) is None


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS, max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS, max_size=8), inner, max_size=4),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted(m.known_fields(m.TaskMessage) | m.known_fields(m.Cancel) | {"type", "scope", "zones"}))
MESSAGES = st.dictionaries(FIELDS, JSONS, max_size=8)
LINES = st.lists(st.dictionaries(st.sampled_from(sorted(m.known_fields(m.Line))), JSONS, max_size=8), max_size=4)


KNOWN = Known.of(SITE)
LINE_VALUES: dict[str, list[Any]] = {
    "location": ["A.03.07:2", "X", "B.01.01:1"],
    "line_id": ["1", "2", None],
    "qty": [1, Decimal("2.5"), "3"],
    "qty_max": [None, 2, 9],
    "lot": [None, "none", "capture"],
    "serials": [None, "none", "capture"],
    "check": [None, {"scan": None}, {"scan": "sku"}],
}


@given(st.binary(max_size=300) | MESSAGES.map(lambda x: json.dumps(x).encode()))
def test_no_bytes_raise(raw: bytes) -> None:
    results = [CODEC.task(raw), CODEC.command(raw, retained=True)]
    CODEC.ack(raw)
    CODEC.host_presence(raw)
    for result in results:
        if isinstance(result, i.MessageRefused):
            assert result.faults
            json.dumps([fault.detail for fault in result.faults], ensure_ascii=False).encode()


@given(MESSAGES, LINES, st.sampled_from(sorted(m.COMMANDS)))
def test_no_almost_right_message_raises(message: dict[str, Any], lines: list[dict[str, Any]], kind: str) -> None:
    CODEC.task(json.dumps({**message, "task_id": "T", "lines": lines}).encode())
    CODEC.command(json.dumps({**message, "type": kind}).encode())


@given(MESSAGES, st.booleans())
def test_the_quick_reading_is_the_exact_one(message: dict[str, Any], ascii_only: bool) -> None:
    raw = json.dumps({**message, "x": ["a:b", 1.50, 2.0, 1e3]}, ensure_ascii=ascii_only).encode("utf-8", "replace")
    quick, exact = raw_reading._read_fast(raw), raw_reading._read_exactly(raw)
    if quick is not None:
        assert quick == exact


@given(st.lists(st.sampled_from(["a", "b", "a:", "\\u003a", "\\u0061", "c"]), min_size=2, max_size=5))
def test_a_key_named_twice_never_passes_the_quick_reading(names: list[str]) -> None:
    inner = ",".join(f'"{name}":{n}' for n, name in enumerate(names))
    raw = f'{{"x":{{{inner}}}, "y":": :"}}'.encode()
    real = [json.loads(f'"{name}"') for name in names]
    assert (raw_reading._read_fast(raw) is None) or len(set(real)) == len(real)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(sorted(LINE_VALUES)), st.integers(0, 2), min_size=3), min_size=1, max_size=4
    )
)
def test_a_task_that_looks_plain_has_no_faults(picks: list[dict[str, int]]) -> None:
    lines = [{**GOOD, **{name: LINE_VALUES[name][n] for name, n in pick.items()}} for pick in picks]
    tree = task(lines=lines)
    message, wrong = _convert(tree, m.TaskMessage)
    assert not wrong
    assert message is not None
    if is_plain(message, KNOWN):
        assert list(check_task(tree, KNOWN)) == []


@given(st.integers(0, 5000), st.integers(0, 255))
def test_one_wrong_byte_in_a_good_task_never_raises(position: int, value: int) -> None:
    raw = bytearray(dumps(task(refs=[{"type": "o", "id": "1"}], due_at="2026-11-22T06:12:33Z")))
    raw[position % len(raw)] = value
    CODEC.task(bytes(raw))


# --- headsets -----------------------------------------------------------------------------------------------------

VOICE = Codec(replace(SITE, capabilities=frozenset({"light", "voice"})), "in/task", "in/cmd")
SERIALS = {"serials": "capture", "qty": 2}


def test_lots_and_serials_are_told_by_voice_where_the_host_says_what_to_expect() -> None:
    items = [{"serial": "S1", "lot": "L1"}, {"serial": "S2"}, {"serial": "S3"}]
    arrived = VOICE.task(dumps(task(**line(**SERIALS, items=items))))
    assert isinstance(arrived, i.TaskArrived)
    assert [(x.serial, x.lot) for x in arrived.task.lines[0].items] == [("S1", "L1"), ("S2", None), ("S3", None)]
    assert isinstance(VOICE.task(dumps(task(**line(lot="capture", items=[{"lot": "L1"}])))), i.TaskArrived)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (SERIALS, ("CAPABILITY_MISSING", "$.lines[0].serials")),
        ({**SERIALS, "items": [{"serial": "S1"}]}, ("OUT_OF_RANGE", "$.lines[0].items")),
        ({**SERIALS, "items": [{"serial": "S1"}, {"serial": "S1"}]}, ("OUT_OF_RANGE", "$.lines[0].items")),
        (
            {"lot": "capture", "items": [{"lot": "L1"}, {"serial": "S1"}]},
            ("SCHEMA_INVALID", "$.lines[0].items[1].lot"),
        ),
    ],
)
def test_expected_items_must_be_named_and_enough(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    refused = VOICE.task(dumps(task(**line(**fields))))
    assert isinstance(refused, i.MessageRefused)
    assert {(fault.code, fault.path) for fault in refused.faults} == {expected}


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_message_that_says_nothing_is_refused(text: str) -> None:
    command = {"id": "c-1", "type": "message", "picker": "P-044", "text": text}
    assert isinstance(VOICE.command(dumps(command)), i.MessageRefused)
