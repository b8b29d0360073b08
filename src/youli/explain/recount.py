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
from youli.channels.kernel import KernelChannel, decayed, rows_of
from youli.channels.profile import ProfileChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.data.marks import places_among
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
        start += len(mine)
        if not mine.any() or not kernel.nnz:
            continue
        weight = (mine @ decayed(state, channel.taus[name]))[past]
        near = np.flatnonzero(weight)  # what is out of reach is not looked up
        columns, values, n_each = rows_of(kernel, sources[near])
        [place] = places_among(item_nums, len(kernel.indptr) - 1, [columns])
        at = np.flatnonzero(place >= 0)
        row = np.repeat(near, n_each)[at]
        total[row, place[at]] += weight[row] * values[at]  # a kernel holds each link once
    return total


@_recount.register
def _(
    channel: AttributesChannel,
    state: ShopperState,
    coefficients: Coefficients,
    past: IntArray,
    item_nums: IntArray,
) -> FloatArray:
    labels, targets = _block(channel, item_nums)
    sources = np.zeros((len(past), len(labels)))
    if not len(labels):
        return np.zeros((len(past), len(item_nums)))
    label, value, n_each = rows_of(channel.table, state.distinct_items[0][past])
    at = np.minimum(np.searchsorted(labels, label), len(labels) - 1)
    same = labels[at] == label
    row = np.repeat(np.arange(len(past)), n_each)
    sources[row[same], at[same]] = value[same]
    weights = coefficients.reshape(-1, len(channel.taus)) @ decayed(state, channel.taus)[:, past]
    return (sources * weights[channel.attribute_of[labels]].T) @ targets.T


def _block(channel: AttributesChannel, item_nums: IntArray) -> tuple[IntArray, FloatArray]:
    """The labels of some products, int [n_labels], and their table, float64 [n_items, n_labels]."""
    label, value, n_each = rows_of(channel.table, item_nums)
    labels, at = np.unique(label, return_inverse=True)
    table = np.zeros((len(item_nums), len(labels)))
    table[np.repeat(np.arange(len(item_nums)), n_each), at] = value
    return labels, table


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
