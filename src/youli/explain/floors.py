"""How far below zero one past product can push any product: what proves a counterfactual minimal.

A product that nobody looked at could only overtake because something in the history speaks
*against* it and is taken out. Each channel type has a floor here; a channel of another type has
none, and minimality is then found by trying instead.
"""

from __future__ import annotations

from functools import singledispatch
from weakref import WeakKeyDictionary

import numpy as np

from youli.channels.attributes import AttributesChannel
from youli.channels.base import Coefficients
from youli.channels.item import ItemChannel
from youli.channels.kernel import KernelChannel, decays
from youli.channels.profile import ProfileChannel
from youli.channels.repurchase import RepurchaseChannel
from youli.data.state import ShopperState
from youli.rank.ranker import Ranker
from youli.types import FloatArray

__all__ = ["lowest_amounts"]


def lowest_amounts(ranker: Ranker, state: ShopperState) -> FloatArray | None:
    """A lower bound on what each past product gives any *other* product, float64 [n_distinct].

    None where a channel has no floor. Never above zero.
    """
    total = np.zeros(len(state.distinct_items[0]))
    for name, channel in ranker.channels.items():
        lowest = _floor(channel, state, ranker.coefficients[name])
        if lowest is None:
            return None
        total += np.minimum(lowest, 0.0)
    return total


@singledispatch
def _floor(
    _channel: object, _state: ShopperState, _coefficients: Coefficients
) -> FloatArray | None:
    return None


#: Kernel channels, and whether none of their links is negative: looked at once.
_ONLY_FOR: WeakKeyDictionary[KernelChannel, bool] = WeakKeyDictionary()


def _speaks_only_for(channel: KernelChannel) -> bool:
    if channel not in _ONLY_FOR:
        kernels = channel.kernels.values()
        _ONLY_FOR[channel] = all(one.data.min(initial=0.0) >= 0.0 for one in kernels)
    return _ONLY_FOR[channel]


@_floor.register
def _(channel: KernelChannel, state: ShopperState, coefficients: Coefficients) -> FloatArray:
    items, inverse = state.distinct_items
    total, start = np.zeros(len(items)), 0
    if _speaks_only_for(channel) and (coefficients >= 0.0).all():
        return total
    for name, kernel in channel.kernels.items():
        taus = channel.taus[name]
        per_row = coefficients[start : start + len(taus)] @ decays(state, taus)
        start += len(taus)
        weight = np.bincount(inverse, weights=per_row, minlength=len(items))
        ends = [(kernel.indptr[item], kernel.indptr[item + 1]) for item in items]
        low = np.array([kernel.data[a:b].min(initial=0.0) for a, b in ends])
        high = np.array([kernel.data[a:b].max(initial=0.0) for a, b in ends])
        total += np.minimum(weight * low, weight * high)
    return total


@_floor.register
def _(
    channel: AttributesChannel, state: ShopperState, coefficients: Coefficients
) -> FloatArray | None:
    if (coefficients < 0.0).any():
        return None
    return np.zeros(len(state.distinct_items[0]))  # its table has no negative entry


@_floor.register(ItemChannel)
@_floor.register(ProfileChannel)
@_floor.register(RepurchaseChannel)
def _(_channel: object, state: ShopperState, _coefficients: Coefficients) -> FloatArray:
    return np.zeros(len(state.distinct_items[0]))  # nothing of the past speaks for another product
