"""What is said at each step.

In: a `Standing`. Out: prompts of the table in `prompts`. What the picker asked for replaces the step's own sentences;
what he has to be told comes before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from controller.core.guide.talk.answers import must_count
from controller.core.guide.talk.expected import length_asked, wanted
from controller.core.guide.talk.standing import Standing, Step
from controller.core.model import CancelMode, LineState
from controller.core.speech import Answer, Prompt, SayDigits, SayNumber, SayWord, Spelled, Value, Word
from controller.core.state import State

URGENT = 51
"""From this priority on a task is announced as urgent; 50 is the usual one."""
INSTEAD = frozenset({"help", "where", "how_many", "what_is_it"})
"""Answers to a question of the picker, at the step that `said` names: its own sentences are not said again."""
ASIDE = frozenset({Step.ASLEEP, Step.PAUSED, Step.MESSAGE, Step.UNDO_SURE, Step.SIGN_OUT_SURE})
"""Steps beside the work: what there is to be told of it waits until it goes on."""
UNLISTED = frozenset(
    {Word.SAY_AGAIN, Word.HELP, Word.LOUDER, Word.SOFTER, Word.FASTER, Word.SLOWER, Word.SLEEP, Word.SIGN_OUT}
)
"""Words that a picker who asks what he may say is not told every time."""


def sentences(standing: Standing, state: State, allowed: tuple[Answer, ...]) -> tuple[Prompt, ...]:
    """Everything that is said now, in order."""
    told, said = standing.dialogue.told, standing.dialogue.said
    if told in INSTEAD and said == standing.step.value:
        return tuple(_answer_to(told, standing, allowed))
    silent = told in ("", *INSTEAD) or standing.step in ASIDE
    first = () if silent else (_told(told, said),)
    return (*first, *_BY_STEP[standing.step](standing, state))


def hint(key: str, allowed: tuple[Answer, ...]) -> Prompt:
    """`help` or `hint`: the words that matter here."""
    names = [name_of(x) for x in allowed if not (isinstance(x, SayWord) and x.word in UNLISTED)]
    return prompt(key, words=" ".join(names))


def prompt(key: str, **values: Value) -> Prompt:
    return Prompt(key, tuple(values.items()))


def name_of(answer: Answer) -> str:
    """A word's value, `digits` or `number`."""
    match answer:
        case SayWord(word=word):
            return word.value
        case SayDigits():
            return "digits"
        case SayNumber():
            return "number"


def _told(key: str, said: str) -> Prompt:
    names = {"wrong_digits": "said", "item_unknown": "said", "digits_hint": "location"}
    return prompt(key, **{names[key]: Spelled(said)}) if key in names else prompt(key)


# --- what the picker asks -----------------------------------------------------------------------------------------


def _answer_to(question: str, standing: Standing, allowed: tuple[Answer, ...]) -> Iterable[Prompt]:
    if question == "help":
        yield hint("help", allowed)
    elif question == "where":
        yield from _whereabouts(standing)
    elif question == "what_is_it" and standing.line is not None:
        line = standing.line.line
        if line.text:
            yield prompt("what_is_it", text=line.text, sku=Spelled(line.sku))
        else:
            yield prompt("what_is_it_plain", sku=Spelled(line.sku))
        yield from (prompt("handling", handling=x) for x in line.handling)
    elif question == "how_many" and standing.line is not None:
        if standing.step is Step.ANNOUNCE:
            yield from _announce_task(standing)
        else:
            line = standing.line.line
            yield prompt("how_many", quantity=_quantity(standing), unit=line.uom)


def _whereabouts(standing: Standing) -> Iterator[Prompt]:
    if standing.location is not None:
        if standing.location.aisle:
            yield prompt("aisle", aisle=standing.location.aisle)
        yield _place_name(standing)


def _place_name(standing: Standing) -> Prompt:
    place = standing.location
    assert place is not None
    if place.shares_name or not place.bay:
        return prompt("location", location=Spelled(place.location_id))
    if place.level:
        return prompt("bay_level", bay=place.bay, level=place.level)
    return prompt("bay", bay=place.bay)


def _quantity(standing: Standing) -> Decimal:
    if standing.returning and standing.line is not None:
        return standing.line.picked
    return standing.remaining


# --- one function a step ------------------------------------------------------------------------------------------


def _just(key: str) -> Callable[[Standing, State], Iterator[Prompt]]:
    def say(_standing: Standing, _state: State) -> Iterator[Prompt]:
        yield prompt(key)

    return say


def _paused(standing: Standing, _state: State) -> Iterator[Prompt]:
    yield prompt("paused_by_host" if standing.paused_by_host else "paused")


def _message(standing: Standing, _state: State) -> Iterator[Prompt]:
    assert standing.message is not None
    yield prompt("message", text=standing.message.text)


def _announce(standing: Standing, _state: State) -> Iterator[Prompt]:
    yield from _announce_task(standing)


def _announce_task(standing: Standing) -> Iterator[Prompt]:
    assert standing.record is not None
    key = "task_urgent" if standing.record.task.priority >= URGENT else "task"
    yield prompt(key, lines=_open_lines(standing))


def _open_lines(standing: Standing) -> int:
    assert standing.record is not None
    return len(standing.record.in_state(LineState.OPEN, LineState.ACTIVE))


def _aisle(standing: Standing, state: State) -> Iterator[Prompt]:
    assert standing.location is not None
    yield from _news(standing, state)
    yield prompt("aisle", aisle=standing.location.aisle)


def _busy(standing: Standing, _state: State) -> Iterator[Prompt]:
    if standing.fresh:
        yield _place_name(standing)
    yield prompt("bin_busy")


def _place(standing: Standing, state: State) -> Iterator[Prompt]:
    yield from _news(standing, state)
    yield _place_name(standing)
    yield prompt("check_digits" if standing.check_digits else "say_ready")


def _news(standing: Standing, state: State) -> Iterator[Prompt]:
    """What is said once when a line begins: a cancelled one before it, how many are left, a dead lamp."""
    if not standing.fresh or standing.record is None or standing.line is None:
        return
    before = standing.talk.dialogue.focus
    if before[0] == standing.record.task.task_id and _cancelled(standing, before[1]):
        yield prompt("line_cancelled")
    if standing.returning:
        yield prompt("task_cancelled" if standing.record.cancelling is CancelMode.NOW else "line_cancelled")
    elif any(x.state is LineState.CONFIRMED for x in standing.record.lines.values()):
        left = _open_lines(standing)
        yield prompt("lines_left", lines=left) if left > 1 else prompt("last_line")
    if standing.line.line.location in state.down:
        yield prompt("lamp_dead")


def _cancelled(standing: Standing, line_id: str) -> bool:
    assert standing.record is not None
    line = standing.record.lines.get(line_id)
    return line is not None and line.state is LineState.CANCELLED


def _scan(standing: Standing, state: State) -> Iterator[Prompt]:
    assert standing.line is not None
    if not standing.dialogue.there:
        yield from _news(standing, state)
        yield _place_name(standing)
    yield prompt("scan_location" if standing.line.line.scan == "location" else "scan_item")


def _pick(standing: Standing, _state: State) -> Iterator[Prompt]:
    assert standing.line is not None
    line = standing.line.line
    if standing.dialogue.counted:
        yield prompt("remain", quantity=standing.remaining, unit=line.uom)
        return
    if line.text:
        yield prompt("pick", quantity=line.qty, unit=line.uom, text=line.text)
    else:
        yield prompt("pick_plain", quantity=line.qty, unit=line.uom)
    yield from (prompt("handling", handling=x) for x in line.handling)
    if must_count(standing):
        yield prompt("count_back")


def _items(standing: Standing, _state: State) -> Iterator[Prompt]:
    assert standing.line is not None
    line, dialogue = standing.line.line, standing.dialogue
    length = length_asked(line, dialogue)
    if not length:
        yield prompt("scan_item")
    elif dialogue.length:
        yield prompt("more_digits", length=length)
    elif line.serials != "capture":
        yield prompt("lot", length=length)
    elif dialogue.items:
        yield prompt("serial_next", length=length, left=wanted(line, dialogue))
    else:
        yield prompt("serial", length=length)


def _put_back(standing: Standing, _state: State) -> Iterator[Prompt]:
    assert standing.line is not None
    line = standing.line.line
    if line.text:
        yield prompt("put_back", quantity=standing.line.picked, unit=line.uom, text=line.text)
    else:
        yield prompt("put_back_plain", quantity=standing.line.picked, unit=line.uom)


def _hand_over(standing: Standing, _state: State) -> Iterator[Prompt]:
    assert standing.record is not None
    filled = [x.line.container for x in standing.record.lines.values() if x.line.container and x.picked]
    containers = tuple(dict.fromkeys(filled))
    if len(containers) == 1:
        yield prompt("task_picked_to", container=Spelled(containers[0]))
    else:
        yield prompt("task_picked")


def _short_sure(standing: Standing, _state: State) -> Iterator[Prompt]:
    assert standing.line is not None
    dialogue = standing.dialogue
    assert dialogue.reason is not None
    yield prompt(
        "short_sure", quantity=dialogue.short or Decimal(0), unit=standing.line.line.uom, reason=dialogue.reason.value
    )


def _undo_sure(standing: Standing, state: State) -> Iterator[Prompt]:
    assert standing.picker is not None
    last = standing.picker.last
    assert last is not None
    line = state.tasks[last.task_id].lines[last.line_id]
    yield prompt("undo_sure", quantity=line.picked, unit=line.line.uom, location=Spelled(last.location))


_BY_STEP: Final[Mapping[Step, Callable[[Standing, State], Iterator[Prompt]]]] = {
    Step.OFF: _just("sign_on"),
    Step.ASLEEP: _just("asleep"),
    Step.PAUSED: _paused,
    Step.MESSAGE: _message,
    Step.IDLE: _just("no_work"),
    Step.ANNOUNCE: _announce,
    Step.AISLE: _aisle,
    Step.BUSY: _busy,
    Step.PLACE: _place,
    Step.SCAN: _scan,
    Step.PICK: _pick,
    Step.ITEMS: _items,
    Step.PUT_BACK: _put_back,
    Step.HAND_OVER: _hand_over,
    Step.SHORT_QUANTITY: _just("short_quantity"),
    Step.SHORT_REASON: _just("short_reason"),
    Step.SHORT_SURE: _short_sure,
    Step.UNDO_SURE: _undo_sure,
    Step.SIGN_OUT_SURE: _just("sign_out_sure"),
}
