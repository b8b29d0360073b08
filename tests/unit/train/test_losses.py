"""Losses against what torch gives with all logits at hand, in value and gradients."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch.nn import functional

from youli.train import losses
from youli.train.losses import full_softmax, sampled_softmax

N, N_ITEMS, DIM = 7, 11, 5


@pytest.fixture
def given() -> tuple[torch.Tensor, ...]:
    """Queries, products, biases (float32, with gradients), targets."""
    torch.manual_seed(0)
    queries, items = torch.randn(N, DIM), torch.randn(N_ITEMS, DIM)
    biases = torch.randn(N_ITEMS)
    targets = torch.tensor([0, 3, 3, 10, 1, 0, 6])
    return *(one.requires_grad_() for one in (queries, items, biases)), targets


def gradients(loss: torch.Tensor, *of: torch.Tensor) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, of))


@pytest.mark.parametrize("max_cells", [N_ITEMS * 2, 10**6], ids=["in chunks", "at once"])
def test_full_softmax_is_cross_entropy(given, monkeypatch, max_cells):
    monkeypatch.setattr(losses, "_MAX_CELLS", max_cells)
    queries, items, biases, targets = given
    plain = functional.cross_entropy(queries @ items.T + biases, targets, reduction="sum")
    fused = full_softmax(queries, items, biases, targets)
    torch.testing.assert_close(fused, plain)
    for mine, theirs in zip(
        gradients(3.0 * fused, queries, items, biases),
        gradients(3.0 * plain, queries, items, biases),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def test_a_bias_of_minus_infinity_leaves_a_product_out(given):
    """As if the product did not exist; its own vector is taught nothing."""
    queries, items, biases, targets = given
    out, kept = [2, 7], [0, 1, 3, 4, 5, 6, 8, 9, 10]
    never = torch.zeros(N_ITEMS, dtype=torch.bool)
    never[out] = True
    masked = biases.masked_fill(never, -torch.inf)
    fused = full_softmax(queries, items, masked, targets)
    renumbered = torch.tensor([kept.index(one) for one in targets.tolist()])
    plain = functional.cross_entropy(
        queries @ items[kept].T + biases[kept], renumbered, reduction="sum"
    )
    torch.testing.assert_close(fused, plain)
    mine = gradients(fused, queries, items, biases)
    theirs = gradients(plain, queries, items, biases)
    for one, other in zip(mine, theirs, strict=True):
        assert torch.isfinite(one).all()
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert (mine[1][out] == 0.0).all()


def test_by_hand():
    """Two products, scores 0 and ln 3: the loss of the first is ln 4, its gradient 3/4."""
    queries = torch.tensor([[1.0]], requires_grad=True)
    items = torch.tensor([[0.0], [math.log(3.0)]], requires_grad=True)
    loss = full_softmax(queries, items, torch.zeros(2), torch.tensor([0]))
    assert loss.item() == pytest.approx(math.log(4.0), rel=1e-6)
    (found,) = gradients(loss, items)
    torch.testing.assert_close(found, torch.tensor([[-0.75], [0.75]]))


def test_sampled_softmax_by_hand():
    """Target 0 and the draw (1, 1, 0): the drawn target counts once, the other one twice."""
    queries = torch.tensor([[1.0]])
    items = torch.tensor([[0.5], [-0.2]])
    biases = torch.tensor([0.1, 0.3])
    log_expected = torch.log(torch.tensor([1.2, 1.8]))
    found = sampled_softmax(
        queries, items, biases, torch.tensor([0]),
        drawn=torch.tensor([1, 1, 0]), log_expected=log_expected,
    )  # fmt: skip
    own, other = math.exp(0.6) / 1.2, math.exp(0.1) / 1.8
    assert found.item() == pytest.approx(-math.log(own / (own + 2 * other)), rel=1e-6)


def test_what_is_drawn_stands_for_the_catalogue():
    """Over all draws of K products, the mean of Σ exp(logit − log expected) is the full sum."""
    torch.manual_seed(1)
    share = torch.tensor([0.5, 0.3, 0.2])
    logits = torch.tensor([0.2, -0.4, 0.9])
    n_drawn = 2
    expected = 0.0
    for drawn in itertools.product(range(3), repeat=n_drawn):
        chance = math.prod(share[one].item() for one in drawn)
        total = sum(math.exp(logits[one]) / (n_drawn * share[one].item()) for one in drawn)
        expected += chance * total
    assert expected == pytest.approx(float(torch.exp(logits).sum()), rel=1e-6)


def test_drawing_many_teaches_what_the_catalogue_teaches(given):
    """With 20,000 draws the gradient of the queries is the full one, but for the target's share.

    The target is there once more than it is expected; its expected count is what it stands for.
    """
    queries, items, biases, targets = given
    n = 20_000
    share = torch.full((N_ITEMS,), 1.0 / N_ITEMS)
    drawn = torch.multinomial(
        share, n, replacement=True, generator=torch.Generator().manual_seed(0)
    )
    sampled = sampled_softmax(
        queries, items, biases, targets, drawn=drawn, log_expected=torch.log(share * n)
    )
    # All but the target, as often as drawn, and the target once with its own weight.
    logits = queries @ items.T + biases
    own = logits.gather(1, targets[:, None]) - math.log(n / N_ITEMS)
    rest = logits.masked_fill(functional.one_hot(targets, N_ITEMS).bool(), -torch.inf)
    plain = (torch.logsumexp(torch.cat([own, rest], dim=1), dim=1) - own[:, 0]).sum()
    (mine,), (theirs,) = gradients(sampled, queries), gradients(plain, queries)
    torch.testing.assert_close(sampled, plain, rtol=0.01, atol=0.0)
    torch.testing.assert_close(mine, theirs, rtol=0.1, atol=0.03)


def test_sampled_softmax_never_draws_a_reason_from_what_is_left_out(given):
    queries, items, biases, targets = given
    never = torch.zeros(N_ITEMS, dtype=torch.bool)
    never[2] = True
    loss = sampled_softmax(
        queries, items, biases.masked_fill(never, -torch.inf), targets,
        drawn=torch.tensor([2, 4, 5]), log_expected=torch.zeros(N_ITEMS),
    )  # fmt: skip
    found = gradients(loss, queries, items)
    assert all(torch.isfinite(one).all() for one in found)
    assert (found[1][2] == 0.0).all()


def test_bf16_is_close_to_float(given):
    queries, items, biases, targets = given
    loss = full_softmax(queries, items, biases, targets)
    rough = full_softmax(queries, items, biases, targets, dtype=torch.bfloat16)
    assert rough.item() == pytest.approx(loss.item(), rel=0.02)
    (mine,), (theirs,) = gradients(rough, items), gradients(loss, items)
    assert mine.dtype == torch.float32
    torch.testing.assert_close(mine, theirs, rtol=0.1, atol=0.05)
