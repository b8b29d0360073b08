"""Which recommendations and which purchases are explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from youli.data.shop import Shop
from youli.data.split import Case, Split
from youli.data.state import ShopperState
from youli.explain.attribution.base import Scorer, players
from youli.rank.ranker import top
from youli.types import BoolArray, IntArray

__all__ = ["Caused", "Explained", "caused_cases", "competing", "listed_cases", "true_causes"]


@dataclass(frozen=True)
class Explained:
    """One product for one shopper, to be explained; ``allowed`` bool [n_items] competes with it."""

    state: ShopperState
    item_num: int
    allowed: BoolArray


@dataclass(frozen=True)
class Caused(Explained):
    """A purchase whose cause is known: its name, and the past products that are it."""

    cause: str = ""
    sources: frozenset[int] = field(default_factory=frozenset)
    #: The product's place for the model that explains, infinite where it has no score.
    rank: float = np.inf


def listed_cases(
    model: Scorer, split: Split, cases: Sequence[Case], *, n_products: int, repeats: bool
) -> list[Explained]:
    """The best products of each case's shopper; those without a history have nothing to explain.

    What competes is the whole catalogue, without what the shopper had unless `repeats`.
    """
    found = []
    for case in cases:
        state = case.state(split.full)
        if not len(players(state)):
            continue
        allowed = competing(split.full, state, repeats=repeats)
        scores = model.score_batch([state])[0]
        best = top(np.where(np.isnan(scores), -np.inf, scores), allowed, n_products)
        found += [Explained(state, int(item), allowed) for item in best]
    return found


def caused_cases(
    model: Scorer, split: Split, cases: Sequence[Case], causes: Mapping[int, tuple[str, IntArray]],
    *, repeats: bool,
) -> list[Caused]:  # fmt: skip
    """The purchases that were really made, with the place the model gave them.

    `causes` maps a shopper to the cause of their held-out purchase and its past products; shoppers
    that it lacks are left out.
    """
    found = []
    for case in cases:
        if case.user_num not in causes:
            continue
        state, item = case.state(split.full), int(case.targets[0])
        cause, sources = causes[case.user_num]
        allowed = competing(split.full, state, repeats=repeats)
        allowed[item] = True
        scores = model.score_batch([state])[0]
        rank = float((scores[allowed] >= scores[item]).sum())
        found.append(
            Caused(
                state, item, allowed, cause=cause, sources=frozenset(sources.tolist()),
                rank=rank if np.isfinite(scores[item]) else np.inf,
            )
        )  # fmt: skip
    return found


def true_causes(
    shop: Shop, is_caused: BoolArray, names: Sequence[str], supporters: Sequence[IntArray]
) -> dict[int, tuple[str, IntArray]]:
    """Shopper → cause and past products of their last event, where past purchases caused it.

    All arguments but `shop` have an entry for each event of the shop: whether it has such a cause,
    the cause's name, and the positions in the shopper's history of what supports it.
    """
    events = shop.interactions
    found = {}
    for user_num in range(events.n_users):
        rows = events.rows_of(user_num)
        last = rows.stop - 1
        if rows.stop - rows.start > 1 and is_caused[last]:
            mine = events.item_num[rows]
            found[user_num] = (names[last], np.unique(mine[supporters[last]]))
    return found


def competing(shop: Shop, state: ShopperState, *, repeats: bool) -> BoolArray:
    """What may be listed, bool [n_items]."""
    allowed = np.ones(shop.interactions.n_items, dtype=bool)
    if not repeats:
        allowed[state.item_num] = False
    return allowed
