"""The lists of the store as a shopper meets them, found by role and label."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect
from youli_pages import (
    MAIN,
    NEW,
    PHONE,
    Open,
    bought,
    listed,
    no_sideways_scroll,
    open_why,
    place_with_counterfactual,
    status,
    titles,
)

pytestmark = pytest.mark.e2e


class TestList:
    def test_every_product_says_why_it_is_here(self, open_page: Open) -> None:
        page = open_page()
        for tile in listed(page).all():
            assert tile.locator(".chip").first.inner_text().strip()
            expect(tile.get_by_role("button", name=re.compile("^Buy "))).to_be_visible()
        assert "Bought after" in listed(page).first.inner_text()

    def test_products_of_one_title_are_told_apart_bynumber(self, open_page: Open) -> None:
        page = open_page()
        listed(page)

        def renamed(route: Route) -> None:
            answer = route.fetch()
            document = answer.json()
            for row in document["recommendations"][:2]:
                row["title"] = row["item"]["title"] = "Beef"
            route.fulfill(response=answer, json=document)

        expect(page.get_by_text("No. ")).to_have_count(0)
        page.route("**/api/recommend/**", renamed)
        page.reload()
        for place, tile in enumerate(listed(page).all()):
            number = f"No. {tile.get_attribute('data-item')}"
            expect(tile.get_by_text(number)).to_have_count(int(place < 2))

    def test_simulated_data_is_said_to_be(self, open_page: Open) -> None:
        page = open_page()
        expect(page.get_by_role("banner").get_by_text("Simulated data")).to_be_visible()
        expect(page.get_by_role("contentinfo")).to_contain_text("No real person")

    def test_the_history_is_shown(self, open_page: Open) -> None:
        past = open_page().get_by_role("region", name="What the list rests on")
        expect(past.get_by_role("listitem").first).to_contain_text("Bought on")
        expect(past.get_by_role("switch", name="Ignore Plum jam")).not_to_be_checked()

    def test_buying_changes_the_list_at_once_and_can_be_undone(self, open_page: Open) -> None:
        page = open_page()
        before = titles(page)
        listed(page).first.get_by_role("button", name=f"Buy {before[0]}").click()
        expect(status(page)).to_contain_text(f"you bought {before[0]}")
        expect(status(page)).to_contain_text("new in the list")
        assert before[0] not in titles(page)
        past = page.get_by_role("region", name="What the list rests on")
        expect(past.get_by_role("listitem").first).to_contain_text(before[0])
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").first).to_contain_text("was taken back")
        assert titles(page) == before

    def test_viewing_opens_the_product_and_changes_the_list(self, open_page: Open) -> None:
        page = open_page("/?user=new-visitor&lang=en")
        before = titles(page)
        listed(page).first.get_by_role("link", name=before[0]).click()
        expect(page.get_by_role("heading", level=1, name=before[0])).to_be_visible()
        expect(status(page)).to_contain_text(f"you viewed {before[0]}")
        page.get_by_role("link", name="Recommendations", exact=False).first.click()
        assert titles(page) != before
        expect(page.locator("#changes")).to_contain_text("What changed")

    def test_ignoring_in_the_history_and_letting_it_count_again(self, open_page: Open) -> None:
        page = open_page()
        before = titles(page)
        switch = page.get_by_role("switch", name="Ignore Plum jam")
        switch.click()
        expect(switch).to_be_checked()
        expect(page.get_by_role("status").first).to_contain_text("Plum jam no longer counts")
        assert titles(page) != before
        page.get_by_role("button", name="Let everything count again").click()
        expect(switch).not_to_be_checked()
        assert titles(page) == before


class TestNewToYou:
    def test_below_the_list_stands_what_was_not_bought(self, open_repeating: Open) -> None:
        page = open_repeating()
        known = bought(page)
        assert known & set(titles(page)), "this shop lists again what was bought"
        assert not known & set(titles(page, NEW))
        expect(page.get_by_role("heading", level=2, name=NEW)).to_be_visible()
        for tile in listed(page, NEW).all():
            assert tile.locator(".chip").first.inner_text().strip()
        first, second = (page.get_by_role("list", name=name).bounding_box() for name in (MAIN, NEW))
        assert first is not None
        assert second is not None
        assert first["y"] + first["height"] <= second["y"]

    def test_the_panel_says_the_true_place(self, open_repeating: Open) -> None:
        page = open_repeating()
        main, new = titles(page), titles(page, NEW)
        place = next(at for at, title in enumerate(new) if title not in main)
        panel = open_why(page, place, NEW)
        expect(panel.get_by_text(f"Place {place + 1} of “New to you”", exact=True)).to_be_visible()
        expect(panel.get_by_role("heading", name="Why this is here")).to_be_visible()
        page.keyboard.press("Escape")
        why = listed(page, NEW).nth(place).get_by_role("button", name=re.compile("^Why "))
        expect(why).to_be_focused()

    @pytest.mark.parametrize("name", [MAIN, NEW])
    def test_the_panel_has_every_sentence_that_the_tiles_are_short_for(
        self, open_repeating: Open, name: str
    ) -> None:
        page = open_repeating()
        new = "true" if name == NEW else "false"
        rows = page.evaluate(
            """async fresh => (await (await fetch(`/api/recommend/ada?new=${fresh}`,
              {headers: {"X-Youli-Page": "1"}})).json()).recommendations""",
            new,
        )
        for place, row in enumerate(rows):
            panel = open_why(page, place, name)
            for reason in row["reasons"]:
                expect(panel.locator(".because").get_by_text(reason["text"])).to_have_count(1)
            page.keyboard.press("Escape")

    def test_the_panel_says_both_places_of_a_product_in_both(self, open_repeating: Open) -> None:
        page = open_repeating("/?user=shopper-007&lang=en")
        main, new = titles(page), titles(page, NEW)
        both = [title for title in new if title in main]
        assert both
        ranks = main.index(both[0]) + 1, new.index(both[0]) + 1
        panel = open_why(page, ranks[1] - 1, NEW)
        expect(panel).to_contain_text(
            f"Place {ranks[1]} of “New to you” · Place {ranks[0]} of your list"
        )
        page.keyboard.press("Escape")
        panel = open_why(page, ranks[0] - 1)
        expect(panel).to_contain_text(
            f"Place {ranks[0]} of your list · Place {ranks[1]} of “New to you”"
        )
        page.keyboard.press("Escape")
        why = listed(page).nth(ranks[0] - 1).get_by_role("button", name=re.compile("^Why "))
        expect(why).to_be_focused()

    def test_the_amounts_add_up_and_the_counterfactual_holds(self, open_repeating: Open) -> None:
        page = open_repeating()
        place = place_with_counterfactual(page, new=True)
        title = titles(page, NEW)[place]
        panel = open_why(page, place, NEW)
        table = panel.locator("[data-bars=channel]")
        cells = table.locator("[data-amount]").all()
        amounts = [float(cell.get_attribute("data-amount") or "nan") for cell in cells]
        total = float(table.locator("[data-total]").get_attribute("data-total") or "nan")
        assert sum(amounts) == pytest.approx(total, abs=1e-9)
        proof = panel.locator(".proof")
        expect(proof).to_contain_text("would not be in the top 10 of “New to you”")
        proof.get_by_role("button", name=re.compile("^Try it")).click()
        told = panel.get_by_role("status")
        expect(told).to_contain_text("What changed in “New to you”")
        expect(told).to_contain_text("This product left “New to you”.")
        expect(panel.get_by_text("Not in “New to you” now")).to_be_visible()
        page.keyboard.press("Escape")
        assert title not in titles(page, NEW)

    def test_buying_from_it_ranks_both_lists_again(self, open_repeating: Open) -> None:
        page = open_repeating()
        main, new = titles(page), titles(page, NEW)
        tile = listed(page, NEW).first
        tile.get_by_role("button", name=f"Buy {new[0]}").focus()
        page.keyboard.press("Enter")
        expect(status(page)).to_contain_text(f"you bought {new[0]}")
        assert new[0] not in titles(page, NEW)
        assert titles(page) != main
        section = page.get_by_role("region", name=NEW)
        expect(section.get_by_text("What changed")).to_be_visible()
        assert page.evaluate("document.activeElement.closest('#list-new') !== null")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").first).to_contain_text("was taken back")
        assert (titles(page), titles(page, NEW)) == (main, new)

    def test_ignoring_and_viewing_rank_both_lists_again(self, open_repeating: Open) -> None:
        page = open_repeating()
        main, new = titles(page), titles(page, NEW)
        page.get_by_role("switch", name=re.compile("^Ignore ")).first.click()
        expect(page.get_by_role("status").first).to_contain_text("no longer counts")
        assert titles(page) != main
        assert titles(page, NEW) != new
        page.get_by_role("button", name="Let everything count again").click()
        expect(page.get_by_role("status").first).to_contain_text("Everything counts again")
        assert (titles(page), titles(page, NEW)) == (main, new)
        listed(page, NEW).first.get_by_role("link").click()
        expect(page.get_by_role("heading", level=1, name=new[0])).to_be_visible()
        expect(status(page)).to_contain_text(f"you viewed {new[0]}")
        page.go_back()
        assert titles(page, NEW) != new

    def test_somebody_who_bought_nothing_has_one_list(self, open_repeating: Open) -> None:
        page = open_repeating("/?user=new-visitor&lang=en")
        listed(page)
        expect(page.get_by_role("heading", name=NEW)).to_be_hidden()
        page.get_by_role("button", name=f"Buy {titles(page)[0]}").click()
        expect(page.get_by_role("heading", name=NEW)).to_be_visible()
        expect(page.get_by_role("region", name=NEW).get_by_text("What changed")).to_be_hidden()

    def test_a_shop_that_does_not_repeat_asks_for_one_list(self, open_page: Open) -> None:
        page = open_page()
        listed(page)
        expect(page.get_by_role("heading", name=NEW)).to_be_hidden()
        asked = page.evaluate(
            "performance.getEntriesByType('resource').map(one => one.name).filter("
            "name => name.includes('/api/recommend/'))"
        )
        assert len(asked) == 1

    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_on_a_phone(self, open_repeating: Open, lang: str) -> None:
        page = open_repeating(f"/?user=ada&lang={lang}", **PHONE)
        tiles = page.get_by_role("list", name={"en": NEW, "zh": "您还没买过的"}[lang])
        expect(tiles.get_by_role("listitem")).to_have_count(10)
        assert no_sideways_scroll(page)
        name = {"en": "Why ", "zh": "为什么"}[lang]
        tiles.get_by_role("button", name=re.compile(f"^{name}")).first.tap()
        panel = page.get_by_role("dialog")
        expect(panel.locator("[data-total]").first).to_be_visible()
        assert panel.evaluate("one => one.scrollWidth <= one.clientWidth")
