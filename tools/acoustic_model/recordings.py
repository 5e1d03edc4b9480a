"""Recordings of people: read with sox, written as `speak` writes what it makes.

In: files, or bytes, in any format that sox knows. Out: waves; files of speech.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from tools.acoustic_model.speak import CHUNK, SAMPLE_RATE, Spoken, Wave, trimmed, write

Source = TypeVar("Source")


def read(path: Path) -> Wave:
    """A recording in any format as 16 kHz mono, without the silence around it."""
    return decoded([str(path)])


def decoded(source: Sequence[str], data: bytes = b"") -> Wave:
    """The same of what sox is told to read: a file, or `data`, given as its standard input."""
    command = ["sox", *source, "-r", str(SAMPLE_RATE), "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-"]
    raw = subprocess.run(command, input=data, check=True, capture_output=True).stdout
    return trimmed(np.frombuffer(raw, np.int16).astype(float))


def write_mixed(
    folder: Path, name: str, told: Iterable[Source], said: Callable[[Iterable[Source]], Iterator[Spoken]]
) -> None:
    """Recordings, in random order, as files `name_000.npz` ... with a line for each; those that exist are kept."""
    mixed = list(told)
    random.Random(name).shuffle(mixed)
    for index, part in enumerate(mixed[first : first + CHUNK] for first in range(0, len(mixed), CHUNK)):
        path = folder / f"{name}_{index:03d}.npz"
        if path.exists():
            continue
        number, seconds = write(path, said(part), random.Random(f"{name} {index}"))
        print(f"{path.name}: {number} of {len(part)} recordings, {seconds / 3600:.2f} h", flush=True)
