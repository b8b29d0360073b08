"""What may be set when a shop's data is prepared."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DEFAULT_CODE_PATTERNS", "DEFAULT_TITLE_PATTERNS", "DataConfig"]

#: Whole codes that are lines of an invoice and no products, as regular expressions without case.
DEFAULT_CODE_PATTERNS = (
    r"post|postage|dot|c2|carriage|shipping|delivery|freight|handling",
    r"m|manual|d|discount|s|samples?|b|adjust\w*",
    r"bank charges|amazonfee|amazon fee|cruk|fee|commission|surcharge|tax|vat",
    r"pads|test\w*|dummy",
    r"gift_\d+_\d+|gift[ _-]?(card|voucher|certificate)\w*|voucher|coupon",
)
#: Whole titles that are lines of an invoice and no products, as regular expressions without case.
DEFAULT_TITLE_PATTERNS = (
    r"(dotcom )?postage|shipping|carriage|delivery (charge|fee)|freight|handling( fee)?",
    r"manual|discount|samples?|bank charges|amazon fee|cruk commission|adjust(ment| bad debt)?",
    r".*\bgift (voucher|card|certificate)s?\b.*",
    r"test( product| item)?|damaged|damages\??|\?+|thrown away|stock check",
    r".*\b(bottle deposits?|coupons?[ /&].*)",
)


class DataConfig(BaseModel):
    """Settings of reading, checking and cleaning; every default is stated in the report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str | None = None
    """ISO 4217 code of prices that come without one; found from a sign (£, ₹), else USD."""

    scene: Literal["retail", "video", "travel", "finance", "social", "ads"] = "retail"
    """What the shop deals in, which decides the words of reasons: viewers watch, travellers
    book."""

    timezone: str = "UTC"
    """Zone of times that come without an offset, such as Europe/London."""

    day_first: bool | None = None
    """Whether 01/02/2024 is 1 February; None decides from the data, and takes day first if open."""

    event_names: dict[str, str] = Field(default_factory=dict)
    """The shop's own event names → GA4 names, beside the usual ones."""

    strict: bool = False
    """Whether a row that would be dropped or repaired is an error instead."""

    now: datetime | None = None
    """What counts as the present for events in the future; None is the clock."""

    future_tolerance_hours: float = Field(default=24, ge=0)
    """How far in the future an event may lie before it is dropped (zones, slow clocks)."""

    near_duplicate_seconds: float = Field(default=5, ge=0)
    """Two equal events of one shopper, product and order within this time are one."""

    not_product_codes: tuple[str, ...] = DEFAULT_CODE_PATTERNS
    """Patterns of whole item ids that are postage, fees, vouchers, tests or adjustments; a code of
    one or two characters counts only where the shop's ids usually have four or more."""

    not_product_titles: tuple[str, ...] = DEFAULT_TITLE_PATTERNS
    """Patterns of whole titles that are postage, fees, vouchers, tests or adjustments."""

    cancelled_orders: str = r"^C\d+"
    """Pattern of an order id that marks a cancellation; an empty text switches it off."""

    max_price: float = Field(default=1_000_000, gt=0)
    """A price of one unit above this, in major units, is taken as unknown."""

    max_quantity: float = Field(default=1_000_000, gt=0)
    """A quantity above this is taken as unknown."""

    robots: Literal["keep", "drop"] = "keep"
    """What happens to the events of shoppers that act faster than a person can."""

    robot_actions_per_minute: int = Field(default=30, ge=2)
    """More separate actions than this within one minute are no person's."""

    wholesale: Literal["keep", "drop"] = "keep"
    """What happens to the events of shoppers that buy like a trader."""

    wholesale_spread: float = Field(default=4, gt=0)
    """How many robust standard deviations above the median log quantity a trader's order lies."""

    wholesale_min_quantity: float = Field(default=100, gt=0)
    """A shopper whose usual order holds fewer units than this is never taken for a trader."""

    sample_shoppers: int | None = Field(default=None, ge=2)
    """Keep only this many shoppers, drawn by `seed` from their ids; None keeps all."""

    seed: int = 0
    """Seed of the sample."""
