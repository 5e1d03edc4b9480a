"""`pickbeam run`: the controller as the service runs it.

In: a settings file. Out: a running station; exit code 0 after SIGTERM or Ctrl-C, 1 for what the world
lacks, 2 for wrong settings.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

DEFAULT = Path("config/parts-warehouse/pickbeam.toml")


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
    from controller.app import App
    from controller.settings import load

    settings = load(config)
    _log_to(settings.log.file, log_level or settings.log.level)

    async def main() -> None:
        app = App(settings, None if die_at is None else _assassin(die_at))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, app.stop)
        gc.freeze()  # what was built at start lives for ever: the collector need not look at it again
        logging.getLogger("pickbeam").info(
            "running: %d modules, %d open tasks, event %d of stream %s",
            len(settings.modules),
            len(app.gate.committed.tasks),
            app.journal.head,
            app.journal.stream,
        )
        await app.run()

    asyncio.run(main())


def _log_to(file: str | None, level: str) -> None:
    handler = logging.FileHandler(file) if file else logging.StreamHandler()
    logging.basicConfig(
        handlers=[handler],
        level=level.upper(),
        format="%(asctime)s %(levelname).1s %(name)s: %(message)s",
    )


def _assassin(where: str) -> Callable[[str], None]:
    """Kills this process without a word, for drills: see tests of crash windows."""
    point, _, count = where.partition(":")
    left = int(count or 1)

    def hook(reached: str) -> None:
        nonlocal left
        if reached == point:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook
