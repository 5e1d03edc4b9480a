"""Is this folder a model that Vosk can use with changing grammars?

In: a folder. Out: its vocabulary, or ModelError with the cure.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from controller.voice.ear.engine import ModelError

AGAIN = "fetch or import the model again: pickbeam voice models --help"
FST_MAGIC = b"\xd6\xfd\xb2\x7e"
"""First bytes of every OpenFst file (kFstMagicNumber 2125659606, little-endian; openfst fst.cc)."""
SYMBOLS_MAGIC = b"\x74\xfb\xb2\x7e"
"""First bytes of a symbol table (kSymbolTableMagicNumber 2125658996)."""
MDL_MAGIC = b"\0B<TransitionModel>"
"""First bytes of every binary Kaldi acoustic model (kaldi hmm/transition-model.cc)."""
WIDE = {"beam": 24.0, "lattice-beam": 12.0, "max-active": 9000, "max-mem": 4_000_000}
"""Search of the second look: lattices that hold a phrase even if silence fits better. `max-mem`: bytes that making a
lattice plain may take; chains of a phrase with itself would take seconds otherwise.
"""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    words: tuple[str, ...]

    def __contains__(self, word: object) -> bool:
        return word in self.words


def verify(folder: Path) -> Vocabulary:
    """The words of a usable model folder. ModelError: no folder, a file missing, empty or of another kind, or a
    model with a fixed graph.
    """
    if not folder.is_dir():
        raise ModelError(f"no model folder {folder}; {AGAIN}")
    if (folder / "graph" / "HCLG.fst").exists():
        raise ModelError(
            f"the model in {folder} has a fixed graph (graph/HCLG.fst) and would ignore the phrases of each step; "
            "take a small or lgraph model (graph/HCLr.fst and graph/Gr.fst)"
        )
    _begins(folder / "am" / "final.mdl", MDL_MAGIC)
    _begins(folder / "graph" / "HCLr.fst", FST_MAGIC)
    _begins(folder / "graph" / "Gr.fst", FST_MAGIC)
    for name in ("conf/model.conf", "conf/mfcc.conf"):
        if not (folder / name).is_file():
            raise ModelError(f"the model in {folder} lacks {name}; {AGAIN}")
    return _vocabulary(folder)


def _begins(file: Path, magic: bytes) -> None:
    try:
        with file.open("rb") as opened:
            start = opened.read(len(magic))
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}); {AGAIN}") from error
    if start != magic:
        raise ModelError(f"{file} is corrupt or of another kind (begins with {start.hex(' ') or 'nothing'}); {AGAIN}")


def _vocabulary(folder: Path) -> Vocabulary:
    """The words of graph/words.txt (`word id` per line), or those packed into Gr.fst: Vosk takes both."""
    file = folder / "graph" / "words.txt"
    if not file.exists():
        return Vocabulary(_symbols((folder / "graph" / "Gr.fst").read_bytes()))
    try:
        words = tuple(line.split()[0] for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    except UnicodeDecodeError as error:
        raise ModelError(f"{file} is not UTF-8 text; {AGAIN}") from error
    if len(words) < 2:
        raise ModelError(f"{file} has no words; {AGAIN}")
    return Vocabulary(tuple(word for word in words if not word.startswith(("<", "#"))))


def _symbols(fst: bytes) -> tuple[str, ...]:
    """The words of the first symbol table within an OpenFst file: magic, name, next key, count, then (text, key) each;
    int32 lengths, int64 keys, little-endian (openfst symbol-table.cc). Empty without a table.
    """
    at = fst.find(SYMBOLS_MAGIC)
    if at < 0:
        return ()
    words: list[str] = []
    try:
        at += 4 + 4 + struct.unpack_from("<i", fst, at + 4)[0] + 8
        (count,) = struct.unpack_from("<q", fst, at)
        at += 8
        for _ in range(count):
            (size,) = struct.unpack_from("<i", fst, at)
            words.append(fst[at + 4 : at + 4 + size].decode("utf-8", "replace"))
            at += 4 + size + 8
    except struct.error as error:
        raise ModelError(f"graph/Gr.fst is cut off; {AGAIN}") from error
    return tuple(word for word in words if not word.startswith(("<", "#")))


def widened(folder: Path, copy: Path) -> None:
    """Make `copy` the same model by links, with a configuration that searches broadly."""
    for part in folder.iterdir():
        if part.name != "conf":
            (copy / part.name).symlink_to(part.resolve())
    (copy / "conf").mkdir()
    for file in (folder / "conf").iterdir():
        if file.name != "model.conf":
            (copy / "conf" / file.name).symlink_to(file.resolve())
    lines = (folder / "conf" / "model.conf").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split("=")[0].strip().removeprefix("--") not in WIDE]
    kept += [f"--{name}={value}" for name, value in WIDE.items()]
    (copy / "conf" / "model.conf").write_text("\n".join(kept) + "\n", encoding="utf-8")
