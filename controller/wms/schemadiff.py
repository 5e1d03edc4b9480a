"""What an old partner would stumble over in a changed schema.

In: the frozen and the present schema of a message, and who writes it. Out: sentences, one for each breaking change.
What a controller reads may only become more generous; what it writes may only say more, in values known before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaking(old: Schema, new: Schema, *, inbound: bool) -> list[str]:
    """`inbound`: the controller reads it. Empty: old partners notice nothing."""
    return list(_Comparison(old, new, inbound=inbound).differences(old, new, "$", 0))


class _Comparison:
    def __init__(self, old: Schema, new: Schema, *, inbound: bool) -> None:
        self._old = old
        self._new = new
        self._inbound = inbound

    def differences(self, old: Schema, new: Schema, path: str, depth: int) -> Iterator[str]:
        old, new = _resolve(old, self._old), _resolve(new, self._new)
        if depth > 20:
            return
        yield from self._fields(old, new, path, depth)
        yield from self._values(old, new, path)
        if "items" in old and "items" in new:
            yield from self.differences(old["items"], new["items"], f"{path}[]", depth + 1)
        yield from self._branches(old, new, path, depth)

    def _fields(self, old: Schema, new: Schema, path: str, depth: int) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{path}.{name}: the field is gone"
            else:
                yield from self.differences(before[name], after[name], f"{path}.{name}", depth + 1)
        asked, now_asked = set(old.get("required", ())), set(new.get("required", ()))
        if self._inbound:
            yield from (f"{path}.{name}: has become required" for name in sorted(now_asked - asked))
        else:
            gone = (asked - now_asked) & set(after)
            yield from (f"{path}.{name}: is no longer always there" for name in sorted(gone))

    def _values(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = _types(old), _types(new)
        lost = before - after if self._inbound else after - before
        if before and after and lost:
            verb = "no longer takes" if self._inbound else "may now be"
            yield f"{path}: {verb} {', '.join(sorted(lost))}"
        if "enum" in old or "enum" in new:
            yield from self._enum(old, new, path)
        if self._inbound:
            yield from _narrowed(old, new, path)
        if old.get("pattern") != new.get("pattern") and self._inbound and "pattern" in new:
            yield f"{path}: another pattern: {new['pattern']}"

    def _enum(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        if not self._inbound:
            return  # a receiver stores values it does not know
        if "enum" in new and "enum" not in old:
            yield f"{path}: takes only {new['enum']} now"
        elif "enum" in new:
            gone = [value for value in old["enum"] if value not in new["enum"]]
            yield from (f"{path}: no longer takes {value!r}" for value in gone)

    def _branches(self, old: Schema, new: Schema, path: str, depth: int) -> Iterator[str]:
        """Branches of a choice are compared by their type."""
        after = {_kind(branch, self._new): branch for branch in new.get("anyOf", (new,))}
        for branch in old.get("anyOf", ()):
            same = after.get(_kind(branch, self._old))
            if same is not None and _kind(branch, self._old) != "null":
                yield from self.differences(branch, same, path, depth + 1)
            elif same is None and self._inbound:
                yield f"{path}: no longer takes {_kind(branch, self._old)}"


def _narrowed(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in LOWER:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{path}: {name} is {new[name]}, was {old.get(name, 'without')}"
    for name in UPPER:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{path}: {name} is {new[name]}, was {old.get(name, 'without')}"


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type", ())
    kinds = {kind} if isinstance(kind, str) else set(kind)
    return kinds | {"integer"} if "number" in kinds else kinds


def _kind(schema: Schema, root: Schema) -> str:
    kind = _resolve(schema, root).get("type", "anything")
    return kind if isinstance(kind, str) else "/".join(kind)


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema
