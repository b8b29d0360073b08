"""Leave one out: what the score loses without each past product.

On an additive model that is what the past product gave. Elsewhere it is truly what its removal
does, but not a share of the score: the amounts do not add up (Covert et al. 2021, "Explaining by
Removing", for how such methods relate).
"""

from __future__ import annotations

from typing import ClassVar

from youli.data.state import ShopperState
from youli.explain.attribution.base import Attribution, Scorer, players, score_of

__all__ = ["OcclusionAttributor"]


class OcclusionAttributor:
    """One batch of n + 2 states."""

    name: ClassVar[str] = "occlusion"

    def lacking(self, model: Scorer) -> str | None:
        """Any model will do."""
        del model
        return None

    def attribute(self, model: Scorer, state: ShopperState, item_num: int) -> Attribution:
        """Score with everything less score without each."""
        found = players(state)
        every = range(len(found))
        states = [state, found.only(state, ())] + [found.without(state, [one]) for one in every]
        scores = score_of(model, states, item_num)
        amounts = scores[0] - scores[2:]
        return Attribution(
            self.name, item_num, found.items, amounts,
            exact=bool(getattr(type(model), "additive", False)), in_score_units=True,
            numbers={"score": float(scores[0]), "base": float(scores[1]),
                     "n_forward": float(len(states))},
        )  # fmt: skip
