"""What a known-cause shop is made of: sizes, the mixture of causes, noise and confounding."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["CAUSES", "FROM_PAST", "Cause", "KnownCauseConfig"]


class Cause(StrEnum):
    """Why a purchase was made."""

    COMPLEMENT = "complement"  # it goes with something bought before
    REPLENISH = "replenish"  # something bought before has run out
    BRAND = "brand"  # of the brand of something bought before
    LOOK = "look"  # it looks like something bought before
    TEXT = "text"  # its title reads like that of something bought before
    TASTE = "taste"  # of the same hidden cluster as something bought before
    PRICE = "price"  # it is cheap, and this shopper looks at prices
    TREND = "trend"  # it is in fashion this month
    CHANCE = "chance"  # for no reason


#: A cause's code is its place here.
CAUSES: Final = tuple(Cause)
#: Causes that are past purchases, so that taking those away takes the purchase away.
FROM_PAST: Final = CAUSES[: CAUSES.index(Cause.PRICE)]

_MIXTURE: Final[Mapping[str, float]] = {
    "complement": 0.2, "replenish": 0.1, "brand": 0.15, "look": 0.12, "text": 0.12,
    "taste": 0.15, "price": 0.08, "trend": 0.08,
}  # fmt: skip


class KnownCauseConfig(BaseModel):
    """Sizes and chances; the same settings give the same shop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_shoppers: int = Field(default=2000, ge=1)
    """Shoppers."""
    n_products: int = Field(default=400, ge=40)
    """Products."""
    n_brands: int = Field(default=20, ge=1)
    """Brands."""
    n_clusters: int = Field(default=12, ge=1)
    """Hidden clusters of taste; no table names them."""
    n_categories: int = Field(default=10, ge=2)
    """Categories; what goes with a product is in the next one."""
    n_topics: int = Field(default=25, ge=1)
    """Topics of titles, each with words of its own."""
    n_styles: int = Field(default=16, ge=1)
    """Styles of look."""
    n_partners: int = Field(default=4, ge=1, le=16)
    """Products that one product leads to, by each of its causes."""
    consumable_share: float = Field(default=0.25, ge=0.0, le=1.0)
    """Share of products that run out after some days and are bought again."""
    sensitive_share: float = Field(default=0.4, ge=0.0, le=1.0)
    """Share of shoppers who look at prices."""
    mean_purchases: float = Field(default=9.0, ge=2.0)
    """Purchases a shopper, on average: two for sure, the rest Poisson, cut at the most."""
    max_purchases: int = Field(default=24, ge=2, le=30)
    """The most purchases of one shopper."""
    gap_days: float = Field(default=9.0, gt=0.0)
    """Mean days between two purchases."""
    recency: float = Field(default=3.0, gt=0.0)
    """A past purchase is e times as likely to be the cause as one so many purchases earlier."""
    mixture: Mapping[Cause, float] = {Cause(name): share for name, share in _MIXTURE.items()}
    """How likely each cause is against the others that are possible at that moment."""
    noise: float = Field(default=0.1, ge=0.0, le=1.0)
    """Share of purchases that are made by chance whatever else is possible."""
    confounding: float = Field(default=0.3, ge=0.0, le=1.0)
    """How often brand, category, topic and style of a product follow its hidden cluster, and the
    power of popularity in what is taken: causes are then harder to tell from what goes along."""
    seed: int = 0
    """Seed of everything that is drawn."""

    @field_validator("mixture")
    @classmethod
    def _weights(cls, mixture: Mapping[Cause, float]) -> Mapping[Cause, float]:
        if any(share < 0.0 for share in mixture.values()) or Cause.CHANCE in mixture:
            raise ValueError("shares are not negative, and chance has its own setting, noise")
        return dict(mixture)

    def share(self, cause: Cause) -> float:
        """The weight of one cause in the mixture; 0 for one that is not named."""
        return self.mixture.get(cause, 0.0)
