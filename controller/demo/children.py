"""The processes of a demo: started in sessions of their own, so that Ctrl-C reaches only the demo, which ends them in
order; they end too if the demo is killed.

In: command lines of `pickbeam`. Out: processes, their logs, the news that one has died by itself.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from controller.errors import StartError

TERM_S: Final = 8.0
"""How long a process may take to end when asked; then it is killed."""
TAIL_LINES: Final = 12
POLL_S: Final = 0.02
PR_SET_PDEATHSIG: Final = 1

_libc = ctypes.CDLL(None)


class Child:
    """`pickbeam ARGUMENTS…`, or another module of ours, with everything it says in `log`; may be started again and
    again.
    """

    def __init__(self, name: str, arguments: Sequence[str], log: Path, module: str = "controller") -> None:
        self.name = name
        self.log = log
        self.starts = 0
        self._command = (sys.executable, "-m", module, *arguments)
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0  # where in the log this life begins

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self, *more: str) -> None:
        self._from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, resolved before the fork
            )
        self.starts += 1

    def exit_code(self) -> int | None:
        """None while it runs; 0 also for one that was never started."""
        return 0 if self._process is None else self._process.poll()

    def said(self, words: bytes) -> bool:
        """Whether this life has logged these words."""
        if not self.log.exists():
            return False
        with self.log.open("rb") as log:
            log.seek(self._from)
            return words in log.read()

    def kill(self) -> None:
        """-9: it learns nothing of it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int | None:
        """Ask it to end, and wait. Its exit code; None if it was not running."""
        if self._process is None or self._process.poll() is not None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(TERM_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.poll()

    def check(self) -> None:
        """Raises StartError, with the end of its log, if it has died by itself."""
        if self.exit_code() is not None:
            raise StartError(f"the {self.name} has ended by itself (exit code {self.exit_code()}); {self.tail()}")

    def tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:] if self.log.exists() else []
        told = "\n".join(f"  {line}" for line in lines) or "  (nothing)"
        return f"the end of {self.log}:\n{told}"

    def await_words(self, words: bytes, limit_s: float) -> None:
        """Until it has logged these words. Raises StartError if it dies or takes too long."""
        until = time.monotonic() + limit_s
        while not self.said(words):
            self.check()
            if time.monotonic() > until:
                raise StartError(f"the {self.name} is not ready after {limit_s:.0f} s; {self.tail()}")
            time.sleep(POLL_S)


def _end_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
