"""The products of a known-cause shop: what they are, and what each of them leads to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from youli.testing.known_cause.config import Cause, KnownCauseConfig
from youli.types import FloatArray, IntArray

__all__ = ["N_PERIODS", "PERIOD_DAYS", "World", "build_world"]

#: Fashions change after so many days and come again after so many changes.
PERIOD_DAYS, N_PERIODS = 30, 12
_N_TRENDING, _LOOK_DIMS, _LOOK_SPREAD = 8, 12, 0.35
#: The first part of a word and the second: a hundred and some words that look like words.
_STARTS = ["ba", "ko", "mi", "ra", "tu", "ve", "lo", "sa", "ne", "di", "fu", "go", "pe", "hi", "ze"]
_ENDS = ["lin", "tor", "mesh", "vana", "rex", "dell", "quin", "sto"]
_WORDS_A_TOPIC = 3


@dataclass(frozen=True)
class World:
    """Everything that does not change; arrays have an entry for each product unless they say so.

    ``brand cluster category topic style`` int32; ``look`` float32 [n_products, 12], unit length;
    ``price_minor`` int64; ``rhythm_days`` float64, 0 where a product does not run out;
    ``weight`` float64, sums to 1; ``partners`` by cause int32 [n_products, n_partners], -1 where
    there are fewer; ``trending`` int32 [12, 8]; ``bargains`` int32.
    """

    brand: IntArray
    cluster: IntArray
    category: IntArray
    topic: IntArray
    style: IntArray
    look: FloatArray
    price_minor: IntArray
    rhythm_days: FloatArray
    weight: FloatArray
    partners: dict[Cause, IntArray]
    trending: IntArray
    bargains: IntArray
    titles: tuple[str, ...]


def build_world(config: KnownCauseConfig) -> World:
    """Draw the products; decided by the seed."""
    rng = np.random.default_rng([config.seed, 0])
    n = config.n_products
    cluster = _codes(rng, n, config.n_clusters)
    brand, category, topic, style = (
        _following(rng, cluster, n_codes, config.confounding)
        for n_codes in (config.n_brands, config.n_categories, config.n_topics, config.n_styles)
    )
    look = _looks(rng, style, config.n_styles)
    weight = (1.0 + rng.permutation(n)) ** -config.confounding
    weight /= weight.sum()
    price = np.exp(rng.normal(7.5, 0.6, n)).astype(np.int64) + 50
    runs_out = rng.random(n) < config.consumable_share
    next_category = (category + 1) % config.n_categories
    m = config.n_partners
    partners = {
        Cause.COMPLEMENT: _drawn(rng, next_category, category, weight, m),
        Cause.BRAND: _drawn(rng, brand, brand, weight, m),
        Cause.LOOK: _nearest(look, m),
        Cause.TEXT: _drawn(rng, topic, topic, weight, m),
        Cause.TASTE: _drawn(rng, cluster, cluster, weight, m),
    }
    return World(
        brand=brand,
        cluster=cluster,
        category=category,
        topic=topic,
        style=style,
        look=look,
        price_minor=price,
        rhythm_days=np.where(runs_out, rng.uniform(10.0, 45.0, n), 0.0),
        weight=weight,
        partners=partners,
        trending=np.array([_sample(rng, weight, _N_TRENDING) for _ in range(N_PERIODS)]),
        bargains=np.sort(np.argsort(price, kind="stable")[: n // 10]).astype(np.int32),
        titles=_titles(rng, topic, config.n_topics),
    )


def _codes(rng: np.random.Generator, n: int, n_codes: int) -> IntArray:
    """Every code about as often, in random order, int32 [n]."""
    return rng.permutation(np.arange(n) % n_codes).astype(np.int32)


def _following(
    rng: np.random.Generator, cluster: IntArray, n_codes: int, confounding: float
) -> IntArray:
    """Codes that follow the cluster with that probability, int32 [n]."""
    own = _codes(rng, len(cluster), n_codes)
    follows = rng.random(len(cluster)) < confounding
    shuffled = rng.permutation(n_codes).astype(np.int32)
    return np.where(follows, shuffled[cluster % n_codes], own)


def _looks(rng: np.random.Generator, style: IntArray, n_styles: int) -> FloatArray:
    """A direction for each style, and each product near that of its style."""
    centres = rng.normal(size=(n_styles, _LOOK_DIMS))
    look = centres[style] + _LOOK_SPREAD * rng.normal(size=(len(style), _LOOK_DIMS))
    return np.asarray(look / np.linalg.norm(look, axis=1, keepdims=True), dtype=np.float32)


def _drawn(
    rng: np.random.Generator, wanted: IntArray, group: IntArray, weight: FloatArray, m: int
) -> IntArray:
    """For each product, `m` others whose group is the wanted one, by weight without repeats."""
    n = len(wanted)
    keys = np.log(weight) + rng.gumbel(size=(n, n))
    keys[group[None, :] != wanted[:, None]] = -np.inf
    np.fill_diagonal(keys, -np.inf)
    return _best(keys, m)


def _nearest(look: FloatArray, m: int) -> IntArray:
    keys = (look @ look.T).astype(np.float64)
    np.fill_diagonal(keys, -np.inf)
    return _best(keys, m)


def _best(keys: FloatArray, m: int) -> IntArray:
    """Columns of the `m` largest keys of each row, int32 [n, m]; -1 where a key is -inf."""
    columns = np.argsort(-keys, axis=1, kind="stable")[:, :m]
    found = np.take_along_axis(keys, columns, axis=1)
    return np.where(np.isfinite(found), columns, -1).astype(np.int32)


def _sample(rng: np.random.Generator, weight: FloatArray, n: int) -> IntArray:
    return rng.choice(len(weight), min(n, len(weight)), replace=False, p=weight).astype(np.int32)


def _titles(rng: np.random.Generator, topic: IntArray, n_topics: int) -> tuple[str, ...]:
    """Two words of the topic and one of its own."""
    words = np.array([a + b for b in _ENDS for a in _STARTS])
    of_topic = np.arange(n_topics * _WORDS_A_TOPIC).reshape(n_topics, -1) % len(words)
    titles = []
    for one in topic.tolist():
        first, second = rng.choice(of_topic[one], 2, replace=False)
        titles.append(f"{words[first]} {words[second]} {words[rng.integers(len(words))]}".title())
    return tuple(titles)
