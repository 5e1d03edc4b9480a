"""What kind of person a wearer is, and what he says to others.

In: nothing. Out: `Habits`, and talk that is not meant for the ear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Habits:
    """Times in seconds at speed 1; below, shares of the occasions."""

    step_s: float = 0.6
    """From one bin to the next."""
    reach_s: float = 0.9
    piece_s: float = 0.35
    hand_over_s: float = 6.0
    """To the conveyor at the end of the aisle, and the tote onto it."""
    think_s: tuple[float, float] = (0.15, 0.5)
    """Before he answers; like all speech, not faster at a higher speed."""
    hesitate: float = 0.08
    wrong_digits: float = 0.06
    ask: float = 0.1
    """How many, what is it, where, say again, before he answers."""
    chat: float = 0.08
    cough: float = 0.05
    rest: float = 0.05
    number: float = 0.35
    """Says the quantity instead of only confirming it."""
    part: float = 0.08
    short: float = 0.07
    damaged: float = 0.03
    skip: float = 0.04
    both: float = 0.1
    """Says it and presses at the same time."""
    undo: float = 0.05
    tries: int = 3
    """So often he says a thing before he presses instead."""


CHAT: Final = (
    "did you see the football yesterday",
    "my brother bought a new car",
    "it is cold in here today",
    "where have you been all morning",
    "the coffee machine is broken again",
    "can you give me a hand with this trolley",
    "i will be home around half past four",
    "they changed the whole plan last week",
)
