"""Which claims a ledger supports, on ledgers written by hand."""

from __future__ import annotations

import pytest

from youli.data.state import ShopperState
from youli.explain.claims import candidates, last_resort
from youli.explain.types import ClaimKind
from youli.types import Entry, Evidence, EvidenceKind, Ledger

ITEM = 9
BRAND = ("brand", "Ada")
SIZE = ("size", "L")


def history(channel: str, source: int, amount: float, *rows: int) -> Entry:
    return Entry(channel, Evidence(EvidenceKind.HISTORY, source, rows), amount)


def attribute(source: int, label: tuple[str, str], amount: float, *rows: int) -> Entry:
    return Entry("attributes", Evidence(EvidenceKind.ATTRIBUTE, source, rows, label), amount)


NOBODY = ShopperState(user_id="")


def test_the_amount_is_all_that_rests_on_the_evidence() -> None:
    ledger = Ledger(
        ITEM,
        (
            history("transition", 1, 3.0, 0, 4),
            history("bridge", 1, 0.5, 0, 4),
            history("basket", 1, -1.0, 0, 4),
            history("transition", 2, 0.25, 1),
        ),
    )
    first, second = candidates(ledger, NOBODY)
    assert first.kind is ClaimKind.WENT_ON
    assert first.evidence.events == (0, 4)
    assert first.amount == pytest.approx(2.5)
    assert first.own == pytest.approx(3.5)  # transition and bridge speak the same way
    assert first.channels == ("transition", "bridge", "basket")
    assert second.amount == pytest.approx(0.25)


def test_what_speaks_against_a_product_is_no_reason() -> None:
    ledger = Ledger(
        ITEM,
        (
            history("transition", 1, 1.0, 0),
            history("affinity", 1, -1.5, 0),
            Entry("popularity", Evidence(EvidenceKind.ITEM), -0.2),
        ),
    )
    assert candidates(ledger, NOBODY) == []
    assert last_resort(ledger).amount == pytest.approx(-0.2)


def test_several_past_products_share_an_attribute() -> None:
    ledger = Ledger(
        ITEM,
        (
            attribute(1, BRAND, 0.4, 0),
            attribute(2, BRAND, 0.6, 1, 2),
            attribute(2, SIZE, 0.1, 1, 2),
            history("transition", 2, 0.2, 1, 2),
            attribute(3, BRAND, 0.1, 3),
            attribute(4, BRAND, 0.05, 4),
        ),
    )
    shared = next(one for one in candidates(ledger, NOBODY) if len(one.sources) > 1)
    assert shared.kind is ClaimKind.SHARED_ATTRIBUTE
    assert shared.sources == (2, 1, 3)  # the three strongest, all of which a sentence names
    assert shared.evidence.events == (0, 1, 2, 3)
    assert shared.own == pytest.approx(1.1)
    assert shared.amount == pytest.approx(1.4)


def test_only_its_own_events_make_it_a_product_to_buy_again() -> None:
    own = Entry("repurchase", Evidence(EvidenceKind.REPURCHASE, ITEM, (2,)), 1.0)
    ledger = Ledger(ITEM, (own, attribute(ITEM, BRAND, 0.5, 2)))
    (only,) = candidates(ledger, NOBODY)
    assert (only.kind, only.amount, only.own) == (ClaimKind.BUY_AGAIN, 1.5, 1.0)


def test_rules_and_remainders_are_not_evidence() -> None:
    ledger = Ledger(
        ITEM,
        (
            Entry("diversity", Evidence(EvidenceKind.RULE, n_merged=2), -0.2),
            Entry("pinned", Evidence(EvidenceKind.RULE), 5.0),
            Entry("transition", Evidence(EvidenceKind.REMAINDER, n_merged=40), 2.0),
        ),
    )
    (only,) = candidates(ledger, NOBODY)
    assert only.kind is ClaimKind.PROMOTED
