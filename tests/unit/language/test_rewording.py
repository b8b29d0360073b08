"""Other words for a true sentence: what may change, and what may not."""

from __future__ import annotations

import pytest

from youli.explain.types import Fact
from youli.language.rewording import reworded_wrongly
from youli.language.voice import GRAMMARS

FACTS: dict[str, Fact] = {
    "source": 0, "source_title": "Plate", "last_date": "2011-12-03", "today": "2011-12-09",
    "n_both": 31, "n_source": 120, "attribute": "brand", "value": "Ada",
}  # fmt: skip
EN = (
    "You bought “Plate” on 3 December; this has the same brand (Ada); 31 of the 120 other shoppers "
    "who bought it later bought this."
)
ZH = (
    "您在12月3日买过「Plate」；这件商品的品牌与它相同（Ada）；"
    "买过它的另外120位顾客中，有31位后来买了这件商品。"
)


@pytest.mark.parametrize(
    ("lang", "said", "text"),
    [
        ("en", EN, EN),
        (
            "en",
            EN,
            "On 3 December, you bought “Plate”. This one has the same brand, Ada, and 31 of 120 "
            "shoppers who bought that later bought this.",
        ),
        ("zh", ZH, ZH),
        (
            "zh",
            ZH,
            "12月3日您买过「Plate」，这件商品的品牌（Ada）与它相同。"
            "另外120位顾客买过它，后来31位买了这件商品。",
        ),
    ],
)
def test_other_words_may_say_the_same(lang, said, text):
    assert reworded_wrongly(text, said, FACTS, GRAMMARS[lang]) == ()


@pytest.mark.parametrize(
    ("lang", "one", "other", "found"),
    [
        ("en", "31 of the 120", "120 of the 31", "120"),
        ("en", "You bought", "You looked at", "looked"),
        ("en", "(Ada)", "(Bo)", "Ada"),
        ("en", "You bought", "You never bought", "never"),
        ("en", "later bought", "earlier bought", "earlier"),
        ("en", "“Plate”", "“Cup”", "Cup"),
        ("en", "3 December", "4 December", "4 December"),
        ("en", "3 December", "-3 December", "-"),
        ("en", "this.", "this because you like it.", "because"),
        ("zh", "有31位", "有120位", "120"),
        ("zh", "您在12月3日买过", "您在12月3日看过", "看过"),
        ("zh", "（Ada）", "（Bo）", "Ada"),
        ("zh", "您在12月3日买过", "您在12月3日没买过", "没"),
        ("zh", "后来", "先前", "先前"),
        ("zh", "相同", "不同", "不同"),
    ],
)
def test_what_says_something_else_is_found(lang, one, other, found):
    said = {"en": EN, "zh": ZH}[lang]
    assert one in said
    text = said.replace(one, other, 1)
    assert found in reworded_wrongly(text, said, FACTS, GRAMMARS[lang])
