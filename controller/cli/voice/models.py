"""`pickbeam voice models …`: recognition models: list, fetch, import, verify.

In: names, addresses, zips, folders. Out: models in a store, and what to write into the settings; exit code 1 if
something could not be had or is not as it was installed.
"""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from controller.errors import UsageError
from controller.voice.models_store import DEMO, NotAModelError, download, manifest, obtain, registry, usable
from controller.voice.models_store.registry import Entry
from controller.voice.models_store.store import Store, default

app = typer.Typer(help="Recognition models: list, fetch, import, verify.", no_args_is_help=True)

StoreFolder = Annotated[
    Path | None,
    typer.Option("--store", help="Where models lie. Without it: var/voice-models beside --settings, else your own."),
]
SettingsFile = Annotated[Path | None, typer.Option("--settings", help="The settings file of the site.")]
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
Sha = Annotated[str, typer.Option("--sha256", help="The checksum that the zip must have.")]
Replace = Annotated[bool, typer.Option("--replace", help="Put it in the place of the one that is installed.")]


@app.command("list")
def list_(*, store: StoreFolder = None, settings: SettingsFile = None, json: Json = False) -> None:
    """What is known and what is installed."""
    place = _store(store, settings)
    rows = [_row(entry, place) for entry in registry.entries()]
    rows += [_foreign(place, name) for name in place.names() if name not in {row["name"] for row in rows}]
    if json:
        print(json_text.dumps({"store": str(place.folder), "models": rows}))
        return
    _table(rows, ("name", "lang", "size", "licence", "here", "notes"))
    print(f"store: {place.folder}")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A name from `list`, or any name together with --url.")],
    *,
    url: Annotated[str, typer.Option(help="Another address for it, such as a mirror of your own.")] = "",
    language: Annotated[str, typer.Option(help="Of a model that `list` does not know: en, de, …")] = "",
    sha256: Sha = "",
    trust_first: Annotated[bool, typer.Option("--trust-first", help="Take what comes, remember its checksum.")] = False,
    replace: Replace = False,
    store: StoreFolder = None,
    settings: SettingsFile = None,
    json: Json = False,
) -> None:
    """Download a model, check it, install it. Broken off, the same command goes on where it stopped."""
    entry = _entry(name, url, language)
    if entry.embedded:
        raise UsageError(f"{name} comes with Pickbeam; there is nothing to fetch.")
    place = _store(store, settings)
    wish = obtain.Wish(sha256, trust_first, replace)
    with _progress(entry.name, quiet=json or not sys.stderr.isatty()) as progress:
        path = obtain.fetch(place, entry, wish, now=datetime.now(UTC), progress=progress)
    _installed(path, json=json)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A zip, or the folder of a model.")],
    *,
    name: Annotated[str, typer.Option(help="What to call it; without it the name of the file.")] = "",
    language: Annotated[str, typer.Option(help="Of a model that `list` does not know: en, de, …")] = "",
    sha256: Sha = "",
    replace: Replace = False,
    store: StoreFolder = None,
    settings: SettingsFile = None,
    json: Json = False,
) -> None:
    """Install a model that was brought here on a stick: for sites without internet."""
    called = name or (source.stem if source.suffix == ".zip" else source.absolute().name)
    known = {entry.name: entry for entry in registry.entries() if not entry.embedded}
    entry = known.get(called) or Entry(called, language)
    wish = obtain.Wish(sha256, replace=replace)
    _installed(obtain.take_in(_store(store, settings), source, entry, wish, datetime.now(UTC)), json=json)


@app.command()
def verify(
    models: Annotated[list[str] | None, typer.Argument(help="Names or folders; without any, all.")] = None,
    *,
    words: Annotated[bool, typer.Option("--words/--no-words", help="Look whether it has our vocabulary.")] = True,
    record: Annotated[
        bool, typer.Option("--record", help="Note the files of a model that has no list of them.")
    ] = False,
    store: StoreFolder = None,
    settings: SettingsFile = None,
    json: Json = False,
) -> None:
    """Read every byte: is it as it was installed, does it take grammars, does it know our words?"""
    place = _store(store, settings)
    results = [_verified(path, words=words, record=record) for path in _paths(place, models or [])]
    for result in results:
        print(json_text.dumps(result)) if json else _say(result)
    if any(not result["ok"] for result in results):
        raise typer.Exit(1)


def _verified(path: Path, *, words: bool, record: bool) -> dict[str, Any]:
    from controller.voice.models_store import describe

    about = describe(path)
    faults = usable.check(path)
    if words and not any(fault.serious for fault in faults):
        faults = list(dict.fromkeys([*faults, *_vocabulary(about.language, path)]))
    result: dict[str, Any] = {"name": about.name, "path": str(path), "label": about.label, "manifest": "none"}
    try:
        noted = manifest.read(path)
        if noted is None and record and not any(fault.serious for fault in faults):
            _record(path, about.name, about.language, about.licence)
            result["manifest"] = "recorded"
        elif noted is not None:
            differs = manifest.compare(path, noted)
            result |= {"manifest": "differs" if differs else "same", "trusted": noted.trusted, **asdict(differs)}
    except NotAModelError as error:
        faults.append(usable.Fault(str(error).rstrip("."), "Fetch or import it again."))
    result["faults"] = [asdict(fault) for fault in faults]
    result["ok"] = result["manifest"] != "differs" and not any(fault.serious for fault in faults)
    return result


def _record(path: Path, name: str, language: str, licence: str) -> None:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    files = manifest.digests(path)
    manifest.write(path, manifest.Manifest(name, language, licence, "", "", "recorded", stamp, files))


def _vocabulary(language: str, path: Path) -> list[usable.Fault]:
    """What of our phrases cannot be said to a model; nothing for a language that we have no phrases for."""
    from controller.voice.language import Language, available

    if language not in available():
        return []
    ours = Language.load(language)
    known = usable.known(path, ours.vocabulary())
    unsaid = [usable.Fault(fault.what, fault.fix) for fault in ours.lacks(known.__contains__, usable.words(path))]
    return unsaid or usable.check(path, ours.vocabulary())


def _paths(place: Store, models: list[str]) -> list[Path]:
    if not models:
        ours = [entry.folder for entry in registry.entries() if entry.embedded]
        return [*ours, *(place.path(name) for name in place.names())]
    return [_path(place, model) for model in models]


def _path(place: Store, model: str) -> Path:
    if "/" in model or Path(model).is_dir():
        return usable.root_of(Path(model)) or Path(model)
    ours = next((entry.folder for entry in registry.entries() if entry.embedded and entry.name == model), None)
    if ours is None and model not in place.names():
        raise UsageError(f"{model} is not installed in {place.folder}. `pickbeam voice models list` shows what is.")
    return ours or place.path(model)


def _entry(name: str, url: str, language: str) -> Entry:
    """From the registry, or from what was said."""
    known = next((entry for entry in registry.entries() if entry.name == name), None)
    if known is None and url:
        return Entry(name, language, url)
    entry = known or registry.find(name)
    return Entry(entry.name, entry.language, url, entry.sha256, entry.size, entry.licence) if url else entry


def _store(store: Path | None, settings: Path | None) -> Store:
    return Store(store.absolute() if store else default(settings))


# --- telling ---------------------------------------------------------------------------------------------------------


def _row(entry: Entry, place: Store) -> dict[str, Any]:
    path = entry.folder if entry.embedded else place.path(entry.name)
    here = path.is_dir()
    size = entry.size or (usable.size(path) if here else 0)
    notes = f"{DEMO}. {entry.notes}" if entry.embedded else entry.notes
    return asdict(entry) | {"installed": here, "path": str(path) if here else "", "size": size, "notes": notes}


def _foreign(place: Store, name: str) -> dict[str, Any]:
    from controller.voice.models_store import describe

    about = describe(place.path(name))
    return {
        "name": name,
        "language": about.language,
        "size": about.bytes,
        "licence": about.licence,
        "installed": True,
        "path": str(about.path),
        "notes": "",
        "embedded": False,
    }


def _installed(path: Path, *, json: bool) -> None:
    from controller.voice.models_store import describe

    about = describe(path)
    noted = manifest.read(path)
    digest = noted.archive_sha256 if noted else ""
    trusted = noted.trusted if noted else ""
    if json:
        facts = {"name": about.name, "path": str(path), "sha256": digest, "trusted": trusted, "bytes": about.bytes}
        print(json_text.dumps(facts))
        return
    print(f"installed: {about}")
    if digest:
        print(f"SHA-256 of the zip: {digest} ({trusted})")
    print(f'settings: [voice] models = {{ {about.language or "LANGUAGE"} = "{path}" }}')


def _say(result: dict[str, Any]) -> None:
    label = f" ({result['label']})" if result["label"] else ""
    print(f"{'ok' if result['ok'] else 'NOT OK'}: {result['name']}{label}: {result['path']}")
    if result["manifest"] == "none":
        print("  no list of its files: only looked at, not compared (--record makes the list)")
    for kind in ("corrupt", "missing", "extra"):
        for name in result.get(kind, ()):
            print(f"  {kind}: {name}")
    for fault in result["faults"]:
        print(f"  {fault['what']}. {fault['cure']}")


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in columns:
        table.add_column(name, no_wrap=name != "notes", min_width=16 if name == "notes" else None)
    for row in rows:
        shown = row | {"size": f"{row['size'] / 1e6:.1f} MB", "here": "yes" if row["installed"] else "-"}
        shown["lang"] = row["language"]
        table.add_row(*(Text(str(shown[name])) for name in columns))
    Console(highlight=False).print(table)


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[download.Progress]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda have, total: bar.update(task, completed=have, total=total or None)
