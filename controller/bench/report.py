"""What a measurement says: entries, percentiles, the facts of the machine, a JSON file with one entry per line.

In: samples. Out: `Entry` rows and the document that `build/bench.json` holds.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

Op = Literal["<=", ">="]
Say = Callable[[str], None]
"""Progress, one line at a time."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stood beside the measurement in the same run: another way to do it, or what physics and the disk allow."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Aim:
    """`value` is in the entry's unit; `why` says where it comes from, if it is not a plain number."""

    op: Op
    value: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One measured number. `note` says of how many samples, and what to know before comparing it."""

    group: str
    name: str
    value: float
    unit: str
    aim: Aim | None = None
    peer: Beside | None = None
    limit: Beside | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None where nothing was aimed at."""
        if self.aim is None:
            return None
        return self.value <= self.aim.value if self.aim.op == "<=" else self.value >= self.aim.value

    def to_dict(self) -> dict[str, Any]:
        aim = None if self.aim is None else {"op": self.aim.op, "value": _round(self.aim.value), "why": self.aim.why}
        return {
            "group": self.group,
            "name": self.name,
            "value": _round(self.value),
            "unit": self.unit,
            "aim": aim,
            "met": self.met,
            "peer": self._beside(self.peer),
            "limit": self._beside(self.limit),
            "note": self.note,
        }

    def _beside(self, other: Beside | None) -> dict[str, Any] | None:
        """`ratio`: this entry's value divided by the other's; None beside a zero."""
        if other is None:
            return None
        ratio = _round(self.value / other.value) if other.value else None
        return {"name": other.name, "value": _round(other.value), "ratio": ratio}


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0–1) of all samples do not exceed. Raises ValueError for none."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def spread(samples: Sequence[float]) -> str:
    """`n=200, p90 1.2, max 3.4`, for notes; samples in the entry's unit."""
    return f"n={len(samples)}, p90 {percentile(samples, 0.9):.2f}, max {max(samples):.2f}"


def milliseconds(samples: Sequence[float]) -> list[float]:
    """Seconds to milliseconds."""
    return [x * 1000 for x in samples]


def machine() -> dict[str, Any]:
    """What a number has to be read with."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "arch": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "pickbeam": version("pickbeam"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def document(facts: dict[str, Any], entries: Sequence[Entry]) -> str:
    """The text of `bench.json`: valid JSON, one entry per line."""
    rows = ",\n".join(f"  {json.dumps(entry.to_dict(), ensure_ascii=False)}" for entry in entries)
    return f'{{"machine": {json.dumps(facts, ensure_ascii=False)},\n "entries": [\n{rows}\n ]}}\n'


def median_of(runs: Sequence[float]) -> float:
    return statistics.median(runs)


def _round(value: float) -> float:
    """Four significant digits are more than any of these numbers deserves."""
    return float(f"{value:.4g}")


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[-1] if names else platform.processor()
