"""Attention over the input features of one thing: how much of each its vector is made of.

    z_h = Σ_i w_hi · v_hi        w_hi ≥ 0, Σ_i w_hi = 1 over the features that are there

- ``single``: one head, w = softmax_i(tanh(A a_i + b_i) · u), and v_i = a_i itself;
- ``multi``: each head asks with a vector of its own, w_h = softmax_i(k_hi · u_h / √d_h);
- ``self``: each feature asks with a vector of its own, as in a Transformer; answers are averaged
  over those that ask, which leaves w_hi = mean over asking f of softmax_i(q_hf · k_hi / √d_h).

In all three a vector is exactly the weighted sum, so the weights can be given out with it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["FeatureAttention"]

_SPREAD = 0.02
#: Stands for −∞: with it a softmax over nothing is no NaN.
_NEVER = -1e4


class FeatureAttention(nn.Module):
    """Sums features, weighted by how much each of them matters for the thing they describe."""

    def __init__(self, kind: str, n_features: int, dim: int, n_heads: int) -> None:
        super().__init__()
        self.kind = kind
        self.n_heads = 1 if kind == "single" else n_heads
        #: What kind of feature it is, for the weights alone.
        self.which = nn.Parameter(torch.zeros(n_features, dim))
        self.ask = nn.Parameter(torch.randn(dim) * dim**-0.5)
        self.key = nn.Linear(dim, dim)
        if kind != "single":
            self.value = nn.Linear(dim, dim, bias=False)
            nn.init.eye_(self.value.weight)
        if kind == "self":
            self.query = nn.Linear(dim, dim)

    def forward(self, features: Tensor, is_there: Tensor) -> tuple[Tensor, Tensor]:
        """[n, n_features, dim] and bool [n, n_features] → [n, dim] and [n, heads, n_features].

        Of a thing without any feature, vector and weights are zero.
        """
        n, n_features, dim = features.shape
        shape = (n, n_features, self.n_heads, dim // self.n_heads)
        marked = features + self.which
        mask = is_there[:, None, :]
        if self.kind == "single":
            score = torch.tanh(self.key(marked)) @ self.ask  # [n, features]
            weights = _softmax(score[:, None, :], mask)
            values = features.view(shape)
        else:
            keys = self.key(marked).view(shape)
            values = self.value(features).view(shape)
            scale = (dim // self.n_heads) ** -0.5
            if self.kind == "multi":
                score = torch.einsum("nfhd,hd->nhf", keys, self.ask.view(shape[2:]))
                weights = _softmax(score * scale, mask)
            else:
                asked = self.query(marked).view(shape) + self.ask.view(shape[2:])
                score = torch.einsum("nghd,nfhd->nhgf", asked, keys) * scale
                each = _softmax(score, mask[:, :, None, :]) * mask[:, :, :, None]
                weights = each.sum(dim=2) / mask.sum(dim=2, keepdim=True).clamp_min(1)
        mixed = torch.einsum("nhf,nfhd->nhd", weights, values)
        return mixed.reshape(n, dim), weights


def _softmax(score: Tensor, mask: Tensor) -> Tensor:
    """Over the last axis, and exactly zero where the mask is."""
    return torch.softmax(score.masked_fill(~mask, _NEVER), dim=-1) * mask
