"""`pickbeam voice report`: who is misheard on what, and what to do about it.

In: the journal of a station, running or not, opened to read only. Out: a table per picker with advice, or JSON. There
is no audio in a journal. A picker is shown his own with --picker; --aggregate names nobody.
"""

from __future__ import annotations

import json as json_text
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.core.facts import Fact
from controller.errors import StartError, UsageError
from controller.voice.misheard import KINDS, Hearing, Report, report
from controller.voice.misheard_advice import Phrases, advise

if TYPE_CHECKING:
    from controller.settings import Settings

BUSY_S = 5.0
WORST = 10
"""Rows of a table on the screen; JSON has all."""


def command(
    config: Annotated[Path | None, typer.Argument(help="The settings file of the site, for its journal.")] = None,
    *,
    journal: Annotated[Path | None, typer.Option(help="The journal itself.")] = None,
    picker: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    days: Annotated[float, typer.Option(min=0.01, max=3650, help="How far back.")] = 30,
    aggregate: Annotated[bool, typer.Option("--aggregate", help="All together, without names.")] = False,
    language: Annotated[str, typer.Option(help="Of the phrases advised; without it the picker's, or en.")] = "",
    json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False,
) -> None:
    """What was misheard, per picker and phrase, from the journal; with advice. No audio, only what was decided."""
    if picker is not None and aggregate:
        raise UsageError("--aggregate names nobody, --picker one: take one of the two.")
    settings = _settings(config)
    path = journal or (Path(settings.journal.path) if settings else None)
    if path is None:
        raise UsageError("name the settings file of the site, or its journal with --journal.")
    since = round((time.time() - days * 86_400) * 1000)
    with _facts(path, since) as facts:
        made = report(facts, picker, aggregate=aggregate)
    spoken = {one.id: one.voice.answer_language for one in settings.pickers if one.voice} if settings else {}
    advice = {who: advise(one, _phrases(language or spoken.get(who, "en"))) for who, one in made.hearings.items()}
    if json:
        print(json_text.dumps(_as_json(made, advice, path, days)))
        return
    if not made.hearings:
        print(f"nothing was said by {picker or 'anybody'} in the last {days:g} days, as far as {path} knows")
    for who, hearing in made.hearings.items():
        _show(hearing, advice[who])


def _settings(config: Path | None) -> Settings | None:
    from controller.settings import load

    return load(config) if config else None


@contextmanager
def _facts(path: Path, since: int) -> Iterator[Iterator[Fact]]:
    """The facts about voice, oldest first, from a database that somebody else may be writing to."""
    if not path.is_file():
        raise StartError(f"there is no journal {path}. The station makes it when it first runs.")
    with tempfile.TemporaryDirectory(prefix="pickbeam-report-") as folder:
        try:
            with closing(_open(path, Path(folder))) as database:
                yield _read(database, since)
        except sqlite3.Error as error:
            raise StartError(f"{path} cannot be read as a journal: {error}.") from error


def _open(path: Path, spare: Path) -> sqlite3.Connection:
    """Where its folder cannot be written (a copy on a read-only stick) SQLite cannot share the log: read a copy."""
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        for end in ("", "-wal"):
            if (side := path.with_name(path.name + end)).exists():
                shutil.copyfile(side, spare / side.name)
        return sqlite3.connect(spare / path.name)
    return database


def _read(database: sqlite3.Connection, since: int) -> Iterator[Fact]:
    from controller.journal.codec import decode_fact

    names = [kind.__name__ for kind in KINDS]
    marks = ", ".join("?" * len(names))
    query = f"SELECT id, kind, body FROM fact WHERE at >= ? AND kind IN ({marks}) ORDER BY id"  # noqa: S608 (marks only)
    for number, kind, body in database.execute(query, (since, *names)):
        yield decode_fact(number, kind, body)


@cache
def _phrases(language: str) -> Phrases:
    from controller.voice.language import Language

    words = Language.load(language)
    said = {word.value: tuple(phrases) for word, phrases in words.answers.words.items()}
    spare = {key[1]: tuple(entry.value) for key, entry in words.entries.items() if key[0] == "spare" and len(key) == 2}
    return Phrases(said, spare)


# --- telling ---------------------------------------------------------------------------------------------------------


def _as_json(made: Report, advice: Mapping[str, tuple[str, ...]], path: Path, days: float) -> dict[str, Any]:
    pickers = [_hearing(hearing) | {"advice": advice[who]} for who, hearing in made.hearings.items()]
    return {
        "journal": str(path),
        "days": days,
        "since": _stamp(made.since),
        "until": _stamp(made.until),
        "pickers": pickers,
    }


def _hearing(hearing: Hearing) -> dict[str, Any]:
    words = {
        word: {
            "heard": said.heard,
            "rejected": said.rejected,
            "corrected": said.corrected,
            "confidence": round(said.mean, 3),
            "lowest": round(said.lowest, 3),
        }
        for word, said in sorted(hearing.words.items())
    }
    return {
        "picker": hearing.picker or None,
        "heard": hearing.heard,
        "rejected": hearing.rejected,
        "reasons": dict(hearing.reasons),
        "steps": dict(hearing.steps),
        "words": words,
        "heard_as": _pairs(hearing.pairs, "meant"),
        "digits": _pairs(hearing.digits, "right"),
        "wrong_check_digits": dict(hearing.wrong_proofs),
        "too_early": {place: asdict(early) for place, early in sorted(hearing.early.items())},
        "headset_faults": dict(hearing.headset_faults),
    }


def _pairs(counts: Mapping[tuple[str, str], int], name: str) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{name: one, "heard": other, "times": times} for (one, other), times in ordered]


def _stamp(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _show(hearing: Hearing, advice: tuple[str, ...]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    who = f"picker {hearing.picker}" if hearing.picker else "all pickers"
    console.print(Text(f"{who}: {hearing.heard} phrases taken, {hearing.rejected} rejected", style="bold"))
    if hearing.reasons:
        print("  rejected: " + ", ".join(f"{why} {times}" for why, times in hearing.reasons.most_common()))
    table = Table("phrase", "heard", "rejected", "corrected", "confidence", "heard as", box=box.SIMPLE_HEAD)
    ordered = sorted(hearing.words.items(), key=lambda one: (-one[1].trouble, -one[1].heard))
    for word, said in ordered[:WORST]:
        heard = [(text, times) for (meant, text), times in hearing.pairs.most_common() if meant == word]
        cells = (word, said.heard, said.rejected, said.corrected, f"{said.mean:.2f} ({said.lowest:.2f})")
        table.add_row(*map(str, cells), Text(", ".join(f"{text} {times}×" for text, times in heard[:3])))
    console.print(table)
    if hearing.digits:
        print("  digits: " + ", ".join(f"{a} heard as {b} {n}×" for (a, b), n in hearing.digits.most_common(5)))
    for place, early in sorted(hearing.early.items(), key=lambda one: -one[1].times)[:5]:
        print(f"  too early at {place}: {early.times}× (soonest after {early.soonest:.0%} of the way's time)")
    for sentence in advice:
        console.print(Text(f"→ {sentence}"))
    print()
