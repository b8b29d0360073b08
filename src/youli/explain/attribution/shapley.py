"""Shapley values of past products: exact for few, by drawn orders for many.

    phi_i = Σ over sets S without i of |S|! (n − |S| − 1)! / n! · (v(S + i) − v(S))

(Shapley 1953; for explanations Štrumbelj and Kononenko 2010). v(S) is the score of the state in
which only S counts. Up to 12 players all 2^n sets are scored. Above, orders are drawn in pairs, an
order and its reverse (antithetic; Mitchell et al. 2022), and each amount has a 95 % interval.
Either way the amounts add up to v(all) − v(none): along each order the differences telescope.
"""

from __future__ import annotations

import math
from typing import ClassVar
from zlib import crc32

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.base import Attribution, Players, Scorer, players, score_of
from youli.types import FloatArray

__all__ = ["MOST_EXACT", "ShapleyAttributor"]

#: Players up to which every set is scored.
MOST_EXACT = 12
#: Student's t for 95 % needs a table; with eight pairs it is 2.36, and it falls from there.
_T_95 = {4: 3.18, 8: 2.36, 16: 2.13, 32: 2.04}


class ShapleyAttributor:
    """Scores sets of past products in batches."""

    name: ClassVar[str] = "shapley"

    def __init__(self, *, n_pairs: int = 8, most_exact: int = MOST_EXACT, seed: int = 0) -> None:
        assert n_pairs in _T_95, "intervals are known for 4, 8, 16 and 32 pairs of orders"
        self.n_pairs, self.most_exact, self.seed = n_pairs, most_exact, seed

    def lacking(self, model: Scorer) -> str | None:
        """Any model will do."""
        del model
        return None

    def attribute(self, model: Scorer, state: ShopperState, item_num: int) -> Attribution:
        """Exact with few players; otherwise ``half_width_max`` says how sure the estimate is."""
        found = players(state)
        if len(found) <= self.most_exact:
            return self._exact(model, state, item_num, found)
        return self._drawn(model, state, item_num, found)

    def _exact(
        self, model: Scorer, state: ShopperState, item_num: int, found: Players
    ) -> Attribution:
        n = len(found)
        sets = [[one for one in range(n) if bits >> one & 1] for bits in range(2**n)]
        value = score_of(model, [found.only(state, kept) for kept in sets], item_num)
        size = np.array([len(kept) for kept in sets])
        weight = np.array(
            [math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n) for s in range(n)]
        )
        bits = np.arange(2**n)
        amounts = np.zeros(n)
        for one in range(n):
            outside = np.flatnonzero(~(bits >> one) & 1)
            gain = value[outside | 1 << one] - value[outside]
            amounts[one] = float(weight[size[outside]] @ gain)
        return Attribution(
            self.name, item_num, found.items, amounts, exact=True, in_score_units=True,
            numbers={"score": float(value[-1]), "base": float(value[0]),
                     "n_forward": float(2**n), "half_width_max": 0.0},
        )  # fmt: skip

    def _drawn(
        self, model: Scorer, state: ShopperState, item_num: int, found: Players
    ) -> Attribution:
        n = len(found)
        rng = np.random.default_rng([self.seed, crc32(state.user_id.encode()), item_num])
        orders = [rng.permutation(n) for _ in range(self.n_pairs)]
        orders += [order[::-1] for order in orders]
        ends = score_of(model, [found.only(state, ()), state], item_num)
        states = [found.only(state, order[:at].tolist()) for order in orders for at in range(1, n)]
        inner = score_of(model, states, item_num).reshape(len(orders), n - 1)
        value = np.column_stack(
            [np.full(len(orders), ends[0]), inner, np.full(len(orders), ends[1])]
        )
        each = np.zeros((len(orders), n))  # [orders, players]
        np.put_along_axis(each, np.array(orders), np.diff(value, axis=1), axis=1)
        pairs = (each[: self.n_pairs] + each[self.n_pairs :]) / 2.0
        half: FloatArray = _T_95[self.n_pairs] * pairs.std(axis=0, ddof=1) / self.n_pairs**0.5
        return Attribution(
            self.name, item_num, found.items, pairs.mean(axis=0), exact=False, in_score_units=True,
            numbers={"score": float(ends[1]), "base": float(ends[0]),
                     "n_forward": float(len(states) + 2), "half_width_max": float(half.max())},
            maps={"half_width": half[None, :]},
        )  # fmt: skip
