"""
Trains with an accelerator, minutes for what takes two cores hours; a wide teacher may train beside the network.

In: the folder that `prepare` or `pack` fills (files that arrive later are taken in), a checkpoint to go on from.
Out: OUT-student.pt and, if there is a teacher, OUT-teacher.pt, saved every minute; each the mean of the weights over
the last steps.

`python -m tools.acoustic_model.distil FEATURES OUT MINUTES START.pt [--taught SHARE]`; `--help` tells the rest.

With a teacher the student's target is, in parts, what was said and what the teacher takes it for: with gamma the
posteriors of LF-MMI's denominator, gamma(student) - gamma(teacher) is the gradient of the divergence between the two
networks' distributions over all phone strings (Kanda et al., Interspeech 2017; Manohar et al., SLT 2018:
sequence-level teacher-student training).
"""

import argparse
import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tools.acoustic_model.augment import Distorter
from tools.acoustic_model.corpus import Corpus, banks
from tools.acoustic_model.feed import Fed, Feed, first
from tools.acoustic_model.network import Network, Shape
from tools.acoustic_model.objective import PhoneBigram, lf_mmi
from tools.acoustic_model.train import (
    CLASS_WEIGHT,
    OUTPUT_DECAY,
    RELEASE,
    Mean,
    development,
    loss_per_frame,
    pace,
    save,
    talk_bigram,
)

ENOUGH = 2000  # utterances to begin with
TAUGHT_FROM = 0.1, 0.25  # the teacher's opinion comes in between these parts of the run: it must learn first
TEACHER = Shape(
    hidden=1024,
    bottleneck=192,
    final=384,
    blocks=(
        *(((-3, 0), (0, 3)),) * 3,
        ((-6, 0), (0, 3)),
        *(((-6, -3, 0), (0,)),) * 5,
    ),
)


@dataclass(slots=True)
class Learner:
    """One network in training, with the mean of its weights."""

    name: str
    network: Network
    peak: float  # largest step size
    optimiser: torch.optim.AdamW = field(init=False)
    mean: Mean = field(init=False)
    loss: float = math.nan

    def __post_init__(self) -> None:
        fused = next(self.network.parameters()).is_cuda
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=self.peak, weight_decay=0.01, fused=fused)
        self.mean = Mean.of(self.network)

    def learn(self, factor: float, steps: int) -> None:
        """Takes the step that the gradients ask for, unless they are endless."""
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        if torch.isfinite(norm):
            for group in self.optimiser.param_groups:
                group["lr"] = self.peak * factor
            self.optimiser.step()
        self.mean.update(self.network, steps)


def learners(start: dict[str, Any], device: str, *, teacher: bool) -> list[Learner]:
    """The student, after its teacher if it has one."""
    student = Network(dropout=0.05)
    student.load_state_dict(start["model"])
    found = [Learner("student", student.to(device), 1.2e-3)]
    if teacher:
        wide = Network(TEACHER)
        wide.mean.copy_(student.mean)
        wide.deviation.copy_(student.deviation)
        found.insert(0, Learner("teacher", wide.to(device), 1.5e-3))
    return found


class Course:
    """`taught`: share of the teacher's opinion in the student's target; 0: there is no teacher."""

    def __init__(self, corpus: Corpus, start: dict[str, Any], device: str, taught: float, seed: int) -> None:
        self.device = device
        self.corpus = corpus
        self.taught = taught
        rng = np.random.default_rng(seed)
        torch.manual_seed(seed)
        self.distort = Distorter(banks(corpus, 150, rng, device), rng)
        self.bigram = PhoneBigram(*start["bigram"]).to(device)
        self.talk_bigram = talk_bigram(corpus, rng).to(device)
        self.learners = learners(start, device, teacher=taught > 0)
        self.steps = 0
        self.hours = 0.0

    def step(self, fed: Fed, part: float) -> None:
        """All networks hear the same; `part` is how much of the run is over."""
        clean, level, lengths, graphs, talk = fed
        heard = self.distort(clean, level)
        for learner in self.learners:
            learner.network.train()
            learner.optimiser.zero_grad()
        with torch.autocast(self.device, dtype=torch.bfloat16):
            outputs = [learner.network(heard) for learner in self.learners]
        scores = torch.cat([o[0].float() for o in outputs])
        classes = torch.cat([o[1].float() for o in outputs])
        count = len(self.learners)
        every = graphs.each(lambda values: torch.cat([values] * count))
        bigram = PhoneBigram.of_each((self.bigram, self.talk_bigram), talk.repeat(count))
        result = lf_mmi(scores.detach(), lengths.repeat(count), every, bigram)
        frames = (result.frames / count).clamp(min=1)
        goal, labels = self._goals(result.target, result.competitor, part)
        beside = -CLASS_WEIGHT * (labels * classes.log_softmax(2)).sum() / frames
        beside = beside + OUTPUT_DECAY * scores.square().mean() * scores.shape[2] / 2 * count
        torch.autograd.backward([scores, beside], [(result.competitor - goal) / frames, torch.ones_like(beside)])
        factor = pace(self.steps, part)
        self.steps += 1
        for learner in self.learners:
            learner.learn(factor, self.steps)
        self.hours += float(lengths.sum()) * 0.03 / 3600

    def _goals(self, target: Tensor, competitor: Tensor, part: float) -> tuple[Tensor, Tensor]:
        """What the posteriors of all phone strings, and what the frame classes should be."""
        begin, end = TAUGHT_FROM
        share = self.taught * min(1.0, max(0.0, (part - begin) / (end - begin)))
        if not share:
            return target, target
        size = len(target) // 2
        taught = torch.lerp(target[size:], competitor[:size], share)
        return torch.cat([target[:size], taught]), torch.cat([target[:size]] * 2)

    def develop(self) -> None:
        """Sets each learner's loss on development speakers."""
        heard = development(self.corpus, self.distort.banks)
        for learner in self.learners:
            network = Network(learner.network.shape).to(self.device).eval()
            network.load_state_dict(learner.mean.state)
            learner.loss = loss_per_frame(network, heard, self.bigram)

    def save(self, out: Path) -> None:
        for learner in self.learners:
            state = {key: value.cpu() for key, value in learner.mean.state.items()}
            save(out.with_name(f"{out.name}-{learner.name}.pt"), state, self.bigram.to("cpu"))


def run(course: Course, feed: Feed, out: Path, minutes: float) -> None:
    """Trains for so many minutes of wall time; the rate falls along a cosine."""
    start, told = time.monotonic(), 0.0
    for fed in feed.batches(course.device):
        minute = (time.monotonic() - start) / 60
        if minute > told + 1 or minute >= minutes:
            told = minute
            course.develop()
            course.save(out)
            losses = " ".join(f"{learner.name} {learner.loss:.4f}" for learner in course.learners)
            print(f"minute {minute:.1f} steps {course.steps} hours {course.hours:.1f} development {losses}", flush=True)
        if minute >= minutes:
            return
        course.step(fed, min(1.0, minute / minutes))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.acoustic_model.distil", description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("minutes", type=float)
    parser.add_argument("start", type=Path)
    parser.add_argument("--taught", type=float, default=0.0, help="share of a teacher's opinion, 0 to 1")
    parser.add_argument("--frames", type=int, default=96_000, help="of 10 ms in a batch")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--device", default="cuda")
    told = parser.parse_args()
    torch.set_num_threads(1)
    corpus = first(told.features, ENOUGH)
    processes = max(1, (os.cpu_count() or 2) - 2)
    feed = Feed(corpus, told.frames, processes, told.seed, RELEASE * told.minutes * 60)
    run(Course(corpus, torch.load(told.start), told.device, told.taught, told.seed), feed, told.out, told.minutes)


if __name__ == "__main__":
    main()
