import numpy as np
import pyarrow as pa
import pytest

from youli.data.numeric import numeric_attributes, standardise

TABLE = pa.table(
    {
        "item_id": [str(n) for n in range(12)],
        "rating": [str(float(n)) for n in range(10)] + [None, "4.5"],
        "weight": pa.array([*range(11), None], pa.int64()),
        "size": ["1", "2"] * 6,
        "zip": [f"0{n}23" for n in range(12)],
        "colour": ["red"] * 12,
    }
)


def test_only_what_measures_something_is_numeric():
    assert numeric_attributes(TABLE) == ("rating", "weight")
    assert numeric_attributes(TABLE, skip=("weight",)) == ("rating",)


def test_constants_are_returned_and_unknown_stays_unknown():
    values, (scaling,) = standardise(TABLE, ("weight",))
    assert (scaling.mean, scaling.n_known, scaling.n_unknown) == (5.0, 11, 1)
    assert scaling.deviation == pytest.approx(np.sqrt(10.0))
    assert values["weight"][0] == pytest.approx(-5 / np.sqrt(10))
    assert np.isnan(values["weight"][11])
    assert np.nanmean(values["weight"]) == pytest.approx(0)


def test_equal_values_are_not_divided_by_zero():
    values, (scaling,) = standardise(pa.table({"x": [3.0, 3.0]}), ("x",))
    assert scaling.deviation == 1.0
    assert values["x"].tolist() == [0.0, 0.0]
