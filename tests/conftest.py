"""What every test may ask for.

In: nothing. Out: `repo`, the root of the working copy; Hypothesis profiles: `dev` for the quick run, new examples every
time, and `ci` for the slow one, many and always the same; where `tmp_path` lies.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=10)
settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
gc.set_threshold(200_000)  # imports and short tests leave little to collect
MEMORY = Path("/dev/shm")
MEMORY_MB = 32
"""Four times what lies there at once; a container often has no more than 64."""


def pytest_configure() -> None:
    """A job in the background ignores Ctrl-C, and so would the programs that tests end by it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Unit tests write into memory: what a disk loses they simulate, and waiting for a real one proves nothing.

    Slow tests, with real processes, write to the disk. And what was imported is no garbage: it is not searched again.
    """
    gc.freeze()
    if not any(item.get_closest_marker("slow") for item in session.items) and _is_roomy(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _is_roomy(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= MEMORY_MB << 20


@pytest.fixture(scope="session")
def repo() -> Path:
    return Path(__file__).resolve().parent.parent
