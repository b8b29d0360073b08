"""From prepared data to a fitted shop: the step that `fit`, the demo and the tests share."""

from __future__ import annotations

from collections.abc import Collection

from youli.artifact import FittedShop
from youli.data.prepare import PreparedShop
from youli.data.protected import without_protected
from youli.data.shop import Shop, build_shop
from youli.rank.combine import Learned
from youli.rank.fit import FitConfig, fit_ranker
from youli.types import Progress, no_progress

__all__ = ["learn", "shop_of"]


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


def learn(
    prepared: PreparedShop,
    config: FitConfig,
    *,
    allow: Collection[str] = (),
    progress: Progress = no_progress,
) -> tuple[FittedShop, Learned]:
    """Fit on prepared data; raises as `youli.rank.fit.fit_ranker`."""
    shop, gone = shop_of(prepared, allow=allow)
    ranker, learned = fit_ranker(shop, config, progress)
    report = prepared.report.model_dump(mode="json") | {"protected_left_out": gone}
    return FittedShop(ranker, config, report=report), learned
