"""What was said of products, as entries of the ledger from the next answer on.

    amount(i) = Σ over what was said s:  strength(s) · 2^(-age(s) / half-life) · near(s, i)
    near(s, i) = 1 for the product itself
               + spread · Σ over attribute values a of both:  idf(a) / Σ of idf over all values of
                                                                       the product that s is about

Every addend is an entry of its own, named after what was said ("you said: not for me") and after
what of the product it touches. It depends on what was said once and on nothing else, so taking
one back is the same as never having said it. Strengths are in the unit of scores, log-odds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from youli.channels.base import Addends, Coefficients
from youli.channels.item import ItemChannel
from youli.data.shop import WORDS, Shop
from youli.data.state import ShopperState
from youli.feedback.records import ItemFeedback, ItemKind
from youli.rank.ranker import Ranker
from youli.types import EvidenceKind, IntArray

__all__ = ["ITSELF", "SAID", "EffectConfig", "SaidChannel", "with_said"]

#: The channel's name for each kind; what it is called in words is in the pages' dictionaries.
SAID: Mapping[ItemKind, str] = {
    ItemKind.SAVED: "said_saved",
    ItemKind.DISMISSED: "said_dismissed",
    ItemKind.NOT_FOR_ME: "said_not_for_me",
    ItemKind.RETURNED: "said_returned",
    ItemKind.RATED: "said_rated",
}
#: The name of the entry on the very product that something was said of.
ITSELF = "product"
_DAY_S = 86_400.0


class EffectConfig(BaseModel):
    """How strongly what is said moves the shopper's own scores, in log-odds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    saved: float = Field(default=0.5, ge=0.0)
    """Adds for a saved product."""
    dismissed: float = Field(default=1.0, ge=0.0)
    """Takes for one that was waved away."""
    not_for_me: float = Field(default=6.0, ge=0.0)
    """Takes for "not for me"."""
    returned: float = Field(default=4.0, ge=0.0)
    """Takes for one that was sent back."""
    rated: float = Field(default=2.0, ge=0.0)
    """Adds for the best rating and takes for the worst; those between in proportion."""
    spread: float = Field(default=0.25, ge=0.0, le=1.0)
    """Share of it that a product with all the same attributes gets."""
    half_life_days: float = Field(default=90.0, gt=0.0)
    """After so many days half of it is left."""
    n_latest: int = Field(default=100, ge=1)
    """At most so many of the latest things said count."""

    def strength(self, one: ItemFeedback) -> float:
        """The signed amount for the product itself, at the moment it is said.

        0 for what is an event of the history: it speaks through the other channels already.
        """
        match one.kind:
            case ItemKind.SAVED:
                return self.saved
            case ItemKind.DISMISSED:
                return -self.dismissed
            case ItemKind.NOT_FOR_ME:
                return -self.not_for_me
            case ItemKind.RETURNED:
                return -self.returned
            case ItemKind.RATED:
                return self.rated * one.liking
            case ItemKind.BOUGHT | ItemKind.CLICKED:
                return 0.0


@dataclass(frozen=True, slots=True)
class _Part:
    """One entry: which products it touches (int32), by how much, and what it is called."""

    item_nums: IntArray
    amount: float
    label: tuple[str, str]
    said: ItemFeedback


class SaidChannel(ItemChannel):
    """Everything of one kind that one shopper said; made anew for a request, never saved."""

    evidence: ClassVar[EvidenceKind] = EvidenceKind.FEEDBACK
    facts: ClassVar[tuple[str, ...]] = ("said",)

    def __init__(self, name: str, n_items: int, parts: Sequence[_Part]) -> None:
        total = np.zeros((1, n_items))
        for part in parts:
            total[0, part.item_nums] += part.amount
        super().__init__(total)
        # The protocol has a name for each class; here it is what was said.
        self.name = name  # type: ignore[misc]  # one class stands for five named channels
        self.parts = tuple(parts)

    def addends(
        self, state: ShopperState, coefficients: Coefficients, item_nums: IntArray
    ) -> Addends:
        """One part for each thing said and each attribute that it shares with a candidate."""
        place = np.full(self.n_items, -1, dtype=np.int64)
        place[item_nums] = np.arange(len(item_nums))
        targets, labels, amounts = [], [], []
        for number, part in enumerate(self.parts):
            found = place[part.item_nums]
            found = found[found >= 0]
            targets.append(found)
            labels.append(np.full(len(found), number))
            amounts.append(np.full(len(found), float(coefficients[0]) * part.amount))
        target = np.concatenate(targets) if targets else np.zeros(0, dtype=np.int64)
        if not len(target):
            return Addends.none()
        nothing = np.full(len(target), -1)
        return Addends(target, nothing, np.concatenate(labels), np.concatenate(amounts))

    def label(self, number: int) -> tuple[str, str]:
        """What of the product it touches: itself, by title, or an attribute and its value."""
        return self.parts[number].label

    @classmethod
    def fit(cls, shop: Shop, coefficients: Coefficients | None = None) -> Self:
        """Of nobody in particular: nothing was said."""
        del coefficients
        return cls("said", shop.interactions.n_items, ())

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """What a shopper says is no part of a saved shop."""
        raise KeyError("said")


def with_said(
    ranker: Ranker,
    said: Iterable[ItemFeedback],
    *,
    now: int,
    config: EffectConfig | None = None,
) -> Ranker:
    """The ranker of one shopper's next answer: as it is, and what they said as channels.

    `now` is the moment of the request. Products that the shop does not know are passed over. The
    same ranker comes back where nothing was said that counts.
    """
    config = EffectConfig() if config is None else config
    latest = sorted(said, key=lambda one: one.timestamp)[-config.n_latest :]
    by_name: dict[str, list[_Part]] = {}
    for one in latest:
        by_name.setdefault(SAID.get(one.kind, ""), []).extend(_parts(ranker.shop, one, now, config))
    n_items = ranker.shop.interactions.n_items
    channels = {
        name: SaidChannel(name, n_items, parts) for name, parts in by_name.items() if name and parts
    }
    if not channels:
        return ranker
    return replace(
        ranker,
        channels={**ranker.channels, **channels},
        coefficients={**ranker.coefficients, **{name: np.ones(1) for name in channels}},
    )


def _parts(shop: Shop, one: ItemFeedback, now: int, config: EffectConfig) -> list[_Part]:
    """The product itself, then every attribute value that it shares with others."""
    item_num = shop.interactions.items.num(one.item_id)
    age_days = max(0, now - one.timestamp) / _DAY_S
    strength = config.strength(one) * 2.0 ** (-age_days / config.half_life_days)
    if item_num is None or strength == 0.0:
        return []
    title = shop.catalogue.titles[item_num]
    parts = [_Part(np.array([item_num], np.int32), strength, (ITSELF, title), one)]
    labels = _labels(shop, item_num)
    total = sum(idf for *_, idf in labels)
    for name, value, item_nums, idf in labels:
        amount = strength * config.spread * idf / total if total else 0.0
        if amount and len(item_nums):
            parts.append(_Part(item_nums, amount, (name, value), one))
    return parts


def _labels(shop: Shop, item_num: int) -> list[tuple[str, str, IntArray, float]]:
    """Name, value, the other products that have it, and log(products / products with it)."""
    found = []
    for attribute in shop.catalogue.attributes:
        if attribute.name == WORDS:  # a word of a title is no property that one would mean
            continue
        columns = attribute.codes[attribute.indptr[item_num] : attribute.indptr[item_num + 1]]
        for code in columns.tolist():
            have = _having(shop, attribute.name, code)
            others = have[have != item_num]
            idf = float(np.log(len(shop.catalogue) / len(have)))
            found.append((attribute.name, attribute.values[code], others, idf))
    return found


def _having(shop: Shop, name: str, code: int) -> IntArray:
    """Products with one label, int32; the table by label is made once a shop."""
    tables = shop.catalogue.kept.setdefault("products of labels", {})
    if name not in tables:
        attribute = shop.catalogue.attribute(name)
        assert attribute is not None, "it was just read from the catalogue"
        tables[name] = attribute.matrix.tocsc()
    table = tables[name]
    return np.asarray(table.indices[table.indptr[code] : table.indptr[code + 1]], dtype=np.int32)
