"""What the tests of the page have in common: finding lists, panels and what was said."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

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


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def fail(route: Route) -> None:
    route.fulfill(
        status=500, content_type="application/json", body='{"error": {"code": "internal"}}'
    )


def place_with_counterfactual(page: Page, *, new: bool = False) -> int:
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
