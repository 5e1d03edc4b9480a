"""
How well checkpoints fit speakers they never heard, finer than counted words:
`python -m tools.acoustic_model.loss FEATURES CHECKPOINT.pt ... --sets NAME.npz ...`.

In: the folder of features (for its noise and babble), checkpoints of the shipped shape, test sets as `testset` writes
them; strange words of `people` are left out, their texts are not told.
Out: a line for each checkpoint: per set the loss of LF-MMI per frame, clean and in the distortions of training, the
same for every checkpoint. Less is better; the lowest possible differs from set to set.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from tools.acoustic_model.augment import Distorter
from tools.acoustic_model.corpus import Batch, Corpus, Spoken, banks, batches, possible, whole
from tools.acoustic_model.evaluate import read_set
from tools.acoustic_model.features import level_db, log_mel
from tools.acoustic_model.network import Network
from tools.acoustic_model.objective import PhoneBigram
from tools.acoustic_model.train import loss_per_frame

FRAMES = 30_000  # of 10 ms in a batch
SHORTEST = 2000  # samples of an utterance
PEAK = 20_000  # of an utterance, as in training


def spoken(path: Path) -> Iterator[Spoken]:
    """The utterances of a test set whose words the lexicon knows."""
    for utterance in read_set(path):
        if len(utterance.wave) < SHORTEST or (utterance.kind == "oov" and "people" in path.stem):
            continue
        try:
            words = tuple(possible(word) for word in utterance.words)
        except KeyError:
            continue
        wave = utterance.wave.astype(float)
        wave *= PEAK / (np.abs(wave).max() + 1e-6)
        if words:
            yield Spoken("", path.stem, words, ((log_mel(wave).astype(np.float16), level_db(wave)),))


def made(path: Path) -> list[Batch]:
    rng = np.random.default_rng(9)
    return batches([whole(one, rng) for one in spoken(path)], FRAMES, rng)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.acoustic_model.loss", description=__doc__)
    parser.add_argument("features", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--sets", type=Path, nargs="+", required=True)
    told = parser.parse_args()
    torch.set_num_threads(1)
    corpus, rng = Corpus(told.features), np.random.default_rng(5)
    corpus.refresh()
    around = banks(corpus, 60, rng)
    sets = {path.stem: made(path) for path in told.sets}
    for checkpoint in told.checkpoints:
        stored, network = torch.load(checkpoint), Network().eval()
        network.load_state_dict(stored["model"])
        bigram, row = PhoneBigram(*stored["bigram"]), []
        for name, said in sets.items():
            distort = Distorter(around, np.random.default_rng(3))
            clean = loss_per_frame(network, ((b.clean, b) for b in said), bigram)
            heard = loss_per_frame(network, ((distort(b.clean, b.level_db), b) for b in said), bigram)
            row.append(f"{name} {clean:.4f} / {heard:.4f}")
        print(f"{checkpoint.name}: {', '.join(row)}", flush=True)


if __name__ == "__main__":
    main()
