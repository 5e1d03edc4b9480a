"""Did every press lead to exactly one result, and every result come from a press?

In: the journal and what the simulated modules took, the spans in which no controller ran. Out: differences, and per
booking fact the press it came from. Pure.

What was booked by voice is looked at in `voice_book`.

Modules on a bus number their presses and keep them until they are durable: each must be found again by its number.
GPIO buttons are bare contacts. They are matched by time, and a press that nobody was there to hear is allowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from controller.demo.ledgers import FactRow, JournalBook, Press, ShelfBook, WmsBook
from controller.demo.reconcile import BOOKS, Difference
from controller.demo.voice_book import VOICE

LOCK_OUT_S = 0.6
"""A GPIO button is deaf for 0.3 s after a confirm, which counts from its release."""
DEAF_S = 2.0
"""Around the end and the start of a controller its GPIO buttons may not be heard."""
MATCH_S = 5.0
"""A GPIO press is decided upon within this time; usually 0.1 s, the release of the button."""

OUTCOMES: Mapping[str, frozenset[str]] = {
    "confirm": frozenset({"LineConfirmed", "LineReturned", "WrongPress"}),
    "short": frozenset({"LineShorted", "WrongPress"}),
    "skip": frozenset({"LineReleased", "WrongPress"}),
    "undo": frozenset({"PickUndone", "WrongPress"}),
    "unlit": frozenset({"WrongPress"}),
}
"""What a press at a bin may lead to; exactly one of them."""
RESULTS = frozenset().union(*OUTCOMES.values())

Span = tuple[float, float]


@dataclass(slots=True)
class Pairing:
    """`press_of`: cause -> the press. `unheard`: GPIO presses while nobody was there."""

    differences: list[Difference] = field(default_factory=list)
    press_of: dict[str, Press] = field(default_factory=dict)
    unheard: list[Press] = field(default_factory=list)
    at_home: int = 0


def pair(
    wms: WmsBook,
    journal: JournalBook,
    shelf: ShelfBook,
    *,
    homes: Iterable[str],
    deaf: Sequence[Span],
    whole: bool = True,
) -> Pairing:
    """`homes`: modules of the pickers; `deaf`: when no controller ran. `whole` False: presses may wait in modules."""
    pairing, at_home = Pairing(), frozenset(homes)
    results: defaultdict[str, list[FactRow]] = defaultdict(list)
    for fact in journal.facts:
        if fact.cause.startswith("button:") and fact.kind in RESULTS and _is_decision(fact):
            results[fact.cause].append(fact)
        elif fact.kind in (*BOOKS, "PickUndone", "LineReturned") and not fact.cause.startswith(VOICE):
            text = f"{fact.kind} was caused by {fact.cause}, which is no press"
            pairing.differences.append(Difference("NO_PRESS", " ".join(fact.line), text))
    _pair_gpio(pairing, [press for press in shelf.presses if press.seq is None], results, deaf)
    for press in shelf.presses:
        if press.seq is not None:
            pairing.press_of[press.cause] = press
            pairing.at_home += press.module in at_home
            found = results.pop(press.cause, [])
            pairing.differences += _judge(press, found, journal, wms, home=press.module in at_home, whole=whole)
    for cause, facts in results.items():
        if cause not in pairing.press_of:
            pairing.differences.append(Difference("NO_PRESS", cause, f"nobody pressed, but: {_kinds(facts)}"))
    return pairing


def _is_decision(fact: FactRow) -> bool:
    """A line is also let go of to make room, beside the fact that tells what the press meant."""
    return fact.kind != "LineReleased" or fact.body["why"] == "SKIPPED"


def _judge(
    press: Press, facts: Sequence[FactRow], journal: JournalBook, wms: WmsBook, *, home: bool, whole: bool
) -> Iterator[Difference]:
    where = f"{press.module} {press.key} at {press.t:.3f}"
    if not facts:
        if is_durable(press, journal.cursors):
            if not home:
                yield Difference("LOST_PRESS", where, "acknowledged to the module, but nothing came of it")
        elif whole:
            yield Difference("LOST_PRESS", where, "still in the module: it never became durable")
    elif len(facts) > 1:
        yield Difference("DOUBLE", where, f"one press, {len(facts)} results: {_kinds(facts)}")
    elif facts[0].kind not in OUTCOMES[press.key]:
        yield Difference("CONTENT", where, f"led to {facts[0].kind}")
    elif facts[0].kind in BOOKS:
        yield from _quantity(press, facts[0], wms, where)


def _quantity(press: Press, fact: FactRow, wms: WmsBook, where: str) -> Iterator[Difference]:
    """The module's count is what was booked; a line that a module can not count is taken whole."""
    task, line = fact.line
    asked = wms.asked.get(task)
    wanted = asked.lines[line].qty if asked is not None and line in asked.lines else Decimal(press.quantity)
    countable = wanted == wanted.to_integral_value() and wanted <= 9999
    expected = Decimal(press.quantity) if countable else wanted if fact.kind == "LineConfirmed" else Decimal(0)
    if (booked := Decimal(str(fact.body["picked"]))) != expected:
        yield Difference("QUANTITY", where, f"the module showed {expected}, {booked} were booked for {task} {line}")


def is_durable(press: Press, cursors: Mapping[str, tuple[int, int]]) -> bool:
    """Whether the journal has it, of a module on a bus. Of a GPIO button nobody can tell: True."""
    if press.seq is None:
        return True
    boot, seq = cursors.get(press.module, (-1, 0))
    return boot == press.boot and (seq - press.seq) % 255 < 128


# --- bare contacts ----------------------------------------------------------------------------------------------------


def _pair_gpio(
    pairing: Pairing, presses: Sequence[Press], results: dict[str, list[FactRow]], deaf: Sequence[Span]
) -> None:
    """Takes the results of GPIO buttons out of `results`: each needs a press of its own, shortly before it."""
    free: defaultdict[str, list[Press]] = defaultdict(list)
    for press in presses:
        free[press.module].append(press)
    for cause in [cause for cause in results if cause.split(":")[1] in free]:
        facts = results.pop(cause)
        decided, waiting = int(facts[0].body["at"]) / 1000, free[cause.split(":")[1]]
        fitting = [press for press in waiting if press.t - 0.05 <= decided <= press.t + MATCH_S]
        if not fitting:
            pairing.differences.append(Difference("NO_PRESS", cause, f"nobody pressed, but: {_kinds(facts)}"))
            continue
        waiting.remove(fitting[-1])
        pairing.press_of[cause] = fitting[-1]
        if len(facts) > 1:
            pairing.differences.append(Difference("DOUBLE", cause, f"one press, {len(facts)} results: {_kinds(facts)}"))
    for press in [press for left in free.values() for press in left]:
        if not _repeats(press, presses):
            pairing.unheard.append(press)
            if not any(start - DEAF_S <= press.t <= end + DEAF_S for start, end in deaf):
                where = f"{press.module} {press.key} at {press.t:.3f}"
                pairing.differences.append(Difference("LOST_PRESS", where, "a controller ran, but nothing came of it"))


def _repeats(press: Press, presses: Iterable[Press]) -> bool:
    """A nervous second press of the same button."""
    return any(x.module == press.module and 0 < press.t - x.t < LOCK_OUT_S for x in presses)


def _kinds(facts: Iterable[FactRow]) -> str:
    return ", ".join(
        f"{fact.kind} {fact.body.get('task_id', '')} {fact.body.get('line_id', '')}".strip() for fact in facts
    )
