"""What the shop can do for one shopper: the few calls through which a conversation acts.

The store page and the API make the same calls. `MemoryDesk` is the one without a server: what it
changes lasts as long as it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from youli.data.interactions import EVENT_NAMES
from youli.data.state import ShopperState
from youli.engine import Engine
from youli.rank.ranker import Ranker
from youli.search.desk import SearchDesk
from youli.types import BoolArray

__all__ = ["Desk", "MemoryDesk", "Shopper", "basket_of"]

_ADD_TO_CART, _PURCHASE = EVENT_NAMES.index("add_to_cart"), EVENT_NAMES.index("purchase")


@dataclass(frozen=True, slots=True)
class Shopper:
    """One shopper as of now."""

    #: What counts: ignored events do not, and nothing does where personalisation is off.
    state: ShopperState
    #: Every event that stands, whether it counts or not; what a refund took back is not counted.
    whole: ShopperState
    is_personalised: bool = True
    #: Products that they do not want to see, by `item_num`.
    declined: frozenset[int] = frozenset()


class Desk(Protocol):
    """What a conversation may do, and for whom."""

    @property
    def engine(self) -> Engine:
        """What ranks and explains."""
        ...

    def shopper(self) -> Shopper:
        """The shopper as of now."""
        ...

    def ranker(self, allowed: BoolArray | None) -> Ranker:
        """What makes this shopper's lists, of `allowed` products alone (bool [n_items])."""
        ...

    def searching(self) -> SearchDesk:
        """What finds products by words and meaning."""
        ...

    def ignore(self, item_nums: Iterable[int]) -> None:
        """Let no event so far with these products count."""
        ...

    def restore(self, item_nums: Iterable[int]) -> None:
        """Let the events with these products count again."""
        ...

    def decline(self, item_num: int) -> None:
        """Keep a product out of this shopper's lists."""
        ...

    def undecline(self, item_num: int) -> None:
        """Let a product into this shopper's lists again."""
        ...

    def personalise(self, wanted: bool) -> None:
        """Turn personalisation on or off."""
        ...

    def complain(self, item_num: int, reason: str) -> None:
        """Keep that the shopper calls a reason wrong."""
        ...


def basket_of(state: ShopperState) -> list[int]:
    """The products that were put into the basket and not bought since, in their order."""
    basket: dict[int, None] = {}
    for item_num, event in zip(state.item_num.tolist(), state.rows["event"].tolist(), strict=True):
        if event == _ADD_TO_CART:
            basket[item_num] = None
        elif event == _PURCHASE:
            basket.pop(item_num, None)
    return list(basket)


@dataclass
class MemoryDesk:
    """A desk over a fitted shop alone."""

    engine: Engine
    user_id: str
    is_personalised: bool = True
    ignored: frozenset[int] = frozenset()
    declined: frozenset[int] = frozenset()
    #: Reasons that were called wrong: product and reason.
    complaints: list[tuple[int, str]] = field(default_factory=list)
    _search: SearchDesk | None = None

    def shopper(self) -> Shopper:
        """The shopper after all events of the log."""
        whole = self.engine.state(self.user_id)
        state = whole.without(self.ignored)
        if not self.is_personalised:
            state = ShopperState(self.user_id, now=whole.now)
        return Shopper(state, whole, self.is_personalised, self.declined)

    def ranker(self, allowed: BoolArray | None) -> Ranker:
        """The shop's ranker with what this shopper declined and the request allows."""
        ranker = self.engine.ranker
        config = replace(ranker.config.only(allowed), declined=self.declined)
        return replace(ranker, config=config)

    def searching(self) -> SearchDesk:
        """The search of the shop's folder, opened when it is first asked for."""
        if self._search is None:
            self._search = SearchDesk.open(self.engine, shop_folder=self.engine.fitted.folder)
        return self._search

    def ignore(self, item_nums: Iterable[int]) -> None:
        """Leave out the rows about these products."""
        self.ignored |= self._rows(item_nums)

    def restore(self, item_nums: Iterable[int]) -> None:
        """Take the rows about these products in again."""
        self.ignored -= self._rows(item_nums)

    def decline(self, item_num: int) -> None:
        """Keep a product out."""
        self.declined |= {item_num}

    def undecline(self, item_num: int) -> None:
        """Let a product in again."""
        self.declined -= {item_num}

    def personalise(self, wanted: bool) -> None:
        """Turn personalisation on or off."""
        self.is_personalised = wanted

    def complain(self, item_num: int, reason: str) -> None:
        """Keep the complaint."""
        self.complaints.append((item_num, reason))

    def _rows(self, item_nums: Iterable[int]) -> frozenset[int]:
        about = np.isin(self.engine.state(self.user_id).item_num, list(item_nums))
        return frozenset(np.flatnonzero(about).tolist())
