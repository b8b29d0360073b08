"""From prepared data to a fitted shop: the step that `fit`, the demo and the tests share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from youli.artifact import FittedShop
from youli.data.prepare import PreparedShop
from youli.data.protected import without_protected
from youli.data.shop import Shop, build_shop
from youli.features.photos.config import PhotosConfig
from youli.rank.combine import Learned
from youli.rank.fit import FitConfig, fit_ranker
from youli.types import Progress, no_progress

__all__ = ["learn", "shop_of", "with_photos"]


def shop_of(prepared: PreparedShop, *, allow: Collection[str] = ()) -> tuple[Shop, list[str]]:
    """The shop to learn from, and the protected attributes that were left out of it.

    `allow` names protected columns of the shoppers' table that the shop may use.
    """
    users, gone = without_protected(prepared.users, allow)
    shop = build_shop(
        prepared.events,
        prepared.items,
        users,
        currency=prepared.currency,
        data_hash=prepared.data_hash,
        simulated=prepared.simulated,
        timed=not prepared.time_is_order,
    )
    return shop, gone


def with_photos(
    shop: Shop,
    config: PhotosConfig,
    folders: Sequence[Path] = (),
    progress: Progress = no_progress,
) -> tuple[Shop, dict[str, Any]]:
    """The shop with its photos encoded, and what became of them.

    `folders` are looked into after `config.folder`. Raises as
    `youli.features.photos.build.encode_photos`.
    """
    from youli.features.photos.build import encode_photos  # PyTorch, where photos are wanted alone

    encoded = encode_photos(shop.catalogue, config, folders, progress)
    return replace(shop, photos=encoded.photos), encoded.report


def learn(
    prepared: PreparedShop,
    config: FitConfig,
    *,
    allow: Collection[str] = (),
    photos: PhotosConfig | None = None,
    photo_folders: Sequence[Path] = (),
    progress: Progress = no_progress,
) -> tuple[FittedShop, Learned]:
    """Fit on prepared data; raises as `youli.rank.fit.fit_ranker` and `with_photos`.

    Photos are read where `photos` asks for them (`PhotosConfig.wanted`), and not otherwise.
    """
    shop, gone = shop_of(prepared, allow=allow)
    report = prepared.report.model_dump(mode="json") | {"protected_left_out": gone}
    if photos is not None and photos.wanted:
        shop, report["photos"] = with_photos(shop, photos, photo_folders, progress)
    ranker, learned = fit_ranker(shop, config, progress)
    return FittedShop(ranker, config, report=report), learned
