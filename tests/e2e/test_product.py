"""The page of a product; other shoppers, other languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect
from youli_pages import Open, listed, no_sideways_scroll, status, titles

pytestmark = pytest.mark.e2e


class TestProduct:
    def test_beside_a_product_sentences_speak_of_it(self, open_page: Open) -> None:
        page = open_page("/item/notebook?user=ada&lang=en")
        for name in ("Often bought together", "Similar products"):
            beside = page.get_by_role("region", name=name)
            expect(beside.get_by_role("list").or_(beside.get_by_text("No")).first).to_be_visible()
        notes = page.locator(".tile .chip").all_inner_texts()
        assert any("other shoppers" in note or "orders with" in note for note in notes)
        assert not any("You bought" in note for note in notes)

    @pytest.mark.parametrize("n_left", [0, 1])
    def test_short_and_empty_lists_beside_a_product(self, open_page: Open, n_left: int) -> None:
        page = open_page()
        listed(page)

        def shortened(route: Route) -> None:
            answer = route.fetch()
            document = answer.json()
            document["recommendations"] = document["recommendations"][:n_left]
            route.fulfill(response=answer, json=document)

        page.route("**/api/similar/**", shortened)
        page.route("**/api/bought-together/**", shortened)
        listed(page).first.get_by_role("link").click()
        kin = page.get_by_role("region", name="Similar products")
        if n_left:
            expect(kin.get_by_role("listitem")).to_have_count(1)
            tile, picture = kin.get_by_role("listitem").bounding_box(), page.locator(".product")
            assert tile is not None
            assert tile["width"] < picture.bounding_box()["width"] / 2  # type: ignore[index]
        else:
            expect(kin.get_by_text("No similar product is known.")).to_be_visible()
            expect(page.get_by_text("Nothing was bought together with it")).to_be_visible()
        assert no_sideways_scroll(page)

    def test_ignoring_after_a_deep_link(self, open_page: Open) -> None:
        page = open_page("/item/notebook?user=ada&lang=en")
        page.get_by_role("button", name="Why Notebook?").click()
        panel = page.get_by_role("dialog")
        panel.get_by_role("switch").first.click()
        expect(panel.get_by_role("status")).to_contain_text("What changed")

    def test_a_deep_link(self, open_page: Open) -> None:
        page = open_page("/item/notebook?user=ada&lang=en")
        expect(page.get_by_role("heading", level=1, name="Notebook")).to_be_visible()
        expect(page).to_have_title("Notebook · Corner shop")
        kin = page.get_by_role("region", name="Similar products").get_by_role("listitem")
        expect(kin.first).to_be_visible()
        assert kin.first.locator(".chip").inner_text().strip()
        expect(page.get_by_role("region", name="Often bought together")).to_be_visible()

    def test_why_for_a_product_that_is_not_listed(self, open_page: Open) -> None:
        page = open_page("/item/notebook?user=ada&lang=en")
        page.get_by_role("button", name="Why Notebook?").click()
        expect(page.get_by_role("dialog").get_by_text("Total score").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Why Notebook?")).to_be_focused()

    def test_an_unknown_product(self, open_page: Open) -> None:
        page = open_page("/item/no-such-thing?user=ada&lang=en")
        expect(page.get_by_role("alert")).to_contain_text("This shop has no such product.")
        page.get_by_role("link", name="To the recommendations", exact=True).click()
        listed(page)

    def test_back_and_forward(self, open_page: Open) -> None:
        page = open_page()
        first = titles(page)[0]
        listed(page).first.get_by_role("link", name=first).click()
        expect(page.get_by_role("heading", level=1, name=first)).to_be_visible()
        page.go_back()
        listed(page)
        page.go_forward()
        expect(page.get_by_role("heading", level=1, name=first)).to_be_visible()


class TestShoppersAndLanguages:
    def test_another_shopper(self, open_page: Open) -> None:
        page = open_page()
        before = titles(page)
        page.get_by_role("button", name="Choose another shopper", exact=False).click()
        picker = page.get_by_role("dialog", name="See the shop as")
        picker.get_by_role("searchbox").fill("shopper-01")
        picker.get_by_role("button", name="Shopper shopper-013").click()
        expect(page.get_by_text("Shopper shopper-013 · ", exact=False)).to_be_visible()
        assert titles(page) != before
        assert "user=shopper-013" in page.url

    def test_somebody_new_has_a_list_and_no_history(self, open_page: Open) -> None:
        page = open_page()
        page.get_by_role("button", name="Choose another shopper", exact=False).click()
        page.get_by_role("dialog").get_by_role("button", name="A new shopper").click()
        expect(page.get_by_text("Nothing is known of this shopper yet.")).to_be_visible()
        before = titles(page)
        page.get_by_role("button", name=f"Buy {before[0]}").click()
        expect(status(page)).to_contain_text(before[0])
        assert titles(page) != before

    def test_chinese(self, open_page: Open) -> None:
        page = open_page()
        listed(page)
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("heading", level=1, name="为您推荐")).to_be_visible()
        tiles = page.get_by_role("list", name="为您推荐").get_by_role("listitem")
        expect(tiles).to_have_count(10)
        assert re.search(r"[\u4e00-\u9fff]", tiles.first.locator(".chip").first.inner_text())
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        page.reload()
        expect(page.get_by_role("heading", level=1, name="为您推荐")).to_be_visible()
        tiles.first.get_by_role("button", name=re.compile("^为什么")).click()
        expect(page.get_by_role("dialog").get_by_text("总分").first).to_be_visible()
        assert "{" not in page.get_by_role("dialog").inner_text()
