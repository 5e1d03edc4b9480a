"""
The training objective: lattice-free maximum mutual information (LF-MMI) over whole utterances, from a flat start.

In: network outputs [utterances, frames, 2 * phones] and, per utterance, a graph of the phones that may have been said.
Out: minus the log-probability of the words spoken, given the sound (per frame), and its gradient.

Every phone has two outputs: 2p for its first frame, 2p + 1 for each further one. The numerator sums over all alignments
of the utterance's graph, the denominator over all phone strings of a phone bigram (Povey et al., Interspeech 2016,
with one-frame phones and no alignments: Hadian et al., Interspeech 2018). Both sums and their posteriors come from
forward-backward passes without automatic differentiation: the gradient of log-sum is the posterior, so
d(loss)/d(output) = denominator posterior - numerator posterior.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tools.acoustic_model.phone_graph import SILENCE, GraphBatch, PhoneGraph

DEAD = 1e-37  # added where a scale is divided by: an impossible utterance yields zeros, not NaN


def _gather(values: Tensor, neighbours: tuple[Tensor, Tensor]) -> Tensor:
    """Per state the weighted sum of `values` over its neighbours."""
    index, weight = neighbours
    padded = torch.nn.functional.pad(values, (0, 1))
    flat = padded.gather(1, index.flatten(1)).view_as(weight)
    return (flat * weight).sum(2)


def _emissions(output: Tensor) -> tuple[Tensor, Tensor]:
    """exp(output), scaled per frame so that the largest is 1, and the logarithms of the scales."""
    top = output.max(dim=2, keepdim=True).values
    return (output - top).exp(), top.squeeze(2)


@torch.no_grad()
def numerator(output: Tensor, lengths: Tensor, graphs: GraphBatch) -> tuple[Tensor, Tensor]:
    """Log-sum over the graph [B] and posteriors of the outputs [B, T, 2 * phones]; an impossible one has none."""
    scaled, top = _emissions(output.double())
    first, more = 2 * graphs.phones, 2 * graphs.phones + 1
    batch, frames, _ = output.shape
    entering = scaled.gather(2, first[:, None].expand(-1, frames, -1)).transpose(0, 1).contiguous()
    staying = scaled.gather(2, more[:, None].expand(-1, frames, -1)).transpose(0, 1).contiguous()
    alpha: list[Tensor] = []
    stayed: list[Tensor] = []
    scales: list[Tensor] = []
    for t in range(frames):
        if t == 0:
            stay, enter = torch.zeros_like(graphs.initial), graphs.initial * entering[0]
        else:
            stay, enter = alpha[-1] * staying[t], _gather(alpha[-1], graphs.before) * entering[t]
        now = stay + enter
        scale = now.sum(1, keepdim=True) + DEAD
        alpha.append(now / scale)
        stayed.append(stay / scale)
        scales.append(scale)
    total_scale = torch.cat(scales, 1)
    inside = torch.arange(frames, device=output.device)[None] < lengths[:, None]
    last = torch.stack(alpha)[lengths - 1, torch.arange(batch, device=output.device)]
    ending = (last * graphs.final).sum(1)
    log_sum = ((total_scale.log() + top) * inside).sum(1) + (ending + DEAD).log()
    posterior = torch.zeros_like(scaled)
    beta = torch.zeros_like(graphs.initial)
    for t in range(frames - 1, -1, -1):
        if t < frames - 1:
            ahead = beta / scales[t + 1]
            beta = ahead * staying[t + 1] + _gather(ahead * entering[t + 1], graphs.after)
        beta = torch.where((lengths == t + 1)[:, None], graphs.final / (ending[:, None] + DEAD), beta)
        held = stayed[t] * beta
        posterior[:, t].scatter_add_(1, more, held)
        posterior[:, t].scatter_add_(1, first, alpha[t] * beta - held)
    return log_sum.float(), (posterior * inside[:, :, None]).float()


@dataclass(frozen=True, slots=True)
class PhoneBigram:
    """Which phone follows which: probabilities of the first, of the next and of the end.

    The same for all utterances of a batch, or one for each of them: then there is one more dimension in front.
    """

    first: Tensor  # [P]
    following: Tensor  # [P, P]
    end: Tensor  # [P]

    @classmethod
    def of_each(cls, kinds: "Sequence[PhoneBigram]", kind: Tensor) -> "PhoneBigram":
        """For each utterance that of its kind; `kind` [B] counts from 0."""
        parts = ((k.first for k in kinds), (k.following for k in kinds), (k.end for k in kinds))
        return cls(*(torch.stack(list(part))[kind.long()] for part in parts))

    def to(self, device: str | torch.device) -> "PhoneBigram":
        return PhoneBigram(self.first.to(device), self.following.to(device), self.end.to(device))

    @classmethod
    def count(cls, graphs: Sequence[PhoneGraph], phones: int, smoothing: float = 0.02) -> "PhoneBigram":
        """Expected counts along the graphs, as if every way were taken according to its weight."""
        table = np.full((phones + 1, phones + 1), smoothing)
        table[phones, phones] = 0.0
        for g in graphs:
            reach = np.zeros(len(g.phones))
            for state, weight in g.entries:
                reach[state] += weight
                table[phones, g.phones[state]] += weight
            for source, target, weight in sorted(g.arcs):
                reach[target] += reach[source] * weight
                table[g.phones[source], g.phones[target]] += reach[source] * weight
            for state, weight in g.exits:
                table[g.phones[state], phones] += reach[state] * weight
        table[SILENCE, SILENCE] = 0.0
        share = torch.from_numpy(table / table.sum(1, keepdims=True)).float()
        return cls(share[phones, :phones].clone(), share[:phones, :phones].clone(), share[:phones, phones].clone())


@torch.no_grad()
def denominator(output: Tensor, lengths: Tensor, bigram: PhoneBigram) -> tuple[Tensor, Tensor]:
    """Log-sum over all phone strings [B] and posteriors of the outputs [B, T, 2 * phones]."""
    scaled, top = _emissions(output)
    batch, frames, _ = output.shape
    by_time = scaled.transpose(0, 1)
    entering, staying = by_time[:, :, 0::2].contiguous(), by_time[:, :, 1::2].contiguous()
    alpha: list[Tensor] = []
    stayed: list[Tensor] = []
    scales: list[Tensor] = []
    for t in range(frames):
        if t == 0:
            stay, enter = torch.zeros_like(entering[0]), bigram.first * entering[0]
        else:
            stay, enter = alpha[-1] * staying[t], _followed(alpha[-1], bigram.following) * entering[t]
        now = stay + enter
        scale = now.sum(1, keepdim=True) + DEAD
        alpha.append(now / scale)
        stayed.append(stay / scale)
        scales.append(scale)
    inside = torch.arange(frames, device=output.device)[None] < lengths[:, None]
    last = torch.stack(alpha)[lengths - 1, torch.arange(batch, device=output.device)]
    ending = (last * bigram.end).sum(1)
    log_sum = ((torch.cat(scales, 1).log() + top) * inside).sum(1) + (ending + DEAD).log()
    posterior = torch.zeros_like(scaled)
    beta = torch.zeros_like(entering[0])
    back = bigram.following.transpose(-1, -2).contiguous()
    for t in range(frames - 1, -1, -1):
        if t < frames - 1:
            ahead = beta / scales[t + 1]
            beta = ahead * staying[t + 1] + _followed(ahead * entering[t + 1], back)
        beta = torch.where((lengths == t + 1)[:, None], bigram.end / (ending[:, None] + DEAD), beta)
        held = stayed[t] * beta
        posterior[:, t, 1::2] = held
        posterior[:, t, 0::2] = alpha[t] * beta - held
    return log_sum, posterior * inside[:, :, None]


def _followed(values: Tensor, table: Tensor) -> Tensor:
    """`values` [B, P] one step further along a table for all, or for each."""
    return values @ table if table.dim() == 2 else (values[:, None] @ table).squeeze(1)


@dataclass(frozen=True, slots=True)
class Objective:
    """
    Sums over a batch, on its device, and posteriors [B, T, 2 * phones]: of the words said, and of all phone strings.

    The gradient of the loss with respect to the outputs is `competitor - target`.
    """

    loss: Tensor
    frames: Tensor
    target: Tensor
    competitor: Tensor


def lf_mmi(output: Tensor, lengths: Tensor, graphs: GraphBatch, bigram: PhoneBigram) -> Objective:
    """Minus log P(words | sound), summed; utterances whose graph does not fit into their frames are left out."""
    said, target = numerator(output, lengths, graphs)
    anything, competitor = denominator(output, lengths, bigram)
    usable = torch.isfinite(said) & torch.isfinite(anything) & (target.sum((1, 2)) > 0.5 * lengths)
    competitor = torch.where(usable[:, None, None], competitor, target)
    loss = torch.where(usable, anything - said, 0.0).sum()
    return Objective(loss, (lengths * usable).sum(), target, competitor)
