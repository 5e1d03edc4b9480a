"""`pickbeam voice digits …`: check digits of a site: make, rate, print, and measure what is confused.

In: a settings file. Out: the check_digits column of its locations table, a schedule of sets beside it, a PDF of labels,
a table of confusions.
"""

from __future__ import annotations

import json as json_text
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer

from controller.errors import StartError, UsageError
from controller.settings import Settings, load
from controller.voice.checkdigits import assign, confusions, labels, measuring, quality, rotation, table
from controller.voice.checkdigits.near import Place, natural

app = typer.Typer(help="Check digits: make, rotate, print labels.", no_args_is_help=True)

SCHEDULE = "check_digits.csv"
"""Beside the locations table."""
VOICES = "en-us,en-gb,en-us+f2,en-gb+m3"
SHOWN = 40
"""Lines of a difference on the screen."""

Config = Annotated[Path, typer.Argument(help="The settings file of the site.")]
Language = Annotated[str, typer.Option(help="Which confusions count: en, de, es, fr.")]
Table = Annotated[Path | None, typer.Option("--confusions", help="A measured table (`digits confusions --out`).")]
Seed = Annotated[
    str, typer.Option(envvar="PICKBEAM_DIGITS_SEED", help="The site's secret: the same one makes the same digits.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


@app.command()
def make(
    config: Config,
    *,
    length: Annotated[int, typer.Option(min=2, max=4, help="How many digits.")] = 2,
    seed: Seed = "",
    rotate: Annotated[int, typer.Option(min=1, max=50, help="How many sets, one after the other.")] = 1,
    every: Annotated[int, typer.Option(min=1, max=3650, help="Days that a set holds.")] = 30,
    begin: Annotated[
        str, typer.Option("--from", help="First day of the first set, YYYY-MM-DD; today without it.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Only fill in what is empty; labels in use stay.")] = False,
    repeats: Annotated[bool, typer.Option("--repeats", help="Allow 11, 00 and the like.")] = False,
    language: Language = "en",
    measured: Table = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Give every location digits that its neighbours are not confused with."""
    settings = load(config)
    first = _day(begin) if rotate > 1 or begin else None
    if keep and rotate > 1:
        raise UsageError("--keep keeps the labels in use, --rotate replaces them: take one of the two.")
    if not first and _beside(settings).exists():
        raise UsageError(f"{_beside(settings)} says which digits hold when. Make it anew with --rotate, or remove it.")
    known = confusions.load(language, measured)
    chosen = seed or secrets.token_hex(8)
    kept = {row.location: row.check_digits for row in settings.locations if row.check_digits} if keep else {}
    sets = _sets(_places(settings), known, assign.Rules(length, repeats), secret=chosen, count=rotate, kept=kept)
    rated = [quality.rate(_places(settings), one, known) for one in sets]
    changed = _write(files := _files(settings, sets, first, every), dry_run=dry_run)
    if json:
        result = {"seed": chosen, "sets": [asdict(one) for one in rated], "changed": changed, "written": not dry_run}
        print(json_text.dumps(result))
        return
    if dry_run:
        _show_difference(files)
    print(f"seed: {chosen}{'' if seed else ' (drawn now; --seed makes the same digits again: keep it secret)'}")
    for number, one in enumerate(rated):
        _say(one, known, f"set {number + 1} from {first + timedelta(number * every)}" if first else "")
    print(f"{'would change' if dry_run else 'written'}: {', '.join(changed) or 'nothing'}")


@app.command()
def rate(config: Config, *, language: Language = "en", measured: Table = None, json: Json = False) -> None:
    """How good the digits are that the site has now."""
    settings = load(config)
    known = confusions.load(language, measured)
    digits = {row.location: row.check_digits for row in settings.locations if row.check_digits}
    result = quality.rate(_places(settings), digits, known)
    print(json_text.dumps(asdict(result))) if json else _say(result, known, "")


@app.command("labels")
def labels_(
    config: Config,
    *,
    out: Annotated[Path, typer.Option(help="The PDF to write.")] = Path("labels.pdf"),
    page: Annotated[str, typer.Option(help="A4 or Letter.")] = "A4",
    columns: Annotated[int, typer.Option(min=1, max=8, help="Labels side by side.")] = 3,
    rows: Annotated[int, typer.Option(min=1, max=20, help="Labels one below the other.")] = 8,
    number: Annotated[
        int | None, typer.Option("--set", help=f"A set of {SCHEDULE}; without it the table's digits.")
    ] = None,
    zone: Annotated[str, typer.Option(help="Only the bins of one zone.")] = "",
) -> None:
    """A sheet of labels to print and cut, in walking order."""
    settings = load(config)
    digits = {row.location: row.check_digits for row in settings.locations}
    note = ""
    if number is not None:
        schedule = rotation.load(_beside(settings))
        if number not in schedule.sets():
            raise UsageError(f"{_beside(settings)} has no set {number}; it has {_listed(schedule)}.")
        digits, note = schedule.digits_of(number), f"set {number} from {schedule.sets()[number]}"
    wanted = [row for row in settings.locations if digits.get(row.location) and zone in {"", row.zone}]
    if not wanted:
        raise UsageError("no location has check digits here; `pickbeam voice digits make` gives them some.")
    wanted.sort(key=lambda row: (row.walk, natural(row.location)))
    sheet = labels.Sheet(page, columns, rows, f"{settings.identity.id} check digits {note}".strip())
    listed = [labels.Label(row.location, digits[row.location], note) for row in wanted]
    pages = labels.write(listed, sheet, out, datetime.now(UTC))
    print(f"{out}: {len(listed)} labels on {pages} pages; print at 100 %, cut along the marks")


@app.command("confusions")
def confusions_(
    *,
    out: Annotated[Path | None, typer.Option(help="Where the table goes; without it only the worst are shown.")] = None,
    model: Annotated[Path | None, typer.Option(help="A model's folder; ours for the language without it.")] = None,
    language: Language = "en",
    voices: Annotated[str, typer.Option(help="Voices of the synthesiser, separated by commas.")] = VOICES,
    rates: Annotated[str, typer.Option(help="Words per minute, separated by commas.")] = "150,200",
    snr: Annotated[str, typer.Option(help="Signal to noise in dB, separated by commas.")] = "20,10,5",
    json: Json = False,
) -> None:
    """Measure which digits the recogniser takes for which: all pairs, spoken by the synthesiser. Takes minutes."""
    from controller.cli.voice.digits_lab import Lab, conditions

    lab = Lab(language, model)
    tried = conditions(voices, rates, snr, lab.check_voice)
    tally = measuring.measure(measuring.trials(lab.called, len(tried)), lab.speaker(tried), lab.hear, _dots(len(tried)))
    source = f"{lab.name}, {tally.codes} codes of synthetic speech: voices {voices}; {rates} wpm; noise at {snr} dB"
    command = f"pickbeam voice digits confusions --language {language} --voices {voices} --rates {rates} --snr {snr}"
    made = confusions.measured(language, tally.digits, source, command)
    if out is not None:
        out.write_text(confusions.to_toml(made), encoding="utf-8")
    counts = [
        {"said": a, "heard": b, "share": round(share, 4), "times": tally.digits[a, b]} for a, b, share in made.worst(8)
    ]
    if json:
        facts = {"codes": tally.codes, "rejected": tally.rejected, "right": round(tally.right, 4), "worst": counts}
        print(json_text.dumps(facts))
        return
    print(f"{source}\n{tally.right:.2%} of the digits right, {tally.rejected} codes not understood")
    print(
        "\n".join(f"{one['said']} heard as {one['heard']}: {one['share']:.2%} ({one['times']} times)" for one in counts)
    )


def _dots(conditions: int) -> Callable[[measuring.Trial], None]:
    """A line per condition on standard error: it takes minutes."""

    def step(trial: measuring.Trial) -> None:
        if trial.code == "99":
            print(f"condition {trial.condition + 1} of {conditions}", file=sys.stderr, flush=True)

    return step


def _sets(
    places: list[Place],
    known: confusions.Confusions,
    rules: assign.Rules,
    *,
    secret: str,
    count: int,
    kept: Mapping[str, str],
) -> list[dict[str, str]]:
    """`count` sets of digits, each unlike those before it."""
    sets: list[dict[str, str]] = []
    for number in range(1, count + 1):
        seed = assign.seed_of(secret.encode(), number)
        sets.append(assign.make(places, known, rules, seed, kept=kept, before=tuple(sets)))
    return sets


def _files(
    settings: Settings, sets: list[dict[str, str]], first: date | None, every: int
) -> dict[Path, tuple[bytes, bytes]]:
    """Path -> (what is there, what shall be there). `first` None = no schedule, the table alone."""
    locations = Path(settings.layout.locations)
    before = locations.read_bytes()
    if first is None:
        return {locations: (before, table.rewrite(before, "location", "check_digits", sets[0]))}
    schedule = rotation.plan(sets, first, every)
    number = rotation.number_at(schedule, datetime.combine(_today(), datetime.min.time()))
    now = schedule.digits_of(number) if number else {}
    path = _beside(settings)
    there = path.read_bytes() if path.exists() else b""
    return {
        locations: (before, table.rewrite(before, "location", "check_digits", now)),
        path: (there, rotation.write(schedule).encode()),
    }


def _write(files: Mapping[Path, tuple[bytes, bytes]], *, dry_run: bool) -> list[str]:
    """Each whole or not at all. Returns the names of those that differ."""
    changed = [path for path, (before, after) in files.items() if before != after]
    for path in () if dry_run else changed:
        half = path.with_name(f".{path.name}.half")
        try:
            half.write_bytes(files[path][1])
            half.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o640)
            half.rename(path)
        except OSError as error:
            raise StartError(f"{path} cannot be written: {error.strerror}.") from error
    return [path.name for path in changed]


def _places(settings: Settings) -> list[Place]:
    """All but the homes, where nothing is picked."""
    homes = {picker.home for picker in settings.pickers}
    rows = [row for row in settings.locations if row.location not in homes]
    return [Place(row.location, row.walk, row.aisle, row.bay, row.level) for row in rows]


def _beside(settings: Settings) -> Path:
    return Path(settings.layout.locations).with_name(SCHEDULE)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else _today()
    except ValueError as error:
        raise UsageError(f"--from {text!r} is no day: write it as {_today()}.") from error


def _today() -> date:
    return datetime.now().astimezone().date()


def _listed(schedule: rotation.Schedule) -> str:
    return ", ".join(f"{number} (from {start})" for number, start in sorted(schedule.sets().items())) or "none"


# --- telling ---------------------------------------------------------------------------------------------------------


def _say(rated: quality.Quality, known: confusions.Confusions, title: str) -> None:
    if title:
        print(title)
    basis = f"{known.samples} digits measured" if known.samples else "an ESTIMATE; measure with `digits confusions`"
    print(f"{rated.locations} locations, {rated.pairs} pairs that are near each other")
    print(f"confusions: {basis} ({known.source})")
    if rated.worst is not None:
        worst = rated.worst
        print(
            f"worst pair: at {worst.at}, {worst.said} is heard as {worst.taken} of {worst.instead} "
            f"{_one_in(worst.probability)}"
        )
    print(f"the digits of a near wrong place pass {_one_in(rated.mean)} (random digits: {_one_in(rated.by_chance)})")
    print(f"near pairs that differ in every digit: {rated.apart:.1%}; with the same digits: {rated.alike}")
    if rated.own_number:
        more = f" and {len(rated.own_number) - 3} more" if len(rated.own_number) > 3 else ""
        print(f"digits that stand in their own location's number: {', '.join(rated.own_number[:3])}{more}")


def _one_in(probability: float) -> str:
    return f"1 time in {1 / probability:,.0f}".replace(",", " ") if probability > 0 else "never"


def _show_difference(files: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Line by line, for nothing but cells changes; a schedule that is new as a whole."""
    for path, (before, after) in files.items():
        old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
        pairs = zip_longest(old, new)
        signed = [zip("-+", pair, strict=True) for pair in pairs if pair[0] != pair[1]]
        lines = [f"{sign}{line}" for pair in signed for sign, line in pair if line is not None]
        print("\n".join([f"{path.name}:", *lines[:SHOWN]]))
        if len(lines) > SHOWN:
            print(f"… and {len(lines) - SHOWN} more lines")
