"""What a line asks for besides a quantity: a scan, serial numbers and lots (by their last digits).

In: a line and what was captured of it so far. Out: how many items are still wanted, how many digits to ask for, and
which expected items end in the digits that were said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from controller.core.dialogue import Dialogue
from controller.core.model import Item, Line

FIRST_LENGTHS = (3, 4)
"""Three digits where they tell the expected ones apart, else four; more only where even those are ambiguous."""
MOST_DIGITS = 8
"""More than that nobody says without a slip, and an answer has no more."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the digits said may mean. `length`: how many to ask for next, where `items` holds several; 0 = give up."""

    items: tuple[Item, ...]
    length: int = 0


def captures(line: Line) -> bool:
    """Whether lots or serial numbers of this line are to be told."""
    return "capture" in (line.serials, line.lot)


def unscanned(line: Line, dialogue: Dialogue) -> bool:
    """Whether the label or the item is still to be scanned before anything counts."""
    return line.scan != "none" and not {f"scan:{line.scan}", "override"} & set(dialogue.proofs)


def provable(lines: Iterable[Line], *, scanner: bool, headset: bool) -> bool:
    """Whether somebody with these can prove and tell all that the lines ask for."""
    return scanner or all(line.scan == "none" and (headset or not captures(line)) for line in lines)


def wanted(line: Line, dialogue: Dialogue) -> int:
    """How many items are still to be captured for the quantity counted."""
    if line.serials == "capture":
        return max(0, int(dialogue.counted) - len(dialogue.items))
    return int(line.lot == "capture" and dialogue.counted > 0 and not dialogue.items)


def pool(line: Line, dialogue: Dialogue) -> tuple[Item, ...]:
    """The expected items that have not been captured yet, each once."""
    once = {_name(line, item): item for item in line.items if _name(line, item)}
    taken = {_name(line, item) for item in dialogue.items}
    return tuple(item for name, item in once.items() if name not in taken)


def length_asked(line: Line, dialogue: Dialogue) -> int:
    """How many last digits to ask for now; 0 = the host does not say what is expected, so only a scan will do."""
    digits = [_digits(line, item) for item in pool(line, dialogue)]
    longest = max(map(len, digits), default=0)
    if dialogue.length or not longest:
        return min(dialogue.length, longest)
    for length in FIRST_LENGTHS:
        if len({x[-length:] for x in digits}) == len(digits):
            return min(length, longest)
    return min(FIRST_LENGTHS[-1], longest)


def ending_in(line: Line, dialogue: Dialogue, said: str) -> Ending:
    """The expected items whose digits end in what was said."""
    items = tuple(x for x in pool(line, dialogue) if _digits(line, x)[-len(said) :] == said)
    if len(items) < 2:
        return Ending(items)
    longest = max(len(_digits(line, x)) for x in items)
    following = len(said) + 1
    return Ending(items, following if following <= min(longest, MOST_DIGITS) else 0)


def scanned_item(line: Line, dialogue: Dialogue, code: str) -> Item | None:
    """The item that a scanned code names: an expected one, or any where the host does not say what it expects."""
    for item in pool(line, dialogue):
        if code in (item.serial, item.lot if line.serials != "capture" else None):
            return item
    if line.items or any(_name(line, item) == code for item in dialogue.items):
        return None
    return Item(serial=code) if line.serials == "capture" else Item(lot=code)


def _name(line: Line, item: Item) -> str:
    return (item.serial if line.serials == "capture" else item.lot) or ""


def _digits(line: Line, item: Item) -> str:
    """The digits of its number; letters and dashes are left out, as nobody says them."""
    return "".join(x for x in _name(line, item) if x in "0123456789")
