"""
Trains the acoustic model: `python -m tools.acoustic_model.train FEATURES OUT.pt MINUTES [START.pt]`.

In: the folder that `prepare` fills (files that arrive while training are taken in).
Out: a checkpoint with the mean of the weights over the last steps; one line per half minute on standard output.
"""

import math
import multiprocessing
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tools.acoustic_model.augment import Banks, Distorter
from tools.acoustic_model.corpus import Batch, Corpus, banks, batches, piece, whole
from tools.acoustic_model.lexicon import PHONES
from tools.acoustic_model.network import Network
from tools.acoustic_model.objective import PhoneBigram, lf_mmi
from tools.acoustic_model.phone_graph import batch_graphs, phone_graph

WORKERS = 2  # processes that train the same weights without waiting for each other, one thread each
ENOUGH = 4000  # utterances to begin with
COUNTED = 4000  # utterances that tell which phone follows which
POOL = 800  # examples that are sorted into batches together
BATCH = 14_000  # frames of 10 ms
PEAK_RATE, WARM_UP = 1.5e-3, 200
CLASS_WEIGHT, OUTPUT_DECAY = 0.1, 5e-4
RELEASE = 0.7  # from this part of the run on the development speakers are trained on


@dataclass(slots=True)
class Mean:
    """Exponential mean of a network's weights and norms."""

    state: dict[str, Tensor]

    @classmethod
    def of(cls, network: nn.Module) -> "Mean":
        return cls({key: value.clone() for key, value in network.state_dict().items()})

    def update(self, network: nn.Module, steps: int) -> None:
        """After so many steps; at first it forgets faster."""
        decay = min(0.997, 1 - 1 / (1 + steps / 4))
        with torch.no_grad():
            for key, value in network.state_dict().items():
                if value.dtype.is_floating_point:
                    self.state[key].lerp_(value, 1 - decay)


def pace(steps: int, part: float) -> float:
    """Share of the largest rate: it warms up over steps, then falls along a cosine of the part that is over."""
    return min(1.0, (steps + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * part)))


@torch.no_grad()
def loss_per_frame(network: Network, heard: Iterable[tuple[Tensor, Batch]], bigram: PhoneBigram) -> float:
    """Of batches as they are heard, where these are."""
    loss, frames = 0.0, 0
    for mel, batch in heard:
        graphs = batch_graphs(batch.graphs).to(mel.device)
        result = lf_mmi(network(mel)[0], batch.lengths.to(mel.device), graphs, bigram)
        loss, frames = loss + float(result.loss), frames + int(result.frames)
    return loss / max(1, frames)


def development(corpus: Corpus, banks: Banks, examples: int = 400) -> list[tuple[Tensor, Batch]]:
    """Development speakers in the same noises every time, where the banks are."""
    rng, spoken = np.random.default_rng(3), corpus.development
    chosen = rng.choice(len(spoken), min(examples, len(spoken)), replace=False)
    distort = Distorter(banks, rng)
    made = batches([whole(spoken[i], rng) for i in sorted(chosen)], BATCH, rng)
    return [(distort(b.clean.to(distort.device), b.level_db.to(distort.device)), b) for b in made]


def talk_bigram(corpus: Corpus, rng: np.random.Generator) -> PhoneBigram:
    """Of what is no answer: each kind of speech has only its own phone strings to beat.

    By that of answers alone, whatever a Bulgarian says, or an actor, is unlikely, and the network grows loud until it
    is not: then any loop of phones beats the words of an answer. Where nobody talks all phones are equally likely.
    """
    talk = [spoken for spoken in corpus.training if spoken.talk]
    drawn = [phone_graph(talk[i].words) for i in rng.permutation(len(talk))[:COUNTED]]
    return PhoneBigram.count(drawn, len(PHONES))


class Trainer:
    def __init__(self, corpus: Corpus, start: dict[str, Any] | None) -> None:
        self.rng = np.random.default_rng(20)
        self.corpus = corpus
        self.network = Network()
        self.distort = Distorter(banks(corpus, 150, self.rng), self.rng)
        if start is None:
            self._normalise()
            self.bigram = self._count()
        else:
            self.network.load_state_dict(start["model"])
            self.bigram = PhoneBigram(*start["bigram"])
        self.talk_bigram = talk_bigram(corpus, self.rng)
        self.peak = PEAK_RATE if start is None else PEAK_RATE / 2
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
        self.mean = Mean.of(self.network)
        self.steps = 0
        self.loss = 0.0
        self.hours = 0.0

    def reseed(self, seed: int) -> None:
        self.rng = np.random.default_rng([20, seed])
        self.distort.rng = self.rng
        torch.manual_seed(seed)

    def _count(self) -> PhoneBigram:
        drawn = [phone_graph(s.words) for s in (self.corpus.draw(self.rng) for _ in range(COUNTED)) if not s.talk]
        return PhoneBigram.count(drawn, len(PHONES))

    def _normalise(self) -> None:
        """Input mean and deviation from what the network will hear."""
        heard = [self.distort(b.clean, b.level_db).flatten(0, 1) for b in self.fresh()[:8]]
        frames = torch.cat(heard)
        self.network.mean.copy_(frames.mean(0))
        self.network.deviation.copy_(frames.std(0))

    def fresh(self) -> list[Batch]:
        return batches([piece(self.corpus, self.rng) for _ in range(POOL)], BATCH, self.rng)

    def step(self, batch: Batch, rate: float) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.network.train()
        heard = self.distort(batch.clean, batch.level_db)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores, classes = self.network(heard)
        scores, classes = scores.float(), classes.float()
        bigram = PhoneBigram.of_each((self.bigram, self.talk_bigram), batch.talk)
        result = lf_mmi(scores.detach(), batch.lengths, batch_graphs(batch.graphs), bigram)
        frames = max(1, int(result.frames))
        beside = -CLASS_WEIGHT * (result.target * classes.log_softmax(2)).sum() / frames
        beside = beside + OUTPUT_DECAY * scores.square().mean() * scores.shape[2] / 2
        self.optimiser.zero_grad()
        torch.autograd.backward([scores, beside], [(result.competitor - result.target) / frames, torch.ones(())])
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        if not torch.isfinite(norm):
            print("a step with an endless gradient was left out", flush=True)
            return
        self.optimiser.step()
        self.steps += 1
        self.mean.update(self.network, self.steps)
        self.hours += frames * 0.03 / 3600
        share = max(0.02, 1 / self.steps)
        self.loss += share * (float(result.loss) / frames - self.loss)

    def develop(self) -> float:
        """Loss of the mean network on development speakers."""
        if not self.corpus.development:
            return math.nan
        network = Network().eval()
        network.load_state_dict(self.mean.state)
        return loss_per_frame(network, development(self.corpus, self.distort.banks), self.bigram)


def save(path: Path, model: dict[str, Tensor], bigram: PhoneBigram) -> None:
    """A checkpoint, written beside its place first."""
    scratch = path.with_suffix(".part")
    torch.save({"model": model, "bigram": (bigram.first, bigram.following, bigram.end)}, scratch)
    scratch.rename(path)


def run(trainer: Trainer, out: Path | None, minutes: float, seed: int) -> None:
    """Trains for so many minutes of wall time; the rate falls along a cosine. Saves where `out` is given."""
    trainer.reseed(seed)
    start = time.monotonic()
    released, told = False, 0.0
    while (part := (time.monotonic() - start) / 60 / minutes) < 1:
        if trainer.corpus.refresh() and out:
            print(f"{len(trainer.corpus.training)} utterances", flush=True)
        if part > RELEASE and not released:
            trainer.corpus.release_development()
            released = True
        for batch in trainer.fresh():
            part = (time.monotonic() - start) / 60 / minutes
            if part >= 1:
                break
            trainer.step(batch, trainer.peak * pace(trainer.steps, part))
        minute = (time.monotonic() - start) / 60
        if out and (minute > told + 0.5 or part >= 1):
            told = minute
            print(
                f"minute {minute:.1f} steps {trainer.steps} hours {trainer.hours:.2f} loss {trainer.loss:.4f} "
                f"development {trainer.develop():.4f}",
                flush=True,
            )
            save(out, trainer.mean.state, trainer.bigram)


def main(arguments: list[str]) -> None:
    torch.set_num_threads(1)
    corpus = Corpus(Path(arguments[0]))
    corpus.refresh()
    while len(corpus.training) < ENOUGH:
        time.sleep(3)
        corpus.refresh()
    start = torch.load(arguments[3]) if len(arguments) > 3 else None
    trainer = Trainer(corpus, start)
    trainer.network.share_memory()
    minutes = float(arguments[2])
    fork = multiprocessing.get_context("fork")
    helpers = [fork.Process(target=run, args=(trainer, None, minutes, seed)) for seed in range(1, WORKERS)]
    for helper in helpers:
        helper.start()
    run(trainer, Path(arguments[1]), minutes, 0)
    for helper in helpers:
        helper.join()


if __name__ == "__main__":
    main(sys.argv[1:])
