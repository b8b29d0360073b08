"""How counts, shares, money and titles are written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.language.grammar import ELLIPSIS, shortened
from youli.language.grounding import same_title, wrong_slots
from youli.language.realise import count, money, percent
from youli.language.voice import GRAMMARS

ENGLISH, CHINESE = GRAMMARS["en"], GRAMMARS["zh"]


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (255, "GBP", "£2.55"),
        (5, "USD", "$0.05"),
        (123456789, "CNY", "¥1,234,567.89"),
        (1200, "JPY", "¥1,200"),
        (990, "CHF", "CHF 9.90"),
        (1500, "KWD", "KWD 1.500"),
        (-255, "EUR", "-€2.55"),
    ],
)
def test_money(minor: int, currency: str, written: str) -> None:
    assert money(minor, currency) == written


@given(st.integers(0, 10**10), st.sampled_from(["GBP", "USD", "CNY", "JPY", "CHF", "KWD", "KRW"]))
def test_money_is_read_as_it_was_written(minor: int, currency: str) -> None:
    facts = {"price_minor": minor, "currency": currency}
    assert wrong_slots({"price_minor": money(minor, currency)}, facts, ENGLISH) == ()
    assert wrong_slots({"price_minor": money(minor + 1, currency)}, facts, ENGLISH)


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.32, "32%"), (0.034, "3.4%"), (1.0, "100%"), (0.0004, "<0.1%"), (0.099, "9.9%")],
)
def test_percent(share: float, written: str) -> None:
    assert percent(share) == written


@given(st.floats(1e-6, 1.0))
def test_a_percentage_is_read_as_it_was_written(share: float) -> None:
    assert wrong_slots({"confidence": percent(share)}, {"confidence": share}, ENGLISH) == ()


@given(st.integers(0, 10**12))
def test_a_count_is_read_as_it_was_written(number: int) -> None:
    assert wrong_slots({"n": count(number)}, {"n": number}, CHINESE) == ()


DAYS = st.dates(min_value=date(1000, 1, 1))


@given(DAYS, DAYS, st.sampled_from([ENGLISH, CHINESE]))
def test_a_date_is_read_as_it_was_written(day: object, today: object, grammar: object) -> None:
    assert grammar in (ENGLISH, CHINESE)
    language = ENGLISH if grammar is ENGLISH else CHINESE
    written = language.date(str(day), str(today))
    facts = {"last_date": str(day), "today": str(today)}
    assert wrong_slots({"last_date": written}, facts, language) == ()


@given(st.text(min_size=1, max_size=120), st.sampled_from([ENGLISH, CHINESE]))
def test_a_title_is_read_as_it_was_written(title: str, grammar: object) -> None:
    language = ENGLISH if grammar is ENGLISH else CHINESE
    written = language.title(title)[1:-1]
    assert len(written) <= language.longest_title
    assert same_title(written, title, language)


def test_titles_are_cut_between_words_and_capitals_stay() -> None:
    assert shortened("WHITE HANGING HEART T-LIGHT HOLDER", 20) == "WHITE HANGING HEART…"
    assert shortened("abcdefghij", 5) == "abcd…"
    assert shortened("short", 5) == "short"
    assert ENGLISH.title("two\nlines \u202e and “quotes”") == "“two lines and 'quotes'”"


def test_another_title_with_an_ellipsis_is_another_title() -> None:
    assert not same_title("White" + ELLIPSIS, "White hanging heart", ENGLISH)
    assert same_title("White hanging" + ELLIPSIS, "White hanging heart", ENGLISH)
    assert not same_title("White hanging" + ELLIPSIS, "White painted heart", ENGLISH)
