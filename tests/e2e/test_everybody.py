"""The page for everybody: keyboard, phones, faults, weight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from youli_pages import PHONE, Open, fail, listed, no_sideways_scroll, open_why, status, titles

pytestmark = pytest.mark.e2e


class TestEverybody:
    def test_by_keyboard_alone(self, open_page: Open) -> None:
        page = open_page()
        listed(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the products")).to_be_focused()
        page.keyboard.press("Enter")
        why = listed(page).first.get_by_role("button", name=re.compile("^Why "))
        for name in ("switch", "link", "Put", "Buy", "Why"):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            assert name in (focused.get_attribute("role") or "link", *_words(focused)), name
        expect(why).to_be_focused()
        assert why.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("Total score").first).to_be_visible()
        assert dialog.evaluate("one => one.contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(why).to_be_focused()

    def test_the_focus_stays_near_when_a_product_goes(self, open_page: Open) -> None:
        page = open_page()
        first = titles(page)[0]
        page.get_by_role("button", name=f"Buy {first}").focus()
        page.keyboard.press("Enter")
        expect(status(page)).to_contain_text(first)
        assert page.evaluate("document.activeElement.closest('#list') !== null")

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_on_a_phone_nothing_scrolls_sideways(self, open_page: Open, lang: str) -> None:
        page = open_page(f"/?user=ada&lang={lang}", **PHONE)
        expect(page.locator("#list > li")).to_have_count(10)
        assert no_sideways_scroll(page)
        page.locator("[data-act=why]").first.tap()
        expect(page.locator("[data-total]").first).to_be_visible()
        dialog = page.get_by_role("dialog")
        assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert dialog.bounding_box()["x"] >= 0  # type: ignore[index]
        dialog.locator(".close").tap()
        page.locator("[data-act=title]").first.tap()
        expect(page.locator(".product")).to_be_visible()
        assert no_sideways_scroll(page)

    def test_every_control_has_a_name(self, open_page: Open) -> None:
        page = open_page()
        open_why(page)
        nameless = page.evaluate(
            """[...document.querySelectorAll("button, a[href], input, [role=switch]")].filter(one =>
            !one.hidden && !(one.ariaLabel || one.textContent.trim() || one.labels?.length))
            .map(one => one.outerHTML)"""
        )
        assert nameless == []

    def test_a_server_that_does_not_answer_and_then_does(self, open_page: Open) -> None:
        page = open_page()
        listed(page)
        page.route("**/api/recommend/**", lambda route: fail(route))
        page.reload()
        expect(page.get_by_role("alert")).to_contain_text("The shop could not answer")
        page.unroute("**/api/recommend/**")
        page.get_by_role("button", name="Try again").click()
        listed(page)

    def test_the_page_weighs_less_than_200_kb(self, open_page: Open) -> None:
        page = open_page()
        listed(page)
        n_bytes = page.evaluate(
            """performance.getEntriesByType("resource").filter(one => one.name.includes("/assets/"))
            .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
        )
        assert 20_000 < n_bytes < 200_000


def _words(element: Locator) -> list[str]:
    return (element.get_attribute("aria-label") or "").split(" ")
