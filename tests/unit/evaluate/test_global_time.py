"""The global cut: nothing after it is learned from, and each task asks what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.data.split import Case
from youli.errors import NotEnoughDataError
from youli.evaluate.global_time import BASELINES, cut_last_days, run_models, tasks
from youli.rank.fit import FitConfig

CONFIG = FitConfig(channels=("transition", "repurchase", "popularity"))
TASKS = ("overall", "new", "repeat", "cold_products", "cold_shoppers")


@pytest.fixture(scope="module")
def cut(log):
    return cut_last_days(log)


@pytest.fixture(scope="module")
def results(cut):
    return run_models(cut, CONFIG)


def test_the_cut_parts_before_from_after(log, cut):
    moment = int(cut.moment.timestamp())
    assert int(log.data_until.timestamp()) - moment == 28 * 86_400
    assert (cut.test.train.interactions.timestamp <= moment).all()
    assert (cut.valid.train.interactions.timestamp <= moment - 27 * 86_400).all()
    after = log.interactions.timestamp > moment
    for case in cut.test.cases:
        assert case.now == moment
        mine = (log.interactions.user_num == case.user_num) & after
        assert set(case.targets.tolist()) == set(log.interactions.item_num[mine].tolist())


def test_tasks_split_the_targets(log, cut):
    found = {task.name: task for task in tasks(cut.test.train)}
    assert tuple(found) == TASKS
    for case in cut.test.cases:
        state = case.state(log)
        past = set(state.item_num.tolist())
        new, among_new = found["new"].choose(case, state, 15)
        again, among_own = found["repeat"].choose(case, state, 15)
        assert set(new.tolist()) == set(case.targets.tolist()) - past
        assert set(again.tolist()) == set(case.targets.tolist()) & past
        assert set(np.flatnonzero(among_own).tolist()) == past
        assert (among_new != among_own).all()


def test_cold_products_and_cold_shoppers(log, cut):
    found = {task.name: task for task in tasks(cut.test.train)}
    train = cut.test.train.interactions
    pairs = {(u, i) for u, i in zip(train.user_num.tolist(), train.item_num.tolist(), strict=True)}
    for case in cut.test.cases:
        state = case.state(log)
        cold = found["cold_products"].choose(case, state, 15)[0].tolist()
        known = {i: sum(item == i for _, item in pairs) for i in case.targets.tolist()}
        assert cold == [i for i, n in known.items() if n < 5]
        n_orders = len(set(state.rows["order"].tolist()))
        asked = found["cold_shoppers"].choose(case, state, 15)[0]
        assert len(asked) == (len(case.targets) if n_orders < 3 else 0)


def test_somebody_never_seen_is_a_cold_shopper(log, cut):
    case = Case(user_num=0, n_known=0, now=0, targets=np.array([3]))
    found = {task.name: task for task in tasks(cut.test.train)}
    assert found["cold_shoppers"].choose(case, case.state(log), 15)[0].tolist() == [3]
    assert found["repeat"].choose(case, case.state(log), 15)[0].tolist() == []


def test_every_model_is_reported_on_every_task(cut, results):
    names = [*BASELINES, "ledger", "ledger_as_served"]
    assert [result.name for result in results] == names
    for result in results:
        assert set(TASKS) < set(result.document)
        assert result.document["overall"]["n_cases"] == len(cut.test.cases)
        assert "coverage@10" in result.document["overall"]
        assert "recall@10" in result.document["new"]


def test_a_baseline_without_its_package_is_left_out(cut, monkeypatch):
    monkeypatch.setattr("youli.registry.find_spec", lambda package: None)
    monkeypatch.setattr("youli.evaluate.global_time.BASELINES", ("als", "popularity"))
    assert next(result.name for result in run_models(cut, CONFIG)) == "popularity"


def test_favourites_are_found_by_who_looks_at_own_purchases(results):
    ndcg = {result.name: result.document["overall"]["ndcg@5"] for result in results}
    assert ndcg["own_repeat"] > ndcg["popularity"] + 0.05
    assert ndcg["ledger"] > ndcg["popularity"] + 0.05


def test_what_comes_after_the_cut_changes_no_score(log, cut, results):
    """Shuffle which products are bought after the cut: what was learned stays as it was."""
    events = log.interactions
    after = events.timestamp > int(cut.moment.timestamp())
    item_num = np.where(after, (events.item_num + 7) % 15, events.item_num).astype(np.int32)
    other = replace(log, interactions=replace(events, item_num=item_num))
    again = run_models(cut_last_days(other), CONFIG)
    for before, now in zip(results, again, strict=True):
        assert before.document["config"] == now.document["config"]


def test_a_log_without_dates_or_too_short_is_refused(log):
    undated = replace(log, interactions=replace(log.interactions, timed=False))
    with pytest.raises(NotEnoughDataError, match="no dates"):
        cut_last_days(undated)
    short = log.select(log.interactions.timestamp < 60 * 86_400)
    with pytest.raises(NotEnoughDataError, match="judging needs 84"):
        cut_last_days(short)
