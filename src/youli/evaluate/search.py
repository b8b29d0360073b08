"""How well a search finds what people judged, against BM25 alone.

Two measures (Järvelin & Kekäläinen 2002; gain 2^(relevance − 1) − 1, so that what was judged
irrelevant gains nothing):

- *judged*: NDCG@10 of the judged products of a query among themselves. All of them were found by
  the search engine that they were sampled from, so even a random order comes near to 1;
- *whole*: NDCG@10 and the reciprocal rank of the first relevant product over the whole catalogue;
  what nobody judged gains nothing.

BM25 alone is Tantivy's own index of the same titles. Weights are tuned on one half of the queries
(by a hash of the query) and reported on the other, with a paired bootstrap over queries.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tantivy

from youli.data.shop import Catalogue
from youli.data.state import ShopperState
from youli.errors import SourceError
from youli.features.text import encoder_for
from youli.search.channels import MatchChannel, MeaningChannel
from youli.search.config import IndexConfig, SearchConfig
from youli.search.index import SearchIndex, build_index
from youli.search.query import Query, QueryReader
from youli.search.words import spots, stem
from youli.types import BoolArray, FloatArray, IntArray, Progress, no_progress

__all__ = ["Judgements", "bench_search", "bootstrap", "measure", "ndcg", "read_judgements"]

_FILE = "judgements.csv.gz"
_COLUMNS = ("search_term", "product_uid", "product_title", "relevance")
_K = 10
#: A product of this mean relevance (of 1 to 3) counts as relevant: two of three raters said so.
_RELEVANT = 2.33
_N_RESAMPLES = 2_000
#: What is tried on the tuning half.
_GRID: Mapping[str, tuple[float, ...]] = {
    "length": (0.2, 0.4, 0.75),
    "meaning": (0.0, 3.0, 6.0, 9.0, 12.0),
    "least_cosine": (0.0, 0.2, 0.4),
}
_NOBODY = ShopperState("")


@dataclass(frozen=True)
class Judgements:
    """Queries with the rows and relevances of their judged products, and the catalogue."""

    titles: tuple[str, ...]
    queries: tuple[str, ...]
    items: tuple[IntArray, ...]
    relevance: tuple[FloatArray, ...]

    @cached_property
    def catalogue(self) -> Catalogue:
        """The products, as a shop would have them."""
        ids = [str(number) for number in range(len(self.titles))]
        return Catalogue(pa.table({"item_id": ids, "title": list(self.titles)}))

    @cached_property
    def is_tuning(self) -> BoolArray:
        """Which queries weights are tuned on, bool [n_queries]: half of them, by a hash."""
        first = [hashlib.sha256(query.encode()).digest()[0] for query in self.queries]
        return np.asarray(np.array(first, dtype=np.uint8) % 2 == 1)


def read_judgements(folder: Path) -> Judgements:
    """Read ``judgements.csv.gz``; `SourceError` where it is missing or has other columns."""
    file = folder / _FILE
    if not file.is_file():
        raise SourceError(
            f"there is no {_FILE}",
            where=str(folder),
            hint="name a folder such as ../shared/data/search/home_depot",
        )
    number: dict[str, int] = {}
    titles: list[str] = []
    judged: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if not set(_COLUMNS) <= set(reader.fieldnames or ()):
            raise SourceError(
                "columns are missing", where=str(file), hint=f"it needs {', '.join(_COLUMNS)}"
            )
        for row in reader:
            item = number.setdefault(row["product_uid"], len(titles))
            if item == len(titles):
                titles.append(row["product_title"])
            judged[row["search_term"]].append((item, float(row["relevance"])))
    return Judgements(
        tuple(titles),
        tuple(judged),
        tuple(np.array([i for i, _ in one], np.int32) for one in judged.values()),
        tuple(np.array([r for _, r in one]) for one in judged.values()),
    )


def ndcg(order: IntArray, gains: FloatArray, k: int = _K) -> float:
    """Of gains in some order, against the best order; NaN where nothing gains."""
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.sort(gains)[::-1][:k]
    ideal = float(best @ discount[: len(best)])
    if ideal == 0.0:
        return float("nan")
    got = gains[order][:k]
    return float(got @ discount[: len(got)]) / ideal


def measure(
    judgements: Judgements, scored: Iterator[tuple[int, FloatArray]]
) -> dict[str, FloatArray]:
    """The measures of each query, NaN where there is nothing to find: name → float64 [n_queries].

    `scored` gives queries by number with the score of every product. Ties go by row.
    """
    n = len(judgements.queries)
    found = {name: np.full(n, np.nan) for name in ("judged_ndcg", "whole_ndcg", "whole_mrr")}
    discount = 1.0 / np.log2(np.arange(2, _K + 2))
    for at, scores in scored:
        items, relevance = judgements.items[at], judgements.relevance[at]
        gains = 2.0 ** (relevance - 1.0) - 1.0
        order = np.lexsort((items, -scores[items]))
        found["judged_ndcg"][at] = ndcg(order, gains)
        ranks = _ranks(scores, items)
        best = np.sort(gains)[::-1][:_K]
        ideal = float(best @ discount[: len(best)])
        if ideal > 0.0:
            listed = ranks <= _K
            got = float(gains[listed] @ discount[ranks[listed] - 1])
            found["whole_ndcg"][at] = got / ideal
        relevant = relevance >= _RELEVANT
        if relevant.any():
            found["whole_mrr"][at] = 1.0 / ranks[relevant].min()
    return found


def _ranks(scores: FloatArray, items: IntArray) -> IntArray:
    """1-based place of some products among all; of equal scores the earlier row stands first."""
    mine = scores[items]
    above = (scores[None, :] > mine[:, None]).sum(axis=1)
    ties = np.array(
        [np.count_nonzero(scores[:item] == one) for item, one in zip(items, mine, strict=True)]
    )
    return np.asarray(above + ties + 1)


def bootstrap(first: FloatArray, second: FloatArray, seed: int = 0) -> dict[str, float]:
    """How much larger the mean of `first` is, relative to that of `second`, over queries of both.

    ``low`` and ``high`` hold 95 % of resamples of the queries.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    one, other = first[known], second[known]
    rng = np.random.default_rng(seed)
    gains = []
    for _ in range(_N_RESAMPLES):
        rows = rng.integers(0, len(one), len(one))
        gains.append(one[rows].mean() / other[rows].mean() - 1.0)
    low, high = np.quantile(gains, [0.025, 0.975])
    return {
        "first": float(one.mean()),
        "second": float(other.mean()),
        "gain": float(one.mean() / other.mean() - 1.0),
        "low": float(low),
        "high": float(high),
        "n_queries": int(known.sum()),
    }


def bench_search(
    folder: Path, *, tune: bool = True, limit: int | None = None, progress: Progress = no_progress
) -> dict[str, Any]:
    """Tune on one half of the queries, report on the other; one document.

    `limit` takes only the first queries of each half.
    """
    judgements = read_judgements(folder)
    halves = {
        name: np.flatnonzero(judgements.is_tuning == wanted)[:limit]
        for name, wanted in (("tuning", True), ("test", False))
    }
    start = time.process_time()
    defaults = SearchConfig()
    bench = _Bench(judgements, progress)
    built = time.process_time() - start
    tuned = (defaults, IndexConfig())
    tried: list[dict[str, float]] = []
    if tune:
        tuned, tried = _tuned(bench, halves["tuning"], progress)
    test = halves["test"]
    progress("judging", 0.0)
    ways = {
        "random order": _random(judgements, test),
        "BM25 alone (Tantivy)": bench.tantivy(test),
        "words, exactly as typed": bench.scores(test, tuned, mended=False, meaning=False),
        "words, mended": bench.scores(test, tuned, meaning=False),
        "words and meaning": bench.scores(test, tuned),
    }
    measured = {name: measure(judgements, scored) for name, scored in ways.items()}
    base, ours = measured["BM25 alone (Tantivy)"], measured["words and meaning"]
    progress("judging", 1.0)
    return {
        "dataset": folder.resolve().name,
        "n_items": len(judgements.titles),
        "n_queries": {name: len(rows) for name, rows in halves.items()},
        "index_cpu_s": built,
        "config": tuned[0].model_dump(mode="json"),
        "index_config": tuned[1].model_dump(mode="json"),
        "tried": tried,
        "test": {
            name: {key: float(np.nanmean(values)) for key, values in one.items()}
            for name, one in measured.items()
        },
        "against_bm25": {key: bootstrap(ours[key], base[key]) for key in ours},
    }


class _Bench:
    """Scores queries in several ways over one catalogue."""

    def __init__(self, judgements: Judgements, progress: Progress) -> None:
        self.judgements = judgements
        self._indexes: dict[float, SearchIndex] = {}
        self._progress = progress
        self._queries: dict[int, Query] = {}
        self.index(IndexConfig())

    def index(self, config: IndexConfig) -> SearchIndex:
        """The index with some length normalisation; texts are encoded once."""
        if config.length not in self._indexes:
            self._indexes[config.length] = build_index(
                self.judgements.catalogue, config, self._progress
            )
        return self._indexes[config.length]

    @cached_property
    def _reader(self) -> QueryReader:
        index = self.index(IndexConfig())
        encoder = encoder_for(index.meanings.encoder)
        return QueryReader(index, lambda text: np.asarray(encoder.encode([text])[0], np.float32))

    def query(self, at: int) -> Query:
        """One query as read; terms are numbered alike in all indexes of one catalogue."""
        if at not in self._queries:
            self._queries[at] = self._reader.read(self.judgements.queries[at])
        return self._queries[at]

    def scores(
        self,
        rows: IntArray,
        config: tuple[SearchConfig, IndexConfig],
        *,
        mended: bool = True,
        meaning: bool = True,
    ) -> Iterator[tuple[int, FloatArray]]:
        """What a search gives every product; the channels are those that serve."""
        search, index = config[0], self.index(config[1])
        for at in rows.tolist():
            query = self.query(at)
            if not mended:
                wrong = [word for one in query.corrections for word in one.meant]
                typed = {spot.word for spot in spots(query.text, lambda run: [(run, 0)])}
                query = query.without([word for word in wrong if word not in typed])
            match = MatchChannel(index, query)
            weights = np.array([search.of_field(name) for name in match.basis_names])
            total = np.zeros(index.n_items)
            if (found := match.score(_NOBODY, weights)) is not None:
                total += found
            if meaning and search.meaning:
                likeness = MeaningChannel(index, query, search.least_cosine).values[0]
                total += search.meaning * likeness
            yield at, total

    def tantivy(self, rows: IntArray) -> Iterator[tuple[int, FloatArray]]:
        """What Tantivy's BM25 gives every product: a word is or is not in the title."""
        schema = (
            tantivy.SchemaBuilder()
            .add_text_field("title", tokenizer_name="whitespace", index_option="freq")
            .add_integer_field("row", fast=True)
            .build()
        )
        index = tantivy.Index(schema)
        writer = index.writer(num_threads=1)
        for row, title in enumerate(self.judgements.titles):
            writer.add_document(tantivy.Document(title=[" ".join(_stems(title))], row=[row]))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        for at in rows.tolist():
            words = dict.fromkeys(_stems(self.judgements.queries[at]))
            terms = [tantivy.Query.term_query(schema, "title", word, "freq") for word in words]
            asked = tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in terms])
            total = np.zeros(len(self.judgements.titles))
            hits = searcher.search(asked, limit=len(total), count=False).hits
            if hits:
                places = [address for _, address in hits]
                items = np.array(searcher.fast_field_values("row", places), dtype=np.int64)
                total[items] = [score for score, _ in hits]
            yield at, total


def _stems(text: str) -> list[str]:
    return [stem(spot.word) for spot in spots(text, lambda run: [(run, 0)])]


def _random(judgements: Judgements, rows: IntArray) -> Iterator[tuple[int, FloatArray]]:
    rng = np.random.default_rng(0)
    for at in rows.tolist():
        yield at, rng.random(len(judgements.titles))


def _tuned(
    bench: _Bench, rows: IntArray, progress: Progress
) -> tuple[tuple[SearchConfig, IndexConfig], list[dict[str, float]]]:
    """The setting of a grid with the best NDCG over the whole catalogue, and all that was tried."""
    tried: list[dict[str, float]] = []
    best: tuple[float, tuple[SearchConfig, IndexConfig]] | None = None
    settings = [dict(zip(_GRID, values, strict=True)) for values in product(*_GRID.values())]
    settings = [one for one in settings if one["meaning"] or not one["least_cosine"]]
    for number, one in enumerate(settings):
        progress("tuning", number / len(settings))
        config = (
            SearchConfig(meaning=one["meaning"], least_cosine=one["least_cosine"]),
            IndexConfig(length=one["length"]),
        )
        found = measure(bench.judgements, bench.scores(rows, config))
        value = float(np.nanmean(found["whole_ndcg"]))
        tried.append({**one, "whole_ndcg": value})
        if best is None or value > best[0]:
            best = (value, config)
    assert best is not None, "the grid is not empty"
    return best[1], tried
