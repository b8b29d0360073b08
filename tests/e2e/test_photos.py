"""Photos on the store page: on the tiles, and side by side where the reason is their likeness."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
TITLES = {
    "en": ("Recommended for you", "^Why ", r"^Photo of .+, with the parts that look alike"),
    "zh": ("为您推荐", "^为什么推荐", r"的图片，相似之处保持明亮$"),
}


def _loaded(picture: Locator) -> bool:
    return bool(picture.evaluate("one => one.complete && one.naturalWidth === 160"))


def _open_why(page: Page, lang: str) -> Locator:
    name, why, _ = TITLES[lang]
    tiles = page.get_by_role("list", name=name).get_by_role("listitem")
    expect(tiles).to_have_count(10)
    tiles.first.get_by_role("button", name=re.compile(why)).click()
    return page.get_by_role("dialog")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_photos_stand_side_by_side_with_the_likeness_marked(
    open_photos: Open, lang: str
) -> None:
    page = open_photos(f"/?user=ada&lang={lang}")
    dialog = _open_why(page, lang)
    pair = dialog.get_by_role("img", name=re.compile(TITLES[lang][2]))
    expect(pair).to_have_count(2)
    for picture in pair.all():
        expect(picture).to_have_attribute("src", re.compile("^data:image/jpeg"))
        page.wait_for_function("one => one.complete", arg=picture.element_handle())
        assert _loaded(picture)
    sources = [one.get_attribute("src") for one in pair.all()]
    assert sources[0] != sources[1]


def test_the_veil_is_thin_where_the_likeness_lies_and_can_be_taken_off(open_photos: Open) -> None:
    page = open_photos()
    dialog = _open_why(page, "en")
    veils = dialog.locator("figure .veil")
    expect(veils).to_have_count(2)
    for veil in veils.all():
        opacity = [
            float(one.get_attribute("fill-opacity") or 9) for one in veil.locator("rect").all()
        ]
        assert len(opacity) == 49
        # The drawn square covers 3 or 4 cells each way (`youli.testing.shops.drawn_photos`).
        n_bright = sum(one < 0.2 for one in opacity)
        assert n_bright in {9, 12, 16}
        assert sum(one > 0.7 for one in opacity) == 49 - n_bright
    button = dialog.get_by_role("button", name="Mark what looks alike")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(veils.first).to_be_hidden()


def test_tiles_show_photos_and_a_drawing_where_there_is_none(open_photos: Open) -> None:
    page = open_photos()
    tiles = page.get_by_role("list", name="Recommended for you").get_by_role("listitem")
    expect(tiles).to_have_count(10)
    photos = tiles.locator(".art img")
    assert photos.count() >= 9
    page.wait_for_function(
        "() => [...document.querySelectorAll('.tile .art img')].every(one => one.naturalWidth)"
    )
    page.goto(page.url.split("?")[0] + "item/whisk?user=ada&lang=en")  # the last: without a photo
    expect(page.locator(".product .art svg")).to_be_visible()
    expect(page.locator(".product .art img")).to_have_count(0)
