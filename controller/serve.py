"""The controller as a process of its own, without the command line: `python -m controller.serve`.

In: a settings file, options. Out: a running station; exit code 0 after SIGTERM or Ctrl-C, 1 for what the world lacks,
2 for wrong settings. `pickbeam run` replaces itself by this: Typer and what it imports would stay in memory for as long
as the station runs, 9 MB, a fifth of the whole.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable

from controller.app import App
from controller.errors import PickbeamError, SettingsError
from controller.settings import Settings, load


def main() -> None:
    """What `pickbeam run` was told, as the words of this process."""
    parser = argparse.ArgumentParser(prog="controller.serve")
    parser.add_argument("config")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"))
    parser.add_argument("--die-at")
    chosen = parser.parse_args()
    try:
        settings = load(chosen.config)
        _log_to(settings.log.file, chosen.log_level or settings.log.level)
        asyncio.run(_run(settings, None if chosen.die_at is None else _assassin(chosen.die_at)))
    except PickbeamError as fault:
        print(fault, file=sys.stderr)
        sys.exit(2 if isinstance(fault, SettingsError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


async def _run(settings: Settings, hook: Callable[[str], None] | None) -> None:
    app = App(settings, hook)
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


if __name__ == "__main__":
    main()
