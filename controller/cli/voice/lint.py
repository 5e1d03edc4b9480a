"""`pickbeam voice lint`: what is likely to be misheard, before anybody is.

In: the words of a language, a site's settings, a recognition model. Out: findings, each with its cure; exit code 1 if
one of them is an error.
"""

from __future__ import annotations

import json as json_text
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.errors import StartError

if TYPE_CHECKING:
    from controller.settings import Settings
    from controller.voice.language.lint import Finding
    from controller.voice.language.phonemes import Pronouncer

EMBEDDED = Path(__file__).parents[2] / "voice" / "models" / "en-embedded"


@dataclass(frozen=True, slots=True)
class _Pair:
    """Languages that one or more pickers use, the site's words over them, and the model that hears the answers."""

    prompts: str
    answers: str
    prompts_overlay: Path | None = None
    answers_overlay: Path | None = None
    model: Path | None = None


def command(
    *,
    language: Annotated[list[str] | None, typer.Option(help="Language to check; may be repeated. Default: en.")] = None,
    model: Annotated[Path | None, typer.Option(help="Recognition model folder, in the place of the settings'.")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file: its languages, words, models, digits.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Look for commands, sentences and check digits that are easily confused, and for words that the model lacks."""
    from controller.voice.language.lint import ERROR, SEVERITIES, summary

    site = _settings(settings)
    findings = sorted(_findings(language or [], model, site), key=lambda finding: SEVERITIES.index(finding.severity))
    counts = summary(findings)
    if json:
        print(json_text.dumps({"findings": [asdict(finding) for finding in findings], "counts": counts}))
    else:
        _show(findings)
        print(", ".join(f"{number} {_plural(severity, number)}" for severity, number in counts.items()))
    if counts[ERROR]:
        raise typer.Exit(1)


def _settings(file: Path | None) -> Settings | None:
    if file is None:
        return None
    from controller.settings import load

    return load(file)


def _findings(languages: list[str], model: Path | None, site: Settings | None) -> Iterator[Finding]:
    from controller.voice.language.phonemes import Pronouncer

    pronouncer = Pronouncer()
    seen: set[str] = set()
    for pair in _pairs(languages, model, site):
        for finding in _of_pair(pair, pronouncer):
            if str(finding) not in seen:
                seen.add(str(finding))
                yield finding
    if site is not None:
        yield from _of_digits(site)


def _pairs(languages: list[str], model: Path | None, site: Settings | None) -> list[_Pair]:
    """What to check: the pairs of the pickers, or the languages that were asked for; each once."""
    words = {} if site is None else {code: Path(file) for code, file in site.voice.words.items()}
    models = {} if site is None else {code: Path(file) for code, file in site.voice.models.items()}
    headsets = [] if site is None else [picker.voice for picker in site.pickers if picker.voice is not None]
    used = [(headset.language, headset.answer_language) for headset in headsets]
    wanted = [(code, code) for code in languages] or used or [("en", "en")]
    return [
        _Pair(said, heard, words.get(said), words.get(heard), model or models.get(heard) or _embedded(heard))
        for said, heard in dict.fromkeys(wanted)
    ]


def _embedded(code: str) -> Path | None:
    return EMBEDDED if code == "en" else None


def _of_pair(pair: _Pair, pronouncer: Pronouncer) -> Iterator[Finding]:
    from controller.voice.language import Language, lint
    from controller.voice.language.scenes import scenes

    prompts = Language.load(pair.prompts, pair.prompts_overlay)
    heard = prompts if pair.answers == pair.prompts else Language.load(pair.answers, pair.answers_overlay)
    steps = scenes()

    def ipa(text: str) -> str:
        return pronouncer.ipa(text, heard.espeak)

    if pair.model is not None:
        yield from lint.vocabulary_findings(heard, _words(pair.model))
    else:
        what = "is not checked against a model: none is configured"
        yield lint.Finding(
            "VOCABULARY", lint.ADVICE, heard.code, what, "Give one with --model, or `models` in [voice]."
        )
    yield from lint.alike_findings(heard, steps, ipa)
    yield from lint.phrase_findings(heard, steps, ipa)
    yield from lint.decoy_findings(heard, ipa)
    yield from lint.echo_findings(prompts, heard, steps)
    yield from lint.style_findings(prompts)


def _words(model: Path) -> tuple[str, ...]:
    from controller.voice.ear.model_files import verify, vocabulary
    from controller.voice.models_store import ModelError

    try:
        verify(model)
        return tuple(sorted(vocabulary(model)))
    except ModelError as error:
        raise StartError(str(error)) from error


def _of_digits(site: Settings) -> Iterator[Finding]:
    from controller.errors import UsageError
    from controller.voice.checkdigits.confusions import load
    from controller.voice.checkdigits.near import Place, pairs
    from controller.voice.language.lint import digit_findings

    rows = [row for row in site.locations if row.check_digits]
    near = pairs([Place(row.location, row.walk, row.aisle, row.bay, row.level) for row in rows])
    named = [
        (rows[one].location, rows[one].check_digits, rows[other].location, rows[other].check_digits)
        for one, others in near.items()
        for other in others
        if one < other
    ]
    languages = {picker.voice.answer_language for picker in site.pickers if picker.voice is not None}
    for code in sorted(languages) or ["en"]:
        try:
            table = load(code)
        except UsageError:
            table = load("en")  # of languages nobody measured: equal digits are found all the same
        yield from digit_findings(named, table.taken_for)


def _show(findings: Iterable[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"error": "bold red", "warning": "yellow", "advice": "dim"}
    table = Table("", "where", "what", "what to do", show_lines=False)
    for finding in findings:
        severity = Text(finding.severity, style=styles[finding.severity])
        table.add_row(severity, Text(finding.where), Text(finding.what), Text(finding.fix))
    if table.row_count:
        Console(highlight=False).print(table)


def _plural(severity: str, number: int) -> str:
    return severity if number == 1 or severity == "advice" else f"{severity}s"
