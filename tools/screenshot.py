"""Make the pictures of the documentation from a real shop: `docs/images/*.png`.

::

    python tools/screenshot.py --shop .youli/demo        # serves the folder while it works
    python tools/screenshot.py --url http://127.0.0.1:8000

It writes ``store.png``, ``new.png``, ``why.png``, ``product.png``, ``phone.png`` and
``dark-zh.png``.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.settings import ServeConfig

IMAGES = Path(__file__).parent.parent / "docs" / "images"
DESKTOP = {"width": 1280, "height": 860}
TALL = {"width": 1280, "height": 1320}
PRODUCT = {"width": 1280, "height": 1180}
PHONE = {"width": 390, "height": 800}

#: The place in the list of the product with the richest explanation: kinds of evidence first.
RICHEST = """async fresh => {
  const user = new URLSearchParams(location.search).get("user");
  const headers = {"X-Youli-Page": "1"};
  const answer = await (await fetch(`/api/recommend/${user}?new=${fresh}`, {headers})).json();
  const richness = row => row.reasons.length * 100
    + 10 * row.ledger.filter(entry => entry.evidence.kind === "history").length
    + row.ledger.filter(entry => entry.amount < 0).length
    - 1000 * row.ledger.some(({evidence}) =>
      evidence.title === row.title && evidence.item_id !== row.item_id);
  const all = answer.recommendations.map(richness);
  return all.indexOf(Math.max(...all));
}"""

#: The place in the list of the product with most to show beside it, different titles first.
SOCIABLE = """async () => {
  const headers = {"X-Youli-Page": "1"};
  const titles = async path => new Set((await (await fetch(`/api/${path}?k=5`, {headers})).json())
    .recommendations.map(row => row.title)).size;
  const ids = [...document.querySelectorAll("#list > .tile")].map(one => one.dataset.item)
    .map(encodeURIComponent);
  const all = await Promise.all(ids.map(async id =>
    2 * await titles(`bought-together/${id}`) + await titles(`similar/${id}`)));
  return all.indexOf(Math.max(...all));
}"""


@contextmanager
def served(shop: Path, name: str) -> Iterator[str]:
    """Serve a saved shop on a free port; gives the address."""
    app = create_app(Engine.open(shop), ServeConfig(shop_name=name))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.05)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def opened(
    browser: Browser, url: str, query: dict[str, str], size: dict[str, int], *, dark: bool = False
) -> Iterator[Page]:
    """The store page with its list shown."""
    context = browser.new_context(
        viewport=size,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
        is_mobile=size["width"] < 600,
        device_scale_factor=2 if size["width"] < 600 else 1,
    )
    page = context.new_page()
    page.goto(f"{url}/?{urlencode(query)}")
    page.locator("#list > .tile").first.wait_for()
    page.locator("#past li").first.wait_for()
    yield page
    context.close()


def open_why(page: Page, *, new: bool = False) -> None:
    """Open the panel of the product with most to say, in the first list or among the new."""
    place = page.evaluate(RICHEST, new)
    page.locator("#list-new" if new else "#list").locator("[data-act=why]").nth(place).click()
    page.locator("[data-total]").first.wait_for()


def take(browser: Browser, url: str, user: str, out: Path) -> None:
    """Take every picture."""
    english = {"lang": "en"} | ({"user": user} if user else {})
    with opened(browser, url, english, DESKTOP) as page:
        page.screenshot(path=out / "store.png")
        if page.locator("#new").is_visible():
            page.evaluate("document.getElementById('new').scrollIntoView()")
            page.screenshot(path=out / "new.png")
    with opened(browser, url, english, TALL) as page:
        open_why(page, new=page.locator("#new").is_visible())
        page.screenshot(path=out / "why.png")
    with opened(browser, url, english, PHONE) as page:
        page.screenshot(path=out / "phone.png")
    with opened(browser, url, english | {"lang": "zh"}, DESKTOP, dark=True) as page:
        open_why(page)
        page.screenshot(path=out / "dark-zh.png")
    with opened(browser, url, english, PRODUCT) as page:  # last: a view changes the list
        page.locator("#list [data-act=title]").nth(page.evaluate(SOCIABLE)).click()
        page.locator(".product").wait_for()
        page.locator("#main .ghost").first.wait_for(state="detached")
        page.locator("#main .tiles[role=img]").first.wait_for(state="detached")
        page.evaluate("document.getElementById('toast').remove()")
        page.screenshot(path=out / "product.png")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--shop", type=Path, help="folder that `youli fit` wrote")
    where.add_argument("--url", help="address of a running store page")
    parser.add_argument("--name", default="Journey Market", help="name on the page, with --shop")
    parser.add_argument("--user", default="", help="shopper; the page's own choice by default")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder for the pictures")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if given.url:
            take(browser, given.url.rstrip("/"), given.user, given.out)
        else:
            with served(given.shop, given.name) as url:
                take(browser, url, given.user, given.out)
        browser.close()
    for path in sorted(given.out.glob("*.png")):
        print(f"{path}  {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
