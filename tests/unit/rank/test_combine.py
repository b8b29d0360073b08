"""The weights that are learned: what caused the choices gets the weight, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from youli.channels.item import ItemChannel
from youli.data.shop import Shop
from youli.data.split import Case
from youli.errors import NotEnoughDataError
from youli.rank.ascent import ascend
from youli.rank.combine import CombineConfig, learn_coefficients
from youli.testing.shops import walk_shop

N_ITEMS, N_USERS = 60, 300
LETTERS = [chr(0x4E00 + num) for num in range(N_ITEMS)]


class Cause(ItemChannel):
    """What shoppers really choose by."""

    name = "cause"
    facts = ("cause",)


class Noise(ItemChannel):
    """As large, and of no meaning; one fact is the same for all products."""

    name = "noise"
    facts = ("noise", "constant")


class AgainstIt(ItemChannel):
    """The cause turned round, in a channel that may not speak against a product."""

    name = "against"
    facts = ("against",)
    signed = False


@pytest.fixture(scope="module")
def planted() -> tuple[Shop, dict[str, ItemChannel], list[Case]]:
    """Every choice is drawn by softmax of twice the cause."""
    rng = np.random.default_rng(0)
    cause, noise = rng.normal(size=(2, 1, N_ITEMS)).astype(np.float32)
    share = np.exp(2.0 * cause[0]) / np.exp(2.0 * cause[0]).sum()
    shop = walk_shop(
        {f"u{user:03}": LETTERS[user % N_ITEMS] for user in range(N_USERS)}, {"item_id": LETTERS}
    )
    cases = [
        Case(user, 1, 10, rng.choice(N_ITEMS, 1, p=share).astype(np.int32))
        for user in range(N_USERS)
    ]
    channels = {
        "noise": Noise(np.concatenate([noise, np.ones_like(noise)])),
        "cause": Cause(cause),
        "against": AgainstIt(-cause),
    }
    return shop, channels, cases


def learned(planted, **config):
    shop, channels, cases = planted
    return learn_coefficients(
        shop, channels, cases, config=CombineConfig(**config), repeats=True, seed=0
    )


@pytest.mark.parametrize("n_rounds", [0, 5])
def test_the_channel_that_caused_the_choices_gets_the_weight(planted, n_rounds):
    found = learned(planted, n_rounds=n_rounds).coefficients
    assert found["cause"][0] > 0.5
    assert abs(found["noise"][0]) < 0.25 * found["cause"][0]
    assert found["against"][0] == 0.0, "what must not be negative is zero"


def test_what_is_idle_is_dropped(planted):
    """A fact that is the same for all products orders nothing, so it need not be served."""
    assert learned(planted, n_rounds=5).coefficients["noise"][1] == 0.0


def test_the_same_seed_learns_the_same(planted):
    one, other = learned(planted), learned(planted)
    for name, weights in one.coefficients.items():
        np.testing.assert_array_equal(weights, other.coefficients[name])
    assert one.summary == other.summary


def test_choices_that_may_not_be_listed_teach_nothing(planted):
    """Everybody's held-out choice is what they had: without repeats nothing is left to ask."""
    shop, channels, _ = planted
    cases = [Case(user, 1, 10, np.array([user % N_ITEMS], np.int32)) for user in range(N_USERS)]
    with pytest.raises(NotEnoughDataError, match="had bought before") as caught:
        learn_coefficients(shop, channels, cases, config=CombineConfig(), repeats=False, seed=0)
    assert "repeats" in caught.value.hint


def ndcg(start: np.ndarray, target: np.ndarray, scores: np.ndarray) -> float:
    """NDCG@10 case by case, from its formula; a tie counts as behind all that tie."""
    values = []
    for first, stop in zip(start, [*start[1:], len(target)], strict=True):
        mine, chosen = scores[first:stop], np.flatnonzero(target[first:stop] > 0)
        ranks = [int((mine >= mine[one]).sum()) for one in chosen]  # 1-based
        gained = sum(1 / np.log2(rank + 1) for rank in ranks if rank <= 10)
        ideal = sum(1 / np.log2(place + 2) for place in range(min(len(chosen), 10)))
        values.append(gained / ideal)
    return float(np.mean(values))


@pytest.mark.parametrize("seed", range(8))
def test_the_climb_never_ends_below_its_start(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(12, 40, 60)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    features = rng.normal(size=(5, sizes.sum())).astype(np.float32)
    target = np.zeros(sizes.sum())
    hidden = rng.normal(size=5) @ features
    for first, size in zip(start, sizes, strict=True):
        target[first + int(np.argmax(hidden[first : first + size] + rng.normal(size=size)))] = 1.0
    weights = np.array([0.5, 0.5, -0.5, 0.0, 0.1])
    lower = np.array([0.0, 0.0, -np.inf, -np.inf, 0.0])
    before = ndcg(start, target, weights.astype(np.float32) @ features)
    climbed, _ = ascend(features, start, target, weights, lower, n_rounds=4)
    after = ndcg(start, target, climbed.astype(np.float32) @ features)
    assert after >= before - 2.1e-4, "dropping what is idle may cost two ten-thousandths"
    assert (climbed >= lower).all()
    assert weights.tolist() == [0.5, 0.5, -0.5, 0.0, 0.1], "what it is given stays"
    if seed == 0:
        assert after > before + 0.02, "and mostly above it"
