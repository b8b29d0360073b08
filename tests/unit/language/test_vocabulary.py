"""Scenes and audiences: complete, said and read back alike; an advertiser hears of nobody."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from importlib import resources
from itertools import product

import pyarrow as pa
import pytest

from youli.data.shop import Shop, build_shop
from youli.errors import ConfigError
from youli.explain.types import Claim, ClaimKind, Counterfactual, Fact
from youli.language.grammar import SLOT
from youli.language.vocabulary import SCENES, Audience, vocabulary
from youli.language.voice import LANGUAGES, TemplateVoice, grammars
from youli.types import Evidence, EvidenceKind

TITLES = ["Night train", "Day boat", "Old map"]
SOURCE: dict[str, Fact] = {
    "source": 0, "source_title": "Night train", "done": "purchase", "n_times": 1,
    "last_date": "2011-12-03", "today": "2011-12-09", "timed": 1, "verb": "bought",
}  # fmt: skip
#: A claim of every kind that speaks of others, or of the shopper.
FACTS: dict[ClaimKind, dict[str, Fact]] = {
    ClaimKind.WENT_ON: SOURCE | {"n_both": 31, "n_source": 120},
    ClaimKind.TOGETHER: SOURCE | {"n_both": 8, "n_source": 25, "confidence": 0.32},
    ClaimKind.CHOSEN_ALIKE: SOURCE | {"n_both": 12},
    ClaimKind.SHARED_ATTRIBUTE: SOURCE | {"attribute": "brand", "value": "Ada"},
    ClaimKind.BUY_AGAIN: SOURCE,
    ClaimKind.GROUP: SOURCE | {"attribute": "brand", "value": "Ada", "n_chose": 7, "n_group": 60},
    ClaimKind.TRENDING: SOURCE | {"n_recent": 9, "days": 28, "n_before": 6, "rose": 1},
    ClaimKind.POPULAR: SOURCE | {"n_shoppers": 40, "n_all": 300},
    ClaimKind.PROMOTED: SOURCE,
    ClaimKind.MATCHES: {"field": "title", "phrase": TITLES[1][:3]},
    ClaimKind.MEANS: {"phrase": "Night train", "cosine": 0.7},
}
EVERY = list(product(LANGUAGES, SCENES, Audience))


@pytest.fixture(scope="module")
def shop() -> Shop:
    ids = [f"p{n}" for n in range(len(TITLES))]
    stamps = pa.array([0] * len(ids), pa.timestamp("us", tz="UTC"))
    events = {"user_id": ["u"] * len(ids), "item_id": ids, "timestamp": stamps}
    items = {"item_id": ids, "title": TITLES, "brand": ["Ada", "Ada", "Bo"]}
    return build_shop(pa.table(events), pa.table(items), currency="GBP")


def claim(kind: ClaimKind) -> Claim:
    return Claim(kind, ("x",), Evidence(EvidenceKind.HISTORY), 1.0, FACTS[kind])


def keys(lang: str, scene: str) -> set[tuple[str, str]]:
    file = resources.files("youli.language") / "packs" / f"{scene}.{lang}.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return {(name, key) for name, table in tables.items() for key in table}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_a_pack_has_every_word_and_no_other(lang: str, scene: str) -> None:
    assert keys(lang, scene) == keys(lang, SCENES[0])


def test_every_pack_is_a_scene_in_every_language() -> None:
    files = (resources.files("youli.language") / "packs").iterdir()
    wanted = {f"{scene}.{lang}.toml" for scene in SCENES for lang in LANGUAGES}
    assert {file.name for file in files} == wanted


@pytest.mark.parametrize(("lang", "scene", "audience"), EVERY)
def test_no_form_has_a_mark_left_and_slots_are_those_of_retail(
    lang: str, scene: str, audience: Audience
) -> None:
    for grammar, plain in zip(grammars(lang, scene, audience), grammars(lang), strict=True):
        assert set(grammar.forms) == set(plain.forms)
        for key, form in grammar.forms.items():
            assert not re.search(r"[<>]|\{object\}", form), key
            names = [{slot[0] for slot in SLOT.findall(one)} for one in (form, plain.forms[key])]
            assert names[0] == names[1], key


@pytest.mark.parametrize(("lang", "scene", "audience"), EVERY)
def test_what_is_said_is_read_back(shop: Shop, lang: str, scene: str, audience: Audience) -> None:
    voice = TemplateVoice(replace(shop, scene=scene), lang, audience)
    for kind in FACTS:
        words = voice.say(claim(kind), 1)
        assert voice.check(words, claim(kind), 1).passed, words
        wrong = replace(words, text=words.text.replace("3", "4").replace("8", "9"))
        if wrong != words:
            assert not voice.check(wrong, claim(kind), 1).passed, wrong


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_an_advertiser_hears_nothing_that_a_shopper_did(shop: Shop, lang: str, scene: str) -> None:
    voice = TemplateVoice(replace(shop, scene=scene), lang, Audience.ADVERTISER)
    for kind in FACTS:
        words = voice.say(claim(kind), 1)
        for private in ("Night train", "December", "12月"):
            assert private not in words.text + words.chip
    gone = Counterfactual(1, (0,), (0,), 10, 2, None, valid=True, minimal=True, only_new=True)
    assert "Night train" not in voice.counterfactual(gone)


@pytest.mark.parametrize(
    ("scene", "audience", "english", "chinese"),
    [
        (
            "video",
            Audience.SHOPPER,
            "You watched “Night train” on 3 December; 31 of the 120 other viewers who watched it "
            "later watched this.",
            "您在12月3日看过「Night train」；看过它的另外120位观众中，有31位后来看了这部影片。",
        ),
        (
            "retail",
            Audience.AGENT,
            "The customer bought “Night train” on 3 December; 31 of the 120 other shoppers who "
            "bought it later bought this.",
            "该顾客在12月3日买过「Night train」；买过它的另外120位顾客中，有31位后来买了这件商品。",
        ),
        (
            "travel",
            Audience.ADVERTISER,
            "31 of the 120 other travellers who booked something in the traveller's history later "
            "booked yours.",
            "订过这位旅客历史记录中的一项的另外120位旅客中，有31位后来订了您的项目。",
        ),
    ],
)
def test_it_is_said_in_the_words_of_the_scene(
    shop: Shop, scene: str, audience: Audience, english: str, chinese: str
) -> None:
    said = [
        TemplateVoice(replace(shop, scene=scene), lang, audience).say(claim(ClaimKind.WENT_ON), 1)
        for lang in ("en", "zh")
    ]
    assert [one.text for one in said] == [english, chinese]


def test_a_scene_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no vocabulary for 'circus'"):
        vocabulary("en", "circus")
