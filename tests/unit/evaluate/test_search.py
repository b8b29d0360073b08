"""Measures of search by hand, and the benchmark on a catalogue that words alone decide."""

from __future__ import annotations

import csv
import gzip
import math

import numpy as np
import pytest

from youli.errors import SourceError
from youli.evaluate.search import bench_search, bootstrap, measure, ndcg, read_judgements

ROWS = [
    ("angle bracket", "1", "Steel angle bracket", 3.0),
    ("angle bracket", "2", "Shelf with brackets", 2.0),
    ("angle bracket", "3", "Tyre gauge", 1.0),
    ("tyre guage", "3", "Tyre gauge", 3.0),
    ("tyre guage", "4", "Tyre lever", 1.33),
    ("flower pots", "5", "Flower pot", 3.0),
    ("flower pots", "6", "Flower seeds", 1.67),
    ("desk lamps", "7", "Desk lamp", 2.67),
    ("desk lamps", "8", "Desk", 1.0),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    with gzip.open(folder / "judgements.csv.gz", "wt", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("search_term", "product_uid", "product_title", "relevance"))
        writer.writerows(ROWS)
    return folder


def test_ndcg_by_hand():
    gains = np.array([0.0, 3.0, 1.0])
    ideal = 3.0 + 1.0 / math.log2(3)
    assert ndcg(np.array([1, 2, 0]), gains) == pytest.approx(1.0)
    assert ndcg(np.array([0, 1, 2]), gains) == pytest.approx(
        (3.0 / math.log2(3) + 1.0 / 2.0) / ideal
    )
    assert math.isnan(ndcg(np.array([0]), np.array([0.0])))


def test_measures_by_hand(folder):
    judgements = read_judgements(folder)
    assert judgements.queries[0] == "angle bracket"
    scores = np.zeros(8)
    scores[[2, 1, 0]] = [5.0, 4.0, 3.0]  # the irrelevant one first
    found = measure(judgements, iter([(0, scores)]))
    gains = [0.0, 1.0, 3.0]
    ideal = 3.0 + 1.0 / math.log2(3)
    got = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1)) / ideal
    assert found["judged_ndcg"][0] == pytest.approx(got)
    assert found["whole_ndcg"][0] == pytest.approx(got)
    assert found["whole_mrr"][0] == pytest.approx(1 / 3)
    assert np.isnan(found["whole_mrr"][1:]).all()
    tied = measure(judgements, iter([(0, np.zeros(8))]))
    assert tied["whole_mrr"][0] == 1.0  # ties go by row, and the relevant one is the first row


def test_a_bootstrap_pairs_queries():
    rng = np.random.default_rng(0)
    base = rng.random(400)
    found = bootstrap(base * 1.1, np.append(base, np.nan)[:400])
    assert found["gain"] == pytest.approx(0.1)
    assert found["low"] == pytest.approx(0.1)  # every query gains the same
    assert bootstrap(rng.random(400), base)["low"] < 0.0 < bootstrap(rng.random(400), base)["high"]


def test_the_benchmark_tunes_on_other_queries_than_it_reports(folder):
    document = bench_search(folder, tune=False)
    n = document["n_queries"]
    assert n["tuning"] + n["test"] == 4
    test = document["test"]
    assert set(test) == {
        "random order", "BM25 alone (Tantivy)", "words, exactly as typed", "words, mended",
        "words and meaning",
    }  # fmt: skip
    assert test["words, mended"]["whole_mrr"] >= test["words, exactly as typed"]["whole_mrr"]
    assert document["against_bm25"]["whole_ndcg"]["n_queries"] == n["test"]


def test_a_folder_without_judgements_is_told(tmp_path):
    with pytest.raises(SourceError, match=r"judgements\.csv\.gz"):
        read_judgements(tmp_path)
