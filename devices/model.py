"""What a shelf module can show.

In: nothing. Out: `Picture`, the same for every kind of module, and the numbers behind its colours and patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Colour(IntEnum):
    """Lamp colours, by their number on the wire."""

    OFF = 0
    RED = 1
    GREEN = 2
    BLUE = 3
    YELLOW = 4
    MAGENTA = 5
    CYAN = 6
    WHITE = 7
    AMBER = 8


class Pattern(IntEnum):
    """How the lamp moves; none flashes more than three times a second."""

    STEADY = 0
    BLINK = 1
    DOUBLE = 2
    PULSE = 3
    DIM = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """All that one module shows and allows. Absolute: showing the same picture twice changes nothing."""

    colour: int
    """0…8, see `Colour`."""
    pattern: int
    """0…4, see `Pattern`."""
    text: str = ""
    """Up to 4 characters; more are cut, non-ASCII ones shown as '?'."""
    quantity: int = 0
    """Pieces asked for; above 65535 shown as 65535."""
    over: int = 0
    """Plus may go up to quantity + over; at most 255."""
    confirmable: bool = False
    """The confirm key confirms; otherwise a press is reported as 'unlit'."""
    adjustable: bool = False
    """Plus and minus change the quantity."""
    beep: bool = False
    """Beep once when this picture appears."""
    token: int = 0
    """1…255 names this showing and comes back with its key events; 0 = none."""


DARK = Picture(Colour.OFF, Pattern.STEADY)
