"""Reasons that rest on photos: what makes them, what drops them, and what the documents show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from youli.artifact import FittedShop
from youli.data.photos import Photos
from youli.documents import photo_address, recommend_document
from youli.engine import Engine
from youli.explain.checks import check_support
from youli.explain.types import Claim, ClaimKind, Reason
from youli.rank.fit import FitConfig
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import CHANNELS
from youli.testing.shops import walk_shop
from youli.types import Evidence, EvidenceKind


def photos_of(*features: tuple[int, int] | None) -> Photos:
    known = [one for one in features if one is not None]
    cells = np.zeros((len(known), 49, 2), dtype=np.int8)
    cells[:, 24] = known
    has = np.array([one is not None for one in features])
    photo_of = np.where(has, np.cumsum(has) - 1, -1).astype(np.int32)
    starts = np.arange(len(known) + 1, dtype=np.int64)
    return Photos(photo_of, cells, np.zeros(len(known), np.uint8), starts, "hand")


def engine_of(photos: Photos) -> Engine:
    """Products a to d; me had a. Everything is ranked by looks."""
    shop = walk_shop({"me": "a", "you": "abcd", "they": "abcd"}, {"item_id": list("abcd")})
    shop = replace(shop, photos=photos)
    channels = {"image": CHANNELS.load("image").fit(shop)}
    ranker = Ranker(shop, channels, {"image": np.array([0.0, 1.0])}, RankConfig(repeats=False))
    return Engine(FittedShop(ranker, FitConfig()))


def reasons(engine: Engine) -> dict[str, tuple[Reason, ...]]:
    ids = engine.shop.interactions.items.ids
    found = engine.recommend(engine.state("me"), k=4)
    return {ids[one.item_num]: one.reasons for one in found}


# b is like a by .96; c by .8, which counts but is not said; d has no photo.
LIKE = ((3, 4), (8, 6), (0, 5), None)


def test_it_is_said_where_photos_are_alike_enough():
    said = reasons(engine_of(photos_of(*LIKE)))
    [reason] = said["b"]
    assert reason.claim.kind is ClaimKind.LOOKS_LIKE
    assert reason.text == "This looks like “a”, which you bought."
    assert reason.claim.facts["likeness"] == pytest.approx(0.96)
    assert {check.name for check in reason.checks} >= {"deletion", "support", "facts", "cause"}
    for other in "cd":
        assert [one.claim.kind for one in said[other]] == [ClaimKind.POPULAR]


def test_a_kernel_that_does_not_come_from_these_photos_is_found_out():
    engine = engine_of(photos_of(*LIKE))
    # Still alike enough to be said, but not as it ranked.
    other = replace(
        engine.ranker, shop=replace(engine.shop, photos=photos_of((3, 4), (7, 7), *LIKE[2:]))
    )
    changed = Engine(FittedShop(other, FitConfig()))
    assert changed.shop.photos is not None
    assert changed.shop.photos.likeness(0, 1) > 0.95
    assert [one.claim.kind for one in reasons(changed)["b"]] == [ClaimKind.POPULAR]


def support(**facts: float) -> bool:
    evidence = Evidence(EvidenceKind.HISTORY, 0, (0,))
    return check_support(Claim(ClaimKind.LOOKS_LIKE, ("image",), evidence, 1.0, facts), 5).passed


def test_the_numbers_that_decide():
    assert support(likeness=0.9, ranked_likeness=0.9, least_likeness=0.85)
    assert support(likeness=0.85, ranked_likeness=0.85, least_likeness=0.85)
    assert not support(likeness=0.84, ranked_likeness=0.84, least_likeness=0.85)
    assert not support(likeness=0.9, ranked_likeness=0.91, least_likeness=0.85)
    assert not support(likeness=0.9, ranked_likeness=0.0, least_likeness=0.85)
    assert not support()


def test_the_document_shows_both_photos_and_where_they_are_alike():
    engine = engine_of(photos_of(*LIKE))
    state = engine.state("me")
    document = recommend_document(engine, state, engine.recommend(state, k=4), "en")
    rows = {row["item_id"]: row for row in document["recommendations"]}
    photos = rows["b"]["reasons"][0]["photos"]
    assert photos["likeness"] == pytest.approx(0.96)
    for side, item_id in (("item", "b"), ("source", "a")):
        assert photos[side]["item_id"] == item_id
        assert photos[side]["photo"] == f"/api/item/{item_id}/photo"
        assert photos[side]["map"][3][3] == pytest.approx(0.96)  # all of it is in the middle cell
    assert "photos" not in rows["c"]["reasons"][0]


def test_addresses_of_photos():
    engine = engine_of(photos_of(*LIKE))
    assert photo_address(engine, 0) == "/api/item/a/photo"
    assert photo_address(engine, 3) is None
    bare = replace(engine.ranker, shop=replace(engine.shop, photos=None))
    assert photo_address(Engine(FittedShop(bare, FitConfig())), 0) is None
