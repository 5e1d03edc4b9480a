"""A process that writes batches and kills itself: `victim.py JOURNAL POINT HITS`.

In: its arguments. Out: on stdout one line per batch it was told is durable, the number; then it is gone (signal 9).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from journal_rig import batch, held, open_small

from controller.journal import Journal, writer


class Killer:
    def __init__(self, point: str, hits: int) -> None:
        self.point, self.hits = point, hits

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.hits -= 1
            if self.hits == 0:
                os.kill(os.getpid(), signal.SIGKILL)


async def work(journal: Journal) -> None:
    number = journal.head
    while True:
        burst = [journal.submit(batch(number + more)) for more in (1, 2, 3)]
        journal.acked(number)
        for future in burst:
            await future
            number += 1
            os.write(1, b"%d\n" % number)
        if number % 9 == 0:
            await asyncio.to_thread(journal.next_session)


def main(path: str, point: str, hits: str) -> None:
    writer.CHECKPOINT_NOW_PAGES = 20
    journal = open_small(Path(path), hook=Killer(point, int(hits)))
    held(journal)
    asyncio.run(work(journal))


if __name__ == "__main__":
    main(*sys.argv[1:])
