"""`python -m controller.voice.worker FD`: started by `host.spawn`, ends when its socket closes.

In: the file number of one end of a socket pair. Out: an exit code.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys

from controller.voice.wire import Wire
from controller.voice.worker.service import Service

log = logging.getLogger(__name__)

NICE = 5
"""Steps of politeness: when the processor is short, the bus and the ledger come first."""


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the controller, which closes the socket
    logging.basicConfig(format="%(asctime)s %(levelname)s voice worker: %(message)s")
    os.nice(NICE)
    try:
        asyncio.run(Service(Wire(socket.socket(fileno=int(sys.argv[1])))).run())
    except Exception:
        log.exception("the voice worker ends; the controller starts another")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread that hangs in a sound driver must not keep the process
