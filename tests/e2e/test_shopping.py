"""Searching, the cart, the profile, feedback and the conversation, each as another shopper."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from youli_pages import Open, listed, open_why, titles

pytestmark = pytest.mark.e2e


class TestSearch:
    def test_suggestions_are_reached_by_keyboard_and_results_say_why(
        self, open_shared: Open
    ) -> None:
        page = open_shared("/?user=shopper-002&lang=en")
        listed(page)
        box = page.get_by_role("combobox", name="Search this shop")
        box.press_sequentially("water")
        suggestions = page.get_by_role("listbox", name="Suggestions")
        expect(suggestions).to_be_visible()
        box.press("ArrowDown")
        chosen = suggestions.get_by_role("option", selected=True)
        expect(chosen).to_have_count(1)
        words = chosen.inner_text()
        box.press("Enter")
        expect(page.get_by_role("heading", level=1, name=f"Results for “{words}”")).to_be_visible()
        found = page.get_by_role("list", name="Results").get_by_role("listitem")
        expect(found.first).to_contain_text(words.split(" ")[0], ignore_case=True)
        expect(found.first.locator(".chip").first).to_contain_text("Matches")
        found.first.get_by_role("button", name=re.compile("^Why ")).click()
        panel = page.get_by_role("dialog")
        row = panel.locator("[data-bars=channel]").get_by_role("row")
        expect(row.filter(has_text="Matches your words")).to_be_visible()
        cells = panel.locator("[data-bars=channel] [data-amount]").all()
        total = panel.locator("[data-bars=channel] [data-total]").get_attribute("data-total")
        amounts = [float(one.get_attribute("data-amount") or "nan") for one in cells]
        assert sum(amounts) == pytest.approx(float(total or "nan"), abs=1e-9)

    def test_a_filter_narrows_and_is_taken_away(self, open_shared: Open) -> None:
        page = open_shared("/search?q=tea&user=shopper-002&lang=en")
        filters = page.get_by_role("complementary", name="Filters")
        found = page.get_by_role("list", name="Results").get_by_role("listitem")
        expect(found.first).to_be_visible()
        before = found.count()
        filters.get_by_role("link", name="Own", exact=True).click()
        expect(filters.get_by_role("link", name="Remove the filter Own")).to_be_visible()
        expect(found.first).to_contain_text("Own")
        assert found.count() < before
        filters.get_by_role("link", name="Remove the filter Own").click()
        expect(found).to_have_count(before)

    def test_what_was_perhaps_meant_and_what_is_not_there(self, open_shared: Open) -> None:
        page = open_shared("/search?q=oolnog&user=shopper-002&lang=en")
        expect(page.get_by_role("list", name="Results")).to_contain_text("Oolong tea")
        page.goto(page.url.replace("oolnog", "zzqx%20%3Cscript%3E"))
        expect(page.get_by_role("heading", name="Results for “zzqx <script>”")).to_be_visible()
        expect(page.get_by_text("No product has: zzqx")).to_be_visible()


class TestPersonal:
    def test_switched_off_everybody_gets_the_same(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-003&lang=en")
        mine = titles(page)
        page.get_by_role("switch", name="Personal").first.click()
        expect(page.get_by_text("This list uses nothing about you")).to_be_visible()
        first = titles(page)
        assert first != mine
        page.goto(page.url.replace("shopper-003", "shopper-004"))
        assert titles(page) == first
        panel = open_why(page)
        assert "You bought" not in panel.inner_text()
        page.keyboard.press("Escape")
        page.get_by_role("switch", name="Personal").first.click()
        expect(page.get_by_role("region", name="What the list rests on")).to_be_visible()

    def test_how_it_recommends_is_read_off_the_model(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-003&lang=en")
        page.get_by_role("link", name="How it works").click()
        table = page.get_by_role("table", name="What decides the lists")
        expect(table).to_be_visible()
        shares = table.get_by_role("cell").all_inner_texts()
        parts = [float(re.match(r"[\d.]+", one)[0]) for one in shares]  # type: ignore[index]
        assert sum(parts) == pytest.approx(100, abs=len(parts) * 0.6)
        expect(page.get_by_text("Prices never depend on who looks.")).to_be_visible()


class TestCart:
    def test_in_and_out_and_ordered(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-005&lang=en")
        first, second = titles(page)[:2]
        page.get_by_role("button", name=f"Put {first} in the cart").click()
        expect(page.get_by_role("link", name="Cart, 1 piece", exact=True)).to_be_visible()
        page.get_by_role("link", name="Cart, 1 piece", exact=True).click()
        cart = page.get_by_role("list", name="Your cart")
        expect(cart.get_by_role("listitem")).to_have_count(1)
        price = cart.locator(".price").inner_text()
        page.get_by_role("button", name=f"One more of {first}").click()
        expect(cart.locator(".price")).not_to_have_text(price)
        expect(page.get_by_role("region", name="Goes with what is in your cart")).to_be_visible()
        page.get_by_role("button", name="Order").click()
        expect(page.get_by_role("heading", name="The cart is empty")).to_be_visible()
        page.get_by_role("link", name="To the recommendations", exact=True).click()
        past = page.get_by_role("region", name="What the list rests on")
        expect(past.get_by_role("listitem").first).to_contain_text(first)
        assert first not in titles(page)
        assert second


class TestFeedback:
    def test_on_the_product_it_leaves_the_list_until_taken_back(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-006&lang=en")
        before = titles(page)
        page.get_by_role("button", name=f"Not for me: {before[0]}").click()
        expect(page.get_by_role("status").first).to_contain_text("will not be listed for you")
        assert before[0] not in titles(page)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status").first).to_contain_text("may be listed again")
        assert before[0] in titles(page)

    def test_on_the_reason_it_leaves_the_product_alone(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-007&lang=en")
        before = titles(page)
        panel = open_why(page)
        panel.get_by_role("button", name="Not helpful").first.click()
        expect(panel.get_by_text("Noted: the reason, not the product.")).to_be_visible()
        page.keyboard.press("Escape")
        page.reload()
        assert titles(page) == before


class TestProfile:
    def test_an_interest_is_deleted_and_brought_back(self, open_shared: Open) -> None:
        page = open_shared("/profile?user=shopper-008&lang=en")
        rows = page.locator("[data-interest]")
        expect(rows.first).to_contain_text("of what counts")
        row = rows.filter(has=page.get_by_role("button", name=re.compile("Delete the"))).nth(2)
        name = row.locator("b").first.inner_text()
        row.get_by_role("button", name=f"Delete the interest {name}").click()
        back = page.get_by_role("button", name=f"Bring back the interest {name}")
        expect(back).to_be_visible()
        back.click()
        expect(page.get_by_role("button", name=f"Delete the interest {name}")).to_be_visible()

    def test_personalisation_off_acts_on_the_next_list(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-009&lang=en")
        mine = titles(page)
        page.get_by_role("link", name="Profile", exact=True).click()
        page.get_by_role("switch", name="Lists made for me").click()
        expect(page.get_by_role("switch", name="Lists made for me")).not_to_be_checked()
        page.get_by_role("link", name="Corner shop: to the recommendations").click()
        assert titles(page) != mine

    def test_everything_is_taken_along_and_erased(self, open_shared: Open) -> None:
        page = open_shared("/profile?user=shopper-010&lang=en")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download everything").click()
        held = json.loads(download.value.path().read_text("utf-8"))
        assert held["user_id"] == "shopper-010"
        assert held["learned_events"]
        page.get_by_text("Erase everything").click()
        page.get_by_role("textbox", name="Type shopper-010 to confirm").fill("shopper-01")
        page.get_by_role("button", name="Erase for good").click()
        expect(page.get_by_text("This is not the id.")).to_be_visible()
        page.get_by_role("textbox", name="Type shopper-010 to confirm").fill("shopper-010")
        page.get_by_role("button", name="Erase for good").click()
        expect(page.get_by_text("Nothing is believed of you.")).to_be_visible()


class TestConversation:
    def test_by_keyboard_with_what_an_answer_rests_on(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-011&lang=en")
        listed(page)
        page.get_by_role("button", name="Ask", exact=True).focus()
        page.keyboard.press("Enter")
        panel = page.get_by_role("dialog", name="Ask the shop")
        expect(panel.get_by_role("textbox")).to_be_focused()
        page.keyboard.type("what do you know about me?")
        page.keyboard.press("Enter")
        log = panel.get_by_role("log")
        expect(log).to_contain_text("What is known of you")
        log.get_by_text(re.compile("What this rests on")).first.click()
        expect(log.get_by_text(re.compile("checks? passed")).first).to_be_visible()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_focused()

    def test_a_need_becomes_chips_in_chinese(self, open_shared: Open) -> None:
        page = open_shared("/?user=shopper-012&lang=zh")
        page.get_by_role("button", name="问问", exact=True).click()
        panel = page.get_by_role("dialog", name="问问小店")
        panel.get_by_role("textbox").fill("找 Tea，5英镑以内")
        panel.get_by_role("button", name="发送").click()
        chip = panel.get_by_role("button", name=re.compile("^去掉："))
        expect(chip.first).to_be_visible()
        expect(panel.locator(".offers li").first).to_be_visible()
