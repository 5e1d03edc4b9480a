"""`pickbeam voice transcribe --choices "a|b|c" FILES…`: what is said in sound files, each one utterance.

In: WAV files of any rate, what may have been said. Out: a line per file, as a table or as JSON; exit code 1 if a file
could not be read, 2 if the model does not know a word of the choices.
"""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller.errors import UsageError

if TYPE_CHECKING:
    from controller.voice.ear import Models
    from controller.voice.ear.transcribe import Transcriber
    from controller.voice.grammar import DigitString


def command(
    files: Annotated[list[Path], typer.Argument(help="WAV files: any rate, 8–32 bit, A-law, mu-law, mono or stereo.")],
    *,
    choices: Annotated[str, typer.Option(help='Phrases that may have been said: "yes|no|say again".')] = "",
    digits: Annotated[int, typer.Option(min=0, max=8, help="Or a string of exactly so many digits.")] = 0,
    unk: Annotated[bool, typer.Option("--unk", help="Speech that is none of it is reported as such.")] = False,
    model: Annotated[Path | None, typer.Option(help="Folder of a recognition model.")] = None,
    language: Annotated[str, typer.Option(help="Language of the digits and of the model.")] = "en",
    json: Annotated[bool, typer.Option("--json", help="One JSON object per file, for programs.")] = False,
) -> None:
    """What is said in sound files: always one of the choices, unless --unk; nothing where nobody speaks."""
    reader = _reader(choices, digits, unk=unk, model=model, language=language)
    failed = False
    rows = []
    for file in files:
        row = _read(reader, file)
        failed = failed or row["why"] == "UNREADABLE"
        if json:
            print(json_text.dumps(row, ensure_ascii=False), flush=True)
        else:
            rows.append(row)
    if rows:
        _table(rows)
    if failed:
        raise typer.Exit(1)


def _reader(choices: str, digits: int, *, unk: bool, model: Path | None, language: str) -> Transcriber:
    from controller.voice.ear import Models
    from controller.voice.ear.transcribe import Transcriber
    from controller.voice.models_store import resolve

    phrases = [" ".join(choice.lower().split()) for choice in choices.split("|") if choice.strip()]
    if not phrases and not digits:
        raise UsageError('what may have been said? Give --choices "yes|no" or --digits 2')
    models = Models.load(resolve(language, model), recordings=True)
    string = _string(models, language, digits) if digits else None
    reader = Transcriber(models, list(dict.fromkeys(phrases)), string, unknown=unk)
    missing = models.missing(reader.words())
    if missing:
        raise UsageError("\n".join(_cure(word, near) for word, near in models.similar(missing).items()))
    if unk and not models.has_unknown:
        raise UsageError(f"the model {models.path} has no [unk]: it cannot tell unknown speech; leave --unk out")
    return reader


def _string(models: Models, language: str, digits: int) -> DigitString:
    from controller.core.speech import SayDigits, Talk
    from controller.voice.language import Language

    fitted = Language.load(language).fitted(models.knows)
    return fitted.grammar(Talk("", (), (SayDigits(digits),))).strings[0]


def _cure(word: str, near: tuple[str, ...]) -> str:
    known = " or ".join(map(repr, near))
    return f"the model does not know the word {word!r}; " + (f"say {known}" if near else "say it in other words")


def _read(reader: Transcriber, file: Path) -> dict[str, Any]:
    from controller.voice.ear import SourceError
    from controller.voice.ear.pcm import read_wav

    try:
        found = reader.read(read_wav(file))
    except SourceError as error:
        return _row(file, "", 0.0, "UNREADABLE", error=str(error))
    words = [
        {"word": word.word, "start": word.start, "end": word.end, "confidence": round(word.confidence, 3)}
        for word in found.words
    ]
    return _row(file, found.text, found.confidence, found.why, words=words)


def _row(file: Path, text: str, confidence: float, why: str, **more: Any) -> dict[str, Any]:
    row = {"file": str(file), "text": text, "confidence": round(confidence, 3), "accepted": not why, "why": why}
    return {**row, "words": [], **more}


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("file", "said", "confidence", "taken")
    for row in rows:
        taken = Text("yes", "green") if row["accepted"] else Text(row.get("error") or f"no: {row['why']}", "red")
        table.add_row(Text(row["file"]), Text(row["text"]), f"{row['confidence']:.2f}", taken)
    Console(highlight=False).print(table)
