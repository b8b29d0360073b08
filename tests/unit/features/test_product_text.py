"""What is read of a product, and what is not."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from youli.data.shop import Catalogue
from youli.features.clean import MOST_CHARACTERS, cleaned, has_words
from youli.features.product_text import FIELDS, SPOKEN, ProductTexts, has_texts

LISTS = pa.list_(pa.string())


def catalogue(**columns: object) -> Catalogue:
    n = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return Catalogue(pa.table({"item_id": [f"p{num}" for num in range(n)], **columns}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, ""),
        ("", ""),
        (" \t\r\n\u3000\u00a0 ", ""),
        ("4006381333931", ""),
        ("... --- ★★★ 😀", ""),
        ("\x00Red\x07\x1b[31m\u200bmug\u202e", "Red [31m mug"),
        ("<p>Red <b>mug</b></p>&amp; saucer<br/>", "Red mug & saucer"),
        ("a < b, c > d", "a < b, c > d"),
        ("\ud800Red\udfff mug", "Red mug"),
        ("红色  马克杯", "红色 马克杯"),
        ("マグカップ", "マグカップ"),
        ("كوب أحمر", "كوب أحمر"),
        ("แก้ว", "แก้ว"),
        ("x" * 10_000_000, "x" * MOST_CHARACTERS),
        (" " * 100_000 + "late", ""),  # only the beginning is looked at
    ],
)
def test_cleaned(text: str | None, found: str) -> None:
    assert cleaned(text) == found


@given(st.text(max_size=2000))
def test_what_is_cleaned_is_clean(text: str) -> None:
    found = cleaned(text)
    assert len(found) <= MOST_CHARACTERS
    assert found == found.strip()
    assert not found or has_words(found)
    assert all(one.isprintable() or one in "\u00ad" for one in found if one.isascii())
    found.encode("utf-8")


def test_the_fields_of_a_catalogue() -> None:
    texts = ProductTexts(
        catalogue(
            title=["Red mug", None, "12345"],
            description=["A <b>mug</b>", "  ", None],
            category=["Kitchen > Mugs", None, "Kitchen"],
            tags=pa.array([["gift", "red"], ["gift"], None], LISTS),
            genres=["Pop|Rock", "Rock", None],
            codes=pa.array([["1", "2"], ["1"], []], LISTS),
            brand=["Ada", "Bo", "Ada"],
            review=["Lovely", None, None],
            reviews=pa.array([[], ["Fine", None, "Well made"], None], LISTS),
        )
    )
    assert texts.field("title") == ["Red mug", "", ""]
    assert texts.field("description") == ["A mug", "", ""]
    assert texts.field("category") == ["Kitchen, Mugs", "", "Kitchen"]
    assert texts.field("tags") == ["gift, red, Pop, Rock", "gift, Rock", ""]
    assert texts.field("reviews") == ["Lovely", "Fine, Well made", ""]
    for item in range(3):
        for name in FIELDS:
            assert texts.of(item, name) == texts.field(name)[item]
    assert texts.spoken(0) == "Red mug\nA mug\ngift, red, Pop, Rock"
    assert list(texts.all_spoken()) == [texts.spoken(item) for item in range(3)]
    assert "reviews" not in SPOKEN


def test_nothing_but_ids_says_nothing() -> None:
    texts = ProductTexts(catalogue(item_id=["red mug", "blue mug"]))
    assert all(texts.field(name) == ["", ""] for name in FIELDS)
    assert texts.spoken(0) == ""


@pytest.mark.parametrize(
    ("columns", "has"),
    [
        ({"title": ["Red", "Blue"]}, True),
        ({"title": ["Red", None]}, False),
        ({"title": ["Red", "42"]}, False),
        ({"title": ["Red", None], "description": [None, "Blue"]}, True),
        ({"title": ["Red", None], "description": ["Red", None]}, False),
        ({"title": pa.array([None, None], pa.string())}, False),
        ({"category": ["Red", "Blue"], "brand": ["Ada", "Bo"]}, False),
        ({"brand": []}, False),
    ],
)
def test_whether_a_catalogue_has_texts(columns: dict[str, object], has: bool) -> None:
    assert has_texts(catalogue(**columns)) is has


def test_reviews_are_no_attribute_to_compare_by() -> None:
    found = catalogue(title=["a", "b"], reviews=["good|fine", "good"], tags=["x|y", "x"])
    assert {one.name for one in found.attributes} == {"title words", "tags"}
