"""One byte a number: the rule by hand, its bound, and that it is exact from then on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as drawn
from scipy import sparse

from youli.quantise import packed, rounded, unpacked


def test_by_hand():
    """A scale of 1 where the largest is 127: whole numbers stay, halves go to the even one."""
    table = np.zeros((128, 8), np.float32)
    table[0] = [127.0, -127.0, 1.0, 0.4, 0.6, -3.0, 2.5, 0.0]
    table[1] = 2.0 * table[0]
    found = packed({"table": table})
    assert set(found) == {"table.int8", "table.scale"}
    assert found["table.int8"].dtype == np.int8
    assert found["table.int8"][:2].tolist() == [[127, -127, 1, 0, 1, -3, 2, 0]] * 2
    assert found["table.scale"].tolist() == [1.0, 2.0, *[0.0] * 126]
    assert unpacked(found)["table"][1].tolist() == [254, -254, 2, 0, 2, -6, 4, 0]


def test_what_is_small_or_no_float_or_no_table_stays():
    kept = {
        "small": np.ones((4, 8), np.float32),
        "counts": np.ones((200, 8), np.int32),
        "facts": np.ones((2000, 2), np.float32),
        "line": np.ones(5000, np.float32),
        "cube": np.ones((20, 20, 20), np.float32),
        "table.scale": np.ones(3, np.float32),  # a name of a shop's own, of no packed table
    }
    found = packed(kept)
    assert all(found[name] is kept[name] for name in kept)
    assert all(unpacked(found)[name] is kept[name] for name in kept)


def test_a_sparse_table_has_its_rows():
    """Rows without an entry, the last ones too, have a scale that says nothing."""
    dense = np.zeros((90, 30), np.float32)
    dense[5:60] = np.random.default_rng(0).normal(size=(55, 30)).astype(np.float32)
    dense[7] *= 1000.0
    table = sparse.csr_matrix(dense)
    parts = {"k.data": table.data, "k.indices": table.indices, "k.indptr": table.indptr}
    assert packed(parts)["k.data.int8"].nbytes * 4 == table.data.nbytes
    back = rounded(parts)
    found = sparse.csr_matrix((back["k.data"], back["k.indices"], back["k.indptr"]), (90, 30))
    error = np.abs(found.toarray() - dense).max(axis=1)
    assert (error <= np.abs(dense).max(axis=1) / 254.0 * 1.001).all()
    assert np.delete(error, 7).max() < 0.1, "a large row takes nothing from the others"


def test_a_lacking_scale_is_a_key_error():
    found = packed({"table": np.ones((200, 8), np.float32)})
    del found["table.scale"]
    with pytest.raises(KeyError):
        unpacked(found)


NUMBERS = st.floats(-1e6, 1e6, width=32).map(lambda one: one if abs(one) > 1e-25 else 0.0)


@settings(max_examples=30, deadline=None)
@given(drawn(np.float32, (4, 8), elements=NUMBERS), st.sampled_from([np.float32, np.float64]))
def test_the_error_is_bounded_and_a_second_time_changes_nothing(some, dtype):
    table = np.tile(some.astype(dtype), (32, 1))
    once = rounded({"t": table})["t"]
    assert once.dtype == dtype
    largest = np.abs(table).max(axis=1, keepdims=True)
    assert (np.abs(once - table) <= largest / 254.0 * 1.0001).all()
    np.testing.assert_array_equal(rounded({"t": once})["t"], once)
    for name, array in packed({"t": once}).items():
        np.testing.assert_array_equal(array, packed({"t": table})[name])
