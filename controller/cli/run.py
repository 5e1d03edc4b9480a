"""`pickbeam run`: the controller as the service runs it.

In: a settings file. Out: this process becomes `controller.serve`: same process id, same exit codes, none of the command
line in its memory.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

DEFAULT = Path("config/parts-warehouse/pickbeam.toml")
HERE = Path(__file__).resolve().parents[2]


def command(
    config: Annotated[Path, typer.Argument(help="Settings file (TOML).")] = DEFAULT,
    *,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error; overrides the settings.")
    ] = None,
    die_at: Annotated[
        str | None, typer.Option(hidden=True, help="POINT:N, kill -9 at the Nth passing of a point of the journal.")
    ] = None,
) -> None:
    """Run the controller of a site until Ctrl-C or SIGTERM.

    Check the settings first with `pickbeam check CONFIG`. To try it without hardware, start `pickbeam broker` and
    `pickbeam sim shelf CONFIG` beside it, or run `pickbeam demo`, which does all that.
    """
    words = [sys.executable, "-m", "controller.serve", str(config)]
    words += [] if log_level is None else ["--log-level", log_level]
    words += [] if die_at is None else ["--die-at", die_at]
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    sys.stdout.flush()
    os.execve(sys.executable, words, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - fixed words, no shell
