"""Every picture: its words, its formats, nothing on top of something else, hostile titles."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from youli.channels.affinity import AffinityChannel
from youli.channels.popularity import PopularityChannel
from youli.channels.transition import TransitionChannel
from youli.data.state import ShopperState
from youli.errors import ConfigError, StorageError, UnknownEntityError
from youli.explain.overview.drivers import DriversConfig, find_drivers
from youli.explain.overview.rules import RulesConfig, mine_rules
from youli.explain.overview.surrogate import SurrogateConfig, fit_surrogate
from youli.plots import base
from youli.plots.ledger import past_of, timeline, waterfall
from youli.plots.maps import heat_map, photo_pair
from youli.plots.whole import rule_graph, shares, shares_over_time, surrogate_tree
from youli.rank.ranker import Ranker
from youli.testing.shops import SHOPS, order_shop

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script> & $\\frac{ \x00 100% _x"
ZH = "青花瓷茶壶功夫茶具家用陶瓷泡茶壶单壶大容量带过滤网礼盒装"
TITLES = ["Kettle " * 30, ZH * 4, HOSTILE, "Soap", "_hidden", "Plate"]


@pytest.fixture(scope="module")
def world():
    """Shoppers who walk through six products with long, hostile and Chinese titles."""
    rng = np.random.default_rng(0)
    orders = {
        f"u{user:02}": [
            (float(20 * at + rng.uniform(0, 9)), " ".join({"abcdef"[(user + at) % 6],
                                                            "abcdef"[(user + at + 1) % 6]}))
            for at in range(2 + user % 4)
        ]
        for user in range(36)
    }  # fmt: skip
    shop = order_shop(orders, {"item_id": list("abcdef"), "title": TITLES})
    channels = {
        c.name: c.fit(shop) for c in (TransitionChannel, AffinityChannel, PopularityChannel)
    }
    weights = {name: np.ones(len(one.basis_names)) for name, one in channels.items()}
    weights["popularity"] = -weights["popularity"]
    return Ranker(shop, channels, weights)


@pytest.fixture(scope="module", params=["en", "zh"])
def pictures(world, request):
    lang, shop = request.param, world.shop
    state = ShopperState.of(shop, "u03")
    titles = shop.catalogue.titles
    item_num = 2
    ledger = world.ledgers(state, np.array([item_num]))[0]
    found = find_drivers(
        replace(world, config=replace(world.config, repeats=True)),
        DriversConfig(k=3, n_months=2, n_resamples=50),
    )
    config = RulesConfig(min_shoppers=1, min_lift=1.0)
    tree = fit_surrogate(
        replace(world, config=replace(world.config, repeats=True)),
        "listed",
        SurrogateConfig(k=2, min_rows=3),
    )
    past = past_of(world, state, item_num)
    amounts = world.amounts_by_past(state, np.arange(6, dtype=np.int32))
    items, _ = state.distinct_items
    photographed = SHOPS["browsing"]()
    return {
        "waterfall": waterfall(ledger, titles[item_num], titles, lang=lang),
        "timeline": timeline(past, titles[item_num], shop, lang=lang),
        "heat": heat_map(amounts, [titles[one] for one in items], titles, HOSTILE),
        "photos": photo_pair(photographed.photos, 0, 4, TITLES, lang=lang),
        "rules": rule_graph(mine_rules(shop, config), lang=lang),
        "shares": shares(found, lang=lang),
        "months": shares_over_time(found, lang=lang),
        "tree": surrogate_tree(tree, lang=lang),
    }


NAMES = ("waterfall", "timeline", "heat", "photos", "rules", "shares", "months", "tree")


@pytest.mark.parametrize("name", NAMES)
def test_an_svg_stands_alone_and_says_what_it_shows(pictures, name):
    picture = pictures[name]
    text = picture.svg()
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert title.text
    assert len(desc.text) > 20
    assert list(root.iter(f"{SVG}script")) == []
    assert "prefers-color-scheme:dark" in root.find(f"{SVG}style").text
    assert 'href="http' not in text
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", NAMES)
def test_no_words_lie_on_other_words_or_leave_the_picture(pictures, name):
    figure = pictures[name].figure
    with base._styled():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
    shown = [
        text
        for text in figure.findobj(base.Text)
        if text.get_visible() and text.get_text().strip() and text.get_window_extent().width > 0
    ]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in shown]
    assert boxes
    for words, box in boxes:
        assert box.x0 >= -2, words
        assert box.y0 >= -2, words
        assert box.x1 <= figure.bbox.x1 + 2, words
        assert box.y1 <= figure.bbox.y1 + 2, words
    if name == "heat":  # its slanted labels have boxes that overlap where their words do not
        return
    for (one, a), (other, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide < 2 or high < 3, (one, other)


def test_the_same_gives_the_same_text():
    one, other = (heat_map(np.eye(2), ["a", "b"], ["c", "d"], "t") for _ in range(2))
    assert one.svg() == other.svg() == one.svg()
    assert heat_map(np.eye(2), ["a", "b"], ["c", "e"], "t").svg() != one.svg()


def test_a_png_is_a_png(pictures, tmp_path):
    pictures["tree"].save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG\r\n")
    pictures["tree"].save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<svg")


def test_where_it_cannot_be_written(pictures, tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be written as \.gif"):
        pictures["tree"].save(tmp_path / "a.gif")
    with pytest.raises(StorageError, match="could not be written"):
        pictures["tree"].save(tmp_path / "no" / "a.svg")


def test_without_a_chinese_font_it_says_so(monkeypatch):
    monkeypatch.setattr(base, "_families", lambda: ("DejaVu Sans",))
    base._can_draw.cache_clear()
    try:
        picture = heat_map(np.ones((1, 1)), ["茶壶"], ["Soap"], "茶")
        assert "茶" in picture.lacking
        assert "fonts-noto-cjk" in picture.note
        assert "茶壶" in picture.svg(), "the viewer may have a font"
        with pytest.raises(ConfigError, match="letters that no font here draws: 壶茶"):
            picture.png()
    finally:
        base._can_draw.cache_clear()


def test_the_words_of_a_waterfall_add_up(pictures, world):
    state = ShopperState.of(world.shop, "u03")
    ledger = world.ledgers(state, np.array([2]))[0]
    assert f"{ledger.score:.3f}" in pictures["waterfall"].alt
    assert ledger.by_channel()["popularity"] < 0, "something speaks against"


def test_an_unfaithful_tree_warns_in_colour(world):
    repeating = replace(world, config=replace(world.config, repeats=True))
    found = fit_surrogate(repeating, "score", SurrogateConfig(k=2, min_rows=3))
    for fidelity, colour in ((0.1, base.AGAINST), (0.9, base.SOFT)):
        picture = surrogate_tree(replace(found, fidelity=fidelity))
        small = [t for t in picture.figure.texts if t.get_fontsize() == 9]
        assert {one.get_color() for one in small} == {colour}
        assert ("does not stand for" in picture.alt) == (fidelity < 0.5)


def test_nothing_to_draw(world):
    empty = rule_graph(mine_rules(world.shop).first(0))
    assert empty.alt == "No rule stands on enough shoppers."
    nobody = ShopperState.of(world.shop, "nobody")
    assert "Nothing of the history" in timeline(past_of(world, nobody, 0), "x", world.shop).alt
    photos = SHOPS["browsing"]().photos
    with pytest.raises(UnknownEntityError, match="has no photo"):
        photo_pair(photos, 0, photos.n_items - 1, [f"p{n}" for n in range(photos.n_items)])


def test_past_products_give_what_leaves_the_score(world):
    state = ShopperState.of(world.shop, "u03")
    whole = world.score(state)[2]
    past = past_of(world, state, 2)
    assert past
    items, _ = state.distinct_items
    for at, rows in enumerate(state.rows_of_distinct):
        mine = next(p for p in past if p.title == world.shop.catalogue.titles[items[at]])
        assert whole - world.score(state.without(rows))[2] == pytest.approx(mine.amount, abs=1e-6)


def test_lines_break_between_chinese_letters():
    assert base.wrapped("青花瓷茶壶 and tea", 6) == ["青花瓷", "茶壶", "and", "tea"]
    assert base.wrapped("a" * 30, 10) == ["aaaaaaaaa…"]
    assert base.wrapped("", 10) == []
