"""`pickbeam voice try`: speak and see what is understood, and why not.

In: a microphone or a WAV file, phrases. Out: a meter that moves, results with confidence and reason; with --json one
line per result and per change of the microphone's health. Ctrl-C ends it.
"""

from __future__ import annotations

import json as json_text
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller.errors import StartError, UsageError

if TYPE_CHECKING:
    from controller.voice.ear import Ear, Models
    from controller.voice.grammar import Grammar, Utterance

METER_WIDTH = 30
METER_FROM_DB = -70.0


def command(
    *,
    device: Annotated[str, typer.Option(help="alsa:NAME, pipe:PATH or unix:PATH.")] = "alsa:default",
    wav: Annotated[Path | None, typer.Option(help="Listen to a WAV file instead of a microphone.")] = None,
    choices: Annotated[str, typer.Option(help='Phrases: "yes|no|say again"; without: all commands.')] = "",
    digits: Annotated[int, typer.Option(min=0, max=8, help="Also a string of exactly so many digits.")] = 0,
    model: Annotated[Path | None, typer.Option(help="Folder of a recognition model.")] = None,
    language: Annotated[str, typer.Option()] = "en",
    json: Annotated[bool, typer.Option("--json", help="JSON lines, for programs.")] = False,
) -> None:
    """Speak and see what is understood, and why not. Ctrl-C ends it."""
    from controller.voice.ear import Ear, Models
    from controller.voice.models_store import describe, resolve

    folder = resolve(language, model)
    models = Models.load(folder)
    grammar, wide = _grammar(models, choices, digits, language)
    ear = Ear(models, wide=wide)
    ear.listen(grammar)
    if not json:
        print(f"Model: {describe(folder)}. Listening to {wav or device}; Ctrl-C ends it.")
    try:
        _follow(ear, f"wav:{wav}" if wav else device, Screen(json=json))
    except KeyboardInterrupt:
        print(file=sys.stderr)


def _grammar(models: Models, choices: str, digits: int, language: str) -> tuple[Grammar, tuple[str, ...]]:
    """What is listened for, and all words of the language for the second opinion."""
    from dataclasses import replace

    from controller.core.speech import SayDigits, Talk
    from controller.voice.grammar import Choice
    from controller.voice.language import Language

    fitted = Language.load(language).fitted(models.knows)
    whole = fitted.everything()
    strings = fitted.grammar(Talk("", (), (SayDigits(digits),))).strings if digits else ()
    phrases = [" ".join(choice.lower().split()) for choice in choices.split("|") if choice.strip()]
    missing = models.missing(word for phrase in phrases for word in phrase.split())
    if missing:
        near_ones = models.similar(missing).items()
        told = (f"{word!r} (perhaps {', '.join(near)}?)" if near else repr(word) for word, near in near_ones)
        raise UsageError("the model does not know " + ", ".join(told))
    own = tuple(Choice(phrase) for phrase in phrases) if phrases or digits else whole.choices
    grammar = replace(whole, turn="try", choices=own, strings=strings, reject=models.has_unknown)
    said = {choice.text for choice in own}
    grammar = replace(grammar, decoys=tuple(decoy for decoy in whole.decoys if decoy not in said))
    return grammar, tuple(choice.text for choice in whole.choices) + whole.decoys


def _follow(ear: Ear, url: str, screen: Screen) -> None:
    from controller.voice.ear import SourceError, open_source

    try:
        source = open_source(url)
    except SourceError as error:
        raise StartError(str(error)) from error
    heard = 0.0
    try:
        while True:
            pcm = source.read()
            heard = time.monotonic() if pcm else heard
            if time.monotonic() - heard > 2.0:
                ear.lost()
            for utterance in ear.feed(pcm) if pcm else ():
                screen.result(utterance)
            screen.meter(ear)
    except EOFError:
        for utterance in _rest(ear):
            screen.result(utterance)
    except SourceError as error:
        raise StartError(str(error)) from error
    finally:
        source.close()
        screen.end()


def _rest(ear: Ear) -> Iterator[Utterance]:
    """A file often ends right after the last word; its end is decided in the quiet after it."""
    from controller.voice.ear import pcm

    yield from ear.feed(pcm.noise(1.5, -65.0).tobytes())


class Screen:
    """Results as lines; on a terminal a meter beneath them."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._live = not json and sys.stdout.isatty()
        self._state = ""

    def result(self, utterance: Utterance) -> None:
        self._clear()
        if self._json:
            print(json_text.dumps({"heard": asdict(utterance)}), flush=True)
            return
        taken = "taken" if utterance.accepted else f"not taken: {utterance.why}"
        late = (utterance.decided_at - utterance.spoke_until) * 1000
        early = ", early" if utterance.early else ""
        print(f"{utterance.decided_at:7.2f} s  {utterance.text!r}  {utterance.confidence:.2f}  {taken}", end="")
        print(f"  ({late:.0f} ms after the last word{early})", flush=True)

    def meter(self, ear: Ear) -> None:
        health = ear.health()
        if health.state.value != self._state:
            self._state = health.state.value
            self._clear()
            if self._json:
                print(json_text.dumps({"microphone": self._state, "cure": health.cure}), flush=True)
            elif health.cure:
                print(f"microphone {self._state}: {health.cure}", flush=True)
        if self._live:
            cells = round((health.level - METER_FROM_DB) / -METER_FROM_DB * METER_WIDTH)
            bar = "#" * max(0, min(METER_WIDTH, cells))
            numbers = f"{health.level:6.1f} dB, noise {health.floor:6.1f} dB, {self._state}"
            print(f"\r\x1b[K[{bar:<{METER_WIDTH}}] {numbers}  {ear.partial}", end="", flush=True)

    def end(self) -> None:
        self._clear()

    def _clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="")
