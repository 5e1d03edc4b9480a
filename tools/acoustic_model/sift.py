"""
Leaves out recordings whose text is not what was said:
`python -m tools.acoustic_model.sift FEATURES CHECKPOINT.pt NAME ...`.

In: a folder of features, a checkpoint, names of files of it without their endings (`volunteers_000`).
Out: the files' JSON, in which doubtful utterances have no phones that the lexicon knows, so that `corpus` passes them
over; a line for each file. What was sifted before stays left out.

A text that fits has a loss far below zero, whatever the language; one of something else has not.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from tools.acoustic_model.corpus import Spoken, batches, read, whole
from tools.acoustic_model.network import Network
from tools.acoustic_model.objective import PhoneBigram
from tools.acoustic_model.train import loss_per_frame

HIGHEST = 0.0  # loss per frame of an utterance that is kept
DOUBTFUL = [["?"]]


def loss(spoken: Spoken, network: Network, bigram: PhoneBigram) -> float:
    """Per frame, of the clean copy; infinite where it is shorter than its sounds."""
    made = batches([whole(spoken, np.random.default_rng(1))], sys.maxsize, np.random.default_rng(1))
    return loss_per_frame(network, ((b.clean, b) for b in made), bigram) if made else np.inf


def sift(path: Path, network: Network, bigram: PhoneBigram) -> tuple[int, int]:
    """Numbers of the utterances kept and left out now."""
    beside = path.with_suffix(".json")
    told = json.loads(beside.read_text(encoding="utf-8"))
    left_out = [s.place for s in read(path) if loss(s, network, bigram) > HIGHEST]
    for place in left_out:
        told[place][2] = DOUBTFUL
    beside.write_text(json.dumps(told), encoding="utf-8")
    return sum(phones != DOUBTFUL for _, _, phones in told), len(left_out)


def main() -> None:
    torch.set_num_threads(1)
    folder, stored, network = Path(sys.argv[1]), torch.load(sys.argv[2]), Network().eval()
    network.load_state_dict(stored["model"])
    for name in sys.argv[3:]:
        kept, left_out = sift(folder / f"{name}.npz", network, PhoneBigram(*stored["bigram"]))
        print(f"{name}: {kept} kept, {left_out} left out", flush=True)


if __name__ == "__main__":
    main()
