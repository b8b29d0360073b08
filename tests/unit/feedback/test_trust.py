"""Trust by hand: what it leans on, how it falls and rises, and what nobody can do to others."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.errors import InputError
from youli.explain.types import ClaimKind
from youli.feedback.means import Means, MeansConfig
from youli.feedback.records import Experience
from youli.feedback.trust import Trust, TrustConfig

DAY = 86_400
KIND, OTHER = ClaimKind.WENT_ON, ClaimKind.TRENDING
T0 = (0.7) / (0.7 + 2 * 0.3)  # the careful form of the prior 0.7


def had(user: str, good: bool, day: float = 0.0, kind=KIND, group="", version="v1") -> Experience:
    return Experience(user, kind, version, int(day * DAY), good, group)


def trust_of(*many: Experience, config: TrustConfig | None = None) -> Trust:
    trust = Trust("v1", config)
    trust.observe_all(many)
    return trust


def test_before_anything_is_known_the_prior_is_said():
    belief = Trust("v1").of("ann", KIND, now=0)
    assert belief.trust == pytest.approx(T0)
    assert belief.probability == pytest.approx(0.7)
    assert (belief.n_own, belief.n_others) == (0, 0)
    low, high = belief.bounds
    assert 0 < low < T0 < high < 1


def test_own_experience_by_hand():
    """Prior weight min(10, 4) = 4; three good ones and a bad one that counts twice."""
    trust = trust_of(*(had("ann", good) for good in (True, True, True, False)))
    belief = trust.of("ann", KIND, now=0)
    assert belief.trust == pytest.approx((4 * T0 + 3) / (4 + 5))
    assert belief.probability == pytest.approx(2 * belief.trust / (1 + belief.trust))
    assert belief.n_own == pytest.approx(5)


def test_a_bad_experience_moves_it_further_than_a_good_one():
    before = Trust("v1").of("ann", KIND, now=0).trust
    up = trust_of(had("ann", True)).of("ann", KIND, now=0).trust - before
    down = before - trust_of(had("ann", False)).of("ann", KIND, now=0).trust
    assert 0 < up < down


def test_other_kinds_and_other_shoppers_keep_theirs():
    trust = trust_of(had("ann", False))
    assert trust.of("ann", OTHER, now=0).trust == pytest.approx(T0)
    assert trust.of("bob", KIND, now=0).trust == pytest.approx(T0)  # one is fewer than k


def test_others_speak_from_five_on_and_never_of_the_asker():
    many = [had(f"u{n}", False) for n in range(5)]
    assert trust_of(*many[:4]).of("ann", KIND, now=0).n_others == 0
    belief = trust_of(*many).of("ann", KIND, now=0)
    assert belief.n_others == 5
    # everybody: (4 T0 + 0) / (4 + 10) of weight 10, which ann leans on as it is
    assert belief.trust == pytest.approx(4 * T0 / 14)
    assert trust_of(*many).of("u0", KIND, now=0).n_others == 0  # four others are left


def test_a_group_goes_before_everybody():
    many = [had(f"a{n}", True, group="a") for n in range(20)]
    many += [had(f"b{n}", False, group="b") for n in range(20)]
    trust = trust_of(*many)
    a, b = (trust.of("new", KIND, group=group, now=0).trust for group in ("a", "b"))
    everybody = trust.of("new", KIND, now=0).trust
    assert b < everybody < a


def test_it_forgets():
    trust = trust_of(had("ann", False))
    now, later = (trust.of("ann", KIND, now=day * DAY) for day in (0, 30))
    assert later.n_own == pytest.approx(now.n_own / 2)
    assert now.trust < later.trust < T0
    assert trust.of("ann", KIND, now=6000 * DAY).trust == pytest.approx(T0)


def test_late_news_count_as_old():
    first, second = had("ann", True, 0), had("ann", False, 60)
    in_order, late = Trust("v1"), Trust("v1")
    for one in (first, second):
        in_order.observe(one)
    for one in (second, first):
        late.observe(one)
    assert late.of("ann", KIND, now=60 * DAY).trust == pytest.approx(
        in_order.of("ann", KIND, now=60 * DAY).trust
    )


def test_one_account_is_worth_no_more_than_its_cap():
    """Ten good shoppers and one that shouts a thousand times."""
    honest = [had(f"u{n}", True) for n in range(10)]
    loud = [had("loud", False)] * 1000
    config = TrustConfig(means=MeansConfig(cap=3.0))
    quiet = trust_of(*honest, config=config).of("ann", KIND, now=0).trust
    after = trust_of(*honest, *loud, config=config).of("ann", KIND, now=0).trust
    # everybody: (4 T0 + 10) / 14, and with three bad of weight in it (4 T0 + 10) / 17
    assert quiet == pytest.approx((4 * T0 + 10) / 14)
    assert after == pytest.approx((4 * T0 + 10) / 17)
    own = trust_of(*honest, *loud, config=config).of("loud", KIND, now=0).trust
    assert own < 0.01  # for the account itself all of it counts


def test_an_account_without_weight_moves_nobody_else():
    honest = [had(f"u{n}", True) for n in range(10)]
    loud = [replace(had(f"bot{n}", False), heard=0.0) for n in range(50)]
    quiet, after = trust_of(*honest), trust_of(*honest, *loud)
    assert after.of("ann", KIND, now=0) == quiet.of("ann", KIND, now=0)
    assert after.of("bot0", KIND, now=0).trust < quiet.of("bot0", KIND, now=0).trust
    after.forget("bot0")
    assert after.of("ann", KIND, now=0).n_others == 10


def test_a_new_model_starts_with_part_of_what_is_known():
    trust = trust_of(*(had("ann", False) for _ in range(4)))
    after = trust.next_version("v2")
    assert T0 > after.of("ann", KIND, now=0).trust > trust.of("ann", KIND, now=0).trust
    after.observe(had("ann", True, version="v1"))  # of the old model's reasons: it counts half
    assert after.of("ann", KIND, now=0).n_own == pytest.approx(4.5)
    after.observe(had("ann", True, version="v2"))
    assert after.of("ann", KIND, now=0).n_own == pytest.approx(5.5)


def test_what_moved_it_is_kept():
    trust = trust_of(had("ann", True, 1), had("ann", False, 2))
    up, down = trust.moved_by("ann")
    assert up.was_good
    assert up.before < up.after
    assert down.before > down.after
    assert trust.moved_by("bob") == ()


def test_forgetting_a_shopper_leaves_no_trace_in_others():
    many = [had(f"u{n}", n % 2 == 0, n, group="a") for n in range(9)]
    without = trust_of(*many)
    trust = trust_of(*many, had("ann", False, 4, group="a"), had("ann", False, 5, OTHER))
    trust.forget("ann")
    assert "ann" not in json.dumps(trust.document)
    for group in ("", "a"):
        found = trust.of("new", KIND, group=group, now=9 * DAY)
        expected = without.of("new", KIND, group=group, now=9 * DAY)
        assert found.trust == pytest.approx(expected.trust)
        assert found.n_others == expected.n_others


EXPERIENCES = st.lists(
    st.builds(
        had,
        st.sampled_from([f"u{n}" for n in range(8)]),
        st.booleans(),
        st.floats(0, 300),
        st.sampled_from([KIND, OTHER]),
        st.sampled_from(["", "a", "b"]),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(EXPERIENCES)
def test_it_is_a_probability_and_survives_storing(many):
    trust = trust_of(*many)
    again = Trust.of_document(json.loads(json.dumps(trust.document)))
    for user in ("u0", "u5", "new"):
        for group in ("", "a"):
            belief = trust.of(user, KIND, group=group, now=301 * DAY)
            assert 0.0 < belief.trust <= belief.probability < 1.0
            assert belief == again.of(user, KIND, group=group, now=301 * DAY)
            assert belief.n_others == 0 or belief.n_others >= 5
    assert again.moved_by("u0") == trust.moved_by("u0")


@settings(max_examples=60, deadline=None)
@given(EXPERIENCES, st.booleans())
def test_one_more_experience_moves_it_its_own_way(many, good):
    trust = trust_of(*many)
    more = trust_of(*many, had("u0", good, 300, group="a"))
    before, after = (one.of("u0", KIND, group="a", now=300 * DAY).trust for one in (trust, more))
    assert after > before if good else after < before


@pytest.mark.parametrize("document", [{}, {"model_version": "v", "means": 3, "moved": {}}])
def test_what_is_no_record_is_refused(document):
    with pytest.raises(InputError, match="no record"):
        Trust.of_document(document)


def test_a_mean_leans_on_a_level_no_further_than_that_level_knows():
    config = MeansConfig(strength_all=2.0, strength_group=50.0, strength_shopper=1e6)
    means = Means(0.0, config)
    for n in range(5):
        means.add(f"u{n}", "a", KIND, n=1.0, total=1.0, at=0)
    found = means.of("new", "a", KIND, now=0)
    # everybody: 5/7 known by 7; the group leans on it for 7: (5 + 5) / 12
    assert (found.mean, found.n) == (pytest.approx(10 / 12), pytest.approx(12))


def test_shoppers_stay_in_the_group_they_were_first_in():
    trust = trust_of(*(had(f"u{n}", True, group="a") for n in range(6)))
    trust.observe(replace(had("u0", True), group="b"))
    assert trust.of("new", KIND, group="b", now=0).n_others == 6  # as told by everybody
