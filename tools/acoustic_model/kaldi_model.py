"""
Writes the files that Vosk reads as an acoustic model: Kaldi's binary objects, from numpy arrays, without Kaldi.

In: the layers of a trained network (`network.Layer`), phone names.
Out: the bytes of am/final.mdl; the transition-ids and the phone table that the decoding graph refers to.

The formats are documented only by Kaldi's sources (transition-model.cc, hmm-topology.cc, nnet-simple-component.cc,
compressed-matrix.cc; Apache-2.0); what is written here was checked by loading it with vosk 0.3.45. Tokens end with a
space; an int32 is the byte 4 and four bytes; vectors are `FV `, a count and floats.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from tools.acoustic_model.layer import Layer
from tools.acoustic_model.lexicon import PHONES

Matrix = NDArray[np.float64]

POSITIONS = "BEIS"  # begin, end, inside, single: every phone but silence exists once for each place in a word
GARBAGE = "BIE"  # the phones of [unk]; each may sound like any phone
_REAL = 1 + len(POSITIONS) * (len(PHONES) - 1)
PHONE_COUNT = _REAL + len(GARBAGE)
_BOUNDARY = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
COARSE_DB = -33.0  # rounding noise of a layer that is heard in the recognition
STAY = 0.5  # both transitions of a state cost the same: the network decides alone


class Width(IntEnum):
    """Bits of a weight."""

    EIGHT = 8
    SIXTEEN = 16
    FLOAT = 32


def token(out: BinaryIO, text: str) -> None:
    out.write(text.encode("ascii") + b" ")


def integer(out: BinaryIO, value: int) -> None:
    out.write(b"\x04" + struct.pack("<i", value))


def real(out: BinaryIO, value: float) -> None:
    out.write(b"\x04" + struct.pack("<f", value))


def truth(out: BinaryIO, *, value: bool) -> None:
    out.write(b"T" if value else b"F")


def integers(out: BinaryIO, values: Sequence[int]) -> None:
    out.write(b"\x04" + struct.pack("<i", len(values)) + np.asarray(values, "<i4").tobytes())


def vector(out: BinaryIO, values: Sequence[float] | Matrix) -> None:
    token(out, "FV")
    integer(out, len(values))
    out.write(np.asarray(values, "<f4").tobytes())


def matrix(out: BinaryIO, values: Matrix, width: Width) -> None:
    """A matrix; 8 and 16 bit ones as even steps between its smallest and largest value ("CM3", "CM2")."""
    rows, columns = values.shape
    if width is Width.FLOAT:
        token(out, "FM")
        integer(out, rows)
        integer(out, columns)
        out.write(np.ascontiguousarray(values, "<f4").tobytes())
        return
    low, span, steps = _steps(values, width)
    token(out, "CM3" if width is Width.EIGHT else "CM2")
    out.write(struct.pack("<ffii", low, span, rows, columns))
    quantised = np.clip(np.rint((values - low) / span * steps), 0, steps)
    out.write(quantised.astype("u1" if width is Width.EIGHT else "<u2").tobytes())


def _steps(values: Matrix, width: Width) -> tuple[float, float, int]:
    low = float(np.float32(values.min()))
    return low, max(float(np.float32(values.max() - low)), 1e-6), 2**width - 1


def rounded(values: Matrix, width: Width) -> Matrix:
    """What a reader gets back from `matrix`."""
    if width is Width.FLOAT:
        return np.asarray(values.astype(np.float32), dtype=np.float64)
    low, span, steps = _steps(values, width)
    return np.clip(np.rint((values - low) / span * steps), 0, steps) / steps * span + low


def phone_id(phone: str, position: str) -> int:
    """1 is silence; then each phone of `PHONES` in its four positions."""
    index = PHONES.index(phone)
    return 1 if index == 0 else 2 + len(POSITIONS) * (index - 1) + POSITIONS.index(position)


def leaving(phone: str, position: str) -> int:
    """Transition-id of a phone's first frame; one less is that of every further frame."""
    return 2 * phone_id(phone, position)


def garbage_leaving(position: str, phone: str) -> int:
    """Transition-id of the first frame of [unk]'s phone at this place sounding like `phone`; one less: further ones."""
    sounds = len(PHONES) - 1
    return 2 * (_REAL + GARBAGE.index(position) * sounds + PHONES.index(phone))


def word_boundaries() -> str:
    """The text of graph/phones/word_boundary.int."""
    lines = ["1 nonword"]
    for phone in PHONES[1:]:
        lines += [f"{phone_id(phone, p)} {_BOUNDARY[p]}" for p in POSITIONS]
    lines += [f"{_REAL + 1 + i} {_BOUNDARY[p]}" for i, p in enumerate(GARBAGE)]
    return "\n".join(lines) + "\n"


def transition_model(out: BinaryIO) -> None:
    """
    One state per phone, with separate outputs for its first and its further frames.

    All of [unk]'s sounds at one place share one phone-id: with one id each, Vosk's lattices explode.
    """
    token(out, "<TransitionModel>")
    token(out, "<Topology>")
    integers(out, range(1, PHONE_COUNT + 1))
    integers(out, [-1] + [0] * PHONE_COUNT)
    for number in (-1, 1, 2, 0, 1, 2):  # two kinds of outputs; one topology of two states; the first: kinds 0 and 1
        integer(out, number)
    for target, share in ((0, STAY), (1, 1 - STAY)):
        integer(out, target)
        real(out, share)
    for number in (-1, -1, 0):  # the last state
        integer(out, number)
    token(out, "</Topology>")
    states = [(1, 0)]
    states += [(phone_id(p, at), i) for i, p in enumerate(PHONES[1:], 1) for at in POSITIONS]
    states += [(_REAL + 1 + at, i) for at in range(len(GARBAGE)) for i in range(1, len(PHONES))]
    token(out, "<Tuples>")
    integer(out, len(states))
    for phone, sound in states:
        for number in (phone, 0, 2 * sound, 2 * sound + 1):
            integer(out, number)
    token(out, "</Tuples>")
    token(out, "<LogProbs>")
    vector(out, [0.0] + [float(np.log(STAY)), float(np.log(1 - STAY))] * len(states))
    token(out, "</LogProbs>")
    token(out, "</TransitionModel>")


def wiring(layers: Sequence[Layer], features: int) -> str:
    """The nnet3 configuration: which node reads which frames of which other node."""
    lines, source = [f"input-node name=input dim={features}"], "input"
    ends: dict[str, str] = {}
    for layer in layers:
        parts = [f"Offset({source}, {o})" if o else source for o in layer.offsets]
        spliced = parts[0] if len(parts) == 1 else f"Append({', '.join(parts)})"
        source = f"{layer.name}.affine"
        lines.append(f"component-node name={source} component={source} input={spliced}")
        if layer.relu:
            lines.append(f"component-node name={layer.name}.relu component={layer.name}.relu input={source}")
            source = f"{layer.name}.relu"
        if layer.bypass:
            total = f"Sum({source}, Scale({layer.bypass_scale:g}, {ends[layer.bypass]}))"
            lines.append(f"component-node name={layer.name}.sum component={layer.name}.sum input={total}")
            source = f"{layer.name}.sum"
        ends[layer.name] = source
    lines.append(f"output-node name=output input={source} objective=linear")
    return "\n".join(lines) + "\n"


def _linear(out: BinaryIO, layer: Layer, width: Width) -> None:
    """Without bias. Not an affine one: Kaldi would multiply it into the next layer, and the saving would be gone."""
    token(out, "<LinearComponent>")
    token(out, "<LearningRate>")
    real(out, 0.001)
    token(out, "<Params>")
    matrix(out, layer.weight, width)
    token(out, "<UseNaturalGradient>")
    truth(out, value=True)
    token(out, "<RankInOut>")
    integer(out, 20)
    integer(out, 80)
    token(out, "<Alpha>")
    real(out, 4.0)
    token(out, "<NumSamplesHistory>")
    real(out, 2000.0)
    token(out, "<UpdatePeriod>")
    integer(out, 4)
    token(out, "</LinearComponent>")


def _affine(out: BinaryIO, layer: Layer, width: Width) -> None:
    token(out, "<AffineComponent>")
    token(out, "<LearningRate>")
    real(out, 0.001)
    token(out, "<LinearParams>")
    matrix(out, layer.weight, width)
    token(out, "<BiasParams>")
    vector(out, layer.bias)
    token(out, "</AffineComponent>")


def _relu(out: BinaryIO, size: int) -> None:
    token(out, "<RectifiedLinearComponent>")
    token(out, "<Dim>")
    integer(out, size)
    for name in ("<ValueAvg>", "<DerivAvg>"):
        token(out, name)
        vector(out, [])
    token(out, "<Count>")
    out.write(b"\x08" + struct.pack("<d", 0.0))
    token(out, "</RectifiedLinearComponent>")


def _sum(out: BinaryIO, size: int) -> None:
    token(out, "<NoOpComponent>")
    token(out, "<Dim>")
    integer(out, size)
    token(out, "<BackpropScale>")
    real(out, 1.0)
    token(out, "</NoOpComponent>")


def noise_db(values: Matrix, width: Width) -> float:
    """Noise that rounding the weights adds to a layer's outputs, in dB relative to them, for white input."""
    error = rounded(values, width) - values
    return float(10 * np.log10((error**2).sum() / (values**2).sum() + 1e-12))


def width_of(layer: Layer, width: Width) -> Width:
    """A few large weights make all steps of 8 bits coarse: such a layer gets 16."""
    if layer.exact:
        return Width.FLOAT
    coarse = width is Width.EIGHT and noise_db(layer.weight, width) > COARSE_DB
    return Width.SIXTEEN if coarse else width


def network(out: BinaryIO, layers: Sequence[Layer], features: int, width: Width) -> None:
    token(out, "<Nnet3>")
    out.write(b"\n" + wiring(layers, features).encode("ascii") + b"\n")
    token(out, "<NumComponents>")
    integer(out, sum(1 + layer.relu + bool(layer.bypass) for layer in layers))
    for layer in layers:
        token(out, "<ComponentName>")
        token(out, f"{layer.name}.affine")
        of_layer = width_of(layer, width)
        if layer.bias.any():
            _affine(out, layer, of_layer)
        else:
            _linear(out, layer, of_layer)
        if layer.relu:
            token(out, "<ComponentName>")
            token(out, f"{layer.name}.relu")
            _relu(out, len(layer.bias))
        if layer.bypass:
            token(out, "<ComponentName>")
            token(out, f"{layer.name}.sum")
            _sum(out, len(layer.bias))
    token(out, "</Nnet3>")


def write_model(path: Path, layers: Sequence[Layer], features: int, width: Width) -> None:
    """am/final.mdl. Contexts are recomputed on load; no priors: the outputs are used as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.write(b"\0B")
        transition_model(out)
        network(out, layers, features, width)
        for name in ("<LeftContext>", "<RightContext>"):
            token(out, name)
            integer(out, 0)
        token(out, "<Priors>")
        vector(out, [])
