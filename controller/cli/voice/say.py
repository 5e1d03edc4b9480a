"""`pickbeam voice say TEXT`: hear (or write down) what a picker would hear.

In: a sentence, and how it is to be said. Out: sound on a device or in a file, and a line that says where it went.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.errors import StartError, UsageError

if TYPE_CHECKING:
    from controller.voice.mouth.synth import Synth


def command(
    text: Annotated[str, typer.Argument(help="What to say.")] = "",
    *,
    language: Annotated[str, typer.Option(help="Language of the voice.")] = "en",
    voice: Annotated[
        str | None, typer.Option(help="A voice by name, id or language, with +VARIANT if wanted: en-gb+f3.")
    ] = None,
    rate: Annotated[int, typer.Option(min=80, max=400, help="Words per minute.")] = 165,
    volume: Annotated[int, typer.Option(min=0, max=100)] = 80,
    device: Annotated[
        str, typer.Option(help="Where to: alsa:NAME, unix:PATH, wav:PATH (appends), pipe:PATH or none.")
    ] = "alsa:default",
    out: Annotated[Path | None, typer.Option("--out", help="Write a WAV file instead of playing.")] = None,
    voices: Annotated[bool, typer.Option("--voices", help="List the voices and end.")] = False,
) -> None:
    """Say a sentence as a picker would hear it."""
    from controller.voice.mouth import pcm
    from controller.voice.mouth.synth import Synth

    if voices:
        _list(Synth())
        return
    if not text.strip():
        raise UsageError('say what? For instance: pickbeam voice say "take three"')
    synth = Synth()
    chosen = synth.choose(language, voice)
    if chosen.fault:
        typer.echo(chosen.fault, err=True)
    sound = pcm.louder(synth.speak(text, chosen.id, rate), volume)
    where = f"written to {_write(out, sound)}" if out is not None else _play(device, sound)
    print(f"{pcm.seconds(sound):.2f} s by {chosen.id} at {rate} words per minute, volume {volume}: {where}")


def _write(out: Path, sound: bytes) -> Path:
    import wave

    from controller.voice.mouth import pcm

    try:
        with out.open("wb") as raw, wave.open(raw) as file:
            file.setparams((1, pcm.WIDTH, pcm.RATE, 0, "NONE", ""))
            file.writeframes(sound)
    except OSError as fault:
        raise StartError(f"{out} cannot be written: {fault.strerror}") from fault
    return out


def _play(device: str, sound: bytes) -> str:
    from controller.voice.mouth.sinks import open_sink

    try:
        sink = open_sink(device)
    except ValueError as fault:
        raise UsageError(str(fault)) from fault
    try:
        asyncio.run(sink.play(sound))
    finally:
        sink.close()
    return "played nowhere" if device == "none" else f"played on {device}"


def _list(synth: Synth) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("language", "name", "id")
    for voice in sorted(synth.voices, key=lambda v: v.language):
        table.add_row(voice.language, voice.name, voice.id)
    Console(highlight=False).print(table)
