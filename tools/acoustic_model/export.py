"""
A checkpoint into a model folder for Vosk: `python -m tools.acoustic_model.export CHECKPOINT.pt FOLDER [8|16|32]`.

In: the checkpoint of `train`; the lexicon.
Out: am/final.mdl, conf/, graph/ and README.md; per layer what rounding the weights costs.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from tools.acoustic_model.features import BINS, HIGH_HZ, LOW_HZ, RATE
from tools.acoustic_model.graph import Costs, Entry, write_graph
from tools.acoustic_model.kaldi_model import Width, noise_db, width_of, write_model
from tools.acoustic_model.layer import Layer
from tools.acoustic_model.lexicon import HESITATIONS, decode_words, pronunciations, training_pronunciations, vocabulary
from tools.acoustic_model.network import STRIDE, Network

VARIANT_COST, FOREIGN_COST = 1.0, 1.5  # natural logarithms; the first pronunciation of a word is free

FEATURE_OPTIONS = {
    "sample-frequency": RATE,
    "use-energy": "false",
    "num-mel-bins": BINS,
    "num-ceps": BINS,
    "low-freq": f"{LOW_HZ:g}",
    "high-freq": f"{HIGH_HZ:g}",
    "allow-downsample": "true",
}
# The endpoint rules end an utterance after half a second of silence; the station's own endpointing is usually sooner.
DECODER_OPTIONS = {
    "min-active": 20,
    "max-active": 3000,
    "beam": "8.0",  # in scaled scores; at scale 1, 12 and 200 states took a quarter longer than 10 and found the same
    "lattice-beam": "4.0",
    "acoustic-scale": "0.8",  # TRAINING.md, "How much the scores count"
    "frame-subsampling-factor": STRIDE,
    "frames-per-chunk": 12,  # 120 ms: answers come as soon as with 60, for a fifth less time
    "endpoint.silence-phones": 1,
    "endpoint.rule2.min-trailing-silence": "0.5",
    "endpoint.rule3.min-trailing-silence": "0.75",
    "endpoint.rule4.min-trailing-silence": "1.0",
}


def entries(words: Iterable[str]) -> list[Entry]:
    """Pronunciations with their costs; what is not of the dialogue gets at most two each, to keep the graph small."""
    full, out = {*vocabulary(), *HESITATIONS}, []
    for word in words:
        native = training_pronunciations(word)
        for i, phones in enumerate(pronunciations(word) if word in full else native[:2]):
            cost = 0.0 if i == 0 else VARIANT_COST if phones in native else FOREIGN_COST
            out.append((word, phones, cost))
    return out


def write_options(path: Path, options: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"--{name}={value}\n" for name, value in options.items()))


def rounding_loss(layers: Sequence[Layer], width: Width) -> list[tuple[str, float]]:
    """Per layer: noise that rounding adds to its outputs, in dB relative to them, for white input."""
    return [(layer.name, noise_db(layer.weight, width_of(layer, width))) for layer in layers]


def trained_layers(checkpoint: Path) -> list[Layer]:
    network = Network()
    network.load_state_dict(torch.load(checkpoint)["model"])
    network.eval()
    return list(network.layers())


def export(checkpoint: Path, folder: Path, width: Width, costs: Costs) -> None:
    layers = trained_layers(checkpoint)
    for name, loss in rounding_loss(layers, width):
        print(f"{name:8} rounding {loss:6.1f} dB")
    write_model(folder / "am" / "final.mdl", layers, BINS, width)
    write_options(folder / "conf" / "mfcc.conf", dict(FEATURE_OPTIONS))
    write_options(folder / "conf" / "model.conf", dict(DECODER_OPTIONS))
    write_graph(folder / "graph", entries(decode_words()), costs)
    total = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{folder}: {total:,} bytes")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]), Width(int(sys.argv[3]) if len(sys.argv) > 3 else 8), Costs())
