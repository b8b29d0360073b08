"""Places among a few rows."""

from __future__ import annotations

import numpy as np
import pytest

from youli.data.marks import places_among


def test_each_row_has_its_place_and_others_have_none():
    few = np.array([7, 2, 5])
    columns = [np.array([2, 2, 3]), np.array([], dtype=np.int64), np.array([5, 7])]
    found = [place.tolist() for place in places_among(few, 10, columns)]
    assert found == [[1, 1, -1], [], [2, 0]]


def test_a_row_that_is_named_twice_is_refused_and_leaves_no_mark():
    with pytest.raises(ValueError, match="twice"):
        places_among(np.array([3, 1, 3]), 10, [np.array([3])])
    assert places_among(np.array([2]), 10, [np.array([1, 2, 3])])[0].tolist() == [-1, 0, -1]
