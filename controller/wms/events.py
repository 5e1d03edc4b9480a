"""From a fact to the event that tells the WMS of it.

In: a fact, the states around it, and a `Projection` of the site. Out: an event, or None for facts that are our own
business; `encode` puts the envelope around it. Pure: the same facts give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Union

import msgspec

from controller.core import facts as f
from controller.core.model import Fault, Item, LineState, Site
from controller.core.state import State, TaskRecord
from controller.wms import payloads as p
from controller.wms.messages import VERSION
from controller.wms.spelling import event_id, number, stamp
from controller.wms.troubles import trouble

RESULTS = {
    LineState.CONFIRMED: "full",
    LineState.SHORT: "short",
    LineState.PUT_BACK: "cancelled_after_pick",
    LineState.CANCELLED: "cancelled",
}
_encoder = msgspec.json.Encoder(decimal_format="number")


def utc_only(_wall: int) -> str:
    """The offset of a site that keeps UTC."""
    return "+00:00"


@dataclass(slots=True)
class LineSeqs:
    """Which event last told of a line: for `corrects`, and for the summary of a task.

    The app keeps one, puts `lines` into its snapshot, and `note`s every event with the seq it got. After a restart it
    reads the events since the snapshot again through `read`. A new stream starts with an empty one.
    """

    lines: dict[str, dict[str, int]] = field(default_factory=dict)

    def seq(self, task_id: str, line_id: str) -> int | None:
        return self.lines.get(task_id, {}).get(line_id)

    def note(self, event: p.Event, seq: int) -> None:
        match event:
            case p.LineCompleted(task_id=task_id, line_id=line_id):
                self.lines.setdefault(task_id, {})[line_id] = seq
            case p.LineCorrected(task_id=task_id, line_id=line_id):
                self.lines.get(task_id, {}).pop(line_id, None)
            case p.TaskCompleted(task_id=task_id) | p.Expired(task_id=task_id) | p.TaskReturned(task_id=task_id):
                self.lines.pop(task_id, None)
            case p.Cancelled(task_id=task_id, scope="task", lines=lines) if not any(x.returned_required for x in lines):
                self.lines.pop(task_id, None)

    def read(self, body: bytes) -> None:
        """Notes an event as it is kept in the outbox."""
        seq = msgspec.json.decode(body, type=_SeqOnly).seq
        self.note(msgspec.json.decode(body, type=_ANY_EVENT), seq)


@dataclass(frozen=True, slots=True)
class Projection:
    """How facts look to the WMS. `modules`: location -> module; `offset`: wall ms -> the site's offset, "+01:00"."""

    site: Site
    modules: Mapping[str, str] = field(default_factory=dict)
    offset: Callable[[int], str] = utc_only

    def event_of(self, fact: f.Fact, before: State, after: State, seqs: LineSeqs, stream: str) -> p.Event | None:
        """The event of `fact`, which turned `before` into `after`, in `stream`. None: nothing to tell."""
        match fact:
            case f.TaskAccepted() | f.TaskRevised() | f.TaskRejected() | f.CommandDone() | f.CommandRefused():
                return _answer(fact)
            case f.LineConfirmed() | f.LineShorted():
                return self._line_completed(fact, before.tasks[fact.task_id])
            case f.PickUndone():
                return self._line_corrected(fact, before.tasks[fact.task_id], seqs, stream)
            case f.LineReturned():
                return self._line_returned(fact, before.tasks[fact.task_id])
            case f.TaskStarted() | f.TaskSuspended():
                return _begun_or_left(fact, after.tasks[fact.task_id].task.revision)
            case f.TaskCompleted():
                return _task_completed(fact, seqs)
            case _:
                return _ended(fact) or _station(fact) or trouble(fact, self.site, self._where)

    def _line_completed(self, fact: f.LineConfirmed | f.LineShorted, record: TaskRecord) -> p.LineCompleted:
        line = record.lines[fact.line_id].line
        short = None
        if isinstance(fact, f.LineShorted):
            missing = number(line.qty - fact.picked)
            short = p.Short(qty=missing, reason=fact.reason.value, note=fact.note, approved_by=None)
        over = fact.picked > line.qty
        return p.LineCompleted(
            task_id=fact.task_id,
            revision=record.task.revision,
            line_id=fact.line_id,
            result="short" if short else "over" if over else "full",
            qty_planned=number(line.qty),
            qty_picked=number(fact.picked),
            uom=line.uom,
            short=short,
            items=[p.Item(qty=_pieces(x, fact.picked), lot=x.lot, serial=x.serial) for x in fact.items],
            where=self._where(line.location),
            to=None if line.container is None else p.To(container=line.container, slot=line.slot),
            who=p.Who(picker=fact.picker, confirmed_by=list(fact.confirmed_by)),
            when=p.When(
                lit=stamp(fact.lit_at),
                confirmed=stamp(fact.at),
                tz=self.offset(fact.at),
                work_ms=max(0, fact.at - fact.lit_at),
            ),
        )

    def _line_corrected(self, fact: f.PickUndone, record: TaskRecord, seqs: LineSeqs, stream: str) -> p.LineCorrected:
        seq = seqs.seq(fact.task_id, fact.line_id)
        return p.LineCorrected(
            task_id=fact.task_id,
            revision=record.task.revision,
            line_id=fact.line_id,
            corrects=None if seq is None else event_id(self.site.controller_id, stream, seq),
            qty_picked=0,
            qty_was=number(fact.picked),
            who=p.Who(picker=fact.picker, confirmed_by=[]),
        )

    def _line_returned(self, fact: f.LineReturned, record: TaskRecord) -> p.LineReturned:
        return p.LineReturned(
            task_id=fact.task_id,
            revision=record.task.revision,
            line_id=fact.line_id,
            qty=number(fact.picked),
            where=self._where(record.lines[fact.line_id].line.location),
            who=p.Who(picker=fact.picker, confirmed_by=[]),
        )

    def _where(self, location: str) -> p.Where:
        known = self.site.locations.get(location)
        return p.Where(location=location, module=self.modules.get(location), zone=known.zone if known else None)


def encode(
    event: p.Event, *, controller: str, stream: str, seq: int, at: int, cause: str | None, clk: p.Clock
) -> bytes:
    """The event as it is stored and sent. `at`: wall ms of its fact."""
    envelope = p.EventEnvelope(
        v=VERSION,
        id=event_id(controller, stream, seq),
        at=stamp(at),
        src=controller,
        stream=stream,
        seq=seq,
        cause=cause,
        clk=clk,
    )
    return _encoder.encode(envelope)[:-1] + b"," + _encoder.encode(event)[1:]


# --- the rest of the match ----------------------------------------------------------------------------------------


class _SeqOnly(msgspec.Struct):
    seq: int


_ANY_EVENT: Any = Union[tuple(p.EVENTS.values())]  # noqa: UP007 - the members are only known at run-time


def _answer(fact: f.Fact) -> p.Event | None:
    match fact:
        case f.TaskAccepted(task=task) | f.TaskRevised(task=task):
            return p.TaskAccepted(
                task_id=task.task_id,
                revision=task.revision,
                queue_pos=fact.queue_pos,
                digest=f"sha256:{fact.digest}",
            )
        case f.TaskRejected():
            readable = fact.task_id is not None or not fact.sha256
            return p.TaskRejected(
                task_id=fact.task_id,
                revision=fact.revision,
                class_=fact.refusal.value,
                retry_after_s=fact.retry_after_s,
                errors=errors(fact.faults),
                of=None if readable else p.Unreadable(topic=fact.topic, bytes=fact.size, sha256=fact.sha256),
            )
        case f.CommandDone():
            return p.CmdDone(command=fact.command, note=fact.note)
        case f.CommandRefused():
            return p.CmdRefused(command=fact.command, class_=fact.refusal.value, errors=errors(fact.faults))
    return None


def errors(faults: Iterable[Fault]) -> list[p.Error]:
    return [p.Error(code=x.code, path=x.path, detail=x.detail, ref=x.ref) for x in faults]


def _begun_or_left(fact: f.TaskStarted | f.TaskSuspended, revision: int) -> p.Event:
    if isinstance(fact, f.TaskStarted):
        return p.TaskStarted(task_id=fact.task_id, revision=revision, picker=fact.picker)
    return p.TaskSuspended(task_id=fact.task_id, revision=revision, picker=fact.picker, why=fact.why)


def _task_completed(fact: f.TaskCompleted, seqs: LineSeqs) -> p.TaskCompleted:
    short = any(line.state is LineState.SHORT for line in fact.lines)
    return p.TaskCompleted(
        task_id=fact.task_id,
        revision=fact.revision,
        result="completed_short" if short else "completed",
        lines=[
            p.CompletedLine(
                line_id=line.line_id,
                result=_result(line),
                qty_picked=number(line.picked),
                seq=seqs.seq(fact.task_id, line.line_id),
            )
            for line in fact.lines
        ],
        containers=list(fact.containers),
        pickers=list(fact.pickers),
        started=stamp(fact.started_at),
        work_ms=fact.work_ms,
    )


def _ended(fact: f.Fact) -> p.Event | None:
    """Cancelling, returning, expiring."""
    match fact:
        case f.TaskCancelled() | f.TaskRecalled() | f.LinesCancelled():
            return p.Cancelled(
                task_id=fact.task_id,
                revision=fact.revision,
                scope="lines" if isinstance(fact, f.LinesCancelled) else "task",
                mode=fact.mode.value,
                lines=[
                    p.CancelledLine(
                        line_id=line.line_id,
                        result=_result(line),
                        picked=number(line.picked),
                        returned_required=line.return_required,
                    )
                    for line in fact.lines
                ],
            )
        case f.TaskReturned(task_id=task_id, revision=revision):
            return p.TaskReturned(task_id=task_id, revision=revision)
        case f.TaskExpired(task_id=task_id, revision=revision, expires_at=expires_at):
            return p.Expired(task_id=task_id, revision=revision, expires_at=stamp(expires_at))
    return None


def _station(fact: f.Fact) -> p.Event | None:
    """Pickers, pauses and the stream itself."""
    match fact:
        case f.StreamForked(old=old, head=head, acked=acked):
            return p.StreamForked(old=old, head=head, acked=acked)
        case f.PickerSignedOn(picker=picker, zones=zones):
            return p.PickerSignedOn(picker=picker, zones=list(zones))
        case f.PickerSignedOff(picker=picker, why=why):
            return p.PickerSignedOff(picker=picker, why=why)
        case f.Paused(scope=scope):
            return p.PausedEvent(scope=scope)
        case f.Resumed(scope=scope):
            return p.ResumedEvent(scope=scope)
    return None


def _pieces(item: Item, picked: Decimal) -> p.Number:
    """A serial number is one piece; a lot is all that was picked."""
    return number(picked) if item.serial is None else 1


def _result(line: f.LineResult) -> str:
    if line.state is LineState.CONFIRMED and line.picked > line.qty:
        return "over"
    return RESULTS.get(line.state, line.state.value)
