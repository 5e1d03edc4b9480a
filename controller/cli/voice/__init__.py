"""`pickbeam voice`: everything about hearing and speaking, one file per sub-command, imported when it is called.

In: `sys.argv`. Out: as in the files beside this one; exit codes as for every command.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import typer

COMMANDS = {
    "try": ("controller.cli.voice.try_", "Speak and see what is understood, and why not."),
    "say": ("controller.cli.voice.say", "Hear what a sentence sounds like."),
    "transcribe": ("controller.cli.voice.transcribe", "What is said in sound files: a line each."),
    "models": ("controller.cli.voice.models", "Recognition models: list, fetch, import, verify."),
    "lint": ("controller.cli.voice.lint", "Commands, prompts and check digits that are easily confused."),
    "bench": ("controller.cli.voice.bench", "How well and how fast it hears, in quiet and in noise."),
    "digits": ("controller.cli.voice.digits", "Check digits: make, rotate, print labels."),
    "report": ("controller.cli.voice.report", "Who is misheard on what, and what to do about it."),
}
"""Name: module, one line of help. In the order of the help page."""


def __getattr__(name: str) -> typer.Typer:
    """`app`, made when it is asked for: which sub-command is called stands in `sys.argv` only then."""
    if name != "app":
        raise AttributeError(name)
    return _app()


def _app() -> typer.Typer:
    """The sub-command that was called with all it has; the others as a name with a line of help."""
    app = typer.Typer(help="Hearing and speaking: try it, tune it, see how good it is.", no_args_is_help=True)
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    called = words[1] if words[:1] == ["voice"] and len(words) > 1 else None
    for name, (module, line) in COMMANDS.items():
        if name != called and "_PICKBEAM_COMPLETE" not in os.environ:
            app.command(name, help=line)(_placeholder)
        elif find_spec(module) is not None:
            loaded = import_module(module)
            if hasattr(loaded, "app"):
                app.add_typer(loaded.app, name=name)
            else:
                app.command(name)(loaded.command)
    return app


def _placeholder() -> None:
    """Stands for a sub-command that was not called."""
