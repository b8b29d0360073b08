"""Fit the ranker: channels on the past, their weights on a validation period, then all on all.

The weights are learned on choices that the channels have not seen, and serve with channels that
were then fitted again with those choices in: the same configuration, a little more data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli.channels.base import Channel, Coefficients, Needs
from youli.channels.neural import NeuralChannel
from youli.data.shop import Shop
from youli.data.split import Case, Split, leave_last_out, split_last_days
from youli.errors import ConfigError, NotEnoughDataError
from youli.features.product_text import has_texts
from youli.features.text import TextConfig
from youli.features.vectors import encode_catalogue
from youli.rank.combine import CombineConfig, Learned, learn_coefficients
from youli.rank.ranker import RankConfig, Ranker
from youli.registry import CHANNELS
from youli.train.config import KernelConfig
from youli.types import IntArray, Progress, no_progress

if TYPE_CHECKING:
    from youli.train.loop import Watch

__all__ = [
    "FitConfig",
    "capabilities",
    "fit_channel",
    "fit_channels",
    "fit_on_split",
    "fit_ranker",
    "validation",
]

_DAY_S = 86_400
#: The validation period is never more than this share of the log.
_MOST_VALIDATION_SHARE = 0.2


class FitConfig(BaseModel):
    """Everything that decides what is learned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[str, ...] | None = None
    """Names of the channels to use; None takes every channel that the data allows."""
    validation_days: int = Field(default=28, ge=1)
    """Length of the period on which the weights are learned, for logs with a clock."""
    repeats: Literal["auto", "include", "exclude"] = "auto"
    """Whether products that a shopper bought may be recommended again; `auto` looks whether
    shoppers do buy again."""
    repeat_share: float = Field(default=0.1, ge=0.0, le=1.0)
    """With `auto`: repeats are included from this share of validation choices upwards."""
    diversity: float = Field(default=0.1, ge=0.0)
    """What each earlier product of the same category takes from a score, in log-odds."""
    seed: int = 0
    """Seed of everything that is drawn."""
    text: TextConfig = TextConfig()
    """How the texts of products are compared."""
    combine: CombineConfig = CombineConfig()
    """How the weights are learned."""
    neural: bool = False
    """Whether the `neural` channel is trained too: minutes instead of seconds, and it needs
    PyTorch. Naming it in `channels` does the same."""
    kernel: KernelConfig = KernelConfig()
    """The neural channel's size and training."""
    int8: bool = False
    """Whether large tables are rounded to one byte a number and a scale a row: a smaller shop on
    disk, at an error that `youli fit --json` states. What is rounded is what ranks and explains."""

    @property
    def trains_neural(self) -> bool:
        """Whether the neural channel was asked for, in either way."""
        return self.neural or NeuralChannel.name in (self.channels or ())


def fit_ranker(
    shop: Shop, config: FitConfig, progress: Progress = no_progress, watch: Watch | None = None
) -> tuple[Ranker, Learned]:
    """Fit on all of a shop's events.

    Raises `NotEnoughDataError` where nothing can be held out for the weights and `ConfigError`
    for a channel that is unknown or that the data does not allow.
    """
    ranker, learned = fit_on_split(validation(shop, config), config, progress, watch)
    channels = fit_channels(
        shop,
        tuple(ranker.channels),
        config=config,
        progress=progress,
        before=ranker,
        watch=watch,
    )
    return Ranker(shop, channels, ranker.coefficients, ranker.config), learned


def fit_on_split(
    split: Split, config: FitConfig, progress: Progress = no_progress, watch: Watch | None = None
) -> tuple[Ranker, Learned]:
    """Fit channels on the split's training part and their weights on its cases, and stop there."""
    names = _channel_names(split.train, config)
    if any(Needs.TEXT in CHANNELS.load(name).needs for name in names):
        encode_catalogue(split.train.catalogue, config.text, progress)
    channels = fit_channels(split.train, names, config=config, progress=progress, watch=watch)
    cases = split.sample(config.combine.cases_for(split.full.interactions.n_items), config.seed)
    repeats = _repeats(split.full, cases, config)
    learned = learn_coefficients(
        split.full,
        channels,
        cases,
        config=config.combine,
        repeats=repeats,
        seed=config.seed,
        progress=progress,
    )
    rank_config = RankConfig(repeats=repeats, diversity=config.diversity)
    return Ranker(split.train, channels, learned.coefficients, rank_config), learned


def validation(shop: Shop, config: FitConfig) -> Split:
    """Hold out the validation period; each shopper's last event where the log has no clock."""
    if not shop.interactions.timed:
        return leave_last_out(shop)
    stamps = shop.interactions.timestamp
    if len(stamps) == 0:
        raise NotEnoughDataError(
            "there are no events to learn from", hint="check the file with `youli data check`"
        )
    span_days = (int(stamps.max()) - int(stamps.min())) / _DAY_S
    n_days = min(config.validation_days, int(span_days * _MOST_VALIDATION_SHARE))
    return split_last_days(shop, n_days) if n_days >= 1 else leave_last_out(shop)


def fit_channels(
    shop: Shop,
    names: Sequence[str],
    *,
    config: FitConfig | None = None,
    progress: Progress = no_progress,
    before: Ranker | None = None,
    watch: Watch | None = None,
) -> dict[str, Channel]:
    """Fit the named channels, in that order.

    With the ranker of a fit `before`, only what its coefficients use is computed, and what is
    trained goes on from what it had learned.
    """
    config = FitConfig() if config is None else config
    channels: dict[str, Channel] = {}
    for done, name in enumerate(names):
        progress(f"fitting {name}", done / len(names))
        channels[name] = fit_channel(
            shop,
            name,
            config=config,
            known=None if before is None else before.coefficients[name],
            start=None if before is None else before.channels[name],
            progress=progress,
            watch=None if watch is None else watch.of(name if before is None else f"{name}-last"),
        )
    progress("fitting the channels", 1.0)
    return channels


def fit_channel(
    shop: Shop,
    name: str,
    *,
    config: FitConfig,
    known: Coefficients | None = None,
    start: Channel | None = None,
    rows: IntArray | None = None,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> Channel:
    """Count one channel, or train it, on from `start` where there is one.

    `known` are its coefficients, where nothing need be computed that they do not use; `rows` says
    where the products stood in `start`.
    """
    if name != NeuralChannel.name:
        channel: Channel = CHANNELS.load(name).fit(shop, known)
        return channel
    assert start is None or isinstance(start, NeuralChannel), "a channel keeps its class"
    return NeuralChannel.train(
        shop,
        config=config.kernel,
        seed=config.seed,
        watch=watch,
        progress=progress,
        start=start,
        rows=rows,
    )


def capabilities(shop: Shop) -> frozenset[str]:
    """What the shop's data has, of what channels may need."""
    found = {
        Needs.ORDERS: shop.interactions.has_orders,
        Needs.SINGLE_EVENTS: not shop.interactions.has_orders,
        Needs.TIME: shop.interactions.timed,
        Needs.SEQUENCES: shop.interactions.has_sequences,
        Needs.ITEM_ATTRIBUTES: bool(shop.catalogue.attributes),
        Needs.TEXT: has_texts(shop.catalogue),
        Needs.USER_ATTRIBUTES: bool(shop.shoppers.attributes),
        Needs.PHOTOS: shop.photos is not None and bool(shop.photos.has.sum() > 1),
    }
    return frozenset(name for name, has in found.items() if has)


def _channel_names(shop: Shop, config: FitConfig) -> tuple[str, ...]:
    has = capabilities(shop)
    wanted = CHANNELS.names() if config.channels is None else config.channels
    allowed = []
    for name in wanted:
        if name == NeuralChannel.name and not config.trains_neural:
            continue
        lacking = CHANNELS.load(name).needs - has
        if not lacking:
            allowed.append(name)
        elif config.channels is not None:
            raise ConfigError(
                f"channel {name!r} needs {' and '.join(sorted(lacking))}, which the data lacks",
                value=name,
                hint=f"leave it out; the data allows for {', '.join(sorted(has)) or 'no extras'}",
            )
    return tuple(allowed)


def _repeats(shop: Shop, cases: Sequence[Case], config: FitConfig) -> bool:
    if config.repeats != "auto":
        return config.repeats == "include"
    again = total = 0
    for case in cases:
        again += int(np.isin(case.targets, case.state(shop).bought).sum())
        total += len(case.targets)
    return again >= config.repeat_share * total
