"""LensKit's item-kNN and implicit's ALS: `python lenskit_runner.py NAME FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import measured, read, write
from scipy import sparse
from threadpoolctl import threadpool_limits


def main() -> None:
    """Fit, recommend for every history, hand back."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    train, histories, options = read(folder)
    {"lenskit_knn": lenskit_knn, "implicit_als": implicit_als}[name](
        folder, train, histories, options
    )


def lenskit_knn(
    folder: Path, train: pd.DataFrame, histories: pd.DataFrame, options: dict[str, Any]
) -> None:
    """Item-kNN with implicit feedback, LensKit's own pipeline, one query a shopper."""
    from lenskit import recommend
    from lenskit.data import ItemList, RecQuery, from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.pipeline import topn_pipeline

    settings = {"max_nbrs": 20, "feedback": "implicit"}
    columns = {"user": "user_id", "item": "item_id"}
    data = from_interactions_df(train[["user", "item"]].drop_duplicates().rename(columns=columns))
    pipeline = topn_pipeline(ItemKNNScorer(**settings), n=options["k"])
    _, *fit = measured(lambda: pipeline.train(data))

    def answer() -> pd.DataFrame:
        parts = []
        for user, mine in histories.groupby("user")["item"]:
            query = RecQuery(user_id=int(user), history_items=ItemList(item_ids=mine.unique()))
            found = recommend(pipeline, query, options["k"]).ids()
            places = np.arange(1, len(found) + 1)
            parts.append(pd.DataFrame({"user": user, "place": places, "item": found}))
        return pd.concat(parts, ignore_index=True)

    lists, *took = measured(answer)
    write(
        folder, lists, packages=("lenskit", "numpy"), fit=(fit[0], fit[1]),
        answer=(took[0], took[1]), settings=settings,
    )  # fmt: skip


def implicit_als(
    folder: Path, train: pd.DataFrame, histories: pd.DataFrame, options: dict[str, Any]
) -> None:
    """ALS with the package's own settings, shoppers' vectors solved for again."""
    from implicit.als import AlternatingLeastSquares

    n_items = int(max(train["item"].max(), histories["item"].max())) + 1
    settings = {"factors": 100, "regularization": 0.01, "alpha": 1.0, "iterations": 15}
    chose = _matrix(train["user"].to_numpy(), train["item"].to_numpy(), n_items)
    users, row = np.unique(histories["user"].to_numpy(), return_inverse=True)
    past = _matrix(row, histories["item"].to_numpy(), n_items)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            **settings, num_threads=options["n_threads"], random_state=options["seed"]
        )
        _, *fit = measured(lambda: model.fit(chose, show_progress=False))
        (items, scores), *took = measured(
            lambda: model.recommend(
                np.arange(len(users)), past, N=options["k"], recalculate_user=True
            )
        )
    place = np.tile(np.arange(1, items.shape[1] + 1), len(users))
    columns = {"user": np.repeat(users, items.shape[1]), "place": place, "item": items.ravel()}
    # Where fewer products are left than are asked for, the rest has the lowest number there is.
    lists = pd.DataFrame(columns)[scores.ravel() > np.finfo(np.float32).min]
    write(
        folder, lists, packages=("implicit", "numpy"),
        fit=(fit[0], fit[1]), answer=(took[0], took[1]), settings=settings,
    )  # fmt: skip


def _matrix(rows: np.ndarray, columns: np.ndarray, n_items: int) -> sparse.csr_matrix:
    shape = (int(rows.max()) + 1, n_items)
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape)
    matrix.data[:] = 1.0
    return matrix


if __name__ == "__main__":
    main()
