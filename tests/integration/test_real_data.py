"""The real data sets beside the checkout."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from youli.data.config import DataConfig
from youli.data.prepare import prepare_shop

SHARED = Path(__file__).parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not beside this checkout"),
]


@pytest.mark.slow
def test_online_retail():
    path = SHARED / "shop" / "online_retail" / "online_retail.csv.gz"
    shop = prepare_shop([str(path)], config=DataConfig(currency="GBP"))
    report = shop.report
    counts = {check.name: check for check in report.checks}
    assert report.rows_in == 541_909
    assert counts["missing_ids"].dropped == 135_080  # rows without a CustomerID
    assert 4_200 < report.n_users < 4_372
    assert report.until == datetime(2011, 12, 9, 12, 50, tzinfo=UTC)
    ids = set(shop.items["item_id"].to_pylist())
    assert ids.isdisjoint({"POST", "DOT", "M", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS", "C2"})
    assert {"85123A", "22423"} <= ids
    assert "17850" in set(shop.users["user_id"].to_pylist())
    assert shop.events["quantity"].to_numpy().min() > 0
    # 80,995 paper craft birds were ordered and cancelled twelve minutes later
    assert shop.events["quantity"].to_numpy().max() < 80_995
    assert report.rows_kept + report.rows_dropped == report.rows_in


def test_beauty():
    shop = prepare_shop([str(SHARED / "benchmark" / "amazon_beauty")])
    report = shop.report
    assert (report.n_users, report.n_items, report.rows_kept) == (22_363, 12_101, 198_502)
    assert shop.time_is_order
    first = [row["item_id"] for row in shop.events.slice(0, 5).to_pylist()]
    assert first == ["1", "2", "3", "4", "5"]
