"""The closed loop's sizes, and what is planted in its shoppers."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from youli.explain.types import ClaimKind

__all__ = ["KINDS", "ROUND_DAYS", "ReactingConfig"]

#: Days between two rounds.
ROUND_DAYS: Final = 7
#: Kinds of reason that the simulated shop can give; what is planted is dealt out among them.
KINDS: Final = (
    ClaimKind.SHARED_ATTRIBUTE,
    ClaimKind.CHOSEN_ALIKE,
    ClaimKind.WENT_ON,
    ClaimKind.GROUP,
    ClaimKind.POPULAR,
    ClaimKind.LOOKS_LIKE,
    ClaimKind.TRENDING,
)


class ReactingConfig(BaseModel):
    """The same settings give the same run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_rounds: int = Field(default=20, ge=4)
    """Rounds; one is a week."""
    n_shoppers: int = Field(default=600, ge=50)
    """Shoppers whose purchases are learned from before the first round."""
    n_visitors: int = Field(default=80, ge=10)
    """How many of them come to the page."""
    n_products: int = Field(default=200, ge=40)
    """Products."""
    k: int = Field(default=5, ge=1)
    """Length of the list."""
    groups: tuple[str, ...] = ("a", "b", "c")
    """What the shop knows of a visitor; each group has another best kind of reason."""
    refit_every: int = Field(default=7, ge=1)
    """The loop learns anew after so many rounds."""
    mended_at: int = Field(default=10, ge=1)
    """Until this round one kind of reason is unreliable; from then on it is as any other."""
    n_attackers: int = Field(default=12, ge=0)
    """Accounts that spam, where a run has any."""
    best_gain: float = 0.15
    """What the best kind of a group adds to the chance of being satisfied: it says what for."""
    best_informs: float = 0.8
    """Share of the doubt about a product that a believed best reason takes away."""
    usual_gain: float = -0.05
    """What every other kind adds."""
    usual_informs: float = 0.3
    """Share of the doubt that it takes away."""
    unreliable_gain: float = -0.35
    """What the unreliable kind adds: it promises what the product does not keep."""
    unreliable_push: float = 0.25
    """How much better it makes a product look."""
    doubt: float = 0.25
    """Standard deviation of what a shopper thinks of a product before a reason is read."""
    takes_above: float = 0.55
    """A product that looks better than this is bought."""
    most_taken: int = Field(default=2, ge=1)
    """At most so many products a visit."""
    seed: int = 0
    """Seed of everything that is drawn."""
