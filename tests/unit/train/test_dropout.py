"""Masks by the byte: the right share, the right scale, nothing while serving."""

from __future__ import annotations

import pytest
import torch

from youli.train.nets.dropout import Dropout


def test_while_serving_nothing_is_left_out() -> None:
    x = torch.randn(3, 5)
    assert Dropout(0.5).eval()(x) is x


def test_no_rate_draws_nothing() -> None:
    before = torch.get_rng_state()
    x = torch.randn(3, 5)
    after = torch.get_rng_state()
    assert Dropout(0.0).train()(x) is x
    assert torch.equal(torch.get_rng_state(), after)
    assert not torch.equal(before, after)


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.9])
def test_what_is_kept_is_scaled_by_what_was_left_out(rate: float) -> None:
    torch.manual_seed(0)
    part = Dropout(rate).train()
    y = part(torch.ones(1001, 307))  # not a whole number of words
    exact = part.threshold / 256
    assert abs(exact - rate) <= 1 / 512
    assert torch.unique(y).tolist() == pytest.approx([0.0, 1 / (1 - exact)])
    n = y.numel()
    spread = (exact * (1 - exact) / n) ** 0.5
    assert abs(float((y == 0).float().mean()) - exact) < 5 * spread
    assert float(y.mean()) == pytest.approx(1.0, abs=5 * spread / (1 - exact))


def test_every_place_of_a_word_is_as_likely() -> None:
    torch.manual_seed(0)
    gone = (Dropout(0.5).train()(torch.ones(20_000, 8)) == 0).float().mean(0)
    assert (gone - 0.5).abs().max() < 5 * (0.25 / 20_000) ** 0.5


def test_gradients_pass_where_numbers_did_and_the_seed_decides() -> None:
    part = Dropout(0.4).train()
    x = torch.randn(64, 9, requires_grad=True)
    torch.manual_seed(3)
    y = part(x)
    y.sum().backward()
    torch.manual_seed(3)
    again = part(torch.ones_like(x))
    assert x.grad is not None
    assert torch.equal(x.grad, again)
    assert torch.equal(y.detach(), x.detach() * again)
