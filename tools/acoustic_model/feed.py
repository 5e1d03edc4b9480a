"""
Training batches made by processes of their own, for a trainer that must not wait for them (one with an accelerator).

In: the folder that `prepare` or `pack` fills; files that arrive later are taken in.
Out: an endless iterator of batches on a device.
"""

import multiprocessing
import queue
import threading
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tools.acoustic_model.corpus import Batch, Corpus, batches, piece
from tools.acoustic_model.phone_graph import GraphBatch, batch_graphs

POOL_BATCHES = 8  # examples for so many batches are sorted by length together
AHEAD = 6  # batches that wait, in the queue of the processes and in that of the trainer

#: Clean log-mel, levels, lengths, the graphs as tensors, what is talk: see `corpus.Batch`.
Fed = tuple[Tensor, Tensor, Tensor, GraphBatch, Tensor]


class Feed:
    """
    Processes that make batches of `frames` frames, after `release_s` seconds of the development speakers too.

    Start it before anything touches the accelerator: it forks.
    """

    def __init__(self, corpus: Corpus, frames: int, processes: int, seed: int, release_s: float) -> None:
        fork = multiprocessing.get_context("fork")
        self._made: Queue[Any] = fork.Queue(AHEAD)
        self._read: queue.Queue[Fed] = queue.Queue(AHEAD)
        for number in range(processes):
            args = (corpus, frames, [seed, number], release_s, self._made)
            fork.Process(target=_make, args=args, daemon=True).start()

    def batches(self, device: str) -> Iterator[Fed]:
        threading.Thread(target=self._receive, args=(device,), daemon=True).start()
        while True:
            yield self._read.get()

    def _receive(self, device: str) -> None:
        while True:
            *parts, graphs = self._made.get()
            unpacked = GraphBatch(*graphs).each(lambda stored: _widened(stored).to(device))
            mel, level, lengths, talk = (torch.from_numpy(part).to(device) for part in parts)
            self._read.put((mel.float(), level, lengths, unpacked, talk))


def _make(corpus: Corpus, frames: int, seed: list[int], release_s: float, made: "Queue[Any]") -> None:
    torch.set_num_threads(1)
    rng, start, released = np.random.default_rng(seed), time.monotonic(), False
    while True:
        corpus.refresh()
        if not released and time.monotonic() - start > release_s:
            corpus.release_development()
            released = True
        pool, held = [], 0
        while held < POOL_BATCHES * frames:
            pool.append(piece(corpus, rng))
            held += len(pool[-1].frames)
        for batch in batches(pool, frames, rng):
            made.put(_portable(batch))


def _portable(batch: Batch) -> tuple[Any, ...]:
    """As small arrays: less to copy between processes."""
    graphs = batch_graphs(batch.graphs).each(_narrowed)
    return (
        batch.clean.half().numpy(),
        batch.level_db.numpy().astype(np.float32),
        batch.lengths.numpy(),
        batch.talk.numpy(),
        (graphs.phones, graphs.initial, graphs.final, graphs.before, graphs.after),
    )


def _narrowed(values: Tensor) -> Any:
    return values.to(torch.float32 if values.dtype == torch.float64 else torch.int16).numpy()


def _widened(stored: Any) -> Tensor:
    return torch.from_numpy(stored).to(torch.float64 if stored.dtype == np.float32 else torch.int64)


def first(corpus_folder: Path, enough: int) -> Corpus:
    """The corpus of a folder in which so many utterances are already. Raises ValueError if there are fewer."""
    corpus = Corpus(corpus_folder)
    corpus.refresh()
    if len(corpus.training) < enough:
        raise ValueError(f"{corpus_folder} holds {len(corpus.training)} utterances, {enough} are needed to begin")
    return corpus
