"""How a lamp on GPIO pins looks at a moment.

In: a picture and the time. Out: red, green, blue (0…1 each).
"""

from __future__ import annotations

import math
from typing import Final

from devices.model import Colour, Pattern, Picture

RGB: Final[dict[int, tuple[float, float, float]]] = {
    Colour.OFF: (0.0, 0.0, 0.0),
    Colour.RED: (1.0, 0.0, 0.0),
    Colour.GREEN: (0.0, 1.0, 0.0),
    Colour.BLUE: (0.0, 0.0, 1.0),
    Colour.YELLOW: (1.0, 0.8, 0.0),
    Colour.MAGENTA: (1.0, 0.0, 1.0),
    Colour.CYAN: (0.0, 1.0, 1.0),
    Colour.WHITE: (1.0, 1.0, 1.0),
    Colour.AMBER: (1.0, 0.4, 0.0),
}
DIM_LEVEL: Final = 0.15
FLASHES: Final = ((0.0, 0.1), (0.2, 0.3))  # s within each second: two short flashes


def brightness(pattern: int, now: float) -> float:
    """0…1; all lamps of a pattern are in phase. No pattern flashes more than three times a second."""
    match pattern:
        case Pattern.BLINK:
            return 1.0 if now % 1.0 < 0.5 else 0.0
        case Pattern.DOUBLE:
            return 1.0 if any(begin <= now % 1.0 < end for begin, end in FLASHES) else 0.0
        case Pattern.PULSE:
            return 0.55 - 0.45 * math.cos(math.pi * now)
        case Pattern.DIM:
            return DIM_LEVEL
    return 1.0


def moves(picture: Picture) -> bool:
    """Does the lamp have to be written again and again?"""
    return picture.colour != Colour.OFF and picture.pattern in (Pattern.BLINK, Pattern.DOUBLE, Pattern.PULSE)


def light_of(picture: Picture, now: float) -> tuple[float, float, float]:
    red, green, blue = RGB[picture.colour]
    level = brightness(picture.pattern, now)
    return red * level, green * level, blue * level
