"""The frozen schemas and what counts as breaking them.

In: docs/schema/v1 and small changed schemas. Out: no difference; and every kind of breaking change is named.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from wms_rig import SCHEMAS, task

from controller.cli.schema import compare, documents
from controller.wms.schema import INBOUND, OUTBOUND
from controller.wms.schemadiff import breaking


def test_the_frozen_schemas_are_those_of_the_code(repo: Path) -> None:
    assert compare(repo / "docs" / "schema" / "v1", documents()) == []


@pytest.mark.slow
def test_every_schema_is_one() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_message_has_one() -> None:
    assert len(SCHEMAS) == len(INBOUND) + len(OUTBOUND)
    validator = Draft202012Validator(TASK)
    validator.validate(task())
    assert not validator.is_valid(task(lines=[{"location": "A", "sku": "1", "qty": -1}]))


def test_the_asyncapi_document_names_every_schema_file() -> None:
    files = documents()
    text = json.dumps(files["asyncapi.json"])
    assert files["asyncapi.json"]["asyncapi"] == "3.0.0"
    assert [name for name in files if name not in text] == ["host-presence.json", "asyncapi.json"]


TASK: dict[str, Any] = SCHEMAS["in-task.json"]


def changed(path: str, value: Any = None) -> dict[str, Any]:
    """TASK with one thing set, or taken away."""
    schema = deepcopy(TASK)
    *steps, last = path.split("/")
    node: Any = schema
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return schema


LINE = "$defs/Line"
BREAKING = [
    (changed("properties/zone"), "$.zone: the field is gone"),
    (changed("required", ["task_id", "lines", "zone"]), "$.zone: has become required"),
    (changed("properties/priority/maximum", 50), "$.priority: maximum is 50, was 100"),
    (changed("properties/priority/type", "string"), "$.priority: no longer takes integer"),
    (changed("properties/mode/enum", ["put"]), "$.mode: no longer takes 'pick'"),
    (changed(f"{LINE}/properties/sku/maxLength", 10), "$.lines[].sku: maxLength is 10, was 64"),
    (changed(f"{LINE}/properties/uom/anyOf/0/minLength", 2), "$.lines[].uom: minLength is 2, was 1"),
    (changed(f"{LINE}/properties/uom/anyOf", [{"type": "string", "minLength": 1, "maxLength": 16}]),
     "$.lines[].uom: no longer takes null"),
    (changed(f"{LINE}/properties/scanned_by", {"type": "string"}), None),
    (changed("properties/priority/maximum", 1000), None),
    (changed("required", ["lines"]), None),
]  # fmt: skip


@pytest.mark.parametrize(("new", "complaint"), BREAKING)
def test_what_breaks_senders(new: dict[str, Any], complaint: str | None) -> None:
    assert breaking(TASK, new, inbound=True) == ([] if complaint is None else [complaint])


EVENT: dict[str, Any] = SCHEMAS["out-event.task_accepted.json"]


def test_what_breaks_receivers() -> None:
    more = deepcopy(EVENT)
    more["properties"]["extra"] = {"type": "string"}
    more["required"].append("extra")
    assert breaking(EVENT, more, inbound=False) == []
    assert breaking(more, EVENT, inbound=False) == ["$.extra: the field is gone"]
    maybe = deepcopy(EVENT)
    maybe["required"].remove("digest")
    assert breaking(EVENT, maybe, inbound=False) == ["$.digest: is no longer always there"]
    text = deepcopy(EVENT)
    text["properties"]["queue_pos"] = {"type": "string"}
    assert breaking(EVENT, text, inbound=False) == ["$.queue_pos: may now be string"]


def test_a_stale_a_missing_and_a_lost_file_are_complaints(tmp_path: Path) -> None:
    files = documents()
    for name, document in files.items():
        (tmp_path / name).write_text(json.dumps(document))
    assert compare(tmp_path, files) == []
    (tmp_path / "in-ack.json").unlink()
    (tmp_path / "in-cmd.explode.json").write_text("{}")
    stale = {**files["in-task.json"], "description": "old"}
    (tmp_path / "in-task.json").write_text(json.dumps(stale))
    assert [line.partition(";")[0] for line in compare(tmp_path, files)] == [
        "in-cmd.explode.json: BREAKING: the message is gone",
        "in-task.json: differs",
        f"in-ack.json: is not there yet: pickbeam schema --write {tmp_path}",
    ]
