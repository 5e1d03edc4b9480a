"""The contract as JSON Schemas and as an AsyncAPI document, made from the very types that read and write messages.

In: `messages`, `payloads`, `states`. Out: `schemas()`, one JSON Schema 2020-12 per message; `asyncapi()`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from controller.wms import messages as m
from controller.wms import payloads as p
from controller.wms import states as s
from controller.wms.shape import schema_hook

BASE = "urn:pickbeam:schema:v1:"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

INBOUND: dict[str, type[msgspec.Struct]] = {
    "in/task": m.TaskMessage,
    **{f"in/cmd.{name}": kind for name, kind in m.COMMANDS.items()},
    "in/ack": m.Ack,
    "host/presence": m.HostPresence,
}
"""What a controller reads."""
OUTBOUND: dict[str, type[msgspec.Struct]] = {
    **{f"out/event.{name}": kind for name, kind in p.EVENTS.items()},
    "out/reply.snapshot": s.SnapshotPage,
    "state/presence": s.Presence,
    "state/info": s.Info,
    "state/health": s.Health,
}
"""What a controller writes."""
TOPICS = {
    "in/task": ("receive", "Tasks: new, or a higher revision."),
    "in/cmd": ("receive", "Commands."),
    "in/ack": ("receive", "How far the WMS has booked the event stream."),
    "out/event": ("send", "The gapless event stream."),
    "out/reply": ("send", "Pages of snapshots."),
    "state/presence": ("send", "Retained: birth, offline, last will."),
    "state/info": ("send", "Retained: limits and capabilities."),
    "state/health": ("send", "Retained: how the controller is."),
}


def file_name(message: str) -> str:
    """`out/event.task_accepted` -> `out-event.task_accepted.json`."""
    return message.replace("/", "-") + ".json"


def schemas() -> dict[str, Schema]:
    """File name -> schema, of every message."""
    found = {}
    for name, kind in {**INBOUND, **OUTBOUND}.items():
        schema = _schema(kind)
        if name.startswith("out/event."):
            schema = _enveloped(schema)
        schema = _numbers(schema)
        found[file_name(name)] = {"$schema": DIALECT, "$id": BASE + file_name(name), **schema}
    return found


def asyncapi() -> Schema:
    """An AsyncAPI 3 document that refers to the schema files beside it."""
    channels, operations = {}, {}
    for topic, (action, text) in TOPICS.items():
        key = topic.replace("/", "_")
        names = [name for name in {**INBOUND, **OUTBOUND} if name == topic or name.startswith(f"{topic}.")]
        channels[key] = {
            "address": f"ptl/v1/{{site}}/{{controller}}/{topic}",
            "description": text,
            "parameters": {"site": {"description": "Site id."}, "controller": {"description": "Controller id."}},
            "messages": {name.rpartition(".")[2].replace("/", "_"): _message(name) for name in names},
            "bindings": {"mqtt": {"bindingVersion": "0.2.0"}},
        }
        operations[f"{action}_{key}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{key}"},
            "bindings": {"mqtt": {"qos": 1, "retain": topic.startswith("state/"), "bindingVersion": "0.2.0"}},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Pickbeam controller (ptl/v1)", "version": m.VERSION, "description": "See docs/CONTRACT.md."},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
    }


def _message(name: str) -> Schema:
    payload = {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": {"$ref": file_name(name)}}
    return {"name": name, "contentType": "application/json", "payload": payload}


@cache
def _schema(kind: type[msgspec.Struct]) -> Schema:
    """The schema of one type, with the type itself on top and what it uses in `$defs`."""
    schema = msgspec.json.schema(kind, schema_hook=schema_hook)
    top = schema["$ref"].rpartition("/")[2]
    definitions = schema["$defs"]
    result: Schema = definitions.pop(top)
    if definitions:
        result["$defs"] = definitions
    return result


def _numbers(node: Any) -> Any:
    """Exact decimals are written as JSON numbers; msgspec supposes strings."""
    if isinstance(node, list):
        return [_numbers(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "decimal":
        return {"type": "number"}
    return {name: _numbers(value) for name, value in node.items()}


def _enveloped(schema: Schema) -> Schema:
    """An event with its envelope around it."""
    envelope = _schema(p.EventEnvelope)
    return {
        **schema,
        "properties": {**envelope["properties"], **schema["properties"]},
        "required": [*envelope["required"], *schema["required"]],
        "$defs": {**envelope["$defs"], **schema.get("$defs", {})},
    }
