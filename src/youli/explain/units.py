"""What may be taken out of a shopper's evidence, one at a time, and what each gives some products.

==========  ==================================================================================
products    all events of the shopper with one past product
events      one event
interests   all events with products of one category or brand
attributes  one attribute of products (a brand, a price band) for all past products at once, or one
            attribute of the shopper
==========  ==================================================================================

The score is a sum, so what a set takes away is a sum over its members. Interests may overlap (a
brand and a category): what a set of them takes is the sum over the past products in any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from youli.channels.attributes import AttributesChannel
from youli.channels.profile import ProfileChannel
from youli.data.state import ShopperState
from youli.explain.floors import lowest_amounts
from youli.explain.types import By
from youli.explain.worlds import Change
from youli.rank.ranker import Ranker
from youli.rank.workings import Workings
from youli.types import BoolArray, EvidenceKind, FloatArray, IntArray

__all__ = ["Units", "held_back", "layers", "units_of"]

_BRAND = "brand"


@dataclass(frozen=True)
class Units:
    """Some units of one kind with what each gives some products.

    ``amounts`` float64 [n_units, n_targets]; ``lowest`` float64 [n_units], the least that each can
    give any *other* product, None where nobody knows. For interests ``members`` bool [n_units,
    n_past] says which past products belong to each, and `amounts` and `lowest` are those of the
    past products, [n_past, n_targets] and [n_past].
    """

    by: By
    amounts: FloatArray
    lowest: FloatArray | None
    #: History rows of each unit; empty for attributes.
    rows: Sequence[tuple[int, ...]] = ()
    #: Name and value of each unit, for interests and attributes.
    labels: Sequence[tuple[str, str]] = ()
    #: Units, by number, that are attributes of the shopper.
    traits: frozenset[int] = frozenset()
    members: BoolArray | None = field(default=None)

    def __len__(self) -> int:
        return len(self.amounts) if self.members is None else len(self.members)

    def change(self, units: Iterable[int]) -> Change:
        """The world without some units."""
        chosen = [int(one) for one in units]
        if self.by is By.ATTRIBUTES:
            return Change(
                labels_off=tuple(self.labels[one] for one in chosen if one not in self.traits),
                traits_off=tuple(self.labels[one][0] for one in chosen if one in self.traits),
            )
        return Change(ignored=tuple(sorted({row for one in chosen for row in self.rows[one]})))


def units_of(
    by: By,
    ranker: Ranker,
    state: ShopperState,
    item_nums: IntArray,
    *,
    workings: Workings | None = None,
) -> Units:
    """The units of one kind in a shopper's evidence, with what they give `item_nums`.

    `workings` are those of the state, where they are there already.
    """
    match by:
        case By.PRODUCTS:
            workings = ranker.workings(state) if workings is None else workings
            amounts = workings.amounts_by_past(item_nums)
            return Units(by, amounts, lowest_amounts(ranker, state), state.rows_of_distinct)
        case By.EVENTS:
            return _events(ranker, state, item_nums)
        case By.INTERESTS:
            return _interests(ranker, state, item_nums)
        case By.ATTRIBUTES:
            return _attributes(ranker, state, item_nums)


def layers(state: ShopperState) -> list[list[int]]:
    """The counted rows in layers that hold each past product at most once.

    No event's part depends on another event, so a state with one layer alone shows what each of
    its events gives.
    """
    rows = state.rows_of_distinct
    deepest = max(map(len, rows), default=0)
    return [[many[at] for many in rows if len(many) > at] for at in range(deepest)]


def held_back(ranker: Ranker, state: ShopperState, by: By) -> IntArray:
    """Past products whose own earlier events speak against them, int32.

    Where single events may be taken out, one such event is enough.
    """
    past = state.distinct_items[0]
    against = np.zeros(len(past), dtype=bool)
    if by is By.ATTRIBUTES:
        return past[against]
    states = [state.only(one) for one in layers(state)] if by is By.EVENTS else [state]
    for one in states:
        own = np.zeros(len(past))
        for name, channel in ranker.channels.items():
            if channel.evidence is EvidenceKind.REPURCHASE:
                parts = channel.addends(one, ranker.coefficients[name], past)
                own += np.bincount(parts.target, parts.amount, minlength=len(past))
        against |= own < 0.0
    return past[against]


def _events(ranker: Ranker, state: ShopperState, item_nums: IntArray) -> Units:
    row_of = state.distinct_items[1]
    rows: list[int] = []
    amounts: list[FloatArray] = []
    lowest: list[FloatArray] | None = []
    for layer in layers(state):
        alone = state.only(layer)
        places = row_of[layer]
        rows.extend(layer)
        amounts.append(ranker.amounts_by_past(alone, item_nums)[places])
        low = lowest_amounts(ranker, alone)
        lowest = None if low is None or lowest is None else [*lowest, low[places]]
    table = np.concatenate(amounts) if amounts else np.zeros((0, len(item_nums)))
    floor = None if lowest is None else np.concatenate([np.zeros(0), *lowest])
    return Units(By.EVENTS, table, floor, [(row,) for row in rows])


def _interests(ranker: Ranker, state: ShopperState, item_nums: IntArray) -> Units:
    past = state.distinct_items[0]
    catalogue = ranker.shop.catalogue
    brand = catalogue.attribute(_BRAND)
    attributes = [*catalogue.attributes_of_category, *([] if brand is None else [brand])]
    of_label: dict[tuple[str, str], list[int]] = {}
    for place, item_num in enumerate(past.tolist()):
        if state.rows_of_distinct[place]:
            for attribute in attributes:
                for value in attribute.of(item_num):
                    of_label.setdefault((attribute.name, value), []).append(place)
    members = np.zeros((len(of_label), len(past)), dtype=bool)
    for number, places in enumerate(of_label.values()):
        members[number, places] = True
    rows = [
        tuple(sorted(row for place in places for row in state.rows_of_distinct[place]))
        for places in of_label.values()
    ]
    return Units(
        By.INTERESTS,
        ranker.amounts_by_past(state, item_nums),
        lowest_amounts(ranker, state),
        rows,
        tuple(of_label),
        members=members,
    )


def _attributes(ranker: Ranker, state: ShopperState, item_nums: IntArray) -> Units:
    """What the last product shares with the past, label by label, and the shopper's attributes.

    A label that the product does not share can be left out: it gives others nothing below zero, so
    without it they only fall.
    """
    amounts: list[FloatArray] = []
    labels: list[tuple[str, str]] = []
    lowest: list[float] = []
    traits: list[int] = []
    for name, channel in ranker.channels.items():
        if not isinstance(channel, AttributesChannel | ProfileChannel):
            continue
        weights = ranker.coefficients[name]
        parts = channel.addends(state, weights, item_nums)
        if isinstance(channel, ProfileChannel):
            known = [at for at, one in enumerate(channel.names) if one in state.attributes.items()]
        else:
            known = np.unique(parts.label[parts.target == len(item_nums) - 1]).tolist()
        for number in known:
            mine = parts.label == number
            label = channel.label(number)
            sums = np.bincount(
                parts.target[mine], weights=parts.amount[mine], minlength=len(item_nums)
            )
            amounts.append(sums.astype(np.float64))  # integers where there is no part
            labels.append(label)
            if isinstance(channel, ProfileChannel):
                traits.append(len(labels) - 1)
                basis = channel.basis_names.index(label[0])
                lowest.append(float(min(0.0, (weights[basis] * channel.lift[number]).min())))
            else:
                lowest.append(0.0 if (weights >= 0.0).all() else -np.inf)
    return Units(
        By.ATTRIBUTES,
        np.array(amounts).reshape(len(amounts), len(item_nums)),
        np.array(lowest),
        labels=tuple(labels),
        traits=frozenset(traits),
    )
