"""int8: what is rounded is what ranks and what is explained, and what it costs is said."""

from __future__ import annotations

import math
import string
from dataclasses import replace

import numpy as np
import pytest

from youli.artifact import FittedShop, as_saved, load_shop, save_shop
from youli.engine import Engine
from youli.evaluate.rounding import rounding
from youli.learn import fit_models
from youli.rank.fit import FitConfig, fit_ranker
from youli.testing.shops import walk_shop

LETTERS = string.ascii_letters
CONFIG = FitConfig(channels=("transition", "affinity", "popularity"))


@pytest.fixture(scope="module")
def exact() -> FittedShop:
    """Fifty-two products on a ring, a hundred shoppers along it by steps of one or two."""
    rng = np.random.default_rng(3)
    walks = {}
    for user in range(100):
        at = rng.integers(52) + np.cumsum(rng.integers(1, 3, size=20))
        walks[f"u{user:03}"] = "".join(LETTERS[one % 52] for one in at)
    shop = walk_shop(walks)
    ranker, _ = fit_ranker(shop, CONFIG)
    return FittedShop(ranker, CONFIG, models=fit_models(shop, {"ease": None}, CONFIG))


@pytest.fixture(scope="module")
def rounded(exact, tmp_path_factory) -> FittedShop:
    told = replace(exact, config=CONFIG.model_copy(update={"int8": True}))
    folder = tmp_path_factory.mktemp("int8") / "SHOP"
    save_shop(told, folder)
    return load_shop(folder)


def test_the_ledger_sums_to_the_score_of_the_rounded_tables(exact, rounded):
    engine, moved = Engine(rounded), 0.0
    for user in ("u001", "u050"):
        state = engine.state(user)
        scores = rounded.ranker.score(state)
        moved += float(np.abs(scores - exact.ranker.score(state)).max())
        for one in engine.recommend(state, k=5, explain=False):
            ledger = [entry.amount for entry in one.ledger.entries]
            assert math.fsum(ledger) == pytest.approx(one.score, abs=1e-9)
            own = math.fsum(e.amount for e in one.ledger.entries if e.channel != "diversity")
            assert own == pytest.approx(scores[one.item_num], abs=1e-9)
    assert moved > 0.0, "something was rounded"


def test_what_was_written_is_what_was_measured(exact, rounded):
    told = replace(exact, config=CONFIG.model_copy(update={"int8": True}))
    state = Engine(rounded).state("u007")
    same = as_saved(told)
    np.testing.assert_array_equal(same.ranker.score(state), rounded.ranker.score(state))
    np.testing.assert_array_equal(
        same.models["ease"].score_batch([state]), rounded.models["ease"].score_batch([state])
    )


def test_what_it_costs(exact, rounded):
    found = rounding(exact, rounded)
    assert found["bytes"] < 0.6 * found["bytes_as_float"]  # indices stay
    assert found["n_shoppers"] == 100
    assert set(found["models"]) == {"ledger", "ease"}
    for one in found["models"].values():
        assert 0.0 < one["largest_error"] < 0.05 * one["spread"]
        assert 0.97 < one["overlap@10"] <= 1.0


def test_nothing_rounded_costs_nothing(exact):
    for one in rounding(exact, exact)["models"].values():
        assert one["largest_error"] == 0.0
        assert one["overlap@10"] == 1.0
