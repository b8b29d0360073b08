"""The console: who gets in, what each page shows, and what a rule does in the store."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect
from youli_pages import Open, listed, no_sideways_scroll, titles

pytestmark = pytest.mark.e2e


def signed_in(page: Page) -> Page:
    page.get_by_label("Key", exact=True).fill("e2e")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Console").get_by_role("link").first).to_be_visible()
    return page


@pytest.fixture
def console(open_shared: Open) -> Open:
    """Open a page of the console, signed in."""

    def open_console(name: str, **options: object) -> Page:
        page = signed_in(open_shared(f"/console/{name}?lang=en", **options))
        expect(page.locator("#main:not([aria-busy]) > section").first).to_be_visible()
        return page

    return open_console


def test_nobody_gets_in_without_an_administrators_key(open_shared: Open) -> None:
    page = open_shared("/console/keys?lang=en")
    page.get_by_label("Key", exact=True).fill("not-the-key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This is no key of an administrator.")
    expect(page.get_by_role("navigation", name="Console").get_by_role("link")).to_have_count(0)
    signed_in(page)
    page.reload()  # the cookie holds
    expect(page.get_by_role("heading", level=1, name="Keys")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to the console")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in to the console")).to_be_visible()


def test_the_model_card_shows_an_evaluation_that_was_brought_in(console: Open) -> None:
    page = console("model")
    expect(page.get_by_text("This version was not judged yet")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Population stability"))).to_be_visible()
    version = page.locator(".figures b").first.inner_text()
    rows = [
        {"model": name, "overall": {"ndcg@10": ndcg}, "new": {"ndcg@10": ndcg / 2}}
        for name, ndcg in (("ledger", 0.3), ("popularity", 0.1))
    ]
    evaluation = {
        "model_version": version,
        "protocol": "global time split",
        "cutoff": "2026-02-01T00:00:00+00:00",
        "test_days": 28,
        "n_cases": 99,
        "models": rows,
        "differences": [
            {"task": "overall", "against": "popularity", "mean": 0.2, "low": 0.1, "high": 0.3}
        ],
        "explanations": {
            "specific_share": 0.97,
            "counterfactual_valid_share": 1.0,
            "completeness_residual": 1e-9,
            "latency_p50_ms": 2.5,
        },
    }
    file = {"name": "e.json", "mimeType": "application/json"}
    page.get_by_label("File").set_input_files({**file, "buffer": b"no evaluation"})
    expect(page.get_by_text("This file is no evaluation.")).to_be_visible()
    page.get_by_label("File").set_input_files({**file, "buffer": json.dumps(evaluation).encode()})
    accuracy = page.get_by_role("table", name="Accuracy: NDCG@10 over all purchases")
    expect(accuracy.get_by_role("row").nth(1)).to_contain_text("Ledger (serving)")
    expect(accuracy.get_by_role("row").nth(1)).to_contain_text("0.3000")
    expect(page.get_by_text("ledger minus Popularity +0.2000")).to_be_visible()


def test_what_drives_the_lists_of_a_group(console: Open) -> None:
    page = console("drivers")
    table = page.get_by_role("table", name="By kind of reason")
    expect(table.get_by_role("row").nth(1)).to_contain_text("%")
    everybody = table.inner_text()
    page.get_by_label("Group of shoppers").select_option("age=55+")
    expect(page.get_by_label("Group of shoppers")).to_have_value("age=55+")
    expect(page.get_by_text(re.compile(r"of 46 shoppers"))).to_be_visible()
    assert page.get_by_role("table", name="By kind of reason").inner_text() != everybody
    expect(page.get_by_role("img", name=re.compile("Over the months"))).to_be_visible()


def test_a_list_that_was_shown_comes_out_the_same(console: Open, open_shared: Open) -> None:
    listed(open_shared("/?user=shopper-020&lang=en"))
    page = console("audit")
    page.get_by_label("Of one shopper only").fill("shopper-020")
    page.get_by_role("button", name="Look up").click()
    shown = page.locator(".shown details").filter(has_text="Home").first
    shown.locator("summary").click()
    expect(shown.get_by_text("Computed again: the same")).to_be_visible()
    expect(shown.get_by_role("listitem")).to_have_count(10)


def test_ledgers_of_a_shopper_add_up(console: Open) -> None:
    page = console("lookup")
    page.get_by_label("Shopper's id").fill("shopper-021")
    page.get_by_label("Shopper's id").press("Enter")
    tables = page.locator("[data-bars=channel]")
    expect(tables).to_have_count(10)
    for table in tables.all():
        cells = [one.get_attribute("data-amount") for one in table.locator("[data-amount]").all()]
        total = table.locator("[data-total]").get_attribute("data-total")
        assert sum(map(float, cells)) == pytest.approx(float(total), abs=1e-9)
    page.locator(".ledgers a").first.click()
    expect(page.get_by_role("img", name=re.compile("Events a week"))).to_be_visible()


def test_a_rule_is_tried_saved_marked_in_the_store_and_deleted(
    console: Open, open_shared: Open
) -> None:
    store = open_shared("/?user=shopper-022&lang=en")
    assert "Whisk" not in titles(store)[:1]
    page = console("rules")
    page.get_by_label("What it does").select_option("pin")
    page.get_by_label("On which list").select_option("home")
    page.get_by_label("Products").fill("whisk")
    page.get_by_label("Try it on these shoppers").fill("shopper-022")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("1 of 1 lists changes.")).to_be_visible()
    after = page.locator(".twins > div").nth(1).get_by_role("listitem").first
    expect(after).to_contain_text("Whisk Promoted")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-rule]")).to_contain_text("acts now")
    store.reload()
    first = listed(store).first
    expect(first).to_contain_text("Whisk")
    expect(first.locator(".promoted")).to_have_text("Promoted")
    page.get_by_role("button", name=re.compile("^Delete rule")).click()
    expect(page.get_by_text("There is no rule")).to_be_visible()
    store.reload()
    assert "Whisk" not in titles(store)[:1]


def test_events_feedback_and_trust_are_shown(console: Open, open_shared: Open) -> None:
    store = open_shared("/?user=shopper-023&lang=en")
    first = titles(store)[0]
    page = console("live")
    store.get_by_role("button", name=f"Buy {first}").click()
    events = page.get_by_role("region", name="Events").get_by_role("listitem")
    expect(events.filter(has_text="shopper-023").first).to_contain_text("Bought", timeout=15_000)
    page.get_by_role("link", name="Trust", exact=True).click()
    kinds = page.get_by_role("table", name="Kinds of reason")
    expect(kinds.get_by_role("row", name=re.compile("Buy again"))).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(console: Open) -> None:
    page = console("keys")
    page.get_by_label("Whom it is for").fill("the widget")
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".secret").inner_text()
    assert len(key) > 20
    page.reload()
    expect(page.get_by_role("button", name="Revoke the key of the widget")).to_be_visible()
    assert key not in page.content()
    page.get_by_role("button", name="Revoke the key of the widget").click()
    expect(page.get_by_text("revoked")).to_be_visible()


def test_on_a_phone_nothing_scrolls_sideways(console: Open) -> None:
    page = console("drivers", viewport={"width": 360, "height": 740})
    assert no_sideways_scroll(page)
