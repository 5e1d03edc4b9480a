"""
One layer of a trained network, as plain arrays.

In: `network.Network.layers`.
Out: what `kaldi_model` writes and `export` checks; no PyTorch is needed to read it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layer:
    """
    weight @ (input frames at `offsets`, side by side) + bias, then ReLU, then plus `bypass_scale` * another's output.

    `offsets` count frames of 10 ms; `bypass` names the layer whose output is added, or is empty; `exact` layers are too
    delicate for 8-bit weights.
    """

    name: str
    offsets: tuple[int, ...]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    relu: bool
    bypass: str = ""
    bypass_scale: float = 1.0
    exact: bool = False
