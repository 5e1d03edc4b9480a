"""
Which phones an utterance may hold, as graphs, and graphs of a batch as tensors.

In: per word its pronunciations. Out: states that are phones, arcs between them with probabilities.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SILENCE = 0
#: In place of a word: no pause may lie between the words beside it.
JOINED: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneGraph:
    """What may have been said: `phones` in topological order, arcs between them, entries and exits, with weights."""

    phones: tuple[int, ...]
    arcs: tuple[tuple[int, int, float], ...]
    entries: tuple[tuple[int, float], ...]
    exits: tuple[tuple[int, float], ...]

    def shortest(self) -> int:
        """Fewest frames that a way through the graph takes."""
        best = {s: 1 for s, _ in self.entries}
        for source, target, _ in sorted(self.arcs):
            if source in best:
                best[target] = min(best.get(target, 10**6), best[source] + 1)
        return min(best.get(s, 10**6) for s, _ in self.exits)


def phone_graph(words: Sequence[Sequence[Sequence[int]]], silence: float = 0.3) -> PhoneGraph:
    """
    The graph of an utterance: per word its pronunciations, equally likely; silence may lie before, between and after.

    No words at all mean silence. `silence` is the probability of a pause at each place, except where `JOINED` stands.
    A pronunciation may be empty: a sound that need not be said.
    """
    phones: list[int] = []
    arcs: list[tuple[int, int, float]] = []
    entries: list[tuple[int, float]] = []

    def enter(state: int, open_ends: list[tuple[int, float]], weight: float) -> None:
        for source, leaving in open_ends:
            if source < 0:
                entries.append((state, leaving * weight))
            else:
                arcs.append((source, state, leaving * weight))

    def pause(open_ends: list[tuple[int, float]]) -> list[tuple[int, float]]:
        phones.append(SILENCE)
        state = len(phones) - 1
        enter(state, open_ends, silence)
        return [*((s, w * (1 - silence)) for s, w in open_ends), (state, 1.0)]

    ends = pause([(-1, 1.0)])
    for index, pronunciations in enumerate(words):
        if pronunciations == JOINED:
            continue
        word_ends: list[tuple[int, float]] = []
        for pronunciation in pronunciations:
            if not pronunciation:
                word_ends += [(source, weight / len(pronunciations)) for source, weight in ends]
                continue
            for position, phone in enumerate(pronunciation):
                phones.append(phone)
                if position:
                    arcs.append((len(phones) - 2, len(phones) - 1, 1.0))
                else:
                    enter(len(phones) - 1, ends, 1.0 / len(pronunciations))
            word_ends.append((len(phones) - 1, 1.0))
        ends = word_ends if JOINED in words[index + 1 : index + 2] else pause(word_ends)
    return PhoneGraph(tuple(phones), tuple(arcs), tuple(entries), tuple((s, w) for s, w in ends if s >= 0))


@dataclass(frozen=True, slots=True)
class GraphBatch:
    """Graphs of a batch as tensors; state S is a dead one that pads the lists of neighbours."""

    phones: Tensor  # [B, S] int64
    initial: Tensor  # [B, S] float64
    final: Tensor  # [B, S] float64
    before: tuple[Tensor, Tensor]  # neighbours [B, S, P] int64 and weights [B, S, P] float64
    after: tuple[Tensor, Tensor]

    def each(self, change: Callable[[Tensor], Tensor]) -> "GraphBatch":
        """The same graphs with every tensor changed: repeated, or of another type."""
        (before, weights), (after, back) = self.before, self.after
        return GraphBatch(
            change(self.phones),
            change(self.initial),
            change(self.final),
            (change(before), change(weights)),
            (change(after), change(back)),
        )

    def to(self, device: str | torch.device) -> "GraphBatch":
        return self.each(lambda values: values.to(device))


def batch_graphs(graphs: Sequence[PhoneGraph]) -> GraphBatch:
    count, size = len(graphs), max(len(g.phones) for g in graphs)
    phones, initial, final = np.zeros((count, size), np.int64), np.zeros((count, size)), np.zeros((count, size))
    for b, g in enumerate(graphs):
        phones[b, : len(g.phones)] = g.phones
        for state, weight in g.entries:
            initial[b, state] += weight
        for state, weight in g.exits:
            final[b, state] += weight
    forward = [[(t, s, w) for s, t, w in g.arcs] for g in graphs]
    backward = [list(g.arcs) for g in graphs]
    return GraphBatch(
        torch.from_numpy(phones),
        torch.from_numpy(initial),
        torch.from_numpy(final),
        _neighbours(forward, size),
        _neighbours(backward, size),
    )


def _neighbours(arcs: Sequence[Sequence[tuple[int, int, float]]], size: int) -> tuple[Tensor, Tensor]:
    """Per state the far ends of its arcs (near end, far end, weight), padded with the dead state `size`."""
    degree = [np.zeros(size, np.int64) for _ in arcs]
    for b, of_graph in enumerate(arcs):
        for near, _, _ in of_graph:
            degree[b][near] += 1
    width = max(1, *(int(d.max()) for d in degree))
    index, weight = np.full((len(arcs), size, width), size, np.int64), np.zeros((len(arcs), size, width))
    for b, of_graph in enumerate(arcs):
        used = np.zeros(size, np.int64)
        for near, far, w in of_graph:
            index[b, near, used[near]], weight[b, near, used[near]] = far, w
            used[near] += 1
    return torch.from_numpy(index), torch.from_numpy(weight)
