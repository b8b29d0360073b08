"""The store page as a shopper meets it, found by role and label."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

pytestmark = pytest.mark.e2e

Open = Callable[..., Page]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


MAIN, NEW = "Recommended for you", "New to you"


def listed(page: Page, name: str = MAIN) -> Locator:
    """The tiles of a list, once it is there."""
    tiles = page.get_by_role("list", name=name).get_by_role("listitem")
    expect(tiles).to_have_count(10)
    return tiles


def titles(page: Page, name: str = MAIN) -> list[str]:
    return listed(page, name).get_by_role("heading").all_inner_texts()


def bought(page: Page, user: str = "ada") -> set[str]:
    """What the shopper bought, live purchases included, as the server says."""
    return set(
        page.evaluate(
            """async user => {
              const headers = {"X-Youli-Page": "1"};
              const answer = await fetch(`/api/user/${user}/history?limit=100`, {headers});
              return (await answer.json()).items.map(item => item.title);
            }""",
            user,
        )
    )


def open_why(page: Page, place: int = 0, name: str = MAIN) -> Locator:
    listed(page, name).nth(place).get_by_role("button", name=re.compile("^Why ")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Total score").first).to_be_visible()
    return dialog


def status(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="Noted")


def no_sideways_scroll(page: Page) -> bool:
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"))


class TestList:
    def test_every_product_says_why_it_is_here(self, open_page: Open) -> None:
        page = open_page()
        for tile in listed(page).all():
            assert tile.locator(".chip").first.inner_text().strip()
            expect(tile.get_by_role("button", name=re.compile("^Buy "))).to_be_visible()
        assert "Bought after" in listed(page).first.inner_text()

    def test_products_of_one_title_are_told_apart_by_number(self, open_page: Open) -> None:
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
        page.get_by_role("button", name=f"View {before[0]}").click()
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
            shown = [_number(cell.inner_text()) for cell in cells.all()]
            assert shown == [pytest.approx(one, abs=0.0006) for one in amounts]
            assert _number(table.locator("[data-total]").inner_text()) == pytest.approx(
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
        place = _place_with_counterfactual(page)
        title = titles(page)[place]
        dialog = open_why(page, place)
        proof = dialog.locator(".proof")
        expect(proof).to_contain_text("would not be in your top 10")
        proof.get_by_role("button", name=re.compile("^Try it")).click()
        expect(dialog.get_by_role("status")).to_contain_text("This product left your list.")
        expect(dialog.get_by_text("Not in your list now")).to_be_visible()
        dialog.get_by_role("button", name="Close").click()
        assert title not in titles(page)


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
        place = _place_with_counterfactual(page, new=True)
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
        listed(page, NEW).first.get_by_role("button", name=re.compile("^View ")).click()
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


class TestEverybody:
    def test_by_keyboard_alone(self, open_page: Open) -> None:
        page = open_page()
        listed(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the products")).to_be_focused()
        page.keyboard.press("Enter")
        for _ in range(3):
            page.keyboard.press("Tab")
        why = listed(page).first.get_by_role("button", name=re.compile("^Why "))
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
        page.locator("[data-act=view]").first.tap()
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
        page.route("**/api/recommend/**", lambda route: _fail(route))
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


def _number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def _fail(route: Route) -> None:
    route.fulfill(
        status=500, content_type="application/json", body='{"error": {"code": "internal"}}'
    )


def _place_with_counterfactual(page: Page, *, new: bool = False) -> int:
    """Ask as the page does which product a few purchases hold in the list."""
    return int(
        page.evaluate(
            """async fresh => {
              const headers = {"X-Youli-Page": "1"};
              const ask = async path => (await fetch(`${path}?new=${fresh}`, {headers})).json();
              const {recommendations} = await ask("/api/recommend/ada");
              for (const [place, row] of recommendations.entries()) {
                const why = await ask(`/api/explain/ada/${row.item_id}`);
                if (why.counterfactual.valid) return place;
              }
              return -1;
            }""",
            new,
        )
    )
