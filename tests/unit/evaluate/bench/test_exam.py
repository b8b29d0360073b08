"""What a model gets to see: by protocol, and where products are held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.errors import NotEnoughDataError
from youli.evaluate.bench.exam import Exam, cold_products, exam_of, hold_out_products
from youli.evaluate.sequences import read_sequences
from youli.models.item_knn import ItemKNNModel
from youli.models.ledger import LedgerModel
from youli.rank.fit import FitConfig
from youli.registry import MODELS

CONFIG = FitConfig(channels=("repurchase", "popularity"))


@pytest.fixture(scope="module")
def ring(ring_folder) -> Exam:
    return exam_of(read_sequences(ring_folder))


@pytest.fixture(scope="module")
def dated(log) -> Exam:
    return exam_of(log, CONFIG)


class Seen:
    """A model that keeps what it was given; no counting one, as far as anybody knows."""

    name = "seen"

    def __init__(self, split):
        self.split = split

    @classmethod
    def fit(cls, split, *, seed=0, progress=None):
        return cls(split)


class Choosing(Seen):
    """Says what it chose, and keeps by what it was fitted the second time."""

    chosen = "a setting"

    def __init__(self, split, config=None):
        super().__init__(split)
        self.config = config

    @classmethod
    def fit(cls, split, *, seed=0, progress=None, config=None):
        if config is None:
            cls.first = split
        return cls(split, config)


def test_what_has_dates_is_cut_by_time_and_what_has_not_leaves_one_out(ring, dated):
    assert (ring.protocol, ring.by_time) == ("leave one out", False)
    assert dated.by_time
    assert [task.name for task in ring.tasks] == ["all"]
    assert dated.tasks[0].name == "overall"


def test_leave_one_out_gives_the_same_to_all(ring):
    assert ring.fit(Seen, 0).split is ring.fit(Choosing, 0).split is ring.learn


def test_by_time_nobody_has_seen_what_it_tunes_on_and_who_can_is_fitted_again_on_all(dated):
    before = dated.test.train.interactions
    chose, other = dated.fit(Choosing, 0), dated.fit(Seen, 0).split
    assert chose.config == "a setting"
    assert len(chose.split.train.interactions) == len(before)
    assert Choosing.first is other is dated.learn
    first = min(case.now for case in other.cases)
    assert other.train.interactions.timestamp.max() <= first
    assert before.timestamp.max() > first


def test_by_time_the_ledger_is_fitted_as_it_is_served(dated):
    model = dated.fit(LedgerModel, 3)
    assert isinstance(model, LedgerModel)
    assert model.settings.seed == 3
    assert set(model.ranker.channels) == set(CONFIG.channels)
    served = LedgerModel.fit_as_served(dated.test.train, CONFIG.model_copy(update={"seed": 3}))
    states = [case.state(dated.test.full) for case in dated.test.cases[:5]]
    np.testing.assert_array_equal(model.score_batch(states), served.score_batch(states))


def test_by_time_a_ledger_of_one_channel_keeps_its_one(dated):
    model = dated.fit(MODELS.load("transition"), 0)
    assert set(model.ranker.channels) == {"transition"}


def test_by_time_another_ledger_keeps_what_makes_it_another(dated):
    class Even(LedgerModel):
        name = "even"
        default = FitConfig(diversity=0.0)

        @classmethod
        def fit_as_served(cls, shop, config, progress=None):
            return config

    found = dated.fit(Even, 5)
    assert (found.diversity, found.channels, found.seed) == (0.0, CONFIG.channels, 5)


def test_a_share_of_the_described_products_is_drawn(ring):
    shop = ring.test.full
    cold = cold_products(shop, 0.25)
    assert cold.sum() == 3
    assert (cold == cold_products(shop, 0.25)).all()
    assert (cold != cold_products(shop, 0.25, seed=1)).any()
    bare = replace(shop, catalogue=replace(shop.catalogue, table=shop.catalogue.table.select([0])))
    assert cold_products(bare, 0.25).sum() == 0


@pytest.mark.parametrize("name", ["ring", "dated"])
def test_what_is_held_out_is_nowhere_but_in_the_targets(name, request):
    exam = request.getfixturevalue(name)
    cold = np.zeros(exam.test.full.interactions.n_items, dtype=bool)
    cold[[2, 7]] = True
    without = hold_out_products(exam, cold)
    for split in (without.learn, without.test):
        assert not cold[split.train.interactions.item_num].any()
        assert not cold[split.full.interactions.item_num].any()
    assert not any(cold[case.targets].any() for case in without.learn.cases)
    wanted = {
        case.user_num: case.targets[cold[case.targets]].tolist()
        for case in exam.test.cases
        if cold[case.targets].any()
    }
    assert {case.user_num: case.targets.tolist() for case in without.test.cases} == wanted
    whole = {case.user_num: case for case in exam.test.cases}
    for case in without.test.cases:
        past = whole[case.user_num].state(exam.test.full).item_num
        assert case.state(without.test.full).item_num.tolist() == past[~cold[past]].tolist()


def test_new_products_compete_with_all_and_among_themselves(ring):
    cold = np.zeros(12, dtype=bool)
    cold[[2, 7]] = True
    without = hold_out_products(ring, cold)
    case = without.test.cases[0]
    state = case.state(without.test.full)
    everything, among = (task.choose(case, state, 12) for task in without.tasks)
    assert everything[0].tolist() == among[0].tolist() == case.targets.tolist()
    assert np.flatnonzero(among[1]).tolist() == [2, 7]
    assert everything[1].sum() == 12 - len(set(state.item_num.tolist()))
    model = without.fit(ItemKNNModel, 0)
    assert model.similarity[[2, 7]].nnz == model.similarity[:, [2, 7]].nnz == 0


def test_nobody_chose_what_was_held_out(ring):
    with pytest.raises(NotEnoughDataError, match="held out"):
        hold_out_products(ring, np.zeros(12, dtype=bool))
