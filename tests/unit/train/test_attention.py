"""Attention over input features, by hand and at its edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from youli.models.attention import feature_attention
from youli.train.nets.attention import FeatureAttention

KINDS = ("single", "multi", "self")


def a_block(kind: str, n_features: int = 3, dim: int = 4, n_heads: int = 2) -> FeatureAttention:
    torch.manual_seed(2)
    block = FeatureAttention(kind, n_features, dim, n_heads)
    with torch.no_grad():
        for one in block.parameters():
            one.copy_(torch.randn(one.shape))
    return block


def test_one_head_by_hand():
    """Scores tanh(1), tanh(0): weights e^.7616 and 1 over their sum; the vector is their sum."""
    block = FeatureAttention("single", 2, 1, 1)
    with torch.no_grad():
        block.which.zero_()
        block.ask.fill_(1.0)
        block.key.weight.fill_(1.0)
        block.key.bias.zero_()
    there = torch.ones(1, 2, dtype=torch.bool)
    mixed, weights = block(torch.tensor([[[1.0], [0.0]]]), there)
    share = math.exp(math.tanh(1.0)) / (math.exp(math.tanh(1.0)) + 1.0)
    assert weights.flatten().tolist() == pytest.approx([share, 1.0 - share])
    assert mixed.item() == pytest.approx(share)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_shares_of_what_is_there(kind):
    block = a_block(kind)
    features = torch.randn(5, 3, 4)
    there = torch.tensor([[1, 1, 1], [1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 0]]).bool()
    mixed, weights = block(features, there)
    assert weights.shape == (5, 1 if kind == "single" else 2, 3)
    assert (weights >= 0.0).all()
    assert (weights.masked_select(~there[:, None, :].expand_as(weights)) == 0.0).all()
    sums = weights.sum(dim=2)
    torch.testing.assert_close(sums[[0, 1, 2, 4]], torch.ones_like(sums[[0, 1, 2, 4]]))
    assert (weights[3] == 0.0).all()
    assert (mixed[3] == 0.0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_changes_nothing(kind):
    block = a_block(kind)
    features = torch.randn(2, 3, 4)
    there = torch.tensor([[True, False, True], [True, True, False]])
    changed = torch.where(there[:, :, None], features, torch.full_like(features, 1e3))
    for one, other in zip(block(features, there), block(changed, there), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_vector_is_the_weighted_sum(kind):
    block = a_block(kind)
    features, there = torch.randn(4, 3, 4), torch.ones(4, 3, dtype=torch.bool)
    mixed, weights = block(features, there)
    values = features if kind == "single" else features @ block.value.weight.T
    values = values.view(4, 3, weights.shape[1], -1)
    again = torch.einsum("nhf,nfhd->nhd", weights, values).reshape(4, 4)
    torch.testing.assert_close(again, mixed)


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_computes_the_same(kind):
    block = a_block(kind)
    features = torch.randn(6, 3, 4)
    there = torch.rand(6, 3) > 0.4
    arrays = {f"x.{name}": value.numpy() for name, value in block.state_dict().items()}
    with torch.no_grad():
        expected = block(features, there)
    found = feature_attention(arrays, "x.", kind, block.n_heads, features.numpy(), there.numpy())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_numbers_where_nothing_is_there(kind):
    block = a_block(kind)
    features = torch.randn(2, 3, 4, requires_grad=True)
    mixed, weights = block(features, torch.zeros(2, 3, dtype=torch.bool))
    (mixed.sum() + weights.sum()).backward()
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()
