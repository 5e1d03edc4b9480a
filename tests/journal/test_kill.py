"""Killed (-9) at any point of the writer: what had been promised is there at the next start, and nothing by halves."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from journal_rig import holds

VICTIM = Path(__file__).with_name("victim.py")
KILLABLE = (
    "before_begin", "after_begin", "after_fact", "after_event", "after_receipt", "after_cursor", "after_stream",
    "after_meta", "before_commit", "after_commit", "before_resolve", "before_checkpoint", "after_checkpoint",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("point", KILLABLE)
def test_killed_again_and_again(tmp_path: Path, point: str, repo: Path) -> None:
    promised = 0
    for hits in (1, 2, 7):
        command = [sys.executable, str(VICTIM), str(tmp_path / "j.db"), point, str(hits)]
        ended = subprocess.run(
            command, capture_output=True, text=True, cwd=repo, timeout=60, check=False, env={"PYTHONPATH": str(repo)}
        )
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        promised = max([promised, *map(int, ended.stdout.split())])
        assert holds(tmp_path / "j.db") >= promised
    assert promised > 0
