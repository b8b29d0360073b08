"""Counts of "A, then B" alone: the transition channel with its decay learned on validation."""

from __future__ import annotations

from typing import ClassVar

from youli.models.ledger import LedgerModel
from youli.rank.fit import FitConfig

__all__ = ["TransitionModel"]


class TransitionModel(LedgerModel):
    """The ledger with one channel."""

    name: ClassVar[str] = "transition"
    default: ClassVar[FitConfig] = FitConfig(channels=("transition",))
