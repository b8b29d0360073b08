"""The shopper and the shop with something different: what every proof ranks again.

A `Change` says what is different; `changed` gives the ranker and the state in which it is so. It
goes through the channels' fitted tables and the shopper's events, never through a ledger, so that
asking the ranker in that world is a check of what a ledger said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from scipy import sparse

from youli.channels.attributes import AttributesChannel
from youli.data.shop import PRICE_BAND, Catalogue
from youli.data.state import ShopperState
from youli.rank.ranker import Ranker

__all__ = ["Change", "band_at", "changed"]

_Edit: TypeAlias = Callable[[AttributesChannel], AttributesChannel]


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from what was served; nothing where every field is empty."""

    #: History rows that do not count.
    ignored: tuple[int, ...] = ()
    #: Further events at the moment of the request, one after the other: product and event name.
    added: tuple[tuple[int, str], ...] = ()
    #: Another price of one product: `item_num` and minor units.
    price: tuple[int, int] | None = None
    #: Attributes of products, name and value, that no longer speak for any product.
    labels_off: tuple[tuple[str, str], ...] = ()
    #: Attributes of the shopper, by name, that are not known.
    traits_off: tuple[str, ...] = ()


def changed(ranker: Ranker, state: ShopperState, change: Change) -> tuple[Ranker, ShopperState]:
    """The ranker and the state under a change."""
    for item_num, event in change.added:
        state = state.record(item_num, event, state.now)
    if change.ignored:
        state = state.without(change.ignored)
    if change.traits_off:
        kept = {n: v for n, v in state.attributes.items() if n not in change.traits_off}
        state = replace(state, attributes=kept)
    if change.labels_off:
        ranker = _with_tables(ranker, lambda channel: _without_labels(channel, change.labels_off))
    if change.price is not None:
        item_num, price_minor = change.price
        band = band_at(ranker, item_num, price_minor)
        ranker = _with_tables(ranker, lambda channel: _in_band(channel, item_num, band))
    return ranker, state


def band_at(ranker: Ranker, item_num: int, price_minor: int) -> str | None:
    """The price band of a product at another price, all others keeping theirs; None without one."""
    catalogue = ranker.shop.catalogue
    names = catalogue.table.column_names
    if PRICE_BAND in names or "price_minor" not in names:  # a column of the shop's own stays
        attribute = catalogue.attribute(PRICE_BAND)
    else:
        prices = catalogue.table["price_minor"].to_pylist()
        prices[item_num] = price_minor
        column = pa.array(prices, pa.int64())
        place = names.index("price_minor")
        attribute = Catalogue(
            catalogue.table.set_column(place, "price_minor", column)
        ).price_bands()
    labels = () if attribute is None else attribute.of(item_num)
    return labels[0] if labels else None


def _with_tables(ranker: Ranker, edit: _Edit) -> Ranker:
    channels = {
        name: edit(channel) if isinstance(channel, AttributesChannel) else channel
        for name, channel in ranker.channels.items()
    }
    return replace(ranker, channels=channels)


def _without_labels(
    channel: AttributesChannel, labels: tuple[tuple[str, str], ...]
) -> AttributesChannel:
    gone = [number for number, name in enumerate(channel.names) if name in set(labels)]
    table = channel.table.copy()
    table.data[np.isin(table.indices, gone)] = 0.0
    return type(channel)(table, channel.attribute_of, channel.names)


def _in_band(channel: AttributesChannel, item_num: int, band: str | None) -> AttributesChannel:
    """The product with another price band; a band that the model has never seen speaks for none."""
    mine = [at for at, (name, _) in enumerate(channel.names) if name == PRICE_BAND]
    start, stop = channel.table.indptr[item_num], channel.table.indptr[item_num + 1]
    columns, data = channel.table.indices[start:stop], channel.table.data[start:stop]
    kept = ~np.isin(columns, mine)
    columns, data = columns[kept], data[kept]
    new = [at for at in mine if channel.names[at][1] == band]
    if new:
        # One label a product, so every product that has it has the same weight.
        weight = channel.table[:, new[0]].max()
        columns, data = np.append(columns, new[0]), np.append(data, np.float32(weight))
    row = sparse.csr_matrix(
        (data, columns, [0, len(data)]), shape=(1, channel.table.shape[1]), dtype=np.float32
    )
    above, below = channel.table[:item_num], channel.table[item_num + 1 :]
    table = sparse.vstack([above, row, below], format="csr", dtype=np.float32)
    table.sort_indices()
    return type(channel)(table, channel.attribute_of, channel.names)
