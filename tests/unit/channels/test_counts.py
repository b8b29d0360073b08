"""Counts of "A, then B" by hand, and by every path that there is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from youli.channels import counts
from youli.channels.counts import column_scaled, count_following, log_scaled, row_scaled
from youli.channels.kernel import blocks_of_product, keep_largest, without_diagonal
from youli.channels.sequence import positions
from youli.data.shop import Shop
from youli.testing.shops import SHOPS, event_shop, order_shop, walk_shop

DECAY = 0.5 ** np.arange(3)


def table(shop: Shop, decay=DECAY) -> dict[str, float]:
    """ "ab" → count of a, then b; zeros left out."""
    found = count_following(positions(shop.interactions), decay).tocoo()
    ids = shop.interactions.items.ids
    return {
        f"{ids[a]}{ids[b]}": float(value)
        for a, b, value in zip(found.row, found.col, found.data, strict=True)
        if value
    }


def test_decay_and_the_weight_of_a_shopper():
    # u has three events, so each pair counts 3^-¼; a and c are two ticks apart.
    # v has two events, so its pair counts 2^-¼.
    u, v = 3**-0.25, 2**-0.25
    assert table(walk_shop({"u": "abc", "v": "ab"})) == pytest.approx(
        {"ab": u + v, "bc": u, "ac": 0.5 * u}
    )


def test_reach_is_the_length_of_the_decay():
    assert set(table(walk_shop({"u": "abcde"}), np.ones(2))) == {
        "ab", "bc", "cd", "de", "ac", "bd", "ce",
    }  # fmt: skip


def test_events_count_by_their_strength():
    # a view of a (¼), then a purchase of b (1); a refund says nothing.
    shop = event_shop({"u": [(0, "a", "view_item"), (1, "b", "purchase"), (2, "c", "refund")]})
    assert table(shop) == pytest.approx({"ab": 0.25 * 3**-0.25})


def test_an_order_is_one_tick():
    # a and b are in one order: neither follows the other, and c follows both at once.
    w = 3**-0.25
    assert table(order_shop({"u": [(0, "a b"), (1, "c")]})) == pytest.approx({"ac": w, "bc": w})


def test_a_hole_is_a_tick():
    # a b | – | d: two ticks from the first order to d, although as many events as ticks are left.
    shop = order_shop({"u": [(0, "a b"), (1, "c"), (2, "d")]})
    shop = shop.select(np.array([True, True, False, True]))
    w = 0.5 * 3**-0.25
    assert table(shop) == pytest.approx({"ad": w, "bd": w})


@pytest.mark.parametrize("name", ["ring", "browsing"])
def test_single_events_are_counted_alike_by_every_path(name, monkeypatch):
    shop = SHOPS[name]()
    places = positions(shop.interactions)
    dense = count_following(places, DECAY).toarray()
    monkeypatch.setattr(counts, "_MOST_DENSE_CELLS", 0)
    by_pairs = count_following(places, DECAY).toarray()
    weight = np.zeros(len(places))
    lengths = np.diff(shop.interactions.indptr)[shop.interactions.user_num]
    weight[places.of_event] = lengths**-0.25
    by_product = blocks_of_product(
        places.history(DECAY).T.tocsr(), places.following(weight), lambda block, _: block
    ).toarray()
    assert dense.any()
    np.testing.assert_allclose(by_pairs, dense, rtol=1e-6)
    np.testing.assert_allclose(by_product, dense, rtol=1e-6)


def test_blocks_are_joined_in_order(monkeypatch):
    monkeypatch.setattr("youli.channels.kernel._BLOCK_ROWS", 3)
    rng = np.random.default_rng(0)
    left, right = (
        sparse.random(10, 6, 0.5, rng=rng).tocsr(),
        sparse.random(6, 8, 0.5, rng=rng).tocsr(),
    )
    firsts = []

    def finish(block, first):
        firsts.append((first, block.shape[0]))
        return block

    product = blocks_of_product(left, right, finish)
    assert firsts == [(0, 3), (3, 3), (6, 3), (9, 1)]
    np.testing.assert_allclose(product.toarray(), (left @ right).toarray(), rtol=1e-6)


def test_scalings():
    matrix = sparse.csr_matrix(np.array([[1.0, 3.0], [0.0, 4.0]]))
    # rows: 4, 4; columns: 1, 7
    np.testing.assert_allclose(row_scaled(matrix, 0.5, 0.0).toarray(), [[1 / 2, 3 / 2], [0, 2]])
    np.testing.assert_allclose(
        column_scaled(matrix, 1.0, 1.0).toarray(), [[1 / 2, 3 / 8], [0, 4 / 8]]
    )
    np.testing.assert_allclose(
        log_scaled(matrix, 2.0).toarray(), np.log([[3, 7], [1, 9]]), rtol=1e-6
    )
    assert matrix[0, 0] == 1.0, "the counts themselves stay"


def test_keep_largest_by_row():
    matrix = sparse.csr_matrix(np.array([[5.0, 1.0, 4.0, 2.0], [0, 0, 3.0, 0], [0, 0, 0, 0]]))
    np.testing.assert_array_equal(
        keep_largest(matrix, 2).toarray(), [[5, 0, 4, 0], [0, 0, 3, 0], [0, 0, 0, 0]]
    )
    assert keep_largest(matrix, 4).nnz == matrix.nnz
    assert keep_largest(sparse.csr_matrix(np.ones((2, 5))), 3).getnnz(axis=1).tolist() == [3, 3]


def test_the_diagonal_goes():
    matrix = sparse.csr_matrix(np.arange(9.0).reshape(3, 3))
    assert without_diagonal(matrix).toarray().tolist() == [[0, 1, 2], [3, 0, 5], [6, 7, 0]]


def test_positions_by_hand():
    # u: a | b c | d, v: a. Ticks left: 2, 1, 0 and 0.
    shop = order_shop({"u": [(0, "a"), (1, "b c"), (2, "d")], "v": [(0, "a")]})
    places = positions(shop.interactions)
    assert places.of_event.tolist() == [0, 1, 1, 2, 3]
    assert places.ticks_left.tolist() == [2, 1, 0, 0]
    assert places.n_before.tolist() == [0, 1, 2, 0]
    # What came before each position, decayed by half a tick; columns a b c d.
    assert places.history(np.array([1.0, 0.5])).toarray().tolist() == [
        [0, 0, 0, 0], [1, 0, 0, 0], [0.5, 1, 1, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    assert places.history(np.array([1.0]), backwards=True).toarray().tolist() == [
        [0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0],
    ]  # fmt: skip
    assert places.following(np.array([1.0, 2.0, 3.0, 4.0])).toarray().tolist() == [
        [1, 0, 0, 0], [0, 2, 2, 0], [0, 0, 0, 3], [4, 0, 0, 0],
    ]  # fmt: skip
