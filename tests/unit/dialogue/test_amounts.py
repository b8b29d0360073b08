from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.dialogue.amounts import chinese_number, english_number, prices_in


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("under £20", [("max", "20", "GBP")]),
        ("below ten pounds", [("max", "10", "GBP")]),
        ("between 10 and 30 euros", [("min", "10", "EUR"), ("max", "30", "EUR")]),
        ("at least 1,250.50 dollars", [("min", "1250.50", "USD")]),
        ("nothing over 30", [("max", "30", None)]),
        ("一百元以内", [("max", "100", "CNY")]),
        ("预算一百二", [("max", "120", None)]),
        ("五十到一百五的抱枕", [("min", "50", None), ("max", "150", None)]),
        ("八十块左右", [("about", "80", "CNY")]),
        ("four people", []),
        ("number 4", []),
        ("三个人", []),
    ],
)
def test_a_number_is_a_price_only_where_something_says_so(text, limits):
    wanted = [(limit, Decimal(amount), code) for limit, amount, code in limits]
    assert [(one.limit, one.amount, one.currency) for one in prices_in(text)] == wanted


@pytest.mark.parametrize(
    ("text", "number"),
    [("一百二", 120), ("一百零二", 102), ("三万五", 35_000), ("十五", 15), ("马", None)],
)  # fmt: skip
def test_chinese_numbers(text, number):
    assert chinese_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"), [("two hundred and fifty", 250), ("twenty-five", 25), ("five cats", None)]
)
def test_english_numbers(text, number):
    assert english_number(text) == number


@given(
    st.text(alphabet="0123456789零一二两十百千万元块以内左右到 £$-underbetweenand.,", max_size=40)
)
def test_any_text_is_read_without_an_error(text):
    for one in prices_in(text):
        assert one.amount >= 0
        assert 0 <= one.start < one.end <= len(text)
