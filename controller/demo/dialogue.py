"""A dialogue as text: what the mouth said, what the picker said, what the ear made of it and what was booked.

In: the work folder of a demo that has ended. Out: a text file, one picker after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from controller.demo.ledgers import FactRow, read_journal
from controller.demo.reconcile import BOOKS
from controller.demo.site import Folder
from controller.demo.voice_book import VOICE, read_voice

Row = tuple[float, str, str]
"""When (s since 1970), who, what."""


def write_transcript(folder: Folder, path: Path | None) -> None:
    """Nothing where `path` is None."""
    if path is not None:
        voice, journal = read_voice(folder.notes), read_journal(folder.journal)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(transcript(voice.rows, journal.facts), encoding="utf-8")


def transcript(notes: Sequence[Mapping[str, Any]], facts: Sequence[FactRow]) -> str:
    """Times count from a picker's first line."""
    told = []
    for picker in dict.fromkeys(str(note["picker"]) for note in notes):
        rows = sorted([*_noted(picker, notes), *_decided(picker, facts)], key=lambda row: row[0])
        lines = [f"{at - rows[0][0]:7.1f}  {who:<8}{what}" for at, who, what in rows]
        told.append("\n".join([f"{picker}  (seconds, who, what)", "", *lines, ""]))
    return "\n".join(told)


def _noted(picker: str, notes: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """From the picker's own book."""
    for note in notes:
        if note["picker"] != picker:
            continue
        match note["kind"]:
            case "heard" if note["text"]:
                yield note["from"], "mouth", note["text"]
            case "said" if note["meant"]:
                yield note["from"], "picker", note["text"]
            case "said":
                yield note["from"], "picker", f"{note['text']}   (not meant for the ear)"
            case "pressed":
                yield note["t"], "picker", f"presses {note['key']} at {note['module']}"
            case "mishap":
                yield note["t"], "headset", f"{note['what']} for {note['for']} s"


def _decided(picker: str, facts: Sequence[FactRow]) -> Iterator[Row]:
    """From the journal."""
    for fact in facts:
        at, body = int(fact.body["at"]) / 1000, fact.body
        if body.get("picker") != picker:
            continue
        match fact.kind:
            case "PhraseTaken":
                yield at, "ear", f"{body['text']!r} = {body['meant']}   ({body['confidence']:.2f})"
            case "PhraseMisheard":
                yield at, "ear", f"rejected: {body['why']} {body['text']!r}"
            case "HeadsetDown":
                yield at, "station", f"the headset cannot be used: {body['fault']}"
            case "HeadsetUp":
                yield at, "station", "the headset is back"
            case kind if kind in BOOKS:
                by = "voice" if fact.cause.startswith(VOICE) else "button"
                proofs = ", ".join(x for x in body.get("confirmed_by", ()) if x not in {"voice", "button"})
                what = "booked" if kind == "LineConfirmed" else f"booked short ({body['reason']})"
                proven = f", proven by {proofs}" if proofs else ""
                yield at, "station", f"{what}: {body['picked']} of line {' '.join(fact.line)}, by {by}{proven}"
            case "PickUndone":
                yield at, "station", f"taken back: {body['picked']} of line {' '.join(fact.line)}"
            case "PickerSignedOn":
                yield at, "station", "signed on"
            case "PickerSignedOff":
                yield at, "station", "signed out"
