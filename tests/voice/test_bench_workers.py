"""Processes of a long measurement end with whoever asked for it.

In: a process that spreads jobs and is killed. Out: no job goes on.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ASKS = """
import os, sys, time
from controller.voice_bench import workers

def job(n):
    os.write(1, b".")
    time.sleep(60)

if __name__ == "__main__":
    workers.os.sched_getaffinity = lambda _: {0, 1}
    list(workers.spread_over(job, [1, 2]))
"""


def test_jobs_end_with_a_parent_that_is_killed(repo: Path, tmp_path: Path) -> None:
    script = tmp_path / "asks.py"
    script.write_text(ASKS)
    environment = os.environ | {"PYTHONPATH": str(repo)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.read(2) == b".."
        parent.kill()
        readable, _, _ = select.select([parent.stdout], [], [], 10)
        assert readable, "a job still holds the pipe"
        assert parent.stdout.read() == b""
