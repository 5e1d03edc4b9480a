"""Where the dialogue with a picker stands: what he is to answer now, read off tasks, lines, bins and `TalkRecord`.

In: a state and the site. Out: a `Standing`. The same state gives the same standing; nothing is remembered here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum

from controller.core.dialogue import NOWHERE, Ask, Dialogue, Focus, TalkRecord, Waiting
from controller.core.guide.talk.expected import unscanned
from controller.core.model import LineState, Site, TaskState
from controller.core.places import Location
from controller.core.state import Lease, LineRecord, PickerRecord, State, TaskRecord
from controller.core.work.undoing import undoable


class Step(str, Enum):
    """What a picker is to answer."""

    OFF = "off"
    ASLEEP = "asleep"
    PAUSED = "paused"
    MESSAGE = "message"
    IDLE = "idle"
    ANNOUNCE = "announce"
    AISLE = "aisle"
    PLACE = "place"
    SCAN = "scan"
    PICK = "pick"
    ITEMS = "items"
    BUSY = "busy"
    """His bin is somebody else's just now."""
    PUT_BACK = "put_back"
    HAND_OVER = "hand_over"
    SHORT_QUANTITY = "short_quantity"
    SHORT_REASON = "short_reason"
    SHORT_SURE = "short_sure"
    UNDO_SURE = "undo_sure"
    SIGN_OUT_SURE = "sign_out_sure"


SAFE_FOR_MESSAGES = frozenset({Step.IDLE, Step.ANNOUNCE, Step.AISLE, Step.HAND_OVER})
"""Nothing is in the picker's hands and no number in his head. At PLACE only when he has just come to it."""
SHORTS = frozenset({Ask.SHORT_QUANTITY, Ask.SHORT_REASON, Ask.SHORT_SURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One picker's place in the dialogue. `dialogue` holds for the present focus; `fresh`: nothing was answered here.

    `turn` names the moment, without what rejected phrases add to it (see `turns`).
    """

    picker_id: str
    step: Step
    turn: str
    talk: TalkRecord
    dialogue: Dialogue
    fresh: bool = False
    paused_by_host: bool = False
    can_undo: bool = False
    count_wanted: bool = False
    """The site wants the quantity said here, not only that it is done."""
    picker: PickerRecord | None = None
    record: TaskRecord | None = None
    line: LineRecord | None = None
    lease: Lease | None = None
    location: Location | None = None
    message: Waiting | None = None

    @property
    def check_digits(self) -> str:
        """What proves this place; empty = nothing does."""
        if self.line is None or self.location is None:
            return ""
        return self.line.line.check_digits or self.location.check_digits

    @property
    def returning(self) -> bool:
        """Whether goods are to be put back here."""
        return self.line is not None and self.line.state is LineState.PUT_BACK

    @property
    def remaining(self) -> Decimal:
        """What of the line is still to be taken."""
        if self.line is None:
            return Decimal(0)
        return max(Decimal(0), self.line.line.qty - self.dialogue.counted)


def stand(state: State, site: Site, picker_id: str) -> Standing:
    """Where this configured picker stands."""
    talk, picker = state.talk_of(picker_id), state.pickers.get(picker_id)
    if picker is None:
        return _standing(Step.OFF, picker_id, talk, Lookout())
    look = _look(state, site, picker)
    dialogue, fresh = _dialogue(talk.dialogue, look)
    base = _standing(Step.IDLE, picker_id, talk, look)
    base = replace(
        base,
        picker=picker,
        dialogue=dialogue,
        fresh=fresh,
        can_undo=_can_undo(state, picker),
        count_wanted=_count_wanted(look, site),
    )
    message = talk.messages[0] if talk.messages else None
    step = _step(state, base, look, site)
    if message is not None and _may_interrupt(step, message, _turn(step, talk, look)):
        step, base = Step.MESSAGE, replace(base, message=message)
    by_host = step is Step.PAUSED and _host_rests(state, picker)
    return replace(base, step=step, turn=_turn(step, talk, look), paused_by_host=by_host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """What lies before a picker: the line he is to be at, and whether the bin is his now."""

    record: TaskRecord | None = None
    line: LineRecord | None = None
    lease: Lease | None = None
    owned: bool = True
    location: Location | None = None

    @property
    def returning(self) -> bool:
        return self.line is not None and self.line.state is LineState.PUT_BACK

    @property
    def focus(self) -> Focus:
        if self.record is None:
            return NOWHERE
        if self.line is None:
            return (self.record.task.task_id, "", "")
        return (self.record.task.task_id, self.line.line.line_id, self.line.line.location)


def speaks(state: State, site: Site, picker_id: str) -> bool:
    """Whether he has a headset that works."""
    profile = site.pickers.get(picker_id)
    return profile is not None and profile.voice and state.talk_of(picker_id).lost is None


def aisle_now(standing: Standing, site: Site) -> str:
    """The aisle where the picker is: as he said, or that of his last pick."""
    if standing.dialogue.aisle is not None:
        return standing.dialogue.aisle
    place = None if standing.picker is None else standing.picker.place
    return "" if place is None else site.locations[place].aisle


# --- what lies before him -----------------------------------------------------------------------------------------


def _look(state: State, site: Site, picker: PickerRecord) -> Lookout:
    """Goods to put back come first, then the line that was being talked about, then the walking order."""
    record = None if picker.task_id is None else state.tasks[picker.task_id]
    before = state.talk_of(picker.picker_id).dialogue.focus
    found = _claims(state, site, picker.picker_id, before)
    if found:
        return found[0]
    return Lookout(record=record) if record is not None and record.state is TaskState.PICKED else Lookout()


def _claims(state: State, site: Site, picker_id: str, before: Focus) -> list[Lookout]:
    """Every line he has a claim on, best first."""
    found: list[tuple[tuple[bool, bool, bool, int, int], Lookout]] = []
    for location, queue in state.leases.items():
        for n, lease in enumerate(queue):
            if lease.picker != picker_id:
                continue
            record = state.tasks[lease.task_id]
            line = record.lines[lease.line_id]
            back = line.state is LineState.PUT_BACK
            place = site.locations[location]
            rank = (n > 0, not back, before != (lease.task_id, lease.line_id, location), place.walk, line.line.seq)
            found.append((rank, Lookout(record=record, line=line, lease=lease, owned=n == 0, location=place)))
    return [look for _, look in sorted(found, key=lambda x: x[0])]


def _dialogue(before: Dialogue, look: Lookout) -> tuple[Dialogue, bool]:
    """What of the talk so far holds for what lies before him now, and whether that is new to him."""
    token, focus = 0 if look.lease is None else look.lease.token, look.focus
    if look.record is not None and not look.returning and before.announced != look.record.task.task_id:
        focus = (look.record.task.task_id, "", "")  # the task itself is talked about before its first line
    same = Dialogue(announced=before.announced, aisle=before.aisle, focus=focus, token=token)
    if before.focus != focus:
        told, said = (before.told, before.said) if before.focus == NOWHERE else ("", "")
        return replace(same, told=told, said=said), True
    if look.line is None or not focus[1] or before.token == token:
        return before, False
    kept = before.counted if before.counted < look.line.line.qty else Decimal(0)
    changed = replace(same, there=before.there, proofs=before.proofs, counted=kept, items=before.items)
    return replace(changed, told="line_changed"), False


# --- which step that makes ----------------------------------------------------------------------------------------


def _step(state: State, base: Standing, look: Lookout, site: Site) -> Step:
    picker = base.picker
    if base.talk.asleep:
        return Step.ASLEEP
    if base.dialogue.ask is Ask.SIGN_OUT_SURE:
        return Step.SIGN_OUT_SURE
    if picker is not None and state.is_paused(picker):
        return Step.PAUSED
    if base.dialogue.ask is Ask.UNDO_SURE and base.can_undo:
        return Step.UNDO_SURE
    if look.record is None:
        return Step.IDLE
    if look.line is None:
        return Step.HAND_OVER
    return _line_step(base, look, site)


def _line_step(base: Standing, look: Lookout, site: Site) -> Step:
    assert look.line is not None
    assert look.record is not None
    assert look.location is not None
    dialogue, line = base.dialogue, look.line.line
    back = look.returning
    if dialogue.ask in SHORTS:
        return Step(dialogue.ask.value)
    if not back and dialogue.announced != look.record.task.task_id:
        return Step.ANNOUNCE
    if not dialogue.there and look.location.aisle not in ("", aisle_now(base, site)):
        return Step.AISLE
    if not look.owned:
        return Step.BUSY
    if back:
        return Step.PUT_BACK if dialogue.there else Step.PLACE
    if dialogue.settled:
        return Step.ITEMS
    if unscanned(line, dialogue):
        return Step.SCAN if dialogue.there or line.scan == "location" else Step.PLACE
    return Step.PICK if dialogue.there else Step.PLACE


def _host_rests(state: State, picker: PickerRecord) -> bool:
    """Whether more than the picker's own pause keeps him from work."""
    own = f"picker:{picker.picker_id}"
    return replace(state, paused=state.paused - {own}).is_paused(picker)


def _may_interrupt(step: Step, message: Waiting, turn: str) -> bool:
    return step in SAFE_FOR_MESSAGES or (step is Step.PLACE and message.after != turn)


def _can_undo(state: State, picker: PickerRecord) -> bool:
    if picker.last is None or not undoable(state, picker.last):
        return False
    queue = state.leases.get(picker.last.location, ())
    return not queue or queue[0].picker == picker.picker_id


def _count_wanted(look: Lookout, site: Site) -> bool:
    return look.line is not None and (site.policy.count_all or look.line.line.criticality == "critical")


def _standing(step: Step, picker_id: str, talk: TalkRecord, look: Lookout) -> Standing:
    return Standing(
        picker_id=picker_id,
        step=step,
        turn=_turn(step, talk, look),
        talk=talk,
        dialogue=talk.dialogue,
        record=look.record,
        line=look.line,
        lease=look.lease,
        location=look.location,
    )


def _turn(step: Step, talk: TalkRecord, look: Lookout) -> str:
    """Task, line and showing, step, and how much was answered before: any answer on any channel changes it."""
    task_id, line_id, _ = look.focus
    token = 0 if look.lease is None else look.lease.token
    return f"{task_id}/{line_id}/{token}/{step.value}/{talk.steps}"
