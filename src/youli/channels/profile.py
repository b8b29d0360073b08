"""What shoppers who share an attribute choose more than others do.

    P[g, i] = log((n_gi + s) / (e_gi + s)),   e_gi = n_g · n_i / n

over shoppers: n_gi of the n_g in group g chose i, of n_i of n overall; s = 5 shrinks small groups
to nothing. Attributes that the law or the shop protects never reach this channel: they are left
out when the shop is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from youli.channels.base import Addends, Arrays, Bound, Coefficients, Needs
from youli.channels.labels import names_from_array, names_to_array
from youli.data.shop import Shop
from youli.data.state import EVENT_STRENGTH, ShopperState
from youli.types import EvidenceKind, FloatArray, IntArray

__all__ = ["ProfileChannel"]

_SMOOTHING = 5.0


class ProfileChannel:
    """Chosen more by shoppers of the same group."""

    name: ClassVar[str] = "profile"
    needs: ClassVar[frozenset[str]] = frozenset({Needs.USER_ATTRIBUTES})
    evidence: ClassVar[EvidenceKind] = EvidenceKind.PROFILE
    signed: ClassVar[bool] = False

    def __init__(self, lift: FloatArray, names: tuple[tuple[str, str], ...]) -> None:
        self.lift = lift  # float32 [n_groups, n_items]
        self.names = names  # attribute name and value of each group

    @property
    def n_items(self) -> int:
        """How many products it scores."""
        return int(self.lift.shape[1])

    @property
    def basis_names(self) -> tuple[str, ...]:
        """The attributes of the shoppers."""
        return tuple(dict.fromkeys(name for name, _ in self.names))

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Compare each group's choices with everybody's."""
        del coefficients
        events = shop.interactions
        counts = EVENT_STRENGTH[events.event] > 0
        chose = sparse.csr_matrix(
            (
                np.ones(int(counts.sum()), dtype=np.float32),
                (events.user_num[counts], events.item_num[counts]),
            ),
            shape=(events.n_users, events.n_items),
        )
        chose.sum_duplicates()
        chose.data[:] = 1.0
        share = np.asarray(chose.sum(axis=0)).ravel() / max(events.n_users, 1)
        lifts: list[FloatArray] = []
        names: list[tuple[str, str]] = []
        for attribute in shop.shoppers.attributes:
            members = attribute.matrix  # [n_users, n_values]
            chosen = np.asarray((members.T @ chose).todense())
            expected = np.asarray(members.sum(axis=0)).ravel()[:, None] * share
            lifts.append(np.log((chosen + _SMOOTHING) / (expected + _SMOOTHING)))
            names.extend((attribute.name, value) for value in attribute.values)
        return cls(np.concatenate(lifts).astype(np.float32), tuple(names))

    def score(self, state: ShopperState, coefficients: Coefficients) -> FloatArray | None:
        """Amount for every product, float64 [n_items]; None where no attribute is known."""
        groups, weights = self._groups(state, coefficients)
        return _summed(weights, self.lift[groups]) if weights.any() else None

    def bounded(self, state: ShopperState, coefficients: Coefficients) -> Bound | None:
        """The shopper's groups, each at the product that it speaks most for."""
        groups, weights = self._groups(state, coefficients)
        if not weights.any():
            return None
        ends = weights * self._ends[:, groups]  # [lowest and highest, groups]
        return Bound(
            float(ends.max(axis=0).sum()),
            lambda item_nums: _summed(weights, self.lift[np.ix_(groups, item_nums)]),
        )

    @cached_property
    def _ends(self) -> FloatArray:
        """The lowest and the highest lift of each group, float64 [2, n_groups]."""
        ends = [self.lift.min(axis=1, initial=0.0), self.lift.max(axis=1, initial=0.0)]
        return np.array(ends, dtype=np.float64)

    def bases(self, state: ShopperState, item_nums: IntArray) -> FloatArray:
        """Amount of each attribute for some products, float64 [n_bases, len(item_nums)]."""
        found = np.zeros((len(self.basis_names), len(item_nums)))
        for group, basis in self._memberships(state):
            found[basis] += self.lift[group, item_nums]
        return found

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each of the shopper's attributes and candidate."""
        groups, weights = self._groups(state, coefficients)
        amount = weights[:, None] * self.lift[np.ix_(groups, item_nums)]  # [groups, targets]
        group, target = np.nonzero(amount)
        return Addends(target, np.full(len(target), -1), groups[group], amount[group, target])

    def label(self, number: int) -> tuple[str, str]:
        """Attribute name and value of a group."""
        return self.names[number]

    def _memberships(self, state: ShopperState) -> list[tuple[int, int]]:
        """The shopper's groups and the basis of each."""
        known = self._group_of
        return sorted(known[one] for one in state.attributes.items() if one in known)

    @cached_property
    def _group_of(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Attribute name and value → number of the group and its basis."""
        basis_of = {name: basis for basis, name in enumerate(self.basis_names)}
        return {one: (group, basis_of[one[0]]) for group, one in enumerate(self.names)}

    def _groups(
        self, state: ShopperState, coefficients: Coefficients
    ) -> tuple[IntArray, FloatArray]:
        members = self._memberships(state)
        groups = np.array([group for group, _ in members], dtype=np.int64)
        return groups, np.array([coefficients[basis] for _, basis in members], dtype=np.float64)

    def to_arrays(self) -> Arrays:
        """The lifts and, as UTF-8 bytes, the names of the groups."""
        return {"lift": self.lift, "names": names_to_array(self.names)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The channel again; raises `KeyError` where an array is missing."""
        return cls(np.asarray(arrays["lift"], np.float32), names_from_array(arrays["names"]))


def _summed(weights: FloatArray, lift: FloatArray) -> FloatArray:
    """The weighted groups added up one by one: some products get what all would."""
    total = np.zeros(lift.shape[1])
    for weight, one in zip(weights.tolist(), lift, strict=True):
        total += weight * one.astype(np.float64)
    return total
