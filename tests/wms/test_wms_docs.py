"""What is shown to integrators is true: the examples of docs/CONTRACT.md and the sample orders.

In: the document, the sample site. Out: every example fits its schema, and what a controller reads is accepted.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from wms_rig import SCHEMAS, SITE, dumps

from controller.core.inputs import MessageRefused, TaskArrived
from controller.core.model import RefusalClass
from controller.settings import load
from controller.wms.codec import Codec
from controller.wms_host.orders import read_orders

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "CONTRACT.md"
EXAMPLES = re.findall(r"^```json (\S+)\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[f"{n} {name}" for n, (name, _) in enumerate(EXAMPLES)])
def test_the_examples_fit_their_schemas_and_are_understood(name: str, text: str) -> None:
    message = json.loads(text)
    Draft202012Validator(SCHEMAS[f"{name}.json"]).validate(message)
    codec = Codec(SITE, "t", "c")
    if name == "in-task":
        assert isinstance(codec.task(dumps(message)), TaskArrived)
    if name.startswith("in-cmd"):
        assert not isinstance(codec.command(dumps(message)), MessageRefused)
    if name == "in-ack":
        assert codec.ack(dumps(message)) is not None


def test_there_are_examples_of_every_direction() -> None:
    assert len(EXAMPLES) >= 12
    assert {name.partition("-")[0] for name, _ in EXAMPLES} == {"in", "out", "state"}


def test_every_code_that_the_controller_uses_is_in_the_document(repo: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    sources = [*(repo / "controller" / "core").rglob("*.py"), *(repo / "controller" / "wms").glob("*.py")]
    calls = "".join(path.read_text(encoding="utf-8") for path in sources)
    codes = set(re.findall(r'(?:Fault|fault)\(\s*"([A-Z_]+)"', calls))
    assert codes
    assert {code for code in codes if f"`{code}`" not in text} == set()
    assert all(f"| {kind.value} |" in text for kind in RefusalClass)


@pytest.mark.parametrize("name", ["orders.csv", "tasks.json"])
def test_the_sample_orders_are_accepted_by_the_sample_site(repo: Path, name: str) -> None:
    folder = repo / "config" / "parts-warehouse"
    codec = Codec(load(folder / "pickbeam.toml").site(), "t", "c")
    tasks = read_orders(folder / name)
    assert len(tasks) >= 20
    refused = [codec.task(dumps(task)) for task in tasks]
    assert [x for x in refused if isinstance(x, MessageRefused)] == []
