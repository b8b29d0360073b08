"""Any filter: what is written can be read again, and masks obey the laws of logic."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from youli.data.filters import Both, Compare, Either, Filter, Not, parse_filter
from youli.errors import FilterError
from youli.testing.shops import walk_shop

SHOP = walk_shop(
    {"u": "abcdef"},
    {
        "item_id": list("abcdef"),
        "title": ["cup", "Mug", None, "cup and mug", "x", "杯子"],
        "category": ["K > A", "K > B", "K", None, "T > A", "T"],
        "brand": ["A", "B", None, "A", "C", "'"],
        "price_minor": [100, 250, None, 300, 999, 100],
        "in_stock": [True, False, True, None, True, True],
    },
)
labels = st.sampled_from(["A", "b", "K", "K > A", "cup", "杯子", "'", "and", "x y"])
numbers = st.floats(-1e6, 1e6).map(lambda one: round(one, 2))
comparisons = st.one_of(
    st.builds(
        lambda name, sign, value: Compare(name, sign, (value,)),
        st.sampled_from(["brand", "category", "title", "item_id"]),
        st.sampled_from(["=", "!=", "contains"]),
        labels,
    ),
    st.builds(
        lambda sign, value: Compare("price", sign, (value,)),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        numbers,
    ),
    st.builds(
        lambda name, values: Compare(name, "in", tuple(values)),
        st.sampled_from(["brand", "category 1"]),
        st.lists(st.one_of(labels, st.none()), min_size=1, max_size=4),
    ),
    st.sampled_from([Compare("in_stock", "=", (True,)), Compare("price", "=", (None,))]),
)
parts = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda many: Both(tuple(many))),
        st.lists(inner, min_size=2, max_size=3).map(lambda many: Either(tuple(many))),
    ),
    max_leaves=6,
)


@given(parts)
def test_what_is_written_is_read_again(part):
    text = str(Filter(part))
    again = parse_filter(text)
    assert str(again) == text
    np.testing.assert_array_equal(again.mask(SHOP), part.mask(SHOP))


@given(parts, parts)
def test_logic(one, other):
    either, both = Either((one, other)).mask(SHOP), Both((one, other)).mask(SHOP)
    np.testing.assert_array_equal(either, one.mask(SHOP) | other.mask(SHOP))
    np.testing.assert_array_equal(both, one.mask(SHOP) & other.mask(SHOP))
    np.testing.assert_array_equal(
        Not(Both((one, other))).mask(SHOP), Either((Not(one), Not(other))).mask(SHOP)
    )


@given(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), numbers)
def test_prices_are_compared_in_major_units(sign, value):
    mask = Compare("price", sign, (value,)).mask(SHOP)
    compare = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__,
               "=": float.__eq__, "!=": float.__ne__}[sign]  # fmt: skip
    for holds, minor in zip(mask, SHOP.catalogue.price_minor.tolist(), strict=True):
        assert holds == (compare(minor / 100, value) if minor == minor else sign == "!=")


@given(st.text(max_size=60) | st.lists(
    st.sampled_from(['brand', '=', '"A"', 'and', 'or', 'not', '(', ')', 'in', ',', '<', '3', '`'])
).map(" ".join))  # fmt: skip
def test_any_text_is_read_or_refused_with_a_place(text):
    error = refused(text)
    assert error is None or (0 < error.position <= len(text) + 1 and error.problem)


def refused(text):
    try:
        parse_filter(text).mask(SHOP)
    except FilterError as error:
        return error
    return None
