"""Any rules and filters: the ledger stays the score, and what explains it stays true."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from youli.channels.attributes import AttributesChannel
from youli.channels.popularity import PopularityChannel
from youli.channels.transition import TransitionChannel
from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.explain.counterfactual import find_counterfactual
from youli.explain.entering import event_that_brings, past_that_holds
from youli.explain.explain import explain_item
from youli.explain.questions.answering import answer_question, method_named
from youli.explain.questions.base import Asked, Question
from youli.explain.reasons import explain_ranking
from youli.explain.support import SupportIndex
from youli.explain.types import ClaimKind
from youli.explain.worlds import changed
from youli.language.voice import TemplateVoice
from youli.rank.ranker import RankConfig, Ranker
from youli.rank.rules import PROMOTES, MerchantRule, active_rules
from youli.types import EvidenceKind

N = 12
IDS = [f"i{item:02}" for item in range(N)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def shop_of(seed: int) -> Shop:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 7, 10)
    users = [f"u{user}" for user, n in enumerate(lengths) for _ in range(n)]
    events = {
        "user_id": users,
        "item_id": [IDS[item] for item in rng.integers(0, N, len(users))],
        "timestamp": pa.array(np.arange(len(users)) * 90_000_000_000, pa.timestamp("us", tz="UTC")),
    }
    items = {
        "item_id": IDS,
        "title": [f"Product {item}" for item in range(N)],
        "category": rng.choice(["x", "y", "z"], N).tolist(),
        "price_minor": rng.integers(100, 900, N).tolist(),
        "in_stock": (rng.random(N) < 0.85).tolist(),
    }
    return build_shop(pa.table(events), pa.table(items))


def ranker_of(shop: Shop, seed: int, config: RankConfig) -> Ranker:
    rng = np.random.default_rng(seed)
    kernel = rng.uniform(-0.3, 1.0, (N, N)) * (rng.random((N, N)) < 0.5)
    np.fill_diagonal(kernel, 0.0)
    table = sparse.csr_matrix(kernel.astype(np.float32))
    fitted = TransitionChannel.fit(shop)
    channels = {
        "transition": TransitionChannel(dict.fromkeys(fitted.kernels, table)),
        "attributes": AttributesChannel.fit(shop),
        "popularity": PopularityChannel.fit(shop),
    }
    weights = {name: rng.uniform(0.0, 0.6, len(one.basis_names)) for name, one in channels.items()}
    return Ranker(shop, channels, weights, config)


products = st.lists(st.sampled_from([*IDS, "gone"]), min_size=1, max_size=3, unique=True)
targets = st.one_of(
    products.map(lambda items: {"items": tuple(items)}),
    st.sampled_from(['category = "x"', "price < 5", "in_stock"]).map(lambda text: {"filter": text}),
)
rules = st.one_of(
    st.builds(
        lambda target, kind, amount: MerchantRule(kind=kind, amount=amount, **target),
        targets,
        st.sampled_from(["boost", "bury"]),
        st.sampled_from([0.05, 0.3, 2.0]),
    ),
    st.builds(
        lambda items, place: MerchantRule(kind="pin", items=tuple(items), place=place),
        products,
        st.integers(1, 6),
    ),
    st.builds(
        lambda target, kind: MerchantRule(kind=kind, **target),
        targets,
        st.sampled_from(["hide", "in_stock"]),
    ),
)


@dataclass(frozen=True)
class Case:
    ranker: Ranker
    state: ShopperState
    written: tuple[MerchantRule, ...]

    @property
    def shop(self) -> Shop:
        return self.ranker.shop

    def with_rules(self, written: tuple[MerchantRule, ...]) -> Ranker:
        rules = active_rules(written, self.shop, "home", NOW)
        return replace(self.ranker, config=replace(self.ranker.config, rules=rules))


pins = st.builds(
    lambda items, place: MerchantRule(kind="pin", items=tuple(items), place=place),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True),
    st.integers(1, 4),
)


@st.composite
def cases(draw: st.DrawFn, *, pinned: bool = False) -> Case:
    seed = draw(st.integers(0, 2**32 - 1))
    shop = shop_of(seed)
    drawn = draw(st.lists(rules, max_size=4)) + ([draw(pins)] if pinned else [])
    written = tuple(
        rule.model_copy(update={"rule_id": f"r{number}"}) for number, rule in enumerate(drawn)
    )
    allowed = None
    if draw(st.booleans()):
        allowed = np.random.default_rng(seed + 1).random(N) < 0.7
    config = RankConfig(
        repeats=draw(st.booleans()),
        diversity=draw(st.sampled_from([0.0, 0.1, 0.5])),
        rules=active_rules(written, shop, "home", NOW),
        allowed=allowed,
        declined=frozenset(draw(st.sets(st.integers(0, N - 1), max_size=1))),
    )
    return Case(ranker_of(shop, seed, config), ShopperState.of(shop, "u0"), written)


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-5)


@given(case=cases(pinned=True), k=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_entries_sum_to_the_score_that_ordered_the_list(case: Case, k: int) -> None:
    ranker, state = case.ranker, case.state
    ranking = ranker.rank(state, k=k)
    slow = ranker.score_items(state, ranking.item_nums)
    np.testing.assert_allclose(slow, ranking.scores[ranking.item_nums], rtol=1e-5, atol=1e-5)
    for ledger, score in zip(ranking.ledgers, slow.tolist(), strict=True):
        of_score = [one.amount for one in ledger.entries if not one.of_place]
        assert close(math.fsum(of_score), score)
    sums = [ledger.score for ledger in ranking.ledgers]
    assert all(a >= b - 1e-5 * max(1.0, abs(a)) for a, b in pairwise(sums))
    assert ranker.listed(state, k=k).tolist() == ranking.item_nums.tolist()
    if sums and ranker.config.diversity == 0.0:  # nor does what is left out stand higher
        left = ranking.eligible.copy()
        left[[*ranking.item_nums, *ranker.config.rules.pinned]] = False
        assert sums[-1] >= ranking.scores[left].max(initial=-np.inf) - 1e-5


@given(case=cases(), k=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_filters_come_before_the_cut(case: Case, k: int) -> None:
    ranker, state = case.ranker, case.state
    out = ~ranker.shop.catalogue.in_stock
    for rule in case.written:
        if rule.kind == "hide":
            out |= rule.mask(case.shop)
    if ranker.config.allowed is not None:
        out |= ~ranker.config.allowed
    out[list(ranker.config.declined)] = True
    if not ranker.config.repeats:
        out[state.bought] = True
    listed = ranker.listed(state, k=k)
    assert not out[listed].any()
    # A pin further down than the list goes keeps its product out of it.
    low = sum(1 for place in ranker.config.rules.places(ranker.eligible(state), 100) if place > k)
    assert len(listed) >= min(k, int((~out).sum()) - low)
    assert len(set(listed.tolist())) == len(listed) <= k


@given(case=cases(pinned=True), k=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_a_pin_lands_at_its_place_and_the_rest_is_as_without_it(case: Case, k: int) -> None:
    ranker, state = case.ranker, case.state
    ranking = ranker.rank(state, k=k)
    places = ranker.config.rules.places(ranking.eligible, k)
    listed = ranking.item_nums.tolist()
    for place, pin in places.items():
        rank = listed.index(pin.item_num) + 1
        assert rank == place or len(listed) < k or rank == len(listed)
    rest = [one for one in listed if one not in ranker.config.rules.pinned]
    bare = replace(
        ranker,
        config=replace(
            ranker.config,
            rules=ranker.config.rules.without_pins(),
            allowed=ranking.eligible & ~np.isin(np.arange(N), ranker.config.rules.pinned),
        ),
    )
    if ranker.config.diversity == 0.0:
        assert rest == bare.listed(state, k=max(len(rest), 1)).tolist()[: len(rest)]
    for rank, ledger in enumerate(ranking.ledgers, start=1):
        lifted = [one for one in ledger.entries if one.channel == "pinned"]
        assert len(lifted) <= 1
        if lifted:
            assert rank in places or len(listed) < k
            assert lifted[0].amount != 0.0


@given(case=cases(), k=st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_a_rule_removed_is_the_list_computed_without_it(case: Case, k: int) -> None:
    for rule in case.written:
        if rule.kind in ("hide", "in_stock"):
            continue
        fewer = case.with_rules(tuple(one for one in case.written if one is not rule))
        rules = case.ranker.config.rules.without(rule.rule_id)
        quick = replace(case.ranker, config=replace(case.ranker.config, rules=rules))
        assert quick.listed(case.state, k=k).tolist() == fewer.listed(case.state, k=k).tolist()
        before = case.ranker.ledgers(case.state, np.arange(N), n_sources=None)
        after = fewer.score_items(case.state, np.arange(N))
        for ledger, score in zip(before, after.tolist(), strict=True):
            given = math.fsum(
                one.amount
                for one in ledger.entries
                if one.evidence.attribute == ("rule", rule.rule_id)
            )
            assert close(ledger.score - given, score)


@given(case=cases(pinned=True), k=st.integers(2, 5), data=st.data())
@settings(max_examples=60, deadline=None)
def test_counterfactuals_are_valid_and_minimal_under_rules(
    case: Case, k: int, data: st.DataObject
) -> None:
    ranker, state = case.ranker, case.state
    listed = ranker.listed(state, k=k).tolist()
    if not listed:
        return
    item = data.draw(st.sampled_from(listed))
    found = find_counterfactual(ranker, state, item, k=k)
    smallest = next(
        (
            size
            for size in range(1, 4)
            for past in combinations(range(len(state.distinct_items[0])), size)
            if item
            not in ranker.listed(
                state.without([r for one in past for r in state.rows_of_distinct[one]]), k=k
            )
        ),
        None,
    )
    if smallest is not None:
        assert found.valid
        assert len(found.removed_items) == smallest
    if found.valid:
        assert item not in ranker.listed(state.without(found.removed_events), k=k)
    else:
        assert item in ranker.listed(state.only(()), k=k)


@given(case=cases(), k=st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_what_would_bring_a_product_in_does(case: Case, k: int) -> None:
    ranker, state = case.ranker, case.state
    listed = set(ranker.listed(state, k=k).tolist())
    for item in set(range(N)) - listed:
        for found in (
            event_that_brings(ranker, state, item, k=k),
            past_that_holds(ranker, state, item, k=k),
        ):
            if found is not None:
                other, then = changed(ranker, state, found.change)
                assert other.listed(then, k=k)[found.rank_after - 1] == item


@given(case=cases(), k=st.integers(1, 6), lang=st.sampled_from(["en", "zh"]))
@settings(max_examples=15, deadline=None)
def test_a_promoted_product_says_so_and_keeps_its_other_reasons(
    case: Case, k: int, lang: str
) -> None:
    support, voice = SupportIndex(case.shop), TemplateVoice(case.shop, lang)
    ranking = case.ranker.rank(case.state, k=k)
    for one in explain_ranking(case.ranker, support, case.state, ranking, voice):
        lifted = any(entry.channel in PROMOTES and entry.amount > 0 for entry in one.ledger.entries)
        kinds = [reason.claim.kind for reason in one.reasons]
        assert (ClaimKind.PROMOTED in kinds) == lifted
        assert not lifted or (kinds[0] is ClaimKind.PROMOTED and len(kinds) >= 2)
        assert all(check.passed for reason in one.reasons for check in reason.checks)
        assert ("rule" in {check.name for check in one.reasons[0].checks}) == lifted
    for item in range(N):
        alone = explain_item(case.ranker, support, case.state, item, voice, k=k)
        assert alone.reasons
        assert all(check.passed for check in alone.checks)


@given(case=cases(), k=st.integers(1, 5), lang=st.sampled_from(["en", "zh"]))
@settings(max_examples=5, deadline=None)
def test_every_question_is_answered_with_checks_that_pass(case: Case, k: int, lang: str) -> None:
    support, voice = SupportIndex(case.shop), TemplateVoice(case.shop, lang)
    asked = Asked(case.ranker, case.state, k)
    for method in ("why-not", "pipeline", "ledger", "contrast", "counterfactual"):
        for item in range(0, N, 2):
            question = Question(item, other=item + 1 if method == "contrast" else None)
            found = answer_question(asked, question, method_named(method), voice, support)
            failed = [check for check in found.checks if not check.passed]
            assert not failed, (method, item, found.text)
            assert found.text


def test_an_entry_names_its_rule_and_is_no_evidence_of_the_shopper() -> None:
    shop = shop_of(1)
    rule = MerchantRule(rule_id="sale", kind="boost", items=("i03",), amount=0.5)
    config = RankConfig(repeats=True, rules=active_rules([rule], shop, "home", NOW))
    ledger = ranker_of(shop, 1, config).ledgers(ShopperState.of(shop, "u0"), np.array([3]))[0]
    [entry] = [one for one in ledger.entries if one.channel == "promoted"]
    assert entry.amount == 0.5
    assert entry.evidence.kind is EvidenceKind.RULE
    assert entry.evidence.attribute == ("rule", "sale")
    assert not entry.evidence.events
