"""Hand-made shops for the tests of the data room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from youli.data.config import DataConfig
from youli.data.prepare import PreparedShop, prepare_shop

HEADER = "user_id,item_id,event,timestamp,quantity,price,order_id"
NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture
def clean_rows() -> list[str]:
    """Two shoppers, two products, nothing wrong."""
    return [
        "u1,mug-01,purchase,2024-03-01 10:00:00,1,5.00,o1",
        "u1,cup-02,purchase,2024-03-02 10:00:00,2,3.00,o2",
        "u2,mug-01,purchase,2024-03-03 11:00:00,1,5.00,o3",
    ]


@pytest.fixture
def shop_of(tmp_path: Path) -> Callable[..., PreparedShop]:
    """Write rows into files and prepare them."""

    def make(
        rows: Sequence[str],
        header: str = HEADER,
        *,
        items: str | None = None,
        users: str | None = None,
        column_map: dict[str, str] | None = None,
        **config: Any,
    ) -> PreparedShop:
        events = tmp_path / "events.csv"
        events.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        files: dict[str, list[str]] = {"items": [], "users": []}
        for name, text in (("items", items), ("users", users)):
            if text is not None:
                path = tmp_path / f"{name}.csv"
                path.write_text(text, encoding="utf-8")
                files[name] = [str(path)]
        settings = DataConfig(**({"now": NOW, "currency": "GBP"} | config))
        return prepare_shop([str(events)], files["items"], files["users"], column_map, settings)

    return make


@pytest.fixture
def found() -> Callable[[PreparedShop, str], dict[str, int]]:
    """Reason → rows of one check."""

    def of(shop: PreparedShop, check: str) -> dict[str, int]:
        [report] = [c for c in shop.report.checks if c.name == check]
        return {reason.reason: reason.n for reason in report.reasons}

    return of
