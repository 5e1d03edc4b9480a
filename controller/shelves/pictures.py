"""From what the core wants to show to what a module can show.

In: a `Light`. Out: a `Picture`. The numbers behind colours and patterns are the order of the core's own enums.
"""

from __future__ import annotations

from typing import Final

from controller.core.model import Colour, Light, Pattern
from devices.model import DARK, Picture

COLOURS: Final = {colour: number for number, colour in enumerate(Colour)}
PATTERNS: Final = {pattern: number for number, pattern in enumerate(Pattern)}

WRONG: Final = Picture(COLOURS[Colour.RED], PATTERNS[Pattern.BLINK], "X", beep=True)
"""What a module shows for a moment when it was pressed in vain."""


def picture_of(light: Light | None) -> Picture:
    """The picture for this light; None is dark."""
    if light is None:
        return DARK
    return Picture(
        colour=COLOURS[light.colour],
        pattern=PATTERNS[light.pattern],
        text=light.text,
        quantity=light.quantity or 0,
        over=light.over,
        confirmable=light.quantity is not None,
        adjustable=light.adjustable,
        beep=light.token != 0,
        token=light.token,
    )
