"""Make the pictures of the documentation from a real shop: `docs/images/*.png`.

::

    python tools/screenshot.py --shop .youli/demo        # serves the folder while it works
    python tools/screenshot.py --url http://127.0.0.1:8000

With ``--url``, pictures of the console need the server's key in ``YOULI_API_KEY``. It writes
``store.png``, ``new.png``, ``why.png``, ``search.png``, ``profile.png``, ``how.png``, ``chat.png``,
``product.png``, ``phone.png``, ``dark-zh.png``, and of the console ``console-data.png``,
``console-drivers.png``, ``console-lookup.png`` and ``console-rules-zh.png``.
"""

from __future__ import annotations

import argparse
import os
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
from pydantic import SecretStr

from youli.engine import Engine
from youli.serve.app import create_app
from youli.serve.settings import ServeConfig, new_api_key

IMAGES = Path(__file__).parent.parent / "docs" / "images"
DESKTOP = {"width": 1280, "height": 860}
TALL = {"width": 1280, "height": 1320}
PRODUCT = {"width": 1280, "height": 1180}
#: The drivers of past months cost a list each for every shopper.
SLOW_MS = 240_000
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
def served(shop: Path, name: str, key: str) -> Iterator[str]:
    """Serve a saved shop on a free port; gives the address."""
    config = ServeConfig(shop_name=name, api_key=SecretStr(key))
    app = create_app(Engine.open(shop), config)
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


def take_more(browser: Browser, url: str, user: str, query: str, out: Path) -> None:
    """Take the pictures of the other pages of the store."""
    with opened(browser, url, {"lang": "en"} | ({"user": user} if user else {}), DESKTOP) as page:
        page.locator("#q").fill(query)
        page.locator("#q").press("Enter")
        page.locator("#found > .tile").first.wait_for()
        page.screenshot(path=out / "search.png")
        for name, ready in (("profile", "[data-interest]"), ("how", ".shares")):
            page.locator(f"nav a[href^='/{name}']").click()
            page.locator(ready).first.wait_for()
            page.screenshot(path=out / f"{name}.png")
        page.locator(".brand").click()
        page.locator("#list > .tile").first.wait_for()
        page.locator("#ask").click()
        page.locator("#chat .chips button").first.click()
        page.locator("#chat .rests").wait_for()
        page.screenshot(path=out / "chat.png")


def take_console(browser: Browser, url: str, user: str, key: str, out: Path) -> None:
    """Take the pictures of the console."""
    context = browser.new_context(viewport=TALL, reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.goto(f"{url}/console?lang=en")
    page.locator("#key").fill(key)
    page.locator("#key").press("Enter")
    page.locator("#side a").first.wait_for()
    for name, path in (
        ("data", "data?lang=en"),
        ("drivers", "drivers?lang=en"),
        ("lookup", f"lookup?{urlencode({'user': user, 'lang': 'en'})}"),
        ("rules-zh", "rules?lang=zh"),
    ):
        page.goto(f"{url}/console/{path}")
        page.locator("#main:not([aria-busy]) > section").first.wait_for()
        page.locator("#main .ghost").first.wait_for(state="detached", timeout=SLOW_MS)
        page.screenshot(path=out / f"console-{name}.png")
    context.close()


def take_all(browser: Browser, url: str, given: argparse.Namespace, key: str) -> None:
    """Every picture; those of the console where there is a key."""
    if key:
        take_console(browser, url, given.user or "2234", key, given.out)
    take_more(browser, url, given.user, given.query, given.out)
    take(browser, url, given.user, given.out)  # last: it buys and views


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--shop", type=Path, help="folder that `youli fit` wrote")
    where.add_argument("--url", help="address of a running store page")
    parser.add_argument("--name", default="Journey Market", help="name on the page, with --shop")
    parser.add_argument("--user", default="", help="shopper; the page's own choice by default")
    parser.add_argument("--query", default="orange juice", help="what is searched for")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder for the pictures")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        key = os.environ.get("YOULI_API_KEY", "")
        if given.url:
            take_all(browser, given.url.rstrip("/"), given, key)
        else:
            key = key or new_api_key()
            with served(given.shop, given.name, key) as url:
                take_all(browser, url, given, key)
        browser.close()
    for path in sorted(given.out.glob("*.png")):
        print(f"{path}  {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
