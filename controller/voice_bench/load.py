"""Group `load`: does hearing delay the lights? The press and task latencies again, with four ears busy beside them.

In: the real controller process with its bus (`controller.bench.latency`), the real voice worker that hears babble.
Out: entries, each beside the same measurement of the same run without the ears.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from controller.bench.latency import WAYS, middle, sample
from controller.bench.report import Beside, Entry, Say, milliseconds, spread
from controller.errors import StartError
from controller.voice_bench.crew import EARS

GROUP: Final = "beside four ears"
ROUNDS: Final = 3
SAMPLES: Final = 80
KNOWN_S: Final = 1.0


def measure(model: Path, say: Say, *, quick: bool) -> list[Entry]:
    rounds, count = (1, 8) if quick else (ROUNDS, SAMPLES)
    quiet, busy = [], []
    figures: list[dict[str, Any]] = []
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: presses and tasks without ears")
        quiet.append(sample(count, seed=number, known_s=KNOWN_S))
        say(f"round {number + 1} of {rounds}: with {EARS} ears that hear babble")
        with _ears(model, figures):
            busy.append(sample(count, seed=number, known_s=KNOWN_S))
    entries = []
    note = _note(figures)
    for way, name in WAYS.items():
        ours, before = [getattr(x, way) for x in busy], [getattr(x, way) for x in quiet]
        n = spread(milliseconds([x for one in ours for x in one]))
        for share in (0.5, 0.99):
            peer = Beside("without ears", middle(before, share))
            label = f"{name}, p{share * 100:.0f}"
            entries.append(Entry(GROUP, label, middle(ours, share), "ms", peer=peer, note=f"{n}; {note}"))
    return entries


@contextmanager
def _ears(model: Path, figures: list[dict[str, Any]]) -> Iterator[None]:
    """Four ears in processes of their own for the time of the `with`; afterwards `figures` has one more."""
    command = [sys.executable, "-m", "controller.voice_bench.four_ears", str(model)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "hearing":
            raise StartError("the four ears did not start; see the lines above")
        yield
        figures.append(json.loads(process.communicate(timeout=30)[0]))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _note(figures: list[dict[str, Any]]) -> str:
    busy, headsets = (100 * sum(one[key] for one in figures) / len(figures) for key in ("busy", "headsets"))
    return f"the voice worker used {busy:.0f} % of a core, the simulated headsets {headsets:.0f} %"
