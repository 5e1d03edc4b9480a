"""Every way in which a message's shape is wrong: the slow answer, asked for only after the fast decoder said no.

In: the raw JSON object and the Struct it should have been. Out: faults with paths. The JSON Schema that documents a
message is the one that judges it. jsonschema is imported on first use: a controller with a sane WMS never loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import msgspec

from controller.core.model import Fault
from controller.wms import messages as m
from controller.wms.raw import fault

MAX_FAULTS = 100
"""Of one message; an answer with more would itself be too large to send."""


def schema_hook(kind: type) -> dict[str, Any]:
    """The JSON Schema of our own field types, for `msgspec.json.schema`."""
    if kind is m.Quantity:
        return m.QUANTITY_SCHEMA
    raise NotImplementedError(kind)


def shape_faults(tree: dict[str, Any], kind: type[msgspec.Struct]) -> Iterator[Fault]:
    """What `kind`'s schema finds wrong, at most MAX_FAULTS."""
    for error in islice(_validator(kind)(tree), MAX_FAULTS):
        told = _branch(error)
        code = "OUT_OF_RANGE" if told.validator in RANGES else "SCHEMA_INVALID"
        yield fault(code, tuple(error.absolute_path), told.message)


RANGES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})


@cache
def _validator(kind: type[msgspec.Struct]) -> Callable[[Any], Iterator[Any]]:
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=msgspec.ValidationError)(_is_stamp)
    schema = msgspec.json.schema(kind, schema_hook=schema_hook)
    iter_errors: Callable[[Any], Iterator[Any]] = Draft202012Validator(schema, format_checker=formats).iter_errors
    return iter_errors


def _branch(error: Any) -> Any:
    """Of a choice that failed, the branch that fits the value's type: "'x' is not a date-time" and not "or null"."""
    fitting = [one for one in error.context or () if one.validator != "type" or list(one.path)]
    return fitting[0] if fitting else error


def _is_stamp(value: object) -> bool:
    if isinstance(value, str):
        msgspec.convert(value, m.Stamp)
    return True
