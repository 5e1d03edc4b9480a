"""From the bytes of one message to what the core is told.

In: payload bytes of `in/task`, `in/cmd`, `in/ack`, `_wms/state/presence`, whatever they hold; nothing raises.
Out: core inputs, door commands, or one `MessageRefused` that names every fault of the message with its path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from controller.core import inputs as i
from controller.core import model
from controller.core.model import Fault, RefusalClass, Site
from controller.wms import messages as m
from controller.wms.check import (
    NESTED,
    Known,
    check_characters,
    check_command,
    check_envelope,
    check_task,
    is_plain,
    quantity,
)
from controller.wms.raw import UNCLEAN, Document, fault, read
from controller.wms.shape import MAX_FAULTS, shape_faults

DoorCommand = m.Resync | m.Snapshot | m.Announce | m.SelfTest
"""Commands that the door answers by itself."""
TASK_FIELDS = m.known_fields(m.TaskMessage) | m.known_fields(m.Line)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

K = TypeVar("K", bound=msgspec.Struct)


class Codec:
    """Reads what is sent to one site. `topic_task` and `topic_command` are quoted in answers to unreadable messages."""

    def __init__(self, site: Site, topic_task: str, topic_command: str) -> None:
        self._known = Known.of(site)
        self._topics = {"task": topic_task, "cmd": topic_command}

    def task(self, raw: bytes, *, retained: bool = False) -> i.TaskArrived | i.MessageRefused:
        found = _open(raw)
        if isinstance(found, Fault):
            return self._unreadable("task", raw, found)
        faults = list(_common(found, TASK_FIELDS, retained=retained))
        message, wrong = _convert(found.tree, m.TaskMessage)
        if message is None or not is_plain(message, self._known):
            faults += check_task(found.tree, self._known)
        _add(faults, wrong)
        if message is None or faults:
            return self._refused("task", raw, found, faults)
        return i.TaskArrived(cause=message.id or f"task:{message.task_id}", task=_task(message), digest=found.digest)

    def command(self, raw: bytes, *, retained: bool = False) -> i.Input | DoorCommand:
        found = _open(raw)
        if isinstance(found, Fault):
            return self._unreadable("cmd", raw, found)
        name = found.tree.get("type")
        kind = m.COMMANDS.get(name) if isinstance(name, str) else None
        if kind is None:
            unknown = fault("SCHEMA_INVALID", ("type",), f"is one of {', '.join(m.COMMANDS)}", name)
            return self._refused("cmd", raw, found, [*_common(found, frozenset(), retained=retained), unknown])
        faults = [
            *_common(found, m.known_fields(kind), retained=retained),
            *check_command(found.tree, self._known),
        ]
        message, wrong = _convert(found.tree, kind)
        _add(faults, wrong)
        if message is None or faults:
            return self._refused("cmd", raw, found, faults)
        return _command(message)

    def ack(self, raw: bytes) -> m.Ack | None:
        """None for anything that is not an ack: the next one repairs it."""
        return _plain(raw, m.Ack)

    def host_presence(self, raw: bytes) -> m.HostPresence | None:
        return _plain(raw, m.HostPresence)

    def _unreadable(self, kind: str, raw: bytes, why: Fault) -> i.MessageRefused:
        return i.MessageRefused(
            cause=None,
            kind=kind,
            refusal=RefusalClass.FIX,
            faults=(why,),
            topic=self._topics[kind],
            size=len(raw),
            sha256=sha256(raw).hexdigest(),
        )

    def _refused(self, kind: str, raw: bytes, found: Document, faults: Iterable[Fault]) -> i.MessageRefused:
        tree = found.tree
        revision = tree.get("revision", 1)
        return i.MessageRefused(
            cause=_id(tree.get("id")),
            kind=kind,
            refusal=RefusalClass.FIX,
            faults=_tidy(faults),
            task_id=_id(tree.get("task_id")),
            revision=revision if type(revision) is int and 0 < revision < 2**53 else None,
            digest=found.digest,
            topic=self._topics[kind],
            size=len(raw),
            sha256=sha256(raw).hexdigest(),
        )


def _open(raw: bytes) -> Document | Fault:
    """Size first, then everything that JSON itself may have wrong."""
    if len(raw) > m.MAX_BYTES:
        return fault("TOO_LARGE", (), f"{len(raw)} bytes; at most {m.MAX_BYTES}")
    try:
        return read(raw)
    except RecursionError:
        return fault("MALFORMED_JSON", (), "nested too deeply")


def _common(found: Document, known: frozenset[str], *, retained: bool) -> Iterator[Fault]:
    if retained:
        yield fault("RETAINED_COMMAND", (), "sent with the retain flag: it would be repeated at every reconnect")
    yield from found.faults
    yield from check_envelope(found.tree, known)
    if found.escaped:
        yield from check_characters(found.tree, (), known | NESTED)


def _convert(tree: dict[str, Any], kind: type[K]) -> tuple[K | None, list[Fault]]:
    """The message, or what is wrong with its shape."""
    try:
        return msgspec.convert(tree, kind, dec_hook=_field), []
    except (msgspec.ValidationError, RecursionError) as error:
        return None, list(shape_faults(tree, kind)) or [fault("SCHEMA_INVALID", (), str(error))]


def _add(faults: list[Fault], wrong: list[Fault]) -> None:
    """Adds what the schema says, except where something better is said of the same place."""
    known = {one.path for one in faults}
    faults += [one for one in wrong if one.path not in known]


def _field(kind: type, value: object) -> object:
    if kind is m.Quantity:
        return quantity(value)
    raise NotImplementedError(kind)


def _tidy(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each fault once, few enough to be sent."""
    once = list({(one.code, one.path): one for one in faults}.values())
    if len(once) <= MAX_FAULTS:
        return tuple(once)
    more = fault("SCHEMA_INVALID", (), f"and {len(once) - MAX_FAULTS + 1} more")
    return (*once[: MAX_FAULTS - 1], more)


def _id(value: object) -> str | None:
    """An id fit to be echoed."""
    return value if isinstance(value, str) and 0 < len(value) <= 64 and not UNCLEAN.search(value) else None


def _plain(raw: bytes, kind: type[K]) -> K | None:
    if len(raw) > m.MAX_BYTES:
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def millis(stamp: datetime | None) -> int | None:
    """Wall milliseconds since 1970."""
    return None if stamp is None else (stamp - EPOCH) // MILLISECOND


# --- to the core --------------------------------------------------------------------------------------------------


def _task(message: m.TaskMessage) -> model.Task:
    return model.Task(
        task_id=message.task_id,
        revision=message.revision,
        lines=tuple(_line(line, index) for index, line in enumerate(message.lines)),
        mode=message.mode,
        priority=message.priority,
        due_at=millis(message.due_at),
        issued_at=millis(message.issued_at),
        expires_at=millis(message.expires_at),
        zone=message.zone,
        picker=message.picker,
        refs=tuple(model.Ref(type=ref.type, id=ref.id) for ref in message.refs or ()),
    )


def _line(line: m.Line, index: int) -> model.Line:
    check = line.check or m.Check()
    return model.Line(
        line_id=line.line_id or str(index + 1),
        seq=index + 1 if line.seq is None else line.seq,
        location=line.location,
        sku=line.sku,
        qty=Decimal(line.qty),
        qty_max=None if line.qty_max is None else Decimal(line.qty_max),
        text=" ".join((line.text or "").split()),
        uom=line.uom or "EA",
        check_digits=check.digits or "",
        scan=check.scan or "none",
        lot=line.lot or "none",
        serials=line.serials or "none",
        criticality=line.criticality or "normal",
        handling=tuple(line.handling or ()),
        owner=line.owner,
        container=line.to.container if line.to else None,
        slot=line.to.slot if line.to else None,
        items=tuple(model.Item(lot=one.lot, serial=one.serial) for one in line.items or ()),
    )


def _command(message: m.Command) -> i.Input | DoorCommand:
    cause = message.id
    match message:
        case m.Cancel(task_id=task_id, mode=mode, lines=lines):
            return i.CancelRequested(
                cause=cause, task_id=task_id, mode=model.CancelMode(mode), lines=tuple(dict.fromkeys(lines or ()))
            )
        case m.Pause(scope=scope):
            return i.PauseRequested(cause=cause, scope=scope)
        case m.Resume(scope=scope):
            return i.ResumeRequested(cause=cause, scope=scope)
        case m.Prioritise(task_id=task_id, priority=priority, due_at=due_at):
            return i.PrioritiseRequested(cause=cause, task_id=task_id, priority=priority, due_at=millis(due_at))
        case m.Reassign(task_id=task_id, picker=picker):
            return i.ReassignRequested(cause=cause, task_id=task_id, picker=picker)
        case m.SignOn(picker=picker, zones=zones):
            return i.SignOnRequested(cause=cause, picker=picker, zones=tuple(zones or ()))
        case m.SignOff(picker=picker):
            return i.SignOffRequested(cause=cause, picker=picker)
        case m.Locate(location=location, seconds=seconds):
            return i.LocateRequested(cause=cause, location=location, seconds=seconds)
        case m.Message(picker=picker, text=text, ttl_s=ttl_s):
            return i.MessageForPicker(cause=cause, picker=picker, text=" ".join(text.split()), ttl_s=ttl_s)
        case m.Resync() | m.Snapshot() | m.Announce() | m.SelfTest():
            return message
    raise TypeError(type(message))  # a kind of command without its case: our own mistake, found by the codec's test
