"""
The mean of checkpoints trained on from the same one: `python -m tools.acoustic_model.mean OUT.pt IN.pt IN.pt ...`.

Networks of one descent lie in one valley, and their mean is often better than each (Wortsman et al., ICML 2022: "Model
soups").
"""

import sys
from pathlib import Path

import torch

from tools.acoustic_model.objective import PhoneBigram
from tools.acoustic_model.train import save


def main(out: Path, *sources: Path) -> None:
    found = [torch.load(source) for source in sources]
    mean = {
        key: torch.stack([one["model"][key].float() for one in found]).mean(0) if value.is_floating_point() else value
        for key, value in found[0]["model"].items()
    }
    save(out, mean, PhoneBigram(*found[0]["bigram"]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
