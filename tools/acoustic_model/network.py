"""
The acoustic model: a time-delay network with factored layers, small enough for a megabyte or two.

In: log-mel frames 10 ms apart, raw.
Out: two scores per phone and 30 ms (see `objective`); the same network as plain affine and ReLU layers for the writer.

Factored layers (Povey et al., Interspeech 2018, TDNN-F) are two matrices with a narrow, linear middle; a share of each
layer's input is added to its output, so that depth costs no trainability. Look-ahead is 150 ms at most: the layers with
right context use up 15 frames, all others look back only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tools.acoustic_model.features import BINS, mfcc_matrix
from tools.acoustic_model.layer import Layer

STRIDE = 3  # one output per 30 ms
BYPASS = 0.66  # share of a factored layer's input that is added to its output, as in Kaldi's recipes


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; the defaults are the shipped model's."""

    phones: int = 40
    hidden: int = 480
    bottleneck: int = 112
    final: int = 224
    blocks: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
        ((-3, 0), (0, 3)),
        ((-3, 0), (0, 3)),
        ((-3, 0), (0, 3)),
        ((-6, 0), (0, 3)),
        ((-6, -3, 0), (0,)),
        ((-6, -3, 0), (0,)),
        ((-6, -3, 0), (0,)),
    )


FRONT = (-5, -4, -3, -2, -1, 0, 1, 2, 3)


class Network(nn.Module):
    """Scores [utterances, ceil(frames / 3), 2 * phones] of log-mel [utterances, frames, 40]; edges are repeated."""

    def __init__(self, shape: Shape | None = None, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = s = shape or Shape()
        self.front = nn.Linear(BINS * len(FRONT), s.hidden)
        self.norm = nn.ModuleList([nn.BatchNorm1d(s.hidden)])
        self.narrow, self.widen = nn.ModuleList(), nn.ModuleList()
        for back, ahead in s.blocks:
            self.narrow.append(nn.Linear(s.hidden * len(back), s.bottleneck, bias=False))
            self.widen.append(nn.Linear(s.bottleneck * len(ahead), s.hidden))
            self.norm.append(nn.BatchNorm1d(s.hidden))
        self.last = nn.Linear(s.hidden, s.final)
        self.last_norm = nn.BatchNorm1d(s.final)
        self.out = nn.Linear(s.final, 2 * s.phones)
        self.frame_class = nn.Linear(s.final, 2 * s.phones)  # trained beside `out`, never shipped
        self.dropout = dropout
        self.register_buffer("mean", torch.zeros(BINS))
        self.register_buffer("deviation", torch.ones(BINS))

    def reach(self) -> tuple[int, int]:
        """Frames of 10 ms that one output sees before and after its own."""
        pairs = [FRONT, *(o for block in self.shape.blocks for o in block)]
        return -sum(p[0] for p in pairs), sum(p[-1] for p in pairs)

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        """Scores for decoding, and those for the auxiliary frame classes."""
        count = (log_mel.shape[1] + STRIDE - 1) // STRIDE
        x = (log_mel - self.mean) / self.deviation
        left, right = self.reach()
        x = torch.cat([x[:, :1].expand(-1, left, -1), x, x[:, -1:].expand(-1, right + STRIDE, -1)], 1)
        starts = range(0, x.shape[1] - len(FRONT) + 1, STRIDE)
        x = torch.cat([x[:, i : i + STRIDE * len(starts) : STRIDE][:, : len(starts)] for i in range(len(FRONT))], 2)
        x = self._activate(self.front(x), self.norm[0])
        for (back, ahead), narrow, widen, norm in zip(
            self.shape.blocks, self.narrow, self.widen, self.norm[1:], strict=True
        ):
            y = self._activate(widen(_splice(_shifted(x, narrow, back), ahead)), norm)
            start = -back[0] // STRIDE
            x = y + BYPASS * x[:, start : start + y.shape[1]]
        x = self._activate(self.last(x), self.last_norm)[:, :count]
        return self.out(x), self.frame_class(x)

    def _activate(self, x: Tensor, norm: nn.Module) -> Tensor:
        """Norm, ReLU, and dropout of whole features: the same for all frames of an utterance."""
        x = torch.relu(norm(x.flatten(0, 1))).view_as(x)
        if not self.training:
            return x
        kept = torch.empty(len(x), 1, x.shape[2], dtype=x.dtype, device=x.device).bernoulli_(1 - self.dropout)
        return x * (kept / (1 - self.dropout))

    def layers(self) -> Iterator[Layer]:
        """The trained network for the writer: MFCC in, norms folded into the weights."""
        inverse = np.linalg.inv(mfcc_matrix())
        scale = 1.0 / _array(self.deviation)
        yield Layer("logmel", (0,), scale[:, None] * inverse, -_array(self.mean) * scale, relu=False, exact=True)
        yield Layer("wide0", FRONT, *_folded(self.front, self.norm[0]), relu=True)
        blocks = zip(self.shape.blocks, self.narrow, self.widen, self.norm[1:], strict=True)
        for i, ((back, ahead), narrow, widen, norm) in enumerate(blocks, 1):
            yield Layer(f"narrow{i}", back, _array(narrow.weight), np.zeros(len(narrow.weight)), relu=False)
            yield Layer(f"wide{i}", ahead, *_folded(widen, norm), relu=True, bypass=f"wide{i - 1}", bypass_scale=BYPASS)
        yield Layer("last", (0,), *_folded(self.last, self.last_norm), relu=True)
        yield Layer("out", (0,), _array(self.out.weight), _array(self.out.bias), relu=False)


def _splice(x: Tensor, offsets: tuple[int, ...]) -> Tensor:
    """Frames at the offsets side by side; the result starts at the first frame that has them all."""
    shifts = [(o - offsets[0]) // STRIDE for o in offsets]
    length = x.shape[1] - shifts[-1]
    return torch.cat([x[:, s : s + length] for s in shifts], 2) if len(shifts) > 1 else x


def _shifted(x: Tensor, linear: nn.Module, offsets: tuple[int, ...]) -> Tensor:
    """`linear` of the frames at the offsets side by side, without copying wide frames: its results are shifted."""
    shifts = [(o - offsets[0]) // STRIDE for o in offsets]
    length = x.shape[1] - shifts[-1]
    parts = [part.contiguous() for part in linear.weight.chunk(len(offsets), 1)]
    every = nn.functional.linear(x, torch.cat(parts))
    return torch.stack([y[:, s : s + length] for y, s in zip(every.chunk(len(offsets), 2), shifts, strict=True)]).sum(0)


def _array(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().double().numpy()


def _folded(linear: nn.Module, norm: nn.Module) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight and bias of a linear layer with the batch norm that follows it."""
    gain = _array(norm.weight) / np.sqrt(_array(norm.running_var) + norm.eps)
    bias = (_array(linear.bias) - _array(norm.running_mean)) * gain + _array(norm.bias)
    return _array(linear.weight) * gain[:, None], bias
