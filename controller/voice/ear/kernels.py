"""Matrix kernels that fit this processor, for the OpenBLAS that Vosk's library carries.

In: /proc/cpuinfo. Out: OPENBLAS_CORETYPE in the environment while the library is loaded, which is when it is read.

Vosk 0.3.45 (x86) does not know processors that are younger than its OpenBLAS and takes kernels of 2004 there (Prescott,
SSE3): hearing took 23 ms of processor time per second of sound on a Sapphire Rapids, and takes 14. On ARM its kernels
are fixed, and nothing is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "OPENBLAS_CORETYPE"
CPUINFO: Final = Path("/proc/cpuinfo")
_SKYLAKE: Final = frozenset({"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"})
KERNELS: Final = (
    ("Cooperlake", _SKYLAKE | {"avx512_bf16"}),
    ("SkylakeX", _SKYLAKE),
    ("Haswell", frozenset({"avx2", "fma"})),
)
"""OpenBLAS's names and the instructions that each needs, best first."""


def fitting(cpuinfo: str) -> str | None:
    """The kernels for a processor as Linux describes it; None = leave it to OpenBLAS."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    flags = next((set(value.split()) for name, _, value in lines if name.strip() == "flags"), set[str]())
    return next((name for name, needed in KERNELS if needed <= flags), None)


@contextmanager
def chosen(cpuinfo: Path = CPUINFO) -> Iterator[None]:
    """Within it libraries are loaded with fitting kernels, unless somebody has chosen some."""
    try:
        name = fitting(cpuinfo.read_text(encoding="ascii", errors="replace"))
    except OSError:  # not Linux
        name = None
    if name is None or VARIABLE in os.environ:
        yield
        return
    os.environ[VARIABLE] = name
    try:
        yield
    finally:
        del os.environ[VARIABLE]
