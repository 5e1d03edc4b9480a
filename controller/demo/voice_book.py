"""The voice pickers' own book, and whether the journal says what they said.

In: their notes, the journal, what was asked. Out: differences, and how well they were understood. Pure, but for
reading the file.

A phrase is said once and may lead to one decision at most. What it booked must be what its speaker meant: the same
bin, the same quantity. A phrase that was not taken is no fault, it is said again; one that became another is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from controller.demo.ledgers import Asked, FactRow, JournalBook, WmsBook
from controller.demo.reconcile import BOOKS, Difference

VOICE: Final = "voice:"
"""Every cause that is a phrase begins so."""
DECIDED: Final = (*BOOKS, "PickUndone")
LATEST_S: Final = 6.0
"""A phrase is decided upon within this after its last word; usually 0.5 s."""
EARLIEST_S: Final = 0.3
"""Words may be taken before the last one has died away, and clocks are read at two places."""
MEANWHILE_S: Final = 12.0
"""A press instead of a phrase comes within this."""
DIGITS_AT: Final = "place"


@dataclass(frozen=True, slots=True)
class Said:
    """One phrase. `meant`: a command, digits or a number, as the journal writes it; empty = not for the ear. `books`:
    what, location, quantity, short.
    """

    picker: str
    number: int
    text: str
    meant: str
    began: float
    until: float
    books: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class VoiceBook:
    """`acknowledged`: (picker, number) of phrases whose result the mouth told; `rows`: everything, for a transcript."""

    said: Sequence[Said] = ()
    acknowledged: frozenset[tuple[str, int]] = frozenset()
    rows: Sequence[Mapping[str, Any]] = ()


NOBODY: Final = VoiceBook()


@dataclass(slots=True)
class VoicePairing:
    """`said_of`: cause -> the phrase it was; `late`: s from the last word to the decision."""

    differences: list[Difference] = field(default_factory=list)
    said_of: dict[str, Said] = field(default_factory=dict)
    said: int = 0
    understood: int = 0
    misheard: int = 0
    noise: int = 0
    """Taken although nobody had said anything for the ear."""
    rejected: int = 0


def read_voice(path: Path) -> VoiceBook:
    """An unfinished last line is left out."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    rows = [json.loads(line) for line in lines]
    said = [
        Said(row["picker"], row["n"], row["text"], row["meant"], row["from"], row["until"], row.get("books"))
        for row in rows
        if row["kind"] == "said"
    ]
    acknowledged = frozenset((row["picker"], row["n"]) for row in rows if row["kind"] == "acknowledged")
    return VoiceBook(said, acknowledged, rows)


def pair_voice(wms: WmsBook, journal: JournalBook, voice: VoiceBook) -> VoicePairing:
    """Every phrase that was taken with the one that was said; every booking by voice with what was meant."""
    pairing = VoicePairing(said=sum(bool(said.meant) for said in voice.said))
    free: defaultdict[str, list[Said]] = defaultdict(list)
    for said in voice.said:
        free[said.picker].append(said)
    for fact in journal.facts:
        if fact.kind == "PhraseTaken":
            _take(pairing, fact, free[str(fact.body["picker"])])
        pairing.rejected += fact.kind == "PhraseMisheard"
    pairing.differences += _bookings(wms.asked, journal.facts, pairing.said_of)
    pairing.differences += _proofs(journal.facts, pairing.said_of)
    pairing.differences += _unbooked(wms.asked, journal.facts, voice, pairing.said_of)
    return pairing


def _take(pairing: VoicePairing, fact: FactRow, free: list[Said]) -> None:
    decided = int(fact.body["at"]) / 1000
    fitting = [said for said in free if said.began <= decided <= said.until + LATEST_S]
    fitting = [said for said in fitting if said.until - EARLIEST_S <= decided] or fitting
    if not fitting:
        pairing.noise += 1
        return
    said = fitting[-1]
    free.remove(said)
    pairing.said_of[fact.cause] = said
    if not said.meant:
        pairing.noise += 1
    elif said.meant == fact.body["meant"]:
        pairing.understood += 1
    else:
        pairing.misheard += 1


def _bookings(
    asked: Mapping[str, Asked], facts: Iterable[FactRow], said_of: Mapping[str, Said]
) -> Iterator[Difference]:
    """What a phrase booked is what its speaker meant."""
    done: set[str] = set()
    for fact in facts:
        if not fact.cause.startswith(VOICE) or fact.kind not in DECIDED:
            continue
        where, said = " ".join(fact.line), said_of.get(fact.cause)
        if fact.cause in done:
            yield Difference("DOUBLE", where, f"one phrase ({fact.cause}), several bookings")
        done.add(fact.cause)
        if said is None:
            yield Difference("MISHEARD", where, f"{_told(fact)}, but nobody had said anything ({fact.cause})")
        elif (wanted := _wanted(said)) != (found := _booked(asked, fact)):
            text = f"{_told(fact)} {found}, but {said.picker} said {said.text!r} and meant {wanted or 'nothing of it'}"
            yield Difference("MISHEARD", where, text)


def _proofs(facts: Sequence[FactRow], said_of: Mapping[str, Said]) -> Iterator[Difference]:
    """Other digits must never have become the right ones: that would prove a place where nobody is."""
    refused = {fact.cause for fact in facts if fact.kind == "ProofRefused"}
    for fact in facts:
        if fact.kind != "PhraseTaken" or fact.body["step"] != DIGITS_AT or not str(fact.body["meant"]).isdigit():
            continue
        said = said_of.get(fact.cause)
        if fact.cause not in refused and (said is None or said.meant != fact.body["meant"]):
            words = "nobody spoke" if said is None else f"{said.picker} said {said.text!r}"
            text = f"check digits {fact.body['meant']} were taken as proof, but {words}"
            yield Difference("MISHEARD", str(fact.body["turn"]), text)


def _unbooked(
    asked: Mapping[str, Asked], facts: Sequence[FactRow], voice: VoiceBook, said_of: Mapping[str, Said]
) -> Iterator[Difference]:
    """What the mouth acknowledged is booked: by the phrase, or by the press that came with it."""
    booked = [fact for fact in facts if fact.kind in DECIDED]
    by_voice = {(said.picker, said.number) for fact in booked if (said := said_of.get(fact.cause)) is not None}
    for said in voice.said:
        key = (said.picker, said.number)
        if key not in voice.acknowledged or said.books is None or key in by_voice:
            continue
        pressed = [
            fact
            for fact in booked
            if not fact.cause.startswith(VOICE)
            and _booked(asked, fact) == _wanted(said)
            and abs(int(fact.body["at"]) / 1000 - said.until) < MEANWHILE_S
        ]
        if not pressed:
            text = f"{said.text!r} meant {_wanted(said)} and was acknowledged, but nothing is booked"
            yield Difference("LOST_PHRASE", f"{said.picker} at {said.until:.3f}", text)


def _wanted(said: Said) -> tuple[str, str, Decimal] | None:
    """What, where, how many."""
    if said.books is None:
        return None
    what = "undo" if said.books["what"] == "undo" else "short" if said.books["short"] else "full"
    return what, str(said.books["location"]), Decimal(str(said.books["quantity"]))


def _booked(asked: Mapping[str, Asked], fact: FactRow) -> tuple[str, str, Decimal]:
    task, line = fact.line
    location = asked[task].lines[line].location if task in asked and line in asked[task].lines else "?"
    what = {"LineConfirmed": "full", "LineShorted": "short", "PickUndone": "undo"}[fact.kind]
    return what, location, Decimal(str(fact.body["picked"]))


def _told(fact: FactRow) -> str:
    return f"{fact.kind} of {fact.body['picked']}"


def speech_to_report(wms: WmsBook, said_of: Mapping[str, Said]) -> list[float]:
    """Milliseconds from the last word of each phrase that booked a line to the WMS having it."""
    found = []
    for event in wms.events:
        said = said_of.get(str(event.body.get("cause")))
        arrived = wms.arrived.get((event.stream, event.seq))
        if event.body["type"] == "line_completed" and said is not None and arrived is not None:
            found.append((arrived - said.until) * 1000)
    return found
