"""Softmax losses over a catalogue that never hold all logits at once.

Queries Q [n, dim], products E [n_items, dim], biases b [n_items], targets t [n]:

    full:     L_n = −log softmax(Q_n Eᵀ + b)_t
    sampled:  the same over t and K products drawn once for the whole step, every logit lessened by
              log of its expected count (log-Q; Bengio and Senécal 2008, Yi et al. 2019); a drawn
              product that is the target counts once.

Losses and gradients are computed in one pass, chunk by chunk, in the forward step (as Wijmans et
al. 2024 do in one kernel): no logits are kept for the backward step. Masked products (those never
chosen in training) take no part, so that what they look and read like is not learned to be wrong.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["full_softmax", "sampled_softmax"]

#: Logits that are held at once.
_MAX_CELLS = 24 * 1024**2
#: Stands for −inf, which times zero would be no number.
_NEVER = -1e4


def full_softmax(
    queries: Tensor,
    items: Tensor,
    biases: Tensor,
    targets: Tensor,
    *,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Summed loss over all targets, float32 scalar; a bias of −inf leaves a product out."""
    # torch gives `apply` no types.
    loss: Tensor = _Fused.apply(queries, items, biases, targets, dtype)  # type: ignore[no-untyped-call]
    return loss


def sampled_softmax(
    queries: Tensor,
    items: Tensor,
    biases: Tensor,
    targets: Tensor,
    *,
    drawn: Tensor,
    log_expected: Tensor,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Summed loss over all targets, float32 scalar.

    `drawn` int64 [K] with repeats; `log_expected` float32 [n_items], log of how often each product
    is expected among them.
    """
    shifted = biases - log_expected
    negative = (queries.to(dtype) @ items[drawn].to(dtype).T).float() + shifted[drawn]  # [n, K]
    negative = negative.masked_fill(drawn[None, :] == targets[:, None], -torch.inf)
    positive = (queries * items[targets]).sum(1) + shifted[targets]  # [n]
    every = torch.cat([positive[:, None], negative], dim=1)
    zero = torch.zeros(len(every), dtype=torch.int64, device=every.device)
    return functional.cross_entropy(every, zero, reduction="sum")


class _Fused(torch.autograd.Function):
    """Loss and gradients in one pass."""

    @staticmethod
    def forward(
        ctx: Any, queries: Tensor, items: Tensor, biases: Tensor, targets: Tensor,
        dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        # The bias is one more dimension: its sums come out of the same products.
        ones = torch.ones(len(queries), 1, dtype=dtype, device=queries.device)
        wide_items = torch.cat([items.to(dtype), biases.to(dtype)[:, None]], dim=1)
        wide_queries = torch.cat([queries.to(dtype), ones], dim=1)
        usable = torch.nan_to_num(wide_items, neginf=_NEVER)
        across = usable.T.contiguous()
        loss = queries.new_zeros((), dtype=torch.float32)
        to_queries = torch.empty_like(queries)
        to_items = torch.zeros(usable.shape, dtype=torch.float32, device=queries.device)
        size = max(1, _MAX_CELLS // max(len(items), 1))
        for start in range(0, len(queries), size):
            part = slice(start, start + size)
            wanted = targets[part, None]
            chance = torch.softmax(wide_queries[part] @ across, dim=1)  # [chunk, n_items]
            loss -= torch.log(chance.gather(1, wanted).float().clamp_min(1e-30)).sum()
            chance[torch.arange(len(wanted), device=chance.device), wanted[:, 0]] -= 1.0
            to_queries[part] = (chance @ usable)[:, :-1].to(queries.dtype)
            to_items += chance.T @ wide_queries[part]
        to_biases = to_items[:, -1].to(biases.dtype)
        to_items = to_items[:, :-1].to(items.dtype)
        ctx.save_for_backward(to_queries, to_items, to_biases)
        return loss

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor | None, ...]:
        to_queries, to_items, to_biases = ctx.saved_tensors
        (scale,) = grad
        return to_queries * scale, to_items * scale, to_biases * scale, None, None
