"""
The decoding graph of the model: words as trees of phones, [unk] as a loop of any phones; written with OpenFst's tools.

In: the lexicon; costs of silence, of unusual pronunciations and of [unk].
Out: graph/ of the model folder: HCLr.fst (with look-ahead, so that Vosk can compose any phrase list at run-time),
Gr.fst, words.txt, disambig_tid.int, phones/word_boundary.int.

Nothing is determinised, so no disambiguation symbols exist. Needs `fstcompile`, `fstarcsort`, `fstconvert` and the
olabel_lookahead plugin: Debian packages libfst-tools and libfst22-plugins-base.
"""

import math
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.acoustic_model.kaldi_model import garbage_leaving, leaving, word_boundaries
from tools.acoustic_model.lexicon import PHONES, Phones

UNKNOWN = "[unk]"
PLUGINS = "libfst22-plugins-base"

Arc = tuple[int, int, int, str, float]  # from, to, transition-id (0: none), word ("": none), cost
Entry = tuple[str, Phones, float]  # word, pronunciation, cost


@dataclass(frozen=True, slots=True)
class Costs:
    """Natural logarithms; measured trade-offs are in TRAINING.md."""

    silence: float = 0.7  # of a pause between words, and of none: both 0.7 is a fair coin
    unknown: float = 2.0  # of beginning [unk]
    unknown_phone: float = 1.5  # of each phone of [unk]


@dataclass(slots=True)
class LexiconGraph:
    """States and arcs under construction; state 0 is the start."""

    arcs: list[Arc] = field(default_factory=list)
    states: int = 0

    def state(self) -> int:
        self.states += 1
        return self.states - 1

    def phone(self, source: int, entering: int, word: str = "", cost: float = 0.0) -> int:
        """A new state behind the phone's first frame, with a loop for the further ones."""
        target = self.state()
        self.arcs.append((source, target, entering, word, cost))
        self.arcs.append((target, target, entering - 1, "", 0.0))
        return target

    def skip(self, source: int, target: int, cost: float = 0.0) -> None:
        self.arcs.append((source, target, 0, "", cost))


def _silences(graph: LexiconGraph, costs: Costs) -> tuple[int, int]:
    """Start, then a pause or none; returns the state between words and the one at a word's end."""
    start, between, end = graph.state(), graph.state(), graph.state()
    for source in (start, end):
        graph.skip(source, between, costs.silence)
        pause = graph.phone(source, leaving("SIL", "S"), cost=costs.silence)
        graph.skip(pause, between)
    return between, end


def _words(graph: LexiconGraph, entries: Iterable[Entry], between: int, end: int) -> None:
    """A tree: words share their beginnings, come out on the way into their last phones, and share these."""
    shared: dict[tuple[int, str, str], int] = {}
    lasts: dict[int, int] = {}
    for word, phones, cost in entries:
        node = between
        for i, phone in enumerate(phones[:-1]):
            key = (node, phone, "I" if i else "B")
            if key not in shared:
                shared[key] = graph.phone(node, leaving(phone, key[2]))
            node = shared[key]
        entering = leaving(phones[-1], "E" if len(phones) > 1 else "S")
        if entering in lasts:
            graph.arcs.append((node, lasts[entering], entering, word, cost))
        else:
            lasts[entering] = graph.phone(node, entering, word, cost)
            graph.skip(lasts[entering], end)


def _unknown(graph: LexiconGraph, costs: Costs, between: int, end: int) -> None:
    """[unk]: two phones or more, whichever."""
    inside, tail = graph.state(), graph.state()
    for sound in PHONES[1:]:
        first = graph.phone(between, garbage_leaving("B", sound), cost=costs.unknown + costs.unknown_phone)
        graph.skip(first, inside)
        more = graph.phone(inside, garbage_leaving("I", sound), cost=costs.unknown_phone)
        graph.skip(more, inside)
        last = graph.phone(inside, garbage_leaving("E", sound), UNKNOWN, costs.unknown_phone)
        graph.skip(last, tail)
    graph.skip(tail, end)


def lexicon_graph(entries: Sequence[Entry], costs: Costs) -> tuple[list[Arc], int]:
    """Arcs, those of the start state 0 first, and the final state."""
    graph = LexiconGraph()
    between, end = _silences(graph, costs)
    _words(graph, entries, between, end)
    _unknown(graph, costs, between, end)
    return sorted(graph.arcs, key=lambda arc: arc[0] != 0), between


def plugin_folder() -> str:
    """Where the system keeps OpenFst's plugins; FileNotFoundError names the package."""
    listed = subprocess.run(["dpkg", "-L", PLUGINS], capture_output=True, text=True, check=False).stdout  # noqa: S607
    for line in listed.splitlines():
        if line.endswith("olabel_lookahead-fst.so"):
            return str(Path(line).parent)
    raise FileNotFoundError(f"OpenFst's olabel_lookahead plugin is not installed: apt-get install {PLUGINS}")


def _run(command: Sequence[str], feed: bytes) -> bytes:
    paths = [plugin_folder(), os.environ.get("LD_LIBRARY_PATH", "")]
    environment = os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(p for p in paths if p)}
    return subprocess.run(list(command), input=feed, capture_output=True, check=True, env=environment).stdout


def text_form(arcs: Iterable[Arc], final: int, numbers: dict[str, int]) -> str:
    """OpenFst's text: one arc a line, then the final state."""
    lines = [f"{s} {t} {i} {numbers[word] if word else 0} {cost:.4g}" for s, t, i, word, cost in arcs]
    return "\n".join([*lines, str(final)]) + "\n"


def write_graph(folder: Path, entries: Sequence[Entry], costs: Costs) -> None:
    """All files of graph/. Words are numbered anew by the look-ahead conversion; words.txt and Gr.fst follow it."""
    (folder / "phones").mkdir(parents=True, exist_ok=True)
    words = [*dict.fromkeys(word for word, _, _ in entries), UNKNOWN]
    numbers = {word: i for i, word in enumerate(words, 1)}
    arcs, final = lexicon_graph(entries, costs)
    compiled = _run(["fstcompile"], text_form(arcs, final, numbers).encode())
    ordered = _run(["fstarcsort", "--sort_type=olabel"], compiled)
    pairs = folder / "relabel.txt"
    looking = _run(["fstconvert", "--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs}"], ordered)
    (folder / "HCLr.fst").write_bytes(looking)
    listed = (line.split() for line in pairs.read_text().splitlines())
    relabelled = {int(old): int(new) for old, new in listed}
    pairs.unlink()
    final_numbers = {word: relabelled[number] for word, number in numbers.items()}
    listing = sorted(final_numbers.items(), key=lambda item: item[1])
    (folder / "words.txt").write_text("<eps> 0\n" + "".join(f"{word} {number}\n" for word, number in listing))
    unigram = "".join(f"0 0 {n} {n} {math.log(len(words)):.4g}\n" for _, n in listing) + "0\n"
    grammar = _run(["fstarcsort", "--sort_type=ilabel"], _run(["fstcompile"], unigram.encode()))
    (folder / "Gr.fst").write_bytes(_run(["fstconvert", "--fst_type=const"], grammar))
    (folder / "disambig_tid.int").write_text("")
    (folder / "phones" / "word_boundary.int").write_text(word_boundaries())
