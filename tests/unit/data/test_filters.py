"""Expressions over a catalogue, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from youli.data.filters import MOST_LETTERS, parse_filter
from youli.errors import FilterError
from youli.testing.shops import walk_shop

ITEMS = {
    "item_id": ["a", "b", "c", "d", "e"],
    "title": ["Red cup", "Blue CUP", "Knife", "Plate | deep", None],
    "category": ["Kitchen > Cups", "Kitchen > Cups", "Kitchen > Knives", "Table", None],
    "brand": ["A", "b", "C", None, "A"],
    "price_minor": [500, 1999, 2000, None, 100],
    "in_stock": [True, False, None, True, True],
    "size": ["1", "2", "10", None, "3"],
    "year": [2001, 2002, None, 2001, 2003],
    "tags": [["x", "y"], ["y"], [], None, ["z"]],
    "genre": ["Action|Drama", "Drama", None, "Action", "x"],
    "颜色": ["红", "蓝", "红", None, "红"],
    "vegan": [True, None, False, True, False],
}


@pytest.fixture(scope="module")
def shop():
    return replace(walk_shop({"u": "abcde"}, ITEMS), currency="GBP")


def found(shop, text):
    ids = shop.interactions.items.ids
    return "".join(
        one for one, holds in zip(ids, parse_filter(text).mask(shop), strict=True) if holds
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('category = "Kitchen"', "abc"),
        ('category = "kitchen > cups"', "ab"),
        ('category = "Knives"', "c"),
        ('category = "Kitch"', ""),
        ('category contains "Kitch"', "abc"),
        ("price < 20", "abe"),
        ("price <= 20 GBP", "abce"),
        ("price = 19.99", "b"),
        ("not price < 20", "cd"),
        ("price = null", "d"),
        ("price != null and price > 5", "bc"),
        ('brand in ("A", "B")', "abe"),
        ('brand not in ("A", "B")', "cd"),
        ('not brand in ("A", "B")', "cd"),
        ('brand != "A"', "bcd"),
        ("in_stock", "acde"),
        ("not in_stock", "b"),
        ("in_stock = false", "b"),
        ("vegan", "ad"),
        ("vegan = false", "ce"),
        ("vegan = null", "b"),
        ("size > 2", "ce"),
        ("size = 10", "c"),
        ("year = 2001 or year = 2003", "ade"),
        ("year in (2001, null)", "acd"),
        ('tags = "y"', "ab"),
        ('tags = "Y" and tags = "x"', "a"),
        ('genre = "drama"', "ab"),
        ('title contains "cup"', "ab"),
        ('title = "Plate | deep"', "d"),
        ('颜色 = "红"', "ace"),
        ('`category 1` = "Table"', "d"),
        ('`price band` = "lowest"', "ae"),
        ("item_id IN ('a', 'e') AND NOT (price > 1 OR in_stock = FALSE)", "e"),
        ('category = "Kitchen" and price < 20 and not brand in ("A", "Z")', "b"),
        ("year = 2001 or year = 2002 and price > 10", "abd"),
        ("(year = 2001 or year = 2002) and price > 10", "b"),
    ],
)
def test_by_hand(shop, text, wanted):
    if text.startswith("`price band`"):  # whatever quintiles give, it is the attribute's own
        band = shop.catalogue.attribute("price band")
        wanted = "".join(
            one for row, one in enumerate(shop.interactions.items.ids) if "lowest" in band.of(row)
        )
        assert wanted
    assert found(shop, text) == wanted


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 1, "the name of a column expected, not the end"),
        ("price <", 8, "a value"),
        ("price < < 3", 9, "a value"),
        ("price ~ 3", 7, "a name, a sign or a value"),
        ('brand in ("A"', 14, ") expected"),
        ("(price < 3", 11, ") expected"),
        ("price < 3 brand", 11, "and, or, or the end"),
        ("price 3", 7, "a comparison"),
        ("and price < 3", 1, "the name of a column"),
        ('price < 3 and colour = "red"', 15, "no 'colour'"),
        ("price < 3 USD", 1, "USD is not"),
        ("price = true", 1, "compared with a number"),
        ('price = "3"', 1, "compared with a number"),
        ("vegan = 1", 1, "compared with true or false"),
        ('brand < "B"', 1, "cannot be ordered"),
        ("brand < 3", 1, "cannot be ordered"),
        ('price contains "3"', 1, "holds no texts"),
        ("title contains 3", 16, "needs a text"),
        (f"price < {'9' * 400}", 9, "a value"),
        ("price < 1e400", 9, "a name, a sign or a value"),
        ("(" * 40 + "vegan" + ")" * 40, 18, "too deep"),
        (" and ".join(["vegan"] * 101), 1001, "too long"),
        (f"year in ({', '.join(['1'] * 201)})", 611, "more than 200 values"),
        ("x" * (MOST_LETTERS + 1), MOST_LETTERS, "longer than"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(shop, text, position, says):
    with pytest.raises(FilterError, match="filter: ") as caught:
        found(shop, text)
    assert says in caught.value.problem
    assert caught.value.position == position


def test_an_unknown_column_names_those_there_are(shop):
    with pytest.raises(FilterError) as caught:
        found(shop, "colour")
    assert {"brand", "price", "in_stock", "颜色", "price band"} <= set(
        caught.value.hint.split(", ")
    )
    assert "colour" not in shop.catalogue.kept["columns to compare"]


def test_a_shop_without_prices_says_so():
    with pytest.raises(FilterError, match="no 'price'"):
        parse_filter("price < 3").mask(walk_shop({"u": "ab"}))


def test_columns_are_made_once(shop):
    parse_filter('brand = "A"').mask(shop)
    kept = shop.catalogue.kept["columns to compare"]["brand"]
    parse_filter('brand = "C"').mask(shop)
    assert shop.catalogue.kept["columns to compare"]["brand"] is kept
