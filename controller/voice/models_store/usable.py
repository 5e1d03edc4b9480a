"""Whether a folder is a recognition model that Pickbeam can work with.

In: a folder, and the words that a language needs. Out: every fault, each with its cure. Vosk builds the grammar of a
turn from graph/HCLr.fst and graph/Gr.fst; where graph/HCLG.fst lies beside them it takes that, and every grammar is
silently ignored. Words that the model lacks are dropped from a grammar with only a line in the log, `[unk]` too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from controller.voice.grammar import UNKNOWN
from controller.voice.models_store import fst
from controller.voice.models_store.errors import NotAModelError

MDL_MAGIC = b"\0B<TransitionModel>"
"""First bytes of every binary Kaldi acoustic model (kaldi, hmm/transition-model.cc)."""
NEEDED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLr.fst", "graph/Gr.fst")
MAX_WORDS_BYTES = 256 * 1024 * 1024
SHOWN = 8
"""Missing words in one sentence; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`serious`: the model cannot be used; else it works, less well."""

    what: str
    cure: str
    serious: bool = True

    def __str__(self) -> str:
        return f"{self.what}. {self.cure}"


def root_of(folder: Path) -> Path | None:
    """The model in a folder: itself, or the only one in it (as archives are packed); None without any."""
    if not folder.is_dir():
        return None
    if (folder / "am").is_dir() or (folder / "graph").is_dir():
        return folder
    inside = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
    inside = [
        entry for entry in inside if not entry.name.startswith((".", "__MACOSX"))
    ]  # a Mac packs its own beside it
    return root_of(inside[0]) if len(inside) == 1 else None


def size(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def check(folder: Path, needed_words: Iterable[str] = ()) -> list[Fault]:
    """All faults of the model in `folder`; empty = usable for every word of `needed_words`."""
    if not folder.is_dir():
        return [Fault(f"{folder} is no folder", "Name the folder of a model: `pickbeam voice models list`.")]
    faults = [
        Fault(f"{name} is missing", "This is no complete model: fetch or import it again.")
        for name in NEEDED
        if not _has(folder / name)
    ]
    if _has(folder / "graph/HCLG.fst"):
        cure = "Take a small model, or one whose name ends in lgraph."
        faults.append(Fault("graph/HCLG.fst is there: this kind of model ignores grammars", cure))
    if faults:
        return faults
    wanted = {UNKNOWN, *needed_words}
    try:
        _begins_right(folder / "am/final.mdl")
        lacking = wanted - known(folder, wanted)
        for _ in fst.words(folder / "graph/HCLr.fst"):
            pass
    except NotAModelError as error:
        return [Fault(str(error).rstrip("."), "Its files are damaged.")]
    return list(_missing(lacking))


def _begins_right(acoustic: Path) -> None:
    with acoustic.open("rb") as file:
        if file.read(len(MDL_MAGIC)) != MDL_MAGIC:
            raise NotAModelError(f"{acoustic} is no acoustic model. Import or fetch the model again.")


def known(folder: Path, wanted: Iterable[str]) -> frozenset[str]:
    """Which of `wanted` the model has. Raises NotAModelError if its words cannot be read, all of them."""
    asked = frozenset(wanted)
    return frozenset(word for word in words(folder) if word in asked)


def words(folder: Path) -> Iterator[str]:
    """All words of a model, one by one: 200 000 of them kept in a set would be 20 MB. Raises NotAModelError if they
    cannot be read.
    """
    inside = False
    for word in fst.words(folder / "graph/Gr.fst"):
        inside = True
        yield word
    if not inside:
        yield from _listed(folder / "graph/words.txt")


def _listed(file: Path) -> Iterator[str]:
    word = ""
    try:
        if file.stat().st_size > MAX_WORDS_BYTES:
            raise NotAModelError(f"{file} is larger than 256 MB. This is another file.")
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if cells := line.split(maxsplit=1):
                    word = cells[0]
                    yield word
    except (OSError, UnicodeDecodeError) as error:
        raise NotAModelError(f"{file} cannot be read ({error}). Fetch or import the model again.") from error
    if not word:
        raise NotAModelError(f"{file} has no words. Fetch or import the model again.")


def _missing(lacking: set[str]) -> Iterable[Fault]:
    if UNKNOWN in lacking:
        cure = "Other speech will be taken for one of the phrases more often; take another model if that disturbs."
        yield Fault(f"it has no word {UNKNOWN}", cure, serious=False)
    unsaid = sorted(lacking - {UNKNOWN})
    if unsaid:
        more = f" and {len(unsaid) - SHOWN} more" if len(unsaid) > SHOWN else ""
        cure = "Give those phrases other words in a words file ([voice.words]), or take another model."
        yield Fault(f"it lacks the words {', '.join(unsaid[:SHOWN])}{more}", cure, serious=False)


def _has(path: Path) -> bool:
    return path.is_file()
