"""A reason that rests on texts: what both say, a topic of both, or no reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from youli.channels.popularity import PopularityChannel
from youli.channels.text import TextChannel
from youli.data.shop import Shop, build_shop
from youli.data.state import ShopperState
from youli.explain.checks import check_support
from youli.explain.explain import explain_item
from youli.explain.support import SupportIndex
from youli.explain.types import Claim, ClaimKind, Explanation, Fact
from youli.features.words import WordCounts
from youli.language.voice import TemplateVoice
from youli.rank.ranker import RankConfig, Ranker
from youli.types import Evidence, EvidenceKind

ITEMS = {
    "item_id": ["mug", "cup", "杯", "tyre", "none"],
    "title": ["Red ceramic mug", "Ceramic mug in red", "红色陶瓷马克杯", "Winter tyres", None],
}


@pytest.fixture(scope="module")
def shop() -> Shop:
    others = [(f"u{n}", item) for n in range(6) for item in ("tyre", "none")]
    users, items = zip(("me", "mug"), *others, strict=True)
    events = pa.table(
        {
            "user_id": users,
            "item_id": items,
            "timestamp": pa.array([0] * len(users), pa.timestamp("us", tz="UTC")),
        }
    )
    return build_shop(events, pa.table(ITEMS))


@pytest.fixture(scope="module")
def ranker(shop: Shop) -> Ranker:
    channels = {one.name: one.fit(shop) for one in (TextChannel, PopularityChannel)}
    weights = {name: np.ones(len(one.basis_names)) for name, one in channels.items()}
    weights["popularity"] *= 0.01
    return Ranker(shop, channels, weights, RankConfig())


def explained(ranker: Ranker, item_id: str, lang: str = "en") -> Explanation:
    shop = ranker.shop
    item = shop.interactions.items.num(item_id)
    assert item is not None
    state = ShopperState.of(shop, "me")
    return explain_item(ranker, SupportIndex(shop), state, item, TemplateVoice(shop, lang), k=4)


@pytest.mark.parametrize(
    ("item_id", "lang", "text", "chip"),
    [
        (
            "cup",
            "en",
            "You looked at “Red ceramic mug” on 1 January; this is described much like it: both "
            "say “ceramic”, “mug” and “red”.",
            "Similar: ceramic, mug, red",
        ),
        (
            "cup",
            "zh",
            "您在1月1日看过「Red ceramic mug」；这件商品的介绍与它相近："
            "都提到「ceramic」、「mug」和「red」。",
            "介绍相近：ceramic、mug、red",
        ),
        (
            "杯",
            "en",
            "You looked at “Red ceramic mug” on 1 January; this is described much like it: both "
            "are close to the topic “mugs and cups”.",
            "Similar topic: mugs and cups",
        ),
        (
            "杯",
            "zh",
            "您在1月1日看过「Red ceramic mug」；这件商品的介绍与它相近："
            "都接近「马克杯和杯子」这一主题。",
            "主题相近：马克杯和杯子",
        ),
    ],
)
def test_it_is_said_why_two_texts_are_alike(
    ranker: Ranker, item_id: str, lang: str, text: str, chip: str
) -> None:
    [reason] = [
        one
        for one in explained(ranker, item_id, lang).reasons
        if one.claim.kind is ClaimKind.SIMILAR_TEXT
    ]
    assert (reason.text.replace("bought", "looked at").replace("买过", "看过"), reason.chip) == (
        text,
        chip,
    )
    assert all(check.passed for check in reason.checks)
    support = next(one for one in reason.checks if one.name == "support")
    assert support.numbers["cosine"] >= support.numbers["least_cosine"] > 0
    assert reason.claim.evidence.source_item == ranker.shop.interactions.items.num("mug")


def test_with_neither_words_nor_topic_nothing_is_claimed(ranker: Ranker) -> None:
    text = ranker.channels["text"]
    assert isinstance(text, TextChannel)
    none = replace(text.notes, words=WordCounts({}), topic=np.full_like(text.notes.topic, -1))
    silent = TextChannel(text.kernels, none)
    changed = replace(ranker, channels={**ranker.channels, "text": silent})
    found = explained(changed, "cup")
    assert {one.claim.kind for one in found.reasons} == {ClaimKind.POPULAR}
    assert found.n_dropped == 1
    assert found.ledger.by_channel()["text"] > 0, "it counts, but cannot be said"


def test_what_is_not_alike_is_not_said_to_be(ranker: Ranker) -> None:
    for item_id in ("tyre", "none"):
        found = explained(ranker, item_id)
        assert ClaimKind.SIMILAR_TEXT not in {one.claim.kind for one in found.reasons}
        assert "text" not in found.ledger.by_channel()


TOPIC: dict[str, Fact] = {
    "cosine": 0.7,
    "least_cosine": 0.5,
    "topic": "soap",
    "topic_cosine_source": 0.6,
    "topic_cosine_item": 0.5,
    "least_topic_cosine": 0.5,
}


@pytest.mark.parametrize(
    ("facts", "passed"),
    [
        (TOPIC, True),
        ({**TOPIC, "topic_cosine_item": 0.49}, False),
        ({**TOPIC, "topic_cosine_source": 0.49}, False),
        ({**TOPIC, "cosine": 0.49}, False),
        ({name: fact for name, fact in TOPIC.items() if name != "topic"}, False),
        ({"cosine": 0.7, "least_cosine": 0.5, "word": "red"}, True),
        ({"cosine": 0.4, "least_cosine": 0.5, "word": "red"}, False),
        ({"cosine": 0.7, "least_cosine": 0.5}, False),
        ({"word": "red"}, False),
        ({}, False),
    ],
)
def test_the_support_of_a_likeness(facts: dict[str, Fact], passed: bool) -> None:
    claim = Claim(ClaimKind.SIMILAR_TEXT, ("text",), Evidence(EvidenceKind.HISTORY), 1.0, facts)
    assert check_support(claim, 5).passed is passed
