"""A shop that goes on from what it had learned, with new events only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from youli.artifact import FittedShop
from youli.data.config import DataConfig
from youli.data.growth import Growth
from youli.data.prepare import KnownLog, PreparedShop, prepare_shop
from youli.data.shop import Shop
from youli.data.sources.base import source_for
from youli.errors import ArtifactError
from youli.learn import shop_of
from youli.rank.grow import grow_ranker
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["grown", "prepare_update", "update", "updated_shop"]


def prepare_update(
    fitted: FittedShop,
    events: Sequence[str],
    items: Sequence[str] = (),
    users: Sequence[str] = (),
    column_map: Mapping[str, str] | None = None,
    config: DataConfig | None = None,
    progress: Progress = no_progress,
) -> PreparedShop:
    """The shop's own log and the new files, checked and cleaned together.

    Raises `ArtifactError` where the shop was saved without its log, and as `prepare_shop`.
    """
    if not isinstance(fitted.log, Path):
        raise ArtifactError(
            "this shop was saved without its log, so new events cannot be put to it",
            hint="fit it once more with `youli fit`; from then on it keeps its log",
        )
    folder = fitted.log.parent
    known = KnownLog(str(fitted.log), str(folder / "items.parquet"), str(folder / "users.parquet"))
    of_items = [one for one in events if "items" in source_for(one).roles(one)]
    of_users = [one for one in events if "users" in source_for(one).roles(one)]
    return prepare_shop(
        events,
        items or of_items,
        users or of_users,
        column_map,
        config,
        progress,
        simulated=fitted.shop.simulated,
        known=known,
    )


def update(
    fitted: FittedShop,
    prepared: PreparedShop,
    *,
    allow: Collection[str] = (),
    config: DataConfig | None = None,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> FittedShop:
    """Go on from a fitted shop with what `prepare_update` made of it and of new events."""
    shop, gone = updated_shop(fitted, prepared, allow)
    report: dict[str, Any] = prepared.report.model_dump(mode="json")
    report["protected_left_out"] = gone
    if fitted.report.get("photos") is not None:
        report["photos"] = fitted.report["photos"]
    after = grown(fitted, shop, progress=progress, watch=watch)
    said = (config or DataConfig()).model_dump(mode="json")
    allowed = sorted({*allow, *fitted.prepared.get("allow", ())})
    return replace(
        after, report=report, log=prepared.events, prepared={"config": said, "allow": allowed}
    )


def updated_shop(
    fitted: FittedShop, prepared: PreparedShop, allow: Collection[str] = ()
) -> tuple[Shop, list[str]]:
    """The grown shop, and the protected attributes that were left out of it, then or now."""
    allowed = {*allow, *fitted.prepared.get("allow", ())}
    shop, gone = shop_of(prepared, allow=allowed)
    return shop, sorted({*gone, *fitted.report.get("protected_left_out", ())} - allowed)


def grown(
    fitted: FittedShop,
    shop: Shop,
    *,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> FittedShop:
    """The ledger counted again and all that is trained trained on, on a shop that has grown.

    Photos stay with their products; a new product has none until the next full fit.
    """
    shop = replace(shop, scene=fitted.shop.scene)
    growth = Growth.between(fitted.shop, shop)
    if fitted.shop.photos is not None:
        shop = replace(shop, photos=fitted.shop.photos.taken(growth.rows))
        growth = replace(growth, shop=shop)
    models = {
        name: model.again(
            growth,
            seed=fitted.config.seed,
            progress=progress,
            watch=None if watch is None else watch.of(name),
        )
        for name, model in fitted.models.items()
    }
    ranker = grow_ranker(fitted.ranker, growth, fitted.config, progress=progress, watch=watch)
    return replace(fitted, ranker=ranker, models=models, version="")
