"""`pickbeam voice bench`: how well, how soon and at what cost this machine hears, and by what it is fooled.

In: a model folder, held-out synthetic speakers. Out: progress, a table, a JSON file as that of `pickbeam bench`, and a
picture; exit code 0 also where an aim is missed: the table says so, and judging is for people.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.errors import PickbeamError, StartError, UsageError

if TYPE_CHECKING:
    from controller.bench.report import Entry
    from controller.voice_bench.accuracy import Cell
    from controller.voice_bench.speakers import Speaker

GROUPS = ("accuracy", "rejection", "latency", "load")
OUT = Path("build/voice-bench.json")


def command(
    *,
    model: Annotated[Path | None, typer.Option(help="Recognition model; the embedded one by default.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A minute, few samples: to see that it runs.")] = False,
    groups: Annotated[str, typer.Option(help=f"Any of {', '.join(GROUPS)}, with commas between.")] = ",".join(GROUPS),
    speakers: Annotated[str, typer.Option(help="ked, or en-us+V and en-gb+V; with commas between.")] = "",
    talk: Annotated[
        Path | None, typer.Option(help="Your own recordings of people who talk beside a headset: a WAV, or a folder.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the entries go.")] = OUT,
    plot: Annotated[Path | None, typer.Option(help="A picture (PNG) of accuracy over noise.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The document on standard output instead of a table.")] = False,
) -> None:
    """Measure how well a model is heard with: accuracy, false accepts, latency, load.

    Speakers, noise and babble are synthetic and made on this machine; the model trained on none of them. Beside every
    accuracy stands pocketsphinx over the same samples. About 20 minutes on two cores; close other programs first.
    """
    from controller.bench.report import document, machine
    from controller.voice_bench.hearing import MODEL
    from controller.voice_bench.talk import recordings

    chosen = _groups(groups)
    if talk is not None and "rejection" not in chosen:
        raise UsageError("--talk is heard in the group rejection: name it in --groups too")
    recorded = recordings(talk) if talk is not None else []
    folder = (model or MODEL).resolve()
    lacks = _lacks(folder)  # a wrong folder is said now, not after the speakers were made
    people = _speakers(speakers, quick=quick)
    logging.basicConfig(level=logging.ERROR)  # what the model lacks is said once
    facts = machine() | {"model": _digest(folder), "lacks": lacks, "quick": quick}
    facts["speakers"] = [one.voice for one in people]
    begun = time.monotonic()
    entries, cells = _measure(chosen, folder, people, recorded, quick=quick)
    facts["took_s"] = round(time.monotonic() - begun)
    if _digest(folder) != facts["model"]:
        print("the model was changed meanwhile: these numbers are of neither, measure again", file=sys.stderr)
        facts["model"] += " and others"
    text = document(facts, entries)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    if plot is not None and cells:
        _draw(cells, plot, folder)
    if json:
        print(text, end="")
    elif entries:
        from controller.cli import measured

        measured.show(facts, entries, ("beside (same run)", "note"), _beside)


def _groups(names: str) -> list[str]:
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := [name for name in chosen if name not in GROUPS]:
        raise UsageError(f"there is no group {unknown[0]!r}: {', '.join(GROUPS)}")
    return chosen


def _speakers(names: str, *, quick: bool) -> tuple[Speaker, ...]:
    """Without ked where festival is missing, which is said."""
    from controller.voice_bench.speakers import DEFAULT, KED, KED_HELP, chosen, ked_installed

    found = chosen(name.strip() for name in names.split(",")) if names else DEFAULT[: 2 if quick else None]
    if any(one.voice == KED for one in found) and not ked_installed():
        print(f"the speaker ked is missing, and with it the harder half of the numbers: {KED_HELP}", file=sys.stderr)
        found = tuple(one for one in found if one.voice != KED)
    if not found:
        raise StartError(f"no speaker is left: {KED_HELP}")
    return found


def _measure(
    chosen: Sequence[str], model: Path, speakers: tuple[Speaker, ...], talk: Sequence[Path], *, quick: bool
) -> tuple[list[Entry], list[Cell]]:
    """What could not be measured here is said, and does not keep the rest from being measured."""
    from controller.voice_bench import accuracy, committed, latency, load, peer, rejection

    cells: list[Cell] = []
    entries: list[Entry] = []

    def hear(say: Callable[[str], None]) -> list[Entry]:
        if not peer.installed():
            say(peer.CURE)
        cells.extend(accuracy.measure(model, speakers, say, quick=quick))
        return accuracy.entries(cells)

    parts: dict[str, Sequence[Callable[[Callable[[str], None]], list[Entry]]]] = {
        "accuracy": [hear],
        "rejection": [lambda say: rejection.measure(model, speakers, say, quick=quick, files=talk)],
        "latency": [
            lambda say: latency.measure(model, speakers, say, quick=quick),
            lambda say: committed.measure(model, speakers, say, quick=quick),
        ],
        "load": [lambda say: load.measure(model, say, quick=quick)],
    }
    for name, part in [(group, one) for group in chosen for one in parts[group]]:
        begun = time.monotonic()
        try:
            entries += part(_say_of(name, begun))
        except PickbeamError as fault:
            print(f"{name}: not measured: {fault}", file=sys.stderr)
    return entries, cells


def _say_of(name: str, begun: float) -> Callable[[str], None]:
    return lambda line: print(f"{time.monotonic() - begun:6.1f} s  {name}: {line}", file=sys.stderr, flush=True)


def _lacks(folder: Path) -> list[str]:
    """Phrases of the language that cannot be said to this model and are asked of nobody."""
    from controller.voice_bench.hearing import fitted, language

    said = fitted(folder).answers.words
    lacks = [
        phrase for word, all_of in language().answers.words.items() for phrase in all_of if phrase not in said[word]
    ]
    if lacks:
        print(f"the model lacks words, nobody is asked to say: {', '.join(lacks)}", file=sys.stderr)
    return lacks


def _digest(folder: Path) -> str:
    """Which model it was: the folder's name and the beginning of the SHA-256 of its acoustic model."""
    from hashlib import sha256

    return f"{folder.name} {sha256((folder / 'am' / 'final.mdl').read_bytes()).hexdigest()[:12]}"


def _draw(cells: Sequence[Cell], file: Path, model: Path) -> None:
    from controller.voice_bench.plot import draw

    try:
        draw(cells, file, f"Held-out synthetic speakers in a synthetic hall, model {model.name}, working thresholds")
    except StartError as fault:
        print(fault, file=sys.stderr)


def _beside(entry: Entry) -> tuple[str, ...]:
    beside = "" if entry.peer is None else f"{entry.peer.name.partition(',')[0]}: {entry.peer.value:.4g}"
    return beside, entry.note.partition("; taken for")[0]
