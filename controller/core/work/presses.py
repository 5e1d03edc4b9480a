"""What a key at a location means.

In: `ButtonPressed`. Out: the line's new fact, or WrongPress with a cue. A press counts only for the picture it was made
under (its token), and for the picker who owns the bin; a press that comes late or at the wrong bin never books
anything.
"""

from __future__ import annotations

from decimal import Decimal

from controller.core import facts as f
from controller.core.draft import Draft, WrongBin
from controller.core.inputs import ButtonPressed
from controller.core.model import Key, Line, LineState, ShortReason, TaskState
from controller.core.references import home_of
from controller.core.state import LastPick, Lease, LineRecord
from controller.core.work.people import sign_off, sign_on
from controller.core.work.quantities import adjustable, limit
from controller.core.work.settle import activate, end_returned, hand_over

PICK_KEYS = (Key.CONFIRM, Key.SHORT, Key.SKIP)


def press(draft: Draft, pressed: ButtonPressed) -> None:
    """Decides about one key event."""
    picker_id = home_of(draft.site, pressed.location)
    queue = draft.state.leases.get(pressed.location, ())
    if picker_id is not None:
        _at_home(draft, pressed, picker_id)
    elif pressed.key is Key.UNDO:
        _undo(draft, pressed, queue)
    elif not queue or pressed.key is Key.UNLIT:
        _wrong(draft, pressed, "UNLIT")
    elif pressed.token != queue[0].token:
        _wrong(draft, pressed, "STALE")
    else:
        _at_own_bin(draft, pressed, queue[0])


def _at_home(draft: Draft, pressed: ButtonPressed, picker_id: str) -> None:
    """A picker's own module: confirm signs on or hands over, skip signs off."""
    picker = draft.state.pickers.get(picker_id)
    if pressed.key is Key.SKIP and picker is not None:
        sign_off(draft, picker_id, "REQUESTED")
    elif pressed.key not in (Key.CONFIRM, Key.UNLIT):
        return
    elif picker is None:
        sign_on(draft, picker_id)
    elif picker.task_id is not None and draft.state.tasks[picker.task_id].state is TaskState.PICKED:
        hand_over(draft, picker.task_id)


def _at_own_bin(draft: Draft, pressed: ButtonPressed, lease: Lease) -> None:
    line = draft.state.tasks[lease.task_id].lines[lease.line_id]
    picker = draft.state.pickers.get(lease.picker)
    if line.state is LineState.PUT_BACK:
        _returned(draft, pressed, lease, line)
    elif pressed.key not in PICK_KEYS or picker is None or draft.state.is_paused(picker):
        _wrong(draft, pressed, "REFUSED")
    elif pressed.key is Key.SKIP:
        ids = {"task_id": lease.task_id, "line_id": lease.line_id, "picker": lease.picker}
        draft.add(f.LineReleased, why="SKIPPED", **ids)
    else:
        _book(draft, pressed, lease, line)


def _returned(draft: Draft, pressed: ButtonPressed, lease: Lease, line: LineRecord) -> None:
    if pressed.key is not Key.CONFIRM:
        _wrong(draft, pressed, "REFUSED")
        return
    ids = {"task_id": lease.task_id, "line_id": lease.line_id}
    draft.add(f.LineReturned, picked=line.picked, picker=lease.picker, **ids)
    end_returned(draft, lease.task_id)


def _book(draft: Draft, pressed: ButtonPressed, lease: Lease, record: LineRecord) -> None:
    """Books the quantity that the module showed, where it lies within the line's limits."""
    line = record.line
    picked = _quantity(pressed, line)
    short = pressed.key is Key.SHORT or picked < line.qty
    if picked > limit(line, draft.site.policy) or (short and picked >= line.qty):
        _wrong(draft, pressed, "OUT_OF_LIMITS")
        return
    fields = {
        "task_id": lease.task_id,
        "line_id": lease.line_id,
        "picker": lease.picker,
        "picked": picked,
        "lit_at": record.lit_at,
        "steady": draft.now.steady,
    }
    if short:
        draft.add(f.LineShorted, reason=_reason(draft, pressed), **fields)
    else:
        draft.add(f.LineConfirmed, **fields)


def _quantity(pressed: ButtonPressed, line: Line) -> Decimal:
    """What was taken. A line that the module cannot count is taken whole, or not at all."""
    if adjustable(line):
        return Decimal(pressed.quantity)
    return Decimal(0) if pressed.key is Key.SHORT else line.qty


def _reason(draft: Draft, pressed: ButtonPressed) -> ShortReason:
    return pressed.reason or draft.site.policy.short_reason


def _undo(draft: Draft, pressed: ButtonPressed, queue: tuple[Lease, ...]) -> None:
    """Takes back the last confirmation made at this bin, unless somebody else's lamp is on there now."""
    found = _last_pick_at(draft, pressed.location, queue)
    if found is None:
        _wrong(draft, pressed, "REFUSED")
        return
    picker_id, last = found
    record = draft.state.tasks[last.task_id]
    line = record.lines[last.line_id]
    draft.add(
        f.PickUndone,
        task_id=last.task_id,
        line_id=last.line_id,
        picker=picker_id,
        was=line.state,
        picked=line.picked,
    )
    _make_room(draft, picker_id, last.task_id)
    activate(draft, picker_id, last.task_id, last.line_id)


def _last_pick_at(draft: Draft, location: str, queue: tuple[Lease, ...]) -> tuple[str, LastPick] | None:
    found = [
        (picker_id, picker.last)
        for picker_id, picker in draft.state.pickers.items()
        if picker.last is not None and picker.last.location == location and _undoable(draft, picker.last)
    ]
    if queue:
        found = [x for x in found if x[0] == queue[0].picker]
    return max(found, key=lambda x: x[1].steady, default=None)


def _undoable(draft: Draft, last: LastPick) -> bool:
    record = draft.state.tasks.get(last.task_id)
    if record is None or record.cancelling is not None or last.line_id not in record.lines:
        return False
    done = record.lines[last.line_id].state in (LineState.CONFIRMED, LineState.SHORT)
    return done and record.state in (TaskState.STARTED, TaskState.PICKED)


def _make_room(draft: Draft, picker_id: str, task_id: str) -> None:
    """Lets go of lit lines so that the one to be corrected does not exceed the number lit at once."""
    active = draft.state.tasks[task_id].in_state(LineState.ACTIVE)
    excess = len(active) + 1 - draft.site.policy.lines_lit
    for record in active[: max(0, excess)]:
        ids = {"task_id": task_id, "line_id": record.line.line_id, "picker": picker_id}
        draft.add(f.LineReleased, why="UNDO", **ids)


def _wrong(draft: Draft, pressed: ButtonPressed, why: str) -> None:
    queue = draft.state.leases.get(pressed.location, ())
    owner = queue[0].picker if queue else None
    draft.add(f.WrongPress, location=pressed.location, why=why, picker=owner)
    draft.cues.append(WrongBin(pressed.location))
