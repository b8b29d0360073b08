# ruff: noqa: E501  (a Chinese character is two wide; sentences stay whole)
"""Sentences: said right, read back, and caught when one thing in them is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from youli.data.photos import Photos
from youli.data.shop import Shop, build_shop
from youli.errors import ConfigError
from youli.explain.types import Claim, ClaimKind, Counterfactual, Fact, Words
from youli.language.grammar import SLOT
from youli.language.grounding import read, ungrounded, wrong_slots
from youli.language.plan import plan_claim, plan_counterfactual
from youli.language.voice import GRAMMARS, LANGUAGES, TemplateVoice
from youli.types import Evidence, EvidenceKind

LONG = "Assorted colour bird ornament with a felt heart and a jute string for hanging up"
ITEMS = {
    "item_id": ["p0", "p1", "p2", "p3", "p4"],
    "title": ["WHITE HANGING HEART", "Tea “Earl” 20", LONG, "茶壶", "Plate"],
    "category": ["home > hearts", "food > tea", "home > birds", "home > pots", "home > birds"],
    "brand": ["Ada", "Bo", "Ada", "Ada", "Ada"],
    "description": [
        "Red, painted wood to hang up",
        None,
        "Painted wood",
        "红色陶瓷茶壶",
        "A red plate of painted wood. 红色陶瓷盘子",
    ],
    "price_minor": [255, 1_250_000, 300, 120, 200],
}
ITEM = 4


@pytest.fixture(scope="module")
def shop() -> Shop:
    events = {
        "user_id": ["u"] * 5,
        "item_id": ITEMS["item_id"],
        "timestamp": pa.array([0] * 5, pa.timestamp("us", tz="UTC")),
    }
    built = build_shop(pa.table(events), pa.table(ITEMS), currency="GBP")
    return replace(built, photos=_photos())


def _photos() -> Photos:
    """p0 and p4 have photos of the features (3, 4) and (8, 6): their cosine is .96."""
    cells = np.zeros((2, 49, 2), dtype=np.int8)
    cells[0, 0], cells[1, 7] = (3, 4), (8, 6)
    nothing, photo_of = np.zeros(0, np.uint8), np.array([0, -1, -1, -1, 1], dtype=np.int32)
    return Photos(photo_of, cells, nothing, np.zeros(3, dtype=np.int64), "hand")


def claim(kind: ClaimKind, **facts: Fact) -> Claim:
    base: dict[str, Fact] = {"today": "2011-12-09", "verb": "bought", "timed": 1}
    return Claim(kind, ("x",), Evidence(EvidenceKind.HISTORY), 1.0, base | facts)


def source(
    number: int = 0, *, n_times: int = 1, date: str | None = "2011-12-03"
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "source": number,
        "source_title": ITEMS["title"][number],
        "done": "purchase",
        "n_times": n_times,
    }
    return facts if date is None else facts | {"last_date": date}


WENT_ON = {"n_both": 31, "n_source": 1120, "n_item": 40, "n_all": 4000}
TOGETHER = {"n_both": 8, "n_source": 25, "confidence": 0.32, "lift": 3.0, "n_shoppers": 6}
BRAND: dict[str, Fact] = {"attribute": "brand", "value": "Ada"}
ALIKE: dict[str, Fact] = {"cosine": 0.7, "least_cosine": 0.5}
LOOKS: dict[str, Fact] = {"likeness": 0.96, "ranked_likeness": 0.96, "least_likeness": 0.85}
TOPIC: dict[str, Fact] = {
    **ALIKE,
    "topic": "plates and bowls",
    "topic_zh": "盘子和碗",
    "topic_cosine_source": 0.6,
    "topic_cosine_item": 0.62,
    "least_topic_cosine": 0.5,
}

#: claim → sentence and chip in English and Chinese.
SAID: list[tuple[Claim, tuple[str, str], tuple[str, str]]] = [
    (
        claim(ClaimKind.WENT_ON, **source(), **WENT_ON),
        (
            "You bought “WHITE HANGING HEART” on 3 December; 31 of the 1,120 other shoppers who "
            "bought it later bought this.",
            "Bought after “WHITE HANGING HEART”",
        ),
        (
            "您在12月3日买过「WHITE HANGING HEART」；买过它的另外1,120位顾客中，有31位后来买了这件商品。",
            "买过「WHITE HANGING HEART」之后又买的",
        ),
    ),
    (
        claim(ClaimKind.WENT_ON, **source(3, n_times=2, date="2010-02-01"), n_both=1, n_source=1),
        (
            "You bought “茶壶” 2 times, last on 1 February 2010; 1 of the 1 other shopper who "
            "bought it later bought this.",
            "Bought after “茶壶”",
        ),
        (
            "您买过「茶壶」2次，最近一次是2010年2月1日；买过它的另外1位顾客中，有1位后来买了这件商品。",
            "买过「茶壶」之后又买的",
        ),
    ),
    (
        claim(ClaimKind.TOGETHER, **source(1), **TOGETHER),
        (
            "You bought “Tea 'Earl' 20” on 3 December; 8 of the 25 orders of others with it "
            "(32%) also hold this.",
            "In one order with “Tea 'Earl' 20”",
        ),
        (
            "您在12月3日买过「Tea “Earl” 20」；其他顾客含有它的25单中，有8单（32%）也含有这件商品。",
            "与「Tea “Earl” 20」同在一单",
        ),
    ),
    (
        claim(ClaimKind.CHOSEN_ALIKE, **source(2, date=None), n_both=7),
        (
            "You bought “Assorted colour bird ornament with a felt heart and a jute…”; "
            "7 other shoppers bought both.",
            "Bought by shoppers of “Assorted colour bird ornament with a felt heart and a jute…”",
        ),
        (
            "您买过「Assorted colour bird ornament with a…」；另有7位顾客两件都买过。",
            "买过「Assorted colour bird ornament with a…」的顾客也买",
        ),
    ),
    (
        claim(
            ClaimKind.SHARED_ATTRIBUTE, **source(2), attribute="category 2", value="home > birds"
        ),
        (
            "You bought “Assorted colour bird ornament with a felt heart and a jute…” on "
            "3 December; this has the same category (birds).",
            "Same category: birds",
        ),
        (
            "您在12月3日买过「Assorted colour bird ornament with a…」；这件商品的类别与它相同（birds）。",
            "类别相同：birds",
        ),
    ),
    (
        claim(
            ClaimKind.SHARED_ATTRIBUTE,
            **source(0),
            **BRAND,
            source_2=3,
            source_title_2="茶壶",
        ),
        (
            "This has the same brand (Ada) as “WHITE HANGING HEART” and “茶壶”, which you bought.",
            "Same brand: Ada",
        ),
        ("这件商品的品牌（Ada）与您买过的「WHITE HANGING HEART」和「茶壶」相同。", "品牌相同：Ada"),
    ),
    (
        claim(ClaimKind.BUY_AGAIN, done="purchase", n_times=4, gap_days=35, last_date="2011-12-03"),
        (
            "You bought this 4 times, about every 35 days, last on 3 December.",
            "You bought this about every 35 days",
        ),
        (
            "您买过这件商品4次，大约每35天一次，最近一次是12月3日。",
            "您买过它，大约每35天一次",
        ),
    ),
    (
        claim(ClaimKind.SIMILAR_TEXT, **source(0), **ALIKE, word="red", word_2="painted"),
        (
            "You bought “WHITE HANGING HEART” on 3 December; this is described much like it: both "
            "say “red” and “painted”.",
            "Similar: red, painted",
        ),
        (
            "您在12月3日买过「WHITE HANGING HEART」；这件商品的介绍与它相近：都提到「red」和「painted」。",
            "介绍相近：red、painted",
        ),
    ),
    (
        claim(ClaimKind.SIMILAR_TEXT, **source(3), **ALIKE, word="陶瓷"),
        (
            "You bought “茶壶” on 3 December; this is described much like it: both say “陶瓷”.",
            "Similar: 陶瓷",
        ),
        ("您在12月3日买过「茶壶」；这件商品的介绍与它相近：都提到「陶瓷」。", "介绍相近：陶瓷"),
    ),
    (
        claim(ClaimKind.SIMILAR_TEXT, **source(3), **TOPIC),
        (
            "You bought “茶壶” on 3 December; this is described much like it: both are close to the "
            "topic “plates and bowls”.",
            "Similar topic: plates and bowls",
        ),
        (
            "您在12月3日买过「茶壶」；这件商品的介绍与它相近：都接近「盘子和碗」这一主题。",
            "主题相近：盘子和碗",
        ),
    ),
    (
        claim(ClaimKind.LOOKS_LIKE, **source(0), **LOOKS),
        (
            "This looks like “WHITE HANGING HEART”, which you bought.",
            "Looks like “WHITE HANGING HEART”",
        ),
        (
            "这件商品的外观与您买过的「WHITE HANGING HEART」相似。",
            "外观像「WHITE HANGING HEART」",
        ),
    ),
    (
        claim(ClaimKind.BUY_AGAIN, done="view_item", n_times=1, last_date="2011-12-03"),
        ("You looked at this on 3 December.", "You looked at this before"),
        ("您在12月3日看过这件商品。", "您以前看过它"),
    ),
    (
        claim(ClaimKind.GROUP, attribute="age_group", value="35-44", n_chose=12, n_group=1),
        (
            "12 of the 1 other shopper with your age group (35-44) bought this.",
            "Bought by others with your age group",
        ),
        (
            "与您age group相同（35-44）的另外1位顾客中，有12位买过这件商品。",
            "与您age group相同的顾客也买",
        ),
    ),
    (
        claim(ClaimKind.TRENDING, n_recent=31, n_before=12, days=28, rose=1),
        (
            "31 other shoppers bought this in the last 28 days, up from 12 in the 28 days before.",
            "Trending: 31 shoppers in 28 days",
        ),
        (
            "最近28天另有31位顾客买过这件商品，再往前28天是12位。",
            "近期热门：28天内31位顾客",
        ),
    ),
    (
        claim(ClaimKind.TRENDING, n_recent=31, n_before=40, days=28),
        (
            "31 other shoppers bought this in the last 28 days.",
            "31 shoppers in 28 days",
        ),
        ("最近28天另有31位顾客买过这件商品。", "28天内31位顾客"),
    ),
    (
        claim(ClaimKind.TRENDING, n_recent=31, days=28, rose=1),
        (
            "31 other shoppers bought this in the last 28 days, more than in the 28 days before.",
            "Trending: 31 shoppers in 28 days",
        ),
        ("最近28天另有31位顾客买过这件商品，比再往前28天多。", "近期热门：28天内31位顾客"),
    ),
    (
        claim(ClaimKind.POPULAR, verb="chose", n_shoppers=812, n_all=2468),
        ("812 of 2,468 other shoppers chose this.", "Chosen by 812 other shoppers"),
        ("另外2,468位顾客中，有812位选过这件商品。", "另有812位顾客选过"),
    ),
    (
        claim(ClaimKind.POPULAR, few=1, n_all=2468),
        ("Few other shoppers have bought this so far.", "Bought by few so far"),
        ("目前只有少数其他顾客买过这件商品。", "目前买的人少"),
    ),
    (
        claim(ClaimKind.POPULAR, new=1, n_shoppers=0, n_all=2468),
        ("New here: nobody else has bought it yet.", "New here"),
        ("新品：还没有其他顾客买过。", "新品"),
    ),
    (
        claim(ClaimKind.PROMOTED),
        ("Promoted by the shop.", "Promoted"),
        ("由商家推广。", "推广"),
    ),
    (
        claim(ClaimKind.MATCHES, field="text", phrase="red plate", phrase_2="painted wood"),
        (
            "Matches “red plate” and “painted wood” in the description.",
            "Matches “red plate” and “painted wood”",
        ),
        ("介绍中有「red plate」和「painted wood」。", "符合「red plate」和「painted wood」"),
    ),
    (
        claim(ClaimKind.MEANS, phrase="crockery", cosine=0.7),
        ("Close in meaning to “crockery”.", "Close in meaning"),
        ("与「crockery」意思相近。", "意思相近"),
    ),
]
PRICED = claim(
    ClaimKind.SHARED_ATTRIBUTE,
    **source(0),
    attribute="price band",
    value="lowest",
    price_minor=200,
    currency="GBP",
)


def sayings() -> Iterator[tuple[Claim, str, str, str]]:
    for one, english, chinese in SAID:
        yield one, "en", *english
        yield one, "zh", *chinese


@pytest.mark.parametrize(("one", "lang", "text", "chip"), list(sayings()))
def test_it_is_said_so(shop: Shop, one: Claim, lang: str, text: str, chip: str) -> None:
    voice = TemplateVoice(shop, lang)
    assert voice.say(one, ITEM) == Words(chip, text)
    check = voice.check(Words(chip, text), one, ITEM)
    assert check.passed, check


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_is_among_the_samples(lang: str) -> None:
    assert {one.kind for one, *_ in SAID} == set(ClaimKind)


# -- what is changed is caught ---------------------------------------------------------------


def mutations(text: str, lang: str) -> Iterator[str]:
    """The text with one number, date, title, price, word of denial or verb changed."""
    for found in re.finditer(r"\d[\d,]*", text):
        number = int(found.group().replace(",", ""))
        for other in (number + 1, number * 10, -number):
            yield text[: found.start()] + str(other) + text[found.end() :]
    numbers = re.findall(r"\d[\d,]*", text)
    for first, second in pairwise(numbers):
        if first != second:
            yield text.replace(first, "\0").replace(second, first).replace("\0", second)
    quotes = GRAMMARS[lang].quotes
    yield from (
        re.sub(f"{quotes[0]}[^{quotes[1]}]*{quotes[1]}", f"{quotes[0]}{other}{quotes[1]}", text)
        for other in ("Plate", "White Hanging Hear", "Tea…")
        if quotes[0] in text
    )
    swaps = {
        "en": [
            ("bought", "never bought"),
            ("bought", "returned"),
            ("You", "You did not"),
            ("December", "November"),
            ("same", "different"),
            ("more", "less"),
            ("up from", "down from"),
            ("Few", "Many"),
            ("nobody", "somebody"),
            ("Ada", "Bo"),
            ("£", "$"),
            ("lowest", "highest"),
            ("red", "blue"),
            ("red", "re"),
            ("painted", "printed"),
            ("陶瓷", "玻璃"),
            ("plates", "vases"),
            ("much", "hardly"),
            ("close to", "far from"),
            ("looks like", "looks nothing like"),
            ("Looks like", "Looks unlike"),
            ("which you bought", "which you looked at"),
            ("%", ""),
            (".", ", because you like it."),
        ],
        "zh": [
            ("买过", "没买过"),
            ("买过", "退过"),
            ("您", "您没有"),
            ("月", "年"),
            ("相同", "不同"),
            ("多。", "少。"),
            ("少数", "多数"),
            ("没有", "已有"),
            ("Ada", "Bo"),
            ("£", "$"),
            ("最低", "最高"),
            ("red", "blue"),
            ("painted", "printed"),
            ("陶瓷", "玻璃"),
            ("盘子", "花瓶"),
            ("相近", "不同"),
            ("都提到", "都没提到"),
            ("接近", "远离"),
            ("相似", "不同"),
            ("外观像", "外观不像"),
            ("您买过的", "您看过的"),
            ("%", ""),
            ("。", "，因为您喜欢。"),
        ],
    }
    yield from (text.replace(old, new, 1) for old, new in swaps[lang] if old in text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_mutation_is_caught(shop: Shop, lang: str) -> None:
    voice, n = TemplateVoice(shop, lang), 0
    for one in [*(claim for claim, *_ in SAID), PRICED]:
        words = voice.say(one, ITEM)
        assert voice.check(words, one, ITEM).passed
        for text in mutations(words.text, lang):
            if text != words.text:
                n += 1
                assert not voice.check(Words(words.chip, text), one, ITEM).passed, text
        for chip in mutations(words.chip, lang):
            if chip != words.chip:
                n += 1
                assert not voice.check(Words(chip, words.text), one, ITEM).passed, chip
    assert n > 150


def test_a_claim_about_another_product_than_the_catalogue_has_is_caught(shop: Shop) -> None:
    voice = TemplateVoice(shop, "en")
    wrong_title = claim(ClaimKind.WENT_ON, **source() | {"source_title": "Plate"}, **WENT_ON)
    wrong_brand = claim(ClaimKind.SHARED_ATTRIBUTE, **source(1), **BRAND)
    wrong_price = claim(PRICED.kind, **{**PRICED.facts, "price_minor": 301})
    wrong_word = claim(ClaimKind.SIMILAR_TEXT, **source(0), **ALIKE, word="plate")
    part_of_a_word = claim(ClaimKind.SIMILAR_TEXT, **source(0), **ALIKE, word="pain")
    no_text = claim(ClaimKind.SIMILAR_TEXT, **source(1), **ALIKE, word="red")
    words = (wrong_word, part_of_a_word, no_text)
    no_photo = claim(ClaimKind.LOOKS_LIKE, **source(1), **LOOKS)
    wrong_likeness = claim(ClaimKind.LOOKS_LIKE, **source(0), **LOOKS | {"likeness": 0.97})
    for one in (wrong_title, wrong_brand, wrong_price, *words, no_photo, wrong_likeness):
        check = voice.check(voice.say(one, ITEM), one, ITEM)
        assert not check.passed
        assert check.numbers["n_foreign"] >= 1
    assert voice.check(voice.say(PRICED, ITEM), PRICED, ITEM).passed


def test_money_and_price_band_in_words(shop: Shop) -> None:
    assert TemplateVoice(shop, "en").say(PRICED, ITEM).text == (
        "You bought “WHITE HANGING HEART” on 3 December; this costs £2.00, in the same price "
        "band (lowest)."
    )
    assert TemplateVoice(shop, "zh").say(PRICED, ITEM).text == (
        "您在12月3日买过「WHITE HANGING HEART」；这件商品售价£2.00，与它同属一个价位（最低）。"
    )


# -- free text -------------------------------------------------------------------------------

FREE = claim(ClaimKind.TOGETHER, **source(0, n_times=2), **TOGETHER)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Since you bought “WHITE HANGING HEART” on 3 December: 8 of 25 orders, 32%, agree."),
        ("en", "8 orders of 25 with “WHITE HANGING…” had this, too. You had it 2 times."),
        ("zh", "您12月3日买的「WHITE HANGING HEART」，25单里有8单（32%）也有它。"),
    ],
)
def test_true_free_text_is_grounded(lang: str, text: str) -> None:
    assert ungrounded(text, FREE.facts, GRAMMARS[lang]) == ()


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("en", "Like “茶壶”, of “plates and bowls”.", ()),
        ("en", "Like “茶壶”, of “plates”.", ("plates",)),
        ("en", "Like “茶壶”, of “盘子和碗”.", ("盘子和碗",)),
        ("zh", "与「茶壶」同属「盘子和碗」。", ()),
        ("zh", "与「茶壶」同属「碗」。", ("碗",)),
        ("en", "Like “茶壶”, “red” and “painted”.", ("red", "painted")),
    ],
)
def test_shared_topics_in_free_text(lang: str, text: str, found: tuple[str, ...]) -> None:
    one = claim(ClaimKind.SIMILAR_TEXT, **source(3), **TOPIC)
    assert ungrounded(text, one.facts, GRAMMARS[lang]) == found


def test_shared_words_in_free_text() -> None:
    one = claim(ClaimKind.SIMILAR_TEXT, **source(0), **ALIKE, word="red", word_2="painted")
    told = "“WHITE HANGING HEART” is “{}” and “painted”, too."
    assert ungrounded(told.format("red"), one.facts, GRAMMARS["en"]) == ()
    assert ungrounded(told.format("blue"), one.facts, GRAMMARS["en"]) == ("blue",)


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("en", "9 of 25 orders with “WHITE HANGING HEART”.", ("9",)),
        ("en", "8 of 25 orders with “Plate”.", ("Plate",)),
        ("en", "You bought it on 4 December.", ("4 December",)),
        ("en", "You bought it on 3 December 2010.", ("3 December 2010",)),
        ("en", "It costs £3.00.", ("£3.00",)),
        ("en", "33% of the orders hold it.", ("33%",)),
        ("en", "You didn't buy it.", ("didn't",)),
        ("en", "Nobody bought it.", ("nobody",)),
        ("zh", "25单里有9单。", ("9",)),
        ("zh", "您12月4日买过它。", ("12月4日",)),
        ("zh", "您没买过它。", ("没",)),
    ],
)
def test_what_is_no_fact_is_found(lang: str, text: str, found: tuple[str, ...]) -> None:
    assert ungrounded(text, FREE.facts, GRAMMARS[lang]) == found


# -- forms -----------------------------------------------------------------------------------


def test_the_languages_have_the_same_forms_with_the_same_slots() -> None:
    first, *others = GRAMMARS.values()
    for other in others:
        assert set(first.forms) == set(other.forms)
        for key in first.forms:
            slots = [{slot[0] for slot in SLOT.findall(g.forms[key])} for g in (first, other)]
            assert slots[0] == slots[1], key


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("verb", ["bought", "chose"])
@pytest.mark.parametrize(
    "done",
    [
        "purchase",
        "add_to_cart",
        "add_to_wishlist",
        "rate",
        "view_item",
        "select_item",
        "search",
        "beside",
    ],
)
@pytest.mark.parametrize("n_times", [1, 2])
@pytest.mark.parametrize("date", [None, "2011-12-03"])
def test_every_kind_has_every_form(
    shop: Shop, lang: str, verb: str, done: str, n_times: int, date: str | None
) -> None:
    about = source(0, n_times=n_times, date=date) | {"done": done, "verb": verb}
    several = about | BRAND | {"source_2": 3, "source_title_2": "茶壶"}
    three = several | {"source_3": 2, "source_title_3": LONG}
    trend = {"verb": verb, "n_recent": 7, "days": 28, "rose": 1}
    fell = {"verb": verb, "n_recent": 7, "days": 28, "n_before": 9}
    variants: dict[ClaimKind, list[dict[str, Fact]]] = {
        ClaimKind.WENT_ON: [about | WENT_ON],
        ClaimKind.TOGETHER: [about | TOGETHER],
        ClaimKind.CHOSEN_ALIKE: [about | {"n_both": 5}, about | {"n_both": 1}],
        ClaimKind.SHARED_ATTRIBUTE: [about | BRAND, dict(PRICED.facts) | about],
        ClaimKind.SIMILAR_TEXT: [
            about | ALIKE | {"word": "red"},
            about | ALIKE | {"word": "red", "word_2": "painted"},
            about | ALIKE | {"word": "wood", "word_2": "red", "word_3": "painted"},
            about | TOPIC,
        ],
        ClaimKind.LOOKS_LIKE: [about | LOOKS],
        ClaimKind.BUY_AGAIN: [about],
        ClaimKind.GROUP: [BRAND | {"verb": verb, "n_chose": 5, "n_group": 9}],
        ClaimKind.TRENDING: [fell, trend, trend | {"n_before": 0}],
        ClaimKind.POPULAR: [
            {"verb": verb, "n_shoppers": 5, "n_all": 9},
            {"verb": verb, "few": 1},
            {"verb": verb, "new": 1},
        ],
        ClaimKind.PROMOTED: [{}],
    }
    if done == "beside":
        del variants[ClaimKind.BUY_AGAIN]
    else:
        variants[ClaimKind.SHARED_ATTRIBUTE] += [several, three, several | {"done": "mixed"}]
        if date is not None:
            variants[ClaimKind.BUY_AGAIN].append(about | {"gap_days": 1})
    voice = TemplateVoice(shop, lang)
    for kind, many in variants.items():
        for facts in many:
            one = claim(kind, **facts)
            words = voice.say(one, ITEM)
            assert words.text
            assert words.chip
            assert "{" not in words.text + words.chip
            assert voice.check(words, one, ITEM).passed, words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_form_is_left_unused(lang: str) -> None:
    """Every form can be planned: dead forms would be translated for nobody."""
    grammar = GRAMMARS[lang]
    kinds = {key.split("/")[0] for key in grammar.forms}
    assert kinds == {
        "advertiser",
        "opening",
        "buy_again",
        "went_on",
        "together",
        "chosen_alike",
        "beside",
        "group",
        "recent",
        "trending",
        "trending_few_before",
        "popular",
        "popular_few",
        "popular_new",
        "shared",
        "similar_text",
        "looks_like",
        "counterfactual",
        "promoted",
        "matches",
        "means",
    }


# -- counterfactuals -------------------------------------------------------------------------


def found(n_removed: int, *, minimal: bool = True, rank_before: int = 2) -> Counterfactual:
    removed = (0, 3, 4, 1, 2)[:n_removed]
    valid = n_removed > 0
    rank_after = None if valid else 3
    return Counterfactual(4, removed, removed, 10, rank_before, rank_after, valid, minimal)


@pytest.mark.parametrize(
    ("one", "english", "chinese"),
    [
        (
            found(1),
            "Without “WHITE HANGING HEART” this would not be in your top 10; taking out less "
            "would not do it.",
            "如果不计「WHITE HANGING HEART」，这件商品就不会在您的前10名之内；去掉更少则不足以改变。",
        ),
        (
            found(3, minimal=False),
            "Without “WHITE HANGING HEART”, “茶壶” and “Plate” this would not be in your top 10.",
            "如果不计「WHITE HANGING HEART」、「茶壶」和「Plate」，这件商品就不会在您的前10名之内。",
        ),
        (
            found(5, minimal=False),
            "Without “WHITE HANGING HEART”, “茶壶” and 3 more this would not be in your top 10.",
            "如果不计「WHITE HANGING HEART」、「茶壶」和另外3件商品，这件商品就不会在您的前10名之内。",
        ),
        (
            found(0, minimal=False),
            "Even without your whole history this would stay in your top 10.",
            "即使不计您的全部历史记录，这件商品仍会在您的前10名之内。",
        ),
        (
            found(0, minimal=False, rank_before=0),
            "This is not in your top 10.",
            "这件商品不在您的前10名之内。",
        ),
    ],
)
def test_counterfactuals(shop: Shop, one: Counterfactual, english: str, chinese: str) -> None:
    assert TemplateVoice(shop, "en").counterfactual(one) == english
    assert TemplateVoice(shop, "zh").counterfactual(one) == chinese
    assert plan_counterfactual(one) in GRAMMARS["en"].forms


def test_a_language_that_is_not_there_is_named(shop: Shop) -> None:
    with pytest.raises(ConfigError, match="no such language: 'fr'"):
        TemplateVoice(shop, "fr")


def test_reading_needs_the_planned_form() -> None:
    one = claim(ClaimKind.TRENDING, n_recent=1, n_before=0, days=1, rose=1)
    keys = plan_claim(one).text
    right = "1 other shopper bought this in the last 1 day, up from 0 in the 1 day before."
    slots = read(right, GRAMMARS["en"], keys)
    assert slots == {"n_recent": "1", "days": "1", "n_before": "0"}
    assert wrong_slots(slots, one.facts, GRAMMARS["en"]) == ()
    disagreeing = right.replace("1 other shopper ", "1 other shoppers ")
    assert read(disagreeing, GRAMMARS["en"], keys) is None
    contradicting = right.replace("the 1 day before", "the 2 days before")
    assert read(contradicting, GRAMMARS["en"], keys) is None
