"""The why panel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from youli_pages import Open, number, open_why, place_with_counterfactual, titles

pytestmark = pytest.mark.e2e


class TestWhy:
    def test_the_bars_add_up_to_the_total(self, open_page: Open) -> None:
        dialog = open_why(open_page())
        for name in ("channel", "evidence"):
            table = dialog.locator(f"[data-bars={name}]")
            cells = table.locator("[data-amount]")
            amounts = [float(cell.get_attribute("data-amount") or "nan") for cell in cells.all()]
            total = float(table.locator("[data-total]").get_attribute("data-total") or "nan")
            assert len(amounts) > 2
            assert sum(amounts) == pytest.approx(total, abs=1e-9)
            shown = [number(cell.inner_text()) for cell in cells.all()]
            assert shown == [pytest.approx(one, abs=0.0006) for one in amounts]
            assert number(table.locator("[data-total]").inner_text()) == pytest.approx(
                total, abs=0.0006
            )

    def test_every_amount_can_be_seen_also_those_against_it(self, open_page: Open) -> None:
        dialog = open_why(open_page())
        table = dialog.locator("[data-bars=evidence]")
        some = table.locator("[data-amount]").count()
        dialog.get_by_role("button", name=re.compile("^Show all")).click()
        cells = table.locator("[data-amount]")
        assert cells.count() > some
        amounts = [float(cell.get_attribute("data-amount") or "nan") for cell in cells.all()]
        assert min(amounts) < 0 < max(amounts)
        assert table.locator(".bar.minus").count() == sum(one < 0 for one in amounts)
        assert any("Popularity" in text for text in table.get_by_role("row").all_inner_texts())

    def test_sentence_and_checks_in_plain_words(self, open_page: Open) -> None:
        dialog = open_why(open_page())
        expect(dialog.locator(".because").first).to_contain_text("You bought")
        dialog.get_by_text(re.compile(r"All \d+ checks passed")).first.click()
        checks = dialog.locator(".because li").first.get_by_role("listitem")
        expect(checks.filter(has_text="Without this evidence the score falls by")).to_be_visible()
        expect(checks.filter(has_text="Every name, number and date")).to_be_visible()
        expect(dialog.get_by_text("The amounts add up to the score").last).to_be_visible()
        assert "{" not in dialog.inner_text()

    def test_ignoring_a_past_product_ranks_again_and_shows_what_changed(
        self, open_page: Open
    ) -> None:
        page = open_page()
        before = titles(page)
        dialog = open_why(page)
        total = dialog.locator("[data-bars=channel] [data-total]").inner_text()
        switch = dialog.get_by_role("switch").first
        switch.focus()
        page.keyboard.press("Space")
        expect(dialog.get_by_role("status")).to_contain_text("What changed")
        expect(dialog.get_by_role("status").get_by_role("listitem").first).to_be_visible()
        expect(switch).to_be_checked()
        expect(switch).to_be_focused()
        assert dialog.locator("[data-bars=channel] [data-total]").inner_text() != total
        page.keyboard.press("Escape")
        assert titles(page) != before

    def test_the_counterfactual_holds_when_it_is_tried(self, open_page: Open) -> None:
        page = open_page()
        place = place_with_counterfactual(page)
        title = titles(page)[place]
        dialog = open_why(page, place)
        proof = dialog.locator(".proof")
        expect(proof).to_contain_text("would not be in your top 10")
        proof.get_by_role("button", name=re.compile("^Try it")).click()
        expect(dialog.get_by_role("status")).to_contain_text("This product left your list.")
        expect(dialog.get_by_text("Not in your list now")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        assert title not in titles(page)
