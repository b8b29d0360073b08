"""Axe finds no serious fault on any page: both languages, light and dark, wide and narrow."""

from __future__ import annotations

from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from youli_pages import PHONE, Open

pytestmark = pytest.mark.e2e

DARK = {"color_scheme": "dark"}
STORE = ("/", "/item/notebook", "/search?q=tea", "/cart", "/profile", "/how")
CONSOLE = ("data", "model", "drivers", "audit", "lookup", "rules", "live", "trust", "keys")


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, with the element."""
    found: Any = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def settled(page: Page) -> Page:
    expect(page.locator("#main:not([aria-busy]) h1").first).to_be_visible()
    expect(page.locator("#main .ghost")).to_have_count(0)
    return page


@pytest.mark.parametrize(("lang", "look"), [("en", {}), ("zh", {**PHONE, **DARK})])
def test_the_store(open_shared: Open, lang: str, look: dict[str, Any]) -> None:
    page = settled(open_shared(f"/?user=shopper-030&lang={lang}", **look))
    found = {"/": faults(page)}
    for path in STORE[1:]:
        page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/')[2]}{path}"
                  f"{'&' if '?' in path else '?'}user=shopper-030&lang={lang}")  # fmt: skip
        found[path] = faults(settled(page))
    assert {path: some for path, some in found.items() if some} == {}


@pytest.mark.parametrize(("lang", "look"), [("en", DARK), ("zh", {})])
def test_panels_of_the_store(open_shared: Open, lang: str, look: dict[str, Any]) -> None:
    page = settled(open_shared(f"/?user=shopper-031&lang={lang}", **look))
    page.locator("[data-act=why]").first.click()
    expect(page.locator("#why [data-total]").first).to_be_visible()
    found = {"why": faults(page)}
    page.keyboard.press("Escape")
    page.locator("#ask").click()
    page.locator("#chat .chips button").nth(1).click()
    expect(page.locator("#chat .rests")).to_be_visible()
    found["chat"] = faults(page)
    page.keyboard.press("Escape")
    page.locator("#who").click()
    expect(page.locator("#picker li").first).to_be_visible()
    found["picker"] = faults(page)
    assert {panel: some for panel, some in found.items() if some} == {}


@pytest.mark.parametrize(("lang", "look"), [("en", {}), ("zh", DARK)])
def test_the_console(open_shared: Open, lang: str, look: dict[str, Any]) -> None:
    page = open_shared(f"/console?lang={lang}", **look)
    expect(page.locator("#key")).to_be_visible()
    found = {"sign in": faults(page)}
    page.locator("#key").fill("e2e")
    page.keyboard.press("Enter")
    for name in CONSOLE:
        page.locator(f"#side [href='/console/{name}']").click()
        found[name] = faults(settled(page))
    assert {name: some for name, some in found.items() if some} == {}
