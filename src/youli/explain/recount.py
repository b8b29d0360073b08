"""What past products give some candidates, computed again without the ledger's code.

A ledger is read from the channels' `addends`. This goes back to their fitted tables and the
shopper's events: for every channel type a table (past product × candidate), for a whole list at
once. Subtracted from the score that was served, it gives the score after that product is removed,
so one pass checks every claim of a list. A channel of a type that is not known here is scored by
the slow route instead (`rescore`).
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


def recount(
    ranker: Ranker, state: ShopperState, past: IntArray, item_nums: IntArray
) -> FloatArray | None:
    """What some past products give each candidate, float64 [len(past), len(item_nums)].

    `past` are places in `ShopperState.distinct_items`. None where a channel's type is not known.
    """
    total = np.zeros((len(past), len(item_nums)))
    if not len(total):
        return total
    for name, channel in ranker.channels.items():
        part = _recount(channel, state, ranker.coefficients[name], past, item_nums)
        if part is None:
            return None
        total += part
    return total


def _weights(state: ShopperState, per_row: FloatArray, past: IntArray) -> FloatArray:
    """Sum the rows' weights over each past product, float64 [len(past)]."""
    items, row_of = state.distinct_items
    summed = np.bincount(row_of, weights=per_row, minlength=len(items))
    weights: FloatArray = np.asarray(summed[past], dtype=np.float64)
    return weights


@singledispatch
def _recount(
    _channel: object,
    _state: ShopperState,
    _coefficients: Coefficients,
    _past: IntArray,
    _item_nums: IntArray,
) -> FloatArray | None:
    return None


@_recount.register
def _(
    channel: KernelChannel,
    state: ShopperState,
    coefficients: Coefficients,
    past: IntArray,
    item_nums: IntArray,
) -> FloatArray:
    sources = state.distinct_items[0][past]
    total, start = np.zeros((len(past), len(item_nums))), 0
    for name, kernel in channel.kernels.items():
        mine = coefficients[start : start + len(channel.taus[name])]
        taus = [tau for tau, weight in zip(channel.taus[name], mine, strict=True) if weight]
        start += len(mine)
        if not taus or not kernel.nnz:
            continue
        per_row = mine[mine != 0.0] @ decays(state, taus)
        weight = _weights(state, per_row, past)
        near = np.flatnonzero(weight)  # what is out of reach is not looked up
        block = kernel[sources[near]][:, item_nums].toarray()
        total[near] += weight[near, None] * block
    return total


@_recount.register
def _(
    channel: AttributesChannel,
    state: ShopperState,
    coefficients: Coefficients,
    past: IntArray,
    item_nums: IntArray,
) -> FloatArray:
    total = np.zeros((len(past), len(item_nums)))
    targets = channel.table[item_nums]
    labels = np.unique(targets.indices)
    targets = targets[:, labels].toarray()
    sources = channel.table[state.distinct_items[0][past]][:, labels].toarray()
    by_attribute = coefficients.reshape(-1, len(channel.taus))
    for attribute in np.unique(channel.attribute_of[labels]).tolist():
        if not by_attribute[attribute].any():
            continue
        per_row = by_attribute[attribute] @ decays(state, channel.taus)
        weight = _weights(state, per_row, past)
        mine = channel.attribute_of[labels] == attribute
        total += weight[:, None] * (sources[:, mine] @ targets[:, mine].T)
    return total


@_recount.register
def _(
    channel: RepurchaseChannel,
    state: ShopperState,
    coefficients: Coefficients,
    past: IntArray,
    item_nums: IntArray,
) -> FloatArray:
    sources = state.distinct_items[0][past]
    amount = coefficients @ channel.bases(state, item_nums)
    return np.where(sources[:, None] == item_nums[None, :], amount, 0.0)


@_recount.register(ItemChannel)
@_recount.register(ProfileChannel)
def _(
    _channel: object,
    _state: ShopperState,
    _coefficients: Coefficients,
    past: IntArray,
    item_nums: IntArray,
) -> FloatArray:
    return np.zeros((len(past), len(item_nums)))
