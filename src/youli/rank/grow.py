"""A ranker on a shop that has grown: counted again, trained on, its learned weights kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from youli.channels.base import Channel, Coefficients, Needs
from youli.data.growth import Growth
from youli.data.shop import Shop
from youli.features.vectors import encode_catalogue
from youli.rank.fit import FitConfig, capabilities, fit_channel
from youli.rank.ranker import Ranker
from youli.registry import CHANNELS
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["grow_ranker"]


def grow_ranker(
    before: Ranker,
    growth: Growth,
    config: FitConfig,
    *,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> Ranker:
    """The same channels on all events of the grown shop, with the coefficients as they were.

    A basis that was not there before, such as that of a new attribute, has the coefficient 0 until
    the next full fit. A channel whose data the shop has no more is left out.
    """
    shop, has = growth.shop, capabilities(growth.shop)
    names = [name for name in before.channels if not CHANNELS.load(name).needs - has]
    if any(Needs.TEXT in CHANNELS.load(name).needs for name in names):
        encode_catalogue(shop.catalogue, config.text, progress)
    same_columns = _columns(before.shop) == _columns(shop)
    channels: dict[str, Channel] = {}
    coefficients: dict[str, Coefficients] = {}
    for done, name in enumerate(names):
        progress(f"counting {name} again", done / len(names))
        old, known = before.channels[name], before.coefficients[name]
        channels[name] = fit_channel(
            shop,
            name,
            config=config,
            known=known if same_columns else None,
            start=old,
            rows=growth.rows,
            progress=progress,
            watch=None if watch is None else watch.of(name),
        )
        by_name = dict(zip(old.basis_names, known.tolist(), strict=True))
        coefficients[name] = np.array([by_name.get(b, 0.0) for b in channels[name].basis_names])
    progress("counting again", 1.0)
    return replace(before, shop=shop, channels=channels, coefficients=coefficients)


def _columns(shop: Shop) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What products and shoppers are compared by: bases are named after them."""
    return (
        tuple(one.name for one in shop.catalogue.attributes),
        tuple(one.name for one in shop.shoppers.attributes),
    )
