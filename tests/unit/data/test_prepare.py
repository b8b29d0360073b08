import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from youli.data.config import DataConfig
from youli.data.prepare import EVENT_SCHEMA, prepare_shop
from youli.errors import InputError, NotEnoughDataError, SchemaError


def test_events_have_the_canonical_types_and_order(shop_of, clean_rows):
    shop = shop_of(list(reversed(clean_rows)))
    assert shop.events.schema == EVENT_SCHEMA
    assert shop.events["user_id"].to_pylist() == ["u1", "u1", "u2"]
    assert shop.events["item_id"].to_pylist() == ["mug-01", "cup-02", "mug-01"]
    assert shop.events["price_minor"].to_pylist() == [500, 300, 500]
    assert shop.events["currency"].to_pylist() == ["GBP"] * 3
    assert shop.data_until == datetime(2024, 3, 3, 11, tzinfo=UTC)
    assert shop.quarantine.num_rows == 0


def test_equal_times_keep_the_order_of_the_file(shop_of):
    rows = [f"u1,item-{n},view_item,2024-03-01 10:00:00,,," for n in (3, 1, 2)]
    shop = shop_of([*rows, "u2,item-1,view_item,2024-03-01 10:00:00,,,"])
    assert shop.events["item_id"].to_pylist()[:3] == ["item-3", "item-1", "item-2"]


def test_the_hash_is_of_the_content(shop_of, clean_rows):
    first = shop_of(clean_rows).data_hash
    assert shop_of(clean_rows).data_hash == first
    assert shop_of(list(reversed(clean_rows))).data_hash == first
    changed = [clean_rows[0].replace("5.00", "5.01"), *clean_rows[1:]]
    assert shop_of(changed).data_hash != first


@pytest.mark.parametrize(
    ("header", "row", "event"),
    [
        ("user_id,item_id,timestamp", "{u},{i},2024-03-01", "view_item"),
        ("user_id,item_id,timestamp,order_id", "{u},{i},2024-03-01,o", "purchase"),
        ("user_id,item_id,timestamp,price", "{u},{i},2024-03-01,3", "purchase"),
    ],
)
def test_a_missing_event_column_is_settled_and_stated(shop_of, header, row, event):
    shop = shop_of([row.format(u="u1", i="item1"), row.format(u="u2", i="item2")], header)
    assert set(shop.events["event"].to_pylist()) == {event}
    assert any(f"every row is a {event}, because" in text for text in shop.report.decisions)


def test_spreadsheet_ids_are_mended_and_stated(shop_of):
    rows = ["17850.0,85123A,2024-03-01", "13047.0,71053,2024-03-02"]
    shop = shop_of(rows, "user_id,item_id,timestamp")
    assert set(shop.users["user_id"].to_pylist()) == {"17850", "13047"}
    assert any("2 values mended" in text for text in shop.report.decisions)


@pytest.mark.parametrize("user", ["007", "1e5", " x", "1.50", "用户"])
def test_other_ids_are_kept_exactly(shop_of, user):
    shop = shop_of([f"{user},item1,2024-03-01", "u2,item2,2024-03-01"], "user_id,item_id,timestamp")
    assert user in shop.events["user_id"].to_pylist()


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 5), ("GBP", 500), ("KWD", 5000)])
def test_prices_become_minor_units_of_their_currency(shop_of, clean_rows, currency, minor):
    shop = shop_of(clean_rows, currency=currency)
    assert shop.events["price_minor"][0].as_py() == minor


def test_a_currency_column_goes_before_the_setting(shop_of):
    header = "user_id,item_id,timestamp,price,currency"
    shop = shop_of(["u1,item1,2024-03-01,500,jpy", "u2,item2,2024-03-01,5,"], header)
    assert shop.events["price_minor"].to_pylist() == [500, 500]
    assert shop.events["currency"].to_pylist() == ["JPY", "GBP"]


def test_an_unnamed_currency_is_stated(shop_of, clean_rows):
    assert any("taken as USD" in d for d in shop_of(clean_rows, currency=None).report.decisions)


def test_a_sign_names_the_currency(shop_of):
    header = "user_id,item_id,timestamp,price"
    shop = shop_of(["u1,item1,2024-03-01,₹499", "u2,item2,2024-03-01,₹50"], header, currency=None)
    assert shop.currency == "INR"
    assert shop.events["price_minor"].to_pylist() == [49900, 5000]


def test_the_catalogue_in_the_events_takes_the_most_frequent_value(shop_of):
    header = "user_id,item_id,timestamp,title,brand"
    rows = [
        "u1,item1,2024-03-01,Mug,Acme",
        "u2,item1,2024-03-02,Mug,",
        "u3,item1,2024-03-03,MUG!,Acme",
        "u1,item2,2024-03-01,Old,",
        "u2,item2,2024-03-02,New,",  # equally frequent: the latest holds
    ]
    shop = shop_of(rows, header)
    assert shop.items["title"].to_pylist() == ["Mug", "New"]
    assert shop.items["brand"].to_pylist() == ["Acme", None]


def test_a_catalogue_file_goes_before_the_events_and_keeps_attributes(shop_of):
    items = "sku,name,category,colour,in_stock\nitem1,Mug,Home|Kitchen,red,yes\nitem3,Cup,,,no\n"
    rows = ["u1,item1,2024-03-01,mug,5", "u2,item2,2024-03-01,Lamp,7"]
    shop = shop_of(rows, "user_id,item_id,timestamp,title,price", items=items)
    assert shop.items.to_pylist() == [
        {"item_id": "item1", "title": "Mug", "category": "Home > Kitchen", "price_minor": 500,
         "currency": "GBP", "in_stock": True, "colour": "red"},
        {"item_id": "item2", "title": "Lamp", "category": None, "price_minor": 700,
         "currency": "GBP", "in_stock": None, "colour": None},
        {"item_id": "item3", "title": "Cup", "category": None, "price_minor": None,
         "currency": None, "in_stock": False, "colour": None},
    ]  # fmt: skip


def test_columns_of_which_nothing_is_known_are_left_out(shop_of, clean_rows):
    shop = shop_of(clean_rows, items="item_id,title,material\nmug-01,,\ncup-02,,\n")
    assert shop.items.column_names == ["item_id", "price_minor", "currency"]


def test_repeated_rows_of_the_catalogue_are_settled_and_stated(shop_of, clean_rows):
    items = "item_id,title\nmug-01,Mug\nmug-01,Mug\nmug-01,Cup\ncup-02,Cup\n,Nothing\n"
    shop = shop_of(clean_rows, items=items)
    assert shop.items["title"].to_pylist() == ["Cup", "Mug"]
    assert any("2 rows repeat a item_id" in text for text in shop.report.decisions)
    assert any("1 rows without item_id" in text for text in shop.report.decisions)


def test_shoppers_have_attributes_from_file_and_events(shop_of):
    header = "user_id,item_id,timestamp,Country"
    rows = ["u1,item1,2024-03-01,France", "u1,item2,2024-03-02,France", "u2,item1,2024-03-01,"]
    shop = shop_of(rows, header, users="user_id,age\nu1,30\nu9,50\n")
    assert shop.users.to_pylist() == [
        {"user_id": "u1", "age": "30", "country": "France"},
        {"user_id": "u2", "age": None, "country": None},
        {"user_id": "u9", "age": "50", "country": None},
    ]


def test_own_event_names(shop_of):
    header = "user_id,item_id,event,timestamp"
    rows = ["u1,item1,Ausgecheckt,2024-03-01", "u2,item2,Ausgecheckt,2024-03-01"]
    shop = shop_of(rows, header, event_names={"Ausgecheckt": "purchase"})
    assert shop.events["event"].to_pylist() == ["purchase", "purchase"]


def test_a_sample_keeps_whole_shoppers_and_is_the_same_again(shop_of):
    rows = [f"u{n % 10},item{n % 3},view_item,2024-03-{1 + n % 20:02},,," for n in range(60)]
    shop = shop_of(rows, sample_shoppers=4, seed=7)
    assert shop.report.n_users == 4
    assert shop_of(rows, sample_shoppers=4, seed=7).data_hash == shop.data_hash
    assert shop_of(rows, sample_shoppers=4, seed=8).data_hash != shop.data_hash
    whole = shop_of(rows)
    kept = set(shop.events["user_id"].to_pylist())
    assert len(shop.events) == sum(u in kept for u in whole.events["user_id"].to_pylist())


def test_quarantine_keeps_the_row_as_it_was(shop_of, clean_rows):
    shop = shop_of([*clean_rows, "u3,mug-01,purchase,yesterday,1,£9,o9"])
    assert shop.quarantine.to_pylist() == [
        {
            "source_file": shop.report.files[0].where,
            "row": 5,
            "check": "unparsable_time",
            "reason": "time is no date",
            "action": "dropped",
            "column": "timestamp",
            "text": None,
            "user_id": "u3",
            "item_id": "mug-01",
            "event": "purchase",
            "timestamp": "yesterday",
            "quantity": "1",
            "order_id": "o9",
            "price": "£9",
        }
    ]


def test_the_report_adds_up(shop_of, clean_rows):
    report = shop_of([*clean_rows, ",mug-01,purchase,2024-03-01,1,5,o9", clean_rows[0]]).report
    assert (report.rows_in, report.rows_kept, report.rows_dropped) == (5, 3, 2)
    assert report.drops_by_reason() == [
        ("missing_ids", "no shopper", 1),
        ("exact_duplicates", "exact duplicate", 1),
    ]
    [known] = [c for c in report.completeness if (c.table, c.column) == ("events", "price_minor")]
    assert (known.known, known.total, known.distinct) == (3, 3, 2)
    [weeks] = [d for d in report.distributions if d.name == "events_per_week"]
    assert (weeks.labels, weeks.counts) == (["2024-02-26"], [3])
    assert json.loads(report.model_dump_json())["rows_in"] == 5


@pytest.mark.parametrize(
    ("rows", "problem", "column"),
    [
        ([",mug-01,purchase,2024-03-01,1,5,o9"], "no shopper", "user_id"),
        (["u1,mug-01,purchase,never,1,5,o9"], "time is no date", "timestamp"),
        (["u1,mug-01,purchase,2024-03-01,many,5,o9"], "not a number", "quantity"),
    ],
)
def test_strict_names_file_row_and_column(shop_of, clean_rows, rows, problem, column):
    with pytest.raises(InputError, match=problem) as caught:
        shop_of([*clean_rows, *rows], strict=True)
    assert caught.value.where.endswith(f"events.csv, row 5, column {column}")
    assert "--strict" in caught.value.hint


def test_strict_lets_ordinary_business_pass(shop_of, clean_rows):
    shop = shop_of([*clean_rows, "u1,mug-01,refund,2024-03-04,1,5,"], strict=True)
    assert shop.report.rows_kept == 2


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "there is no row"),
        (["u1,item1,view_item,2024-03-01,,,", "u1,item2,view_item,2024-03-01,,,"], "one shopper"),
        (["u1,item1,view_item,2024-03-01,,,", "u2,item1,view_item,2024-03-01,,,"], "one product"),
        (["u1,item1,view_item,x,,,", "u2,item2,view_item,y,,,"], "no row is left: time is no date"),
        (["u1,item1,refund,2024-03-01,1,,", "u2,item2,refund,2024-03-01,1,,"], "no row is left"),
    ],
)
def test_too_little_data_is_said_with_the_next_step(shop_of, rows, problem):
    with pytest.raises(NotEnoughDataError, match=problem) as caught:
        shop_of(rows)
    assert "events.csv" in caught.value.where
    assert caught.value.hint


def test_unknown_event_names_are_listed(shop_of):
    header = "user_id,item_id,event,timestamp"
    with pytest.raises(SchemaError, match="no event name is known; found login") as caught:
        shop_of(["u1,item1,login,2024-03-01", "u2,item2,login,2024-03-01"], header)
    assert caught.value.where.endswith("row 2, column event")


def test_a_map_to_a_column_that_is_not_there(shop_of, clean_rows):
    with pytest.raises(SchemaError, match="there is no column “Titel” for title"):
        shop_of(clean_rows, column_map={"title": "Titel"})


@pytest.mark.parametrize(
    ("setting", "problem"), [({"timezone": "Mars/Base"}, "time zone"), ({"currency": "£"}, "curr")]
)
def test_wrong_settings_are_named(shop_of, clean_rows, setting, problem):
    with pytest.raises(SchemaError, match=problem):
        shop_of(clean_rows, **setting)


def test_no_file_is_an_error():
    with pytest.raises(SchemaError, match="no events"):
        prepare_shop([])


def test_typed_columns_of_parquet_are_read(tmp_path):
    import pyarrow.parquet as pq

    path = tmp_path / "log.parquet"
    times = [datetime(2024, 3, 1, 9), datetime(2024, 3, 2, 9)]
    table = pa.table(
        {"user_id": [1, 2], "item_id": [10.0, 20.0], "time": pa.array(times, pa.timestamp("ns"))}
    )
    pq.write_table(table, path)
    shop = prepare_shop([str(path)], config=DataConfig(timezone="Asia/Shanghai"))
    assert shop.events["user_id"].to_pylist() == ["1", "2"]
    assert shop.events["item_id"].to_pylist() == ["10", "20"]
    assert shop.events["timestamp"][0].as_py() == datetime(2024, 3, 1, 1, tzinfo=UTC)


def test_several_files_keep_their_own_rows(tmp_path):
    header = "user_id,item_id,timestamp\n"
    (tmp_path / "a.csv").write_text(header + "u1,item1,2024-03-01\n,item2,2024-03-01\n")
    (tmp_path / "b.tsv").write_text((header + "u2,item2,2024-03-01\n").replace(",", "\t"))
    shop = prepare_shop([str(tmp_path / "a.csv"), str(tmp_path / "b.tsv")])
    assert shop.report.rows_kept == 2
    assert shop.quarantine["row"].to_pylist() == [3]
    assert shop.quarantine["source_file"].to_pylist() == [str(tmp_path / "a.csv")]


def test_a_column_that_a_map_replaces_is_not_read(shop_of, clean_rows):
    items = "item_id,Title,name\nmug-01,old,Mug\ncup-02,old,Cup\n"
    shop = shop_of(clean_rows, items=items, column_map={"title": "name"})
    assert shop.items["title"].to_pylist() == ["Cup", "Mug"]
    assert shop.report.files[1].unused == ["Title"]
