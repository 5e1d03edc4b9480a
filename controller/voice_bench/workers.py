"""The same function over many jobs, on every core, and out of the way at once when somebody presses Ctrl-C.

In: a function that can be pickled, jobs. Out: job and result, as they are done.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import connection, get_context, parent_process
from typing import TypeVar

J = TypeVar("J")
R = TypeVar("R")


def spread_over(function: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R]]:
    """One process per core; a single job, or a single core, stays in this one. What a job raises is raised here."""
    cores = min(len(os.sched_getaffinity(0)), len(jobs))
    if cores <= 1:
        for job in jobs:
            yield job, function(job)
        return
    # Fresh processes: recognisers and synthesisers do not survive a fork.
    pool = ProcessPoolExecutor(cores, get_context("spawn"), initializer=_follow_parent)
    try:
        waiting = {pool.submit(function, job): job for job in jobs}
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    except BaseException:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001 no public way to end what runs
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _follow_parent() -> None:
    """Ctrl-C goes to the whole group, and the parent decides; where the parent is killed, its jobs end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
