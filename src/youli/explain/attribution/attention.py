"""Attention of the transformer as an explanation: what is often shown, and how little it says.

Attention rollout (Abnar and Zuidema 2020): A = ½ (mean over heads + identity), multiplied over the
blocks; the row of the last event is how much of each event flows into it. Weights of every head
and block are given as maps. Attention is no part of a score (Jain and Wallace 2019), so its rank
correlation with leaving each product out is measured and given with it.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import Attribution, Players, Scorer, players, spearman
from youli.explain.attribution.occlusion import OcclusionAttributor
from youli.explain.attribution.transformer_pass import embedded, look_inside
from youli.models.histories import histories
from youli.models.transformer import TransformerModel
from youli.types import FloatArray, IntArray

__all__ = ["AttentionAttributor", "rollout", "rows_of_history"]


class AttentionAttributor:
    """Rollout over all blocks, summed over the events of a product."""

    name: ClassVar[str] = "attention"

    def __init__(self, *, agreement: bool = True) -> None:
        self.agreement = agreement

    def lacking(self, model: Scorer) -> str | None:
        """It looks into the transformer alone."""
        is_one = isinstance(model, TransformerModel)
        return None if is_one else "its attention over events is read from the transformer alone"

    def attribute(self, model: TransformerModel, state: ShopperState, item_num: int) -> Attribution:
        """``spearman_with_occlusion`` says how far the weights order as removals do."""
        found = players(state)
        if not len(found):
            return _of(item_num, found, np.zeros(0), {}, {})
        history = histories([state], model.settings.train.max_length)
        inside = look_inside(model, embedded(model, history))
        rolled = rollout(inside.attention[:, 0])
        of_event = rows_of_history(state, found, model.settings.train.max_length)
        amounts = _summed(rolled[-1], of_event, len(found))
        maps = {"rollout": amounts[None, :]}
        for block, weights in enumerate(inside.attention[:, 0]):  # [heads, length, length]
            maps[f"block {block}"] = np.stack(
                [_summed(head[-1], of_event, len(found)) for head in weights]
            )
        numbers: dict[str, float] = {}
        if self.agreement:
            left_out = OcclusionAttributor().attribute(model, state, item_num).amounts
            same = spearman(amounts, left_out)
            if np.isfinite(same):
                numbers["spearman_with_occlusion"] = same
        return _of(item_num, found, amounts, numbers, maps)


def rollout(attention: FloatArray) -> FloatArray:
    """How much of each event flows into each, [length, length], from [blocks, heads, length,
    length]; rows sum to 1.
    """
    length = attention.shape[-1]
    flow = np.eye(length)
    for block in attention:
        flow = 0.5 * (block.mean(axis=0) + np.eye(length)) @ flow
    return flow


def rows_of_history(state: ShopperState, found: Players, max_length: int) -> IntArray:
    """The player of each event that the model reads, int64 [length]."""
    read = np.flatnonzero(state.strength > 0.0)[-max_length:]
    return np.searchsorted(found.items, state.item_num[read])


def _summed(weights: FloatArray, player: IntArray, n_players: int) -> FloatArray:
    return np.bincount(player, weights=weights, minlength=n_players).astype(np.float64)


def _of(
    item_num: int,
    found: Players,
    amounts: FloatArray,
    numbers: dict[str, float],
    maps: dict[str, FloatArray],
) -> Attribution:
    return Attribution(
        AttentionAttributor.name, item_num, found.items, amounts,
        exact=False, in_score_units=False, numbers=numbers, maps=maps,
    )  # fmt: skip
