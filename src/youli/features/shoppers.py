"""What is known of shoppers beside their events, as numbers for a net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from youli.data.shop import Shop
from youli.features.tabular import EncodedTable, TableEncoder
from youli.types import FloatArray, IntArray

__all__ = [
    "N_LENGTHS",
    "RECENCY_S",
    "ShopperTable",
    "feature_names",
    "length_code",
    "recency_code",
    "shopper_table",
]

_DAY_S: Final = 86_400
#: Upper ends, in seconds, of how long ago the last event was: an hour, then days.
RECENCY_S: Final = (3600, *(n * _DAY_S for n in (1, 3, 7, 14, 30, 60, 120, 365)))
#: Lengths of histories in octaves: 0, 1–2, 3–6, …, 255 and more.
N_LENGTHS: Final = 9


@dataclass(frozen=True)
class ShopperTable:
    """The attributes that profiles are made of. Protected ones never come this far.

    ``rows`` are all shoppers of the shop that it was learned from; None where it was read.
    """

    encoder: TableEncoder
    is_timed: bool
    rows: EncodedTable | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Attributes of labels, then those of quantities."""
        return (
            *(one.name for one in self.encoder.labels),
            *(one.name for one in self.encoder.quantities),
        )

    @property
    def starts(self) -> IntArray:
        """Where the codes of each attribute of labels start among all codes, then their number."""
        n_codes = [one.n_codes for one in self.encoder.labels]
        return np.concatenate([[0], np.cumsum(n_codes)]).astype(np.int64)

    @property
    def levels(self) -> tuple[tuple[str, str], ...]:
        """What the codes stand for: attribute and label, an empty one for the unknown."""
        return tuple(
            (one.name, level) for one in self.encoder.labels for level in ("", *one.levels)
        )

    def of(self, attributes: Sequence[Mapping[str, str]]) -> EncodedTable:
        """Shoppers by what is known of them now."""
        return self.encoder.encode_rows(attributes)

    def to_state(self) -> tuple[dict[str, FloatArray], dict[str, Any]]:
        """Arrays, and the rest ready for JSON; nothing of any one shopper."""
        arrays, said = self.encoder.to_state()
        return arrays, {"encoder": said, "is_timed": self.is_timed}

    @classmethod
    def from_state(
        cls, arrays: Mapping[str, npt.NDArray[Any]], said: Mapping[str, Any]
    ) -> ShopperTable:
        """The table again, without its rows."""
        return cls(TableEncoder.from_state(arrays, said["encoder"]), bool(said["is_timed"]))


def shopper_table(shop: Shop) -> ShopperTable:
    """The shop's shoppers, as their states carry what is known of them."""
    attributes = shop.shoppers.attributes
    known = [shop.shoppers.of(num) for num in range(shop.interactions.n_users)]
    columns = {one.name: pa.array([row.get(one.name) for row in known]) for one in attributes}
    table = pa.table(columns)
    encoder = TableEncoder.fit(table)
    return ShopperTable(encoder, shop.interactions.timed, encoder.encode_rows(known))


def length_code(n_events: IntArray) -> IntArray:
    """The octave of a history's length, int64, 0 for none."""
    octave = np.log2(np.asarray(n_events) + 1.0).astype(np.int64)
    return np.asarray(np.minimum(octave, N_LENGTHS - 1))


def recency_code(seconds: IntArray) -> IntArray:
    """Which of the ranges of `RECENCY_S` so many seconds are in, int64."""
    return np.asarray(np.searchsorted(np.array(RECENCY_S), np.maximum(seconds, 0)))


def feature_names(table: ShopperTable, *, n_last: int, n_means: int) -> tuple[str, ...]:
    """The features of a shopper at a moment, in the order in which nets take them."""
    ordinals = ("last product", "2nd last product", "3rd last product")
    last = [*ordinals, *(f"{n}th last product" for n in range(4, n_last + 1))][:n_last]
    means = [f"history {n}" for n in range(1, n_means + 1)]
    return (
        *last,
        *means,
        *table.names,
        "events known",
        *(["time since"] if table.is_timed else []),
    )
