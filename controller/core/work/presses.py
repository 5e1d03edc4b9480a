"""What a key at a location means.

In: `ButtonPressed`. Out: the line's new fact, or WrongPress with a cue. A press counts only for the picture it was made
under (its token), and for the picker who owns the bin; a press that comes late or at the wrong bin never books
anything.
"""

from __future__ import annotations

from decimal import Decimal

from controller.core import facts as f
from controller.core.draft import Draft, WrongBin
from controller.core.guide.talk.expected import unscanned
from controller.core.inputs import ButtonPressed
from controller.core.model import Key, Line, LineState, TaskState
from controller.core.references import home_of
from controller.core.state import LastPick, Lease, LineRecord
from controller.core.work.booking import book, confirmed_by, fits
from controller.core.work.leaving import said_so_far
from controller.core.work.people import rest_or_resume, sign_off, sign_on
from controller.core.work.phrases.numbers import count_by_press
from controller.core.work.quantities import adjustable
from controller.core.work.settle import hand_over, put_back
from controller.core.work.undoing import undo, undoable

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
    """A picker's own module: confirm signs on or hands over, skip signs off, short rests or goes on."""
    picker = draft.state.pickers.get(picker_id)
    if pressed.key is Key.SKIP and picker is not None:
        sign_off(draft, picker_id, "REQUESTED")
    elif pressed.key is Key.SHORT and picker is not None:
        rest_or_resume(draft, picker_id)
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
    elif pressed.key is Key.SKIP and said_so_far(draft, lease).counted:
        _wrong(draft, pressed, "REFUSED")  # some of it is in the tote: short says how many, skip would forget them
    elif pressed.key is Key.SKIP:
        ids = {"task_id": lease.task_id, "line_id": lease.line_id, "picker": lease.picker}
        draft.add(f.LineReleased, why="SKIPPED", **ids)
    else:
        _book(draft, pressed, lease, line)


def _returned(draft: Draft, pressed: ButtonPressed, lease: Lease, line: LineRecord) -> None:
    if pressed.key is not Key.CONFIRM:
        _wrong(draft, pressed, "REFUSED")
        return
    put_back(draft, lease, line)


def _book(draft: Draft, pressed: ButtonPressed, lease: Lease, record: LineRecord) -> None:
    """Books the quantity that the module showed, where it lies within the line's limits.

    Where lots or serial numbers are still to be told, the press only says how many, and the headset asks for them.
    """
    picked = _quantity(pressed, record.line)
    short = pressed.key is Key.SHORT or picked < record.line.qty
    reason = (pressed.reason or draft.site.policy.short_reason) if short else None
    said = said_so_far(draft, lease)
    if not fits(record.line, draft.site.policy, picked, short=short):
        _wrong(draft, pressed, "OUT_OF_LIMITS")
    elif picked and unscanned(record.line, said):
        _wrong(draft, pressed, "SCAN_FIRST")
    elif not count_by_press(draft, lease, record, picked, reason):
        by = confirmed_by("button", said.proofs)
        book(draft, lease, record, picked, reason=reason, by=by, items=said.items)


def _quantity(pressed: ButtonPressed, line: Line) -> Decimal:
    """What was taken. A line that the module cannot count is taken whole, or not at all."""
    if adjustable(line):
        return Decimal(pressed.quantity)
    return Decimal(0) if pressed.key is Key.SHORT else line.qty


def _undo(draft: Draft, pressed: ButtonPressed, queue: tuple[Lease, ...]) -> None:
    """Takes back the last confirmation made at this bin, unless somebody else's lamp is on there now."""
    found = _last_pick_at(draft, pressed.location, queue)
    if found is None:
        _wrong(draft, pressed, "REFUSED")
        return
    picker_id, last = found
    undo(draft, picker_id, last)


def _last_pick_at(draft: Draft, location: str, queue: tuple[Lease, ...]) -> tuple[str, LastPick] | None:
    found = [
        (picker_id, picker.last)
        for picker_id, picker in draft.state.pickers.items()
        if picker.last is not None and picker.last.location == location and undoable(draft.state, picker.last)
    ]
    if queue:
        found = [x for x in found if x[0] == queue[0].picker]
    return max(found, key=lambda x: x[1].steady, default=None)


def _wrong(draft: Draft, pressed: ButtonPressed, why: str) -> None:
    queue = draft.state.leases.get(pressed.location, ())
    owner = queue[0].picker if queue else None
    draft.add(f.WrongPress, location=pressed.location, why=why, picker=owner)
    draft.cues.append(WrongBin(pressed.location))
