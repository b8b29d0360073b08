import pytest

from youli.data.event_names import canonical_event
from youli.data.maps import map_columns, parse_maps
from youli.errors import SchemaError


def test_online_retail_is_guessed_whole():
    names = "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
    found = map_columns(names.split(), "events", {}, "f.csv")
    assert dict(found.columns) == {
        "user_id": "CustomerID",
        "item_id": "StockCode",
        "timestamp": "InvoiceDate",
        "quantity": "Quantity",
        "price": "UnitPrice",
        "order_id": "InvoiceNo",
        "title": "Description",
        "user.country": "Country",
    }
    assert found.guessed == set(found.columns)
    assert found.unused == ()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            "anonymousId event product_id originalTimestamp",
            ("anonymousId", "product_id"),
        ),  # Segment
        ("eventType visitorId eventTime productId", ("visitorId", "productId")),  # Google Retail
        ("FeedbackType UserId ItemId Timestamp", ("UserId", "ItemId")),  # Gorse
        ("user_id item_id rating timestamp", ("user_id", "item_id")),  # RecBole
    ],
)
def test_usual_layouts_are_guessed(names, expected):
    columns = map_columns(names.split(), "events", {}, "f").columns
    assert (columns["user_id"], columns["item_id"]) == expected
    assert "timestamp" in columns


def test_a_given_map_goes_before_a_guess():
    found = map_columns(["who", "UserID", "sku", "date"], "events", {"user_id": "who"}, "f.csv")
    assert found.columns["user_id"] == "who"
    assert "user_id" not in found.guessed
    assert found.unused == ("UserID",)


def test_the_canonical_name_goes_before_a_usual_one():
    found = map_columns(["user_id", "customer_id", "sku", "ts"], "events", {}, "f.csv")
    assert found.columns["user_id"] == "user_id"


def test_two_usual_names_clash():
    with pytest.raises(SchemaError) as caught:
        map_columns(["client_id", "customer_id", "sku", "ts"], "events", {}, "f.csv")
    assert "client_id" in str(caught.value)
    assert "--map user_id=client_id" in caught.value.hint


def test_a_missing_column_is_named_with_those_there():
    with pytest.raises(SchemaError, match=r"f.csv, row 1: no column for user_id; .*foo, sku, ts"):
        map_columns(["foo", "sku", "ts"], "events", {}, "f.csv")


def test_columns_of_the_catalogue_become_attributes():
    found = map_columns(["sku", "name", "colour"], "items", {}, "f.csv")
    assert found.columns == {"item_id": "sku", "title": "name"}
    assert found.attributes == ("colour",)


def test_maps_are_read():
    assert parse_maps(["user_id=Customer ID", "item.colour=Colour"]) == {
        "user_id": "Customer ID",
        "item.colour": "Colour",
    }


@pytest.mark.parametrize(
    ("maps", "problem"),
    [
        (["user_id=A", "user_id=B"], "mapped twice"),
        (["user_id=A", "item_id=A"], "both user_id and item_id"),
        (["colour=A"], "no column that Youli knows"),
        (["user_id"], "is no map"),
        (["price=A", "price_minor=B"], "both price and price_minor"),
    ],
)
def test_clashing_maps_are_refused(maps, problem):
    with pytest.raises(SchemaError, match=problem) as caught:
        parse_maps(maps)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "ga4"),
    [
        ("Order Completed", "purchase"),
        ("detail-page-view", "view_item"),
        ("ADD_TO_CART", "add_to_cart"),
        ("transaction", "purchase"),
        ("login", None),
    ],
)
def test_event_names(name, ga4):
    assert canonical_event(name) == ga4
