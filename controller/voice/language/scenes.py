"""Every step of the dialogue with all that may be said and answered there: what can be confused with what.

In: the dialogue of the core, asked with an example of a line. Out: scenes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from controller.core.dialogue import Dialogue, TalkRecord
from controller.core.guide.talk.answers import answers
from controller.core.guide.talk.standing import Standing, Step
from controller.core.model import Item, Line, Site
from controller.core.places import Location
from controller.core.speech import Answer
from controller.core.state import LineRecord


@dataclass(frozen=True, slots=True)
class Scene:
    """A step, the answers that are allowed there, and the keys of the prompts that may be said just before them."""

    name: str
    answers: tuple[Answer, ...]
    prompts: tuple[str, ...]


ANYWHERE = ("help", "hint", "locked", "at_limit", "message", "stopped")
"""Prompts of every step but sleep."""
NEWS = ("lines_left", "last_line", "lamp_dead", "line_cancelled", "line_changed", "task_cancelled", "task_taken")
PLACE = ("bay", "bay_level", "location")
_PROMPTS: Mapping[Step, tuple[str, ...]] = {
    Step.OFF: ("sign_on",),
    Step.ASLEEP: ("asleep",),
    Step.PAUSED: ("paused", "paused_by_host"),
    Step.MESSAGE: ("message",),
    Step.IDLE: ("no_work", "task_cancelled", "task_taken"),
    Step.ANNOUNCE: ("task", "task_urgent"),
    Step.AISLE: ("aisle", *NEWS),
    Step.PLACE: ("check_digits", "say_ready", "wrong_digits", "digits_hint", "too_early", *PLACE, *NEWS),
    Step.SCAN: ("scan_location", "scan_item", "wrong_scan", *PLACE),
    Step.PICK: ("pick", "pick_plain", "handling", "count_back", "remain", "unproven", "how_many", "what_is_it"),
    Step.ITEMS: ("serial", "serial_next", "lot", "more_digits", "item_unknown", "item_hint", "what_is_it_plain"),
    Step.BUSY: ("bin_busy", *PLACE),
    Step.PUT_BACK: ("put_back", "put_back_plain"),
    Step.HAND_OVER: ("task_picked", "task_picked_to"),
    Step.SHORT_QUANTITY: ("short_quantity",),
    Step.SHORT_REASON: ("short_reason",),
    Step.SHORT_SURE: ("short_sure",),
    Step.UNDO_SURE: ("undo_sure",),
    Step.SIGN_OUT_SURE: ("sign_out_sure",),
}


def scenes() -> tuple[Scene, ...]:
    """All of them; a place once with check digits and once without."""
    return tuple(_scenes())


def _scenes() -> Iterator[Scene]:
    site = Site("example", "example", {}, {}, frozenset({"Z1"}))
    for step, prompts in _PROMPTS.items():
        spoken = prompts if step is Step.ASLEEP else (*prompts, *ANYWHERE)
        standing = _example(step)
        yield Scene(step.value, answers(standing, site), spoken)
        if step is Step.PLACE:
            assert standing.location is not None
            bare = replace(standing, location=replace(standing.location, check_digits=""))
            yield Scene(f"{step.value}, no check digits", answers(bare, site), spoken)


def _example(step: Step) -> Standing:
    """A picker who may do everything that is possible at this step."""
    location = Location("A.03.07:2", "Z1", 1, "47", "A", "03", "07")
    item = Item(serial="48231")
    serials = "capture" if step is Step.ITEMS else "none"
    line = Line(
        line_id="1",
        seq=1,
        location="A.03.07:2",
        sku="4711",
        qty=Decimal(40),
        text="Seal",
        serials=serials,
        items=(item,),
    )
    return Standing(
        picker_id="example",
        step=step,
        turn="",
        talk=TalkRecord(),
        dialogue=Dialogue(there=step is Step.PICK),
        can_undo=True,
        line=LineRecord(line=line),
        location=location,
    )
