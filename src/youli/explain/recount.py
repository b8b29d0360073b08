"""What each past product gives some candidates, computed again without the ledger's code.

A ledger is read from the channels' `addends`. This goes back to their fitted tables and the
shopper's events: for every channel type a table (past product × candidate), for a whole list at
once. Summed, it must give the score that was served; with a row left out, the score after that
product is removed. So one pass checks every claim of a list by scoring again, at the cost of
about one scoring. A channel of a type that is not known here is scored by the slow route instead.
"""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from youli.channels.attributes import AttributesChannel
from youli.channels.base import Coefficients
from youli.channels.item import ItemChannel
from youli.channels.kernel import KernelChannel, decays
from youli.channels.profile import ProfileChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.data.state import ShopperState
from youli.rank.ranker import Ranker
from youli.types import FloatArray, IntArray

__all__ = ["recount"]


def recount(ranker: Ranker, state: ShopperState, item_nums: IntArray) -> FloatArray | None:
    """What each past product gives each candidate, float64 [n_distinct, len(item_nums)].

    Rows follow `ShopperState.distinct_items`. None where a channel's type is not known.
    """
    total = np.zeros((len(state.distinct_items[0]), len(item_nums)))
    if not len(total):
        return total
    for name, channel in ranker.channels.items():
        part = _recount(channel, state, ranker.coefficients[name], item_nums)
        if part is None:
            return None
        total += part
    return total


@singledispatch
def _recount(
    _channel: object, _state: ShopperState, _coefficients: Coefficients, _item_nums: IntArray
) -> FloatArray | None:
    return None


@_recount.register
def _(
    channel: KernelChannel, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
) -> FloatArray:
    past, row_of = state.distinct_items
    total, start = np.zeros((len(past), len(item_nums))), 0
    for name, kernel in channel.kernels.items():
        mine = coefficients[start : start + len(channel.taus[name])]
        taus = [tau for tau, weight in zip(channel.taus[name], mine, strict=True) if weight]
        start += len(mine)
        if not taus or not kernel.nnz:
            continue
        per_row = mine[mine != 0.0] @ decays(state, taus)
        weight = np.bincount(row_of, weights=per_row, minlength=len(past))
        near = np.flatnonzero(weight)  # what is out of reach is not looked up
        block = kernel[past[near]][:, item_nums].toarray()
        total[near] += weight[near, None] * block
    return total


@_recount.register
def _(
    channel: AttributesChannel,
    state: ShopperState,
    coefficients: Coefficients,
    item_nums: IntArray,
) -> FloatArray:
    past, row_of = state.distinct_items
    total = np.zeros((len(past), len(item_nums)))
    targets = channel.table[item_nums]
    labels = np.unique(targets.indices)
    targets = targets[:, labels].toarray()
    sources = channel.table[past][:, labels].toarray()
    by_attribute = coefficients.reshape(-1, len(channel.taus))
    for attribute in np.unique(channel.attribute_of[labels]).tolist():
        if not by_attribute[attribute].any():
            continue
        per_row = by_attribute[attribute] @ decays(state, channel.taus)
        weight = np.bincount(row_of, weights=per_row, minlength=len(past))
        mine = channel.attribute_of[labels] == attribute
        total += weight[:, None] * (sources[:, mine] @ targets[:, mine].T)
    return total


@_recount.register
def _(
    channel: RepurchaseChannel,
    state: ShopperState,
    coefficients: Coefficients,
    item_nums: IntArray,
) -> FloatArray:
    past = state.distinct_items[0]
    amount = coefficients @ channel.bases(state, item_nums)
    return np.where(past[:, None] == item_nums[None, :], amount, 0.0)


@_recount.register(ItemChannel)
@_recount.register(ProfileChannel)
def _(
    _channel: object, state: ShopperState, _coefficients: Coefficients, item_nums: IntArray
) -> FloatArray:
    return np.zeros((len(state.distinct_items[0]), len(item_nums)))
