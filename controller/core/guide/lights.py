"""The light picture.

In: a state and the site. Out: `{location: Light}` for every location that shows something; all others are dark.
A bin shows its owner's colour and pattern, his letter and the quantity, so that nobody needs colour vision to find
his own.
"""

from __future__ import annotations

from decimal import Decimal

from controller.core.model import Colour, Light, LineState, Pattern, PickerProfile, Site, TaskState
from controller.core.state import Lease, State
from controller.core.work.quantities import MODULE_MAX, adjustable, room_above

WIDTH = 4
"""Characters on a module."""


def lights(state: State, site: Site) -> dict[str, Light]:
    """Everything that is lit now."""
    picture = {location: Light(Colour.WHITE, Pattern.BLINK, "HERE") for location in state.shown}
    for profile in site.pickers.values():
        if profile.home is not None:
            picture[profile.home] = _home(state, profile)
    for location, queue in state.leases.items():
        light = _bin(state, site, queue[0])
        if light is not None:
            picture[location] = light
    return picture


def quantity_text(letter: str, qty: Decimal) -> str:
    """Letter and quantity on four characters; the letter gives way to a four-digit quantity, `k` stands for
    thousands.
    """
    text = f"{qty.normalize():f}"
    if len(text) < WIDTH:
        return letter + text.rjust(WIDTH - 1)
    if len(text) == WIDTH:
        return text
    thousands = f"{int(qty) // 1000}k"
    return letter + (thousands if qty >= 10_000 else f"~{int(qty)}")[: WIDTH - 1].rjust(WIDTH - 1)


def _bin(state: State, site: Site, lease: Lease) -> Light | None:
    record = state.tasks[lease.task_id].lines[lease.line_id]
    profile = site.pickers.get(lease.picker)
    if profile is None:
        return None
    if record.state is LineState.PUT_BACK:
        text = quantity_text("-", record.picked)
        return Light(profile.colour, Pattern.DOUBLE, text, quantity=_count(record.picked), token=lease.token)
    picker = state.pickers.get(lease.picker)
    if picker is None or state.is_paused(picker):
        return None
    line = record.line
    return Light(
        profile.colour,
        profile.pattern,
        quantity_text(profile.letter, line.qty),
        quantity=_count(line.qty),
        adjustable=adjustable(line),
        over=room_above(line, site.policy),
        token=lease.token,
    )


def _count(qty: Decimal) -> int:
    """The quantity as the module counts it; what it cannot count it confirms whole, as 0."""
    return int(qty) if qty == qty.to_integral_value() and qty <= MODULE_MAX else 0


def _home(state: State, profile: PickerProfile) -> Light:
    """A picker's own module: how to sign on, that he rests, that his tote is ready, that his headset is off."""
    picker = state.pickers.get(profile.picker_id)
    if picker is None:
        return Light(profile.colour, Pattern.DIM, f"{profile.letter} IN", quantity=0)
    if state.is_paused(picker):
        return Light(profile.colour, Pattern.DIM, f"{profile.letter}PAU", quantity=0)
    if picker.task_id is not None and state.tasks[picker.task_id].state is TaskState.PICKED:
        return Light(profile.colour, Pattern.BLINK, "DONE", quantity=0)
    if profile.voice and state.talk_of(profile.picker_id).lost is not None:
        return Light(profile.colour, Pattern.DOUBLE, f"{profile.letter}MIC", quantity=0)
    return Light(profile.colour, Pattern.DIM, profile.letter, quantity=0)
