"""Is this folder a model that Vosk can use with changing grammars?

In: a folder. Out: that it is one, and its vocabulary; or NotAModelError with the cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from controller.voice.models_store import usable
from controller.voice.models_store.errors import NotAModelError

Options = Mapping[str, float]
WHOLE: Final[Options] = {"frames-per-chunk": 150}
"""Whole recordings need not be answered while they last: with 1.5 s at once the network of the embedded model takes a
tenth of the time that it takes with 60 ms, 3 instead of 35 ms for 1.6 s. Scores differ in the fifth decimal.
"""
AGAIN: Final[Options] = {"frames-per-chunk": 48, "beam": 6.5, "lattice-beam": 3.5}
"""For second looks at an utterance, which has ended and needs a likelihood but no confidence. Half a second at once
instead of the 120 ms in which the embedded model hears somebody who still speaks saves a third of the network's time,
the narrower search a third of the rest: margins (docs/decisions/0006) of 336 answers differ by chance only, by 0.0 nats
in the mean. What sounds like a phrase may be 3 nats likelier (`acceptance.LIKE`), and the phrase must still be found
beside it. Beams are in scaled scores (docs/decisions/0008).
"""
WIDE: Final[Options] = {"beam": 20.0, "lattice-beam": 10.0, "max-active": 9000, "max-mem": 4_000_000}
"""Search of `Models.reading`: lattices that hold a phrase even if silence fits better. `max-mem`: bytes that making a
lattice plain may take; chains of a phrase with itself would take seconds otherwise.
"""


def verify(folder: Path) -> None:
    """Raises ModelError with everything that is wrong with the folder."""
    serious = [str(fault) for fault in usable.check(folder) if fault.serious]
    if serious:
        raise NotAModelError(f"the model {folder} cannot be used: {' '.join(serious)}")


def vocabulary(folder: Path) -> frozenset[str]:
    """The words of a model folder, without those that nobody says."""
    return frozenset(word for word in usable.words(folder) if not word.startswith(("<", "#", "!")))


def with_options(folder: Path, copy: Path, options: Options) -> None:
    """Make `copy` the same model by links, with other options in its configuration."""
    for part in folder.iterdir():
        if part.name != "conf":
            (copy / part.name).symlink_to(part.resolve())
    (copy / "conf").mkdir()
    for file in (folder / "conf").iterdir():
        if file.name != "model.conf":
            (copy / "conf" / file.name).symlink_to(file.resolve())
    lines = (folder / "conf" / "model.conf").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split("=")[0].strip().removeprefix("--") not in options]
    kept += [f"--{name}={value}" for name, value in options.items()]
    (copy / "conf" / "model.conf").write_text("\n".join(kept) + "\n", encoding="utf-8")
