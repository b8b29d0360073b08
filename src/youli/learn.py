"""From prepared data to a fitted shop: the step that `fit`, the demo and the tests share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from youli.artifact import FittedShop
from youli.data.config import DataConfig
from youli.data.growth import Growth
from youli.data.prepare import PreparedShop
from youli.data.protected import without_protected
from youli.data.shop import Shop, build_shop
from youli.errors import ConfigError
from youli.features.photos.config import PhotosConfig
from youli.features.vectors import texts_report
from youli.models.base import Servable
from youli.models.deep import DeepModel
from youli.rank.combine import Learned
from youli.rank.fit import FitConfig, fit_ranker, validation
from youli.registry import MODELS
from youli.types import Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = ["fit_models", "help_train", "learn", "servable", "shop_of", "with_photos"]


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
        scene=prepared.scene,
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
    models: Mapping[str, BaseModel | None] | None = None,
    data_config: DataConfig | None = None,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> tuple[FittedShop, Learned]:
    """Fit on prepared data; raises as `youli.rank.fit.fit_ranker`, `with_photos`, `fit_models`.

    Photos are read where `photos` asks for them (`PhotosConfig.wanted`), and not otherwise.
    `models` are fitted beside the ledger: name → settings, None for the usual ones.
    `data_config` is kept, so that new events are read as these were.
    """
    shop, gone = shop_of(prepared, allow=allow)
    report = prepared.report.model_dump(mode="json") | {"protected_left_out": gone}
    if photos is not None and photos.wanted:
        shop, report["photos"] = with_photos(shop, photos, photo_folders, progress)
    beside = fit_models(shop, models or {}, config, progress=progress, watch=watch)
    ranker, learned = fit_ranker(shop, config, progress, watch)
    if (texts := texts_report(shop.catalogue)) is not None:
        report["texts"] = texts
    fitted = FittedShop(
        ranker,
        config,
        report=report,
        models=beside,
        log=prepared.events,
        prepared={
            "config": (data_config or DataConfig()).model_dump(mode="json"),
            "allow": sorted(allow),
        },
    )
    return fitted, learned


def help_train(
    prepared: PreparedShop,
    config: FitConfig,
    *,
    allow: Collection[str] = (),
    photos: PhotosConfig | None = None,
    photo_folders: Sequence[Path] = (),
    models: Mapping[str, BaseModel | None] | None = None,
    watch: Watch | None = None,
) -> None:
    """What a further process of `torchrun` does: all that is trained by gradient, and no more.

    The first process runs `learn` with the same arguments at the same time.
    """
    shop, _ = shop_of(prepared, allow=allow)
    if photos is not None and photos.wanted:
        shop, _ = with_photos(shop, photos, photo_folders)
    fit_models(shop, models or {}, config, watch=watch, trained_only=True)
    if config.trains_neural:
        fit_ranker(shop, config, watch=watch)


def fit_models(
    shop: Shop,
    models: Mapping[str, BaseModel | None],
    config: FitConfig,
    *,
    progress: Progress = no_progress,
    watch: Watch | None = None,
    trained_only: bool = False,
) -> dict[str, Servable]:
    """Fit rankers beside the ledger: settings on the validation period, then on all events.

    Raises `ConfigError` for a model that is unknown or cannot be saved.
    """
    kinds = {name: servable(name) for name in models}  # all are looked at before one is fitted
    if not kinds:
        return {}
    split = validation(shop, config)
    growth = Growth.between(split.train, split.full)
    fitted: dict[str, Servable] = {}
    for name, kind in kinds.items():
        is_trained = issubclass(kind, DeepModel)
        if trained_only and not is_trained:
            continue
        told = _named(progress, name)
        settings = {} if models[name] is None else {"config": models[name]}
        watched = {"watch": None if watch is None else watch.of(name)} if is_trained else {}
        model = kind.fit(split, seed=config.seed, progress=told, **settings, **watched)
        last = None if watch is None else watch.of(f"{name}-last")
        fitted[name] = model.again(growth, seed=config.seed, progress=told, watch=last)
    return fitted


def servable(name: str) -> Any:
    """The class of a model that can be saved; `ConfigError` where that model cannot."""
    kind = MODELS.load(name)
    if not issubclass(kind, Servable):
        can = [one for one in MODELS.names() if MODELS.lacking(one) is None]
        can = [one for one in can if issubclass(MODELS.load(one), Servable)]
        raise ConfigError(
            f"the model {name!r} cannot be saved in a shop",
            value=name,
            hint=f"the ledger is always there; beside it choose from {', '.join(can)}",
        )
    return kind


def _named(progress: Progress, name: str) -> Progress:
    def told(what: str, share: float) -> None:
        progress(f"{name}: {what}", share)

    return told
