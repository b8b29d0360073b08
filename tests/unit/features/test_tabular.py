"""Tables as numbers, worked out by hand, and every kind of bad cell."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.errors import SchemaError
from youli.features.tabular import TableEncoder, TabularConfig

PRICES = [float(n) for n in range(1, 12)]  # 1 … 11: the median is 6


def fit(config: TabularConfig | None = None, **columns: object) -> TableEncoder:
    return TableEncoder.fit(pa.table(columns), config)


def codes(encoder: TableEncoder, **columns: object) -> list[int]:
    return encoder.encode(pa.table(columns)).codes[:, 0].tolist()


def numbers(encoder: TableEncoder, **columns: object) -> list[float]:
    return encoder.encode(pa.table(columns)).numbers[:, 0].tolist()


def test_labels_have_codes_and_the_unknown_is_one():
    encoder = fit(brand=["b", "a", None, "b", "  ", ""])
    assert encoder.labels[0].levels == ("a", "b")
    assert encoder.labels[0].n_codes == 3
    assert codes(encoder, brand=["b", "a", None, "b", "  ", ""]) == [2, 1, 0, 2, 0, 0]


def test_a_label_never_seen_stands_for_nothing_and_is_counted():
    encoder = fit(brand=["b", "a", None])
    found = encoder.encode(pa.table({"brand": ["c", "a", "d"]}))
    assert found.codes[:, 0].tolist() == [-1, 1, -1]
    assert found.n_unseen == {"brand": 2}


def test_quantiles_are_places_between_the_least_and_the_most():
    encoder = fit(price=PRICES)
    low, high = -(3**0.5), 3**0.5
    found = numbers(encoder, price=[1.0, 6.0, 11.0, 3.5, -7.0, 1e12])
    assert found == pytest.approx([low, 0.0, high, low / 2, low, high], abs=1e-6)


def test_equal_quantiles_take_their_middle():
    """Half of the values are 0: their place is the middle of the lower half."""
    encoder = fit(stars=[0.0] * 10 + [float(n) for n in range(1, 11)])
    assert numbers(encoder, stars=[0.0])[0] == pytest.approx(-(3**0.5) / 2, abs=0.06)


def test_standard_scaling():
    encoder = fit(TabularConfig(scaling="standard"), price=PRICES)
    assert numbers(encoder, price=[6.0, 6.0 + 10**0.5]) == pytest.approx([0.0, 1.0], abs=1e-6)


def test_unknown_quantities_are_zero_and_marked():
    encoder = fit(price=[*PRICES, None], weight=[*PRICES, 6.0])
    found = encoder.encode(pa.table({"price": [6.0, None], "weight": [None, 6.0]}))
    assert found.known.tolist() == [[True, False], [False, True]]
    block = encoder.quantity_block(found)  # price has gaps, weight has none
    np.testing.assert_allclose(block, [[0, 0, 0], [0, 0, 1]], atol=1e-6)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinite_numbers_are_unknown_and_counted(bad):
    encoder = fit(price=[*PRICES, bad, None])
    assert encoder.quantities[0].has_gaps
    assert np.isfinite(encoder.quantities[0].grid).all()
    found = encoder.encode(pa.table({"price": [bad, 6.0, None]}))
    assert found.known[:, 0].tolist() == [False, True, False]
    assert found.n_not_finite == {"price": 1}
    assert found.numbers[0, 0] == 0.0


@pytest.mark.parametrize("bad", ["nan", "-inf", "Infinity", "1e999"])
def test_so_are_those_that_are_written_out(bad):
    encoder = fit(price=[*map(str, PRICES), bad, ""])
    found = encoder.encode(pa.table({"price": [bad, " 6 ", ""]}))
    assert found.known[:, 0].tolist() == [False, True, False]
    assert found.n_not_finite == {"price": 1}


def test_an_outlier_moves_nothing_else():
    usual, odd = fit(price=PRICES), fit(price=[*PRICES[:-1], 1e300])
    assert numbers(usual, price=[3.0]) == pytest.approx(numbers(odd, price=[3.0]), abs=0.1)


def test_what_tells_no_rows_apart_is_left_out_and_said():
    n = 120
    encoder = fit(
        same=["x"] * n,
        same_number=[7.0] * n,
        nothing=pa.nulls(n),
        blank=[""] * n,
        name=[f"row {at}" for at in range(n)],
        tags=[["a"]] * n,
        seen=[None, "yes"] * (n // 2),
    )
    assert encoder.left_out == {
        "same": "one level",
        "same_number": "one level",
        "nothing": "nothing is known",
        "blank": "nothing is known",
        "name": "a name for each row",
        "tags": "neither text nor number",
    }
    assert [one.name for one in encoder.labels] == ["seen"]  # known or not is a difference
    assert encoder.quantities == ()


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (PRICES, "quantity"),
        (list(range(11)), "quantity"),
        ([Decimal(n) for n in range(11)], "quantity"),
        ([str(n) for n in range(11)], "quantity"),
        ([f"0{n}" for n in range(11)], "labels"),  # codes
        ([1, 2, 3] * 4, "labels"),  # sizes
        (["1", "2", "3+"] * 4, "labels"),
        ([True, False] * 6, "labels"),
    ],
)
def test_what_is_a_quantity(column, kind):
    encoder = fit(x=column)
    assert (len(encoder.quantities), len(encoder.labels)) == (
        (1, 0) if kind == "quantity" else (0, 1)
    )


def test_numbers_that_are_labels_are_the_same_however_written():
    encoder = fit(size=[1, 2, 3] * 4)
    assert codes(encoder, size=[3, 1]) == [3, 1]
    assert codes(encoder, size=[3.0, None]) == [3, 0]
    assert codes(encoder, size=["3", "2.0"]) == [3, 2]


def test_labels_among_which_were_words_may_all_be_digits_today():
    encoder = fit(size=["1", "2", "3+"] * 4)
    assert codes(encoder, size=["2", "1"]) == [2, 1]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (PRICES, ["6", "cheap"], "was numbers when the model was fitted, and is text now"),
        (PRICES, [True, False], "was numbers .* is true or false now"),
        (PRICES, [["6"]], r"was numbers .* is list<"),
        (["a", "b"], [1.0, 2.0], "was text .* is numbers now"),
        (["a", "b"], [True, False], "was text .* is true or false now"),
        ([True, False], ["yes", "no"], "was true or false .* is text now"),
        ([1, 2, 3], ["1", "L"], "was numbers .* is text now"),
    ],
)
def test_a_column_that_has_changed_its_type_is_an_error_that_names_it(before, now, said):
    encoder = fit(x=before)
    with pytest.raises(SchemaError, match=said) as caught:
        encoder.encode(pa.table({"x": now}))
    assert caught.value.where == "column x"
    assert "fit again" in caught.value.hint
    if now == ["6", "cheap"]:
        assert caught.value.value == "cheap"


def test_a_column_that_is_gone_is_an_error_that_names_it():
    with pytest.raises(SchemaError, match="missing") as caught:
        fit(x=PRICES).encode(pa.table({"y": PRICES}))
    assert caught.value.where == "column x"


def test_a_column_of_which_nothing_is_known_today_is_no_error():
    encoder = fit(x=PRICES)
    for empty in (pa.nulls(2), pa.array([None, ""], pa.string()), pa.array([None, None], "f8")):
        assert not encoder.encode(pa.table({"x": empty})).known.any()
    labels = fit(x=["a", "b"])
    assert codes(labels, x=pa.nulls(2)) == [0, 0]
    assert codes(labels, x=pa.array([None, None], pa.string())) == [0, 0]


def test_rows_given_by_name():
    encoder = fit(region=["north", "south", None], spent=["1", "2", "3"])
    found = encoder.encode_rows([{"region": "south", "colour": "red"}, {"spent": "2"}, {}])
    assert found.codes.tolist() == [[2, 0], [0, 2], [0, 0]]
    assert TableEncoder.fit(pa.table({})).encode_rows([{}, {}]).codes.shape == (2, 0)


def test_saved_and_read_it_is_the_same():
    table = pa.table(
        {"price": [*PRICES, None], "brand": ["a", "b", None] * 4, "new": [True, None] * 6}
    )
    for scaling in ("quantile", "standard"):
        encoder = TableEncoder.fit(table, TabularConfig(scaling=scaling))
        arrays, said = encoder.to_state()
        again = TableEncoder.from_state(arrays, json.loads(json.dumps(said)))
        a, b = encoder.encode(table), again.encode(table)
        for one, other in ((a.codes, b.codes), (a.numbers, b.numbers), (a.known, b.known)):
            np.testing.assert_array_equal(one, other)
        assert again.left_out == encoder.left_out


cells = st.one_of(st.none(), st.text(max_size=3), st.floats().map(str), st.integers(-5, 5).map(str))


@settings(max_examples=60, deadline=None)
@given(st.lists(cells, min_size=1, max_size=40))
def test_whatever_the_cells_numbers_are_finite_and_codes_in_range(column):
    table = pa.table({"x": pa.array(column, pa.string())})
    encoder = TableEncoder.fit(table)
    found = encoder.encode(table)
    assert np.isfinite(found.numbers).all()
    for at, one in enumerate(encoder.labels):
        assert ((found.codes[:, at] >= 0) & (found.codes[:, at] < one.n_codes)).all()
    assert len(encoder.labels) + len(encoder.quantities) + len(encoder.left_out) == 1
