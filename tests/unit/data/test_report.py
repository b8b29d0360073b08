import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import StringIO

import pyarrow as pa
import pytest
from rich.console import Console

from youli.data.report.distributions import completeness_of, distributions_of
from youli.data.report.page import render_page
from youli.data.report.terminal import print_report


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        self.addresses += [values[n] for n in ("src", "href", "action") if values.get(n)]


@pytest.fixture
def report(shop_of, clean_rows):
    bad = ['u3,"<script>alert(1)</script>",purchase,never,1,5,o9', clean_rows[0]]
    return shop_of([*clean_rows, *bad]).report


def test_the_page_asks_nothing_of_any_host(report):
    page = _Page()
    text = render_page(report)
    page.feed(text)
    assert [a for a in page.addresses if not a.startswith(("#", "data:"))] == []
    assert "@import" not in text
    assert "url(http" not in text
    assert all(tag != "script" for tag, _ in page.tags)


def test_the_page_escapes_what_files_say(report):
    text = render_page(report)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_every_plot_is_told_in_words(report):
    page = _Page()
    page.feed(render_page(report))
    plots = sum(tag == "svg" for tag, _ in page.tags)
    told = [v["aria-label"] for _, v in page.tags if v.get("role") == "img"]
    assert plots == len(report.distributions) + 2  # and drops, and completeness
    assert len(told) == plots + 1  # and the bar of what is kept
    assert all(told)


def test_the_page_holds_the_figures(report):
    text = render_page(report)
    assert "3 of 5 rows can be learned from" in text
    assert "Time is no date" in text
    assert re.search(r"dropped</span></td>\s*<td class=\"num\">1</td>", text)


def test_a_simulated_shop_is_called_so(report):
    simulated = report.model_copy(update={"simulated": True})
    assert "Simulated shop" in render_page(simulated)
    assert "Simulated shop" not in render_page(report)
    out = StringIO()
    print_report(simulated, Console(file=out, width=100))
    assert "simulated shop" in out.getvalue()


def test_a_page_is_the_same_again(report):
    assert render_page(report) == render_page(report)


def test_distributions_by_hand():
    times = [datetime(2024, 3, day, tzinfo=UTC) for day in (4, 5, 18)]  # Mondays: 4, 11, 18
    events = pa.table(
        {
            "user_id": ["a", "a", "b"],
            "item_id": ["x", "x", "x"],
            "timestamp": pa.array(times, pa.timestamp("us", tz="UTC")),
        }
    )
    items = pa.table({"item_id": ["x", "y"], "price_minor": pa.array([150, None], pa.int64())})
    weeks, users, products, prices = distributions_of(events, items, "GBP", time_is_order=False)
    assert (weeks.labels, weeks.counts) == (["2024-03-04", "2024-03-11", "2024-03-18"], [2, 0, 1])
    assert (users.labels, users.counts) == (["1", "2+"], [1, 1])
    assert (products.labels, products.counts) == (["1", "2", "3+"], [0, 0, 1])
    assert sum(prices.counts) == 1
    assert dict(zip(prices.labels, prices.counts, strict=True))["1+"] == 1
    known = completeness_of(items=items)[1]
    assert (known.column, known.known, known.total) == ("price_minor", 1, 2)
