"""The documented example on another origin: lists, reasons and feedback by a page key."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.e2e

EXAMPLE = Path(__file__).parents[2] / "docs/examples/widget.html"


def asked(address: str, path: str, body: Any = None) -> Any:
    """Ask the API as the shop's own server does."""
    request = urllib.request.Request(
        address + path,
        None if body is None else json.dumps(body).encode(),
        {"X-API-Key": "e2e", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.fixture
def shop_page(browser: Browser, shared_address: str, other_origin: tuple[str, Path]) -> Page:
    """The example of the documentation, filled in as it says."""
    origin, folder = other_origin
    key = asked(shared_address, "/api/keys", {"name": "the shop's page", "role": "page"})["key"]
    token = asked(shared_address, "/api/token", {"user_id": "ada"})["token"]
    filled = EXAMPLE.read_text("utf-8")
    for name, value in (
        ("SERVER", shared_address), ("PAGE_KEY", key), ("SHOPPER_TOKEN", token)
    ):  # fmt: skip
        filled = filled.replace(name, value)
    (folder / "index.html").write_text(filled, "utf-8")
    page = browser.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{origin}/index.html")
    return page


def test_lists_and_reasons_stand_on_another_origin(shop_page: Page) -> None:
    mine = shop_page.get_by_role("region", name="Recommended for you")
    expect(mine.get_by_role("listitem")).to_have_count(4)
    expect(mine.locator(".chip").first).not_to_be_empty()
    assert mine.get_by_role("link").first.get_attribute("href").startswith("/product/")
    kin = shop_page.get_by_role("region", name="Much like your notebook")
    expect(kin.get_by_role("listitem").first).to_be_visible()
    why = shop_page.get_by_role("region", name="Why Notebook?")
    expect(why.get_by_text(re.compile(r"\d+ of \d+ checks passed")).first).to_be_visible()
    amounts = [float(text.replace("−", "-")) for text in why.locator("tbody td").all_inner_texts()]
    total = float(why.locator("tfoot td").inner_text().replace("−", "-"))
    assert sum(amounts) == pytest.approx(total, abs=0.0006 * len(amounts))


def test_why_and_not_for_me(shop_page: Page, shared_address: str) -> None:
    mine = shop_page.get_by_role("region", name="Recommended for you")
    first = mine.get_by_role("link").first.inner_text()
    mine.get_by_role("button", name=f"Why {first}?").click()
    dialog = shop_page.get_by_role("dialog", name="Why?")
    dialog.get_by_role("button", name="Helpful", exact=True).first.click()
    expect(dialog.get_by_text("Noted.").first).to_be_visible()
    shop_page.keyboard.press("Escape")
    mine.get_by_role("button", name=f"Not for me: {first}").click()
    expect(mine.get_by_role("link", name=first)).to_have_count(0)
    said = asked(shared_address, "/api/user/ada/feedback")["feedback"]
    assert {one["kind"] for one in said} >= {"helpful", "not_for_me"}
    for one in said:
        request = urllib.request.Request(
            f"{shared_address}/api/feedback/{one['feedback_id']}",
            headers={"X-API-Key": "e2e"}, method="DELETE",
        )  # fmt: skip
        urllib.request.urlopen(request).close()


def test_in_chinese_when_the_attribute_changes(shop_page: Page) -> None:
    shop_page.locator("youli-recommendations").first.evaluate("one => { one.lang = 'zh'; }")
    mine = shop_page.get_by_role("region", name="为您推荐")
    expect(mine.get_by_role("button", name=re.compile("^为什么推荐")).first).to_be_visible()
    assert re.search(r"[\u4e00-\u9fff]", mine.locator(".chip").first.inner_text())


def test_without_a_key_nothing_is_shown_and_the_page_is_told(shop_page: Page) -> None:
    told = shop_page.evaluate(
        """() => new Promise(resolve => {
          const one = document.querySelector("youli-recommendations");
          one.addEventListener("youli-error", event => resolve(event.detail.message));
          one.setAttribute("page-key", "no-such-key");
        })"""
    )
    assert "key" in told
    expect(shop_page.get_by_role("region", name="Recommended for you")).to_have_count(0)
