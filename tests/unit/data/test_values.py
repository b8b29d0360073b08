from datetime import UTC, datetime

import pyarrow as pa
import pytest

from youli.data.values import number_of, profile_file, time_of
from youli.data.workbench import Workbench


def parsed_times(texts, zone="UTC", day_first=None):
    with Workbench() as bench:
        table = bench.load(pa.table({"timestamp": pa.array(texts, pa.string())}), "t")
        profile = profile_file(table, bench, day_first)
        bench.set_timezone(zone)
        kept = bench.keep(table.select(t=time_of(table["timestamp"], profile)), "x")
        bench.set_timezone("UTC")
        return bench.arrow(kept)["t"].to_pylist(), profile


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01 10:30:00",
        "2024-03-01T10:30:00Z",
        "2024-03-01T12:30:00+02:00",
        "1709289000",
        "1709289000000",
        "1709289000000000",
        "1709289000.0",
        "01/03/2024 10:30",
        "01-03-2024 10:30:00",
        "1.3.24 10:30",
        "01/03/2024 10:30:00 AM",
        "01 Mar 2024 10:30",
        "Mar 1, 2024 10:30",
        "2024/03/01 10:30",
    ],
)
def test_times_as_they_occur(text):
    [time], _ = parsed_times([text])
    assert time == datetime(2024, 3, 1, 10, 30, tzinfo=UTC)


def test_a_part_above_twelve_tells_the_order():
    times, profile = parsed_times(["03/01/2024", "03/25/2024"])
    assert [time.date().isoformat() for time in times] == ["2024-03-01", "2024-03-25"]
    assert (profile.day_first, profile.day_first_from) == (False, "seen")


def test_day_first_is_taken_where_no_date_tells():
    [time], profile = parsed_times(["03/01/2024"])
    assert time.date().isoformat() == "2024-01-03"
    assert profile.day_first_from == "open"


def test_month_first_can_be_set():
    [time], profile = parsed_times(["03/01/2024"], day_first=False)
    assert time.date().isoformat() == "2024-03-01"
    assert profile.day_first_from == "given"


def test_times_without_offset_are_in_the_zone():
    # British summer time is one hour ahead; an offset in the text goes first.
    times, _ = parsed_times(["2024-07-01 10:00", "2024-01-01 10:00", "2024-07-01T10:00Z"],
                            zone="Europe/London")  # fmt: skip
    assert [time.hour for time in times] == [9, 10, 10]


@pytest.mark.parametrize("text", ["", "soon", "2024-13-45", "99/99/2024"])
def test_what_is_no_time_is_unknown(text):
    [time], _ = parsed_times([text])
    assert time is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.5", 12.5),
        ("£2.55", 2.55),
        ("₹1,099", 1099.0),
        ("1,099.50", 1099.5),
        ("1.099,50 €", 1099.5),
        ("12,5", 12.5),
        ("-3", -3.0),
        ("nan", None),
        ("free", None),
        ("", None),
    ],
)
def test_numbers_as_they_occur(text, number):
    with Workbench() as bench:
        table = bench.load(pa.table({"x": pa.array([text])}), "t")
        [found] = bench.arrow(table.select(x=number_of(table["x"])))["x"].to_pylist()
    assert found == number


def test_only_a_column_of_decimal_ids_is_mended():
    with Workbench() as bench:
        table = bench.load(
            pa.table(
                {
                    "user_id": ["17850.0", None, "13047.0"],
                    "item_id": ["85123A", "22423.0", "71053"],
                }
            ),
            "t",
        )
        profile = profile_file(table, bench, None)
    assert profile.mended_ids == {"user_id": (2, "13047.0")}
