"""Bins by what is known: of the shopper, of the product."""

from __future__ import annotations

import math

import numpy as np

from youli.evaluate.accuracy import Ranks, accuracy
from youli.evaluate.breakdown import by_history, by_popularity, labels
from youli.models.ranks import Placed


def placed(ranks, targets) -> Placed:
    return Placed(np.array(ranks, dtype=float), np.zeros(len(ranks)), np.array(targets), 50)


RANKS = Ranks.of([placed([1.0], [0]), placed([3.0, 30.0], [1, 2]), placed([np.inf], [2])])


def test_what_bins_are_called():
    assert labels((0, 1, 5, 200)) == ["0", "1 to 4", "5 to 199", "200 and more"]


def test_by_history_by_hand():
    rows = by_history(accuracy(RANKS), np.array([4, 300, 1]))
    assert [(row["label"], row["n_cases"], row["hr@10"]) for row in rows] == [
        ("1 to 4", 2, 0.5),
        ("200 and more", 1, 1.0),
    ]
    assert rows[0]["from"] == 1


def test_by_popularity_counts_every_target():
    rows = by_popularity(RANKS, np.array([600.0, 0.5, 4.0]))
    assert [(row["label"], row["n_targets"], row["hr@10"]) for row in rows] == [
        ("0", 1, 1.0),
        ("1 to 4", 2, 0.0),
        ("500 and more", 1, 1.0),
    ]
    assert rows[0]["ndcg@10"] == 1 / math.log2(4)
