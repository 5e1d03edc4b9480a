"""A controller with a thread that never rests beside it: what a speech recogniser or a console may do to it.

    python -m controller.bench.burning [SECONDS] SETTINGS

In: a settings file; how long a thread may keep the interpreter (Python's own choice is 0.005). Out: the running app, as
`pickbeam run` starts it, in an interpreter that has something else to do.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading

from controller.app import App
from controller.settings import load


def burn() -> None:
    """Pure Python: it gives the interpreter away only when it is told to."""
    while True:
        sum(number * number for number in range(1000))


async def main(path: str) -> None:
    app = App(load(path))
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, app.stop)
    threading.Thread(target=burn, name="burner", daemon=True).start()
    await app.run()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.setswitchinterval(float(sys.argv[1]))
    asyncio.run(main(sys.argv[-1]))
