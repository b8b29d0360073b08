"""Every check runs this suite; a check without a case here fails it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from youli.data.checks import CheckContext, all_checks
from youli.data.config import DataConfig
from youli.data.prepare import prepare_shop
from youli.data.stage import load_file, stage_events
from youli.data.workbench import Workbench

HEADER = "user_id,item_id,event,timestamp,quantity,price,order_id,title"
CLEAN = [
    "u1,mug-01,purchase,2024-03-01 10:00:00,1,5.00,o1,Mug",
    "u1,cup-02,view_item,2024-03-02 10:00:00,,,,Cup",
    "u2,mug-01,purchase,2024-03-03 11:00:00,1,5.00,o3,Mug",
]
NOW = datetime(2024, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """Rows after the clean ones → (row number, action) that the check must name."""

    rows: list[str]
    named: dict[int, str]
    config: dict[str, Any] = field(default_factory=dict)
    catalogue: list[str] | None = None
    #: Canonical values afterwards, by row number, of what is repaired.
    repaired: dict[int, dict[str, Any]] = field(default_factory=dict)


def line(user="u3", item="mug-01", event="purchase", time="2024-03-05 10:00:00", quantity="1",
         price="5.00", order="o9", title="Mug"):  # fmt: skip
    return ",".join([user, item, event, time, quantity, price, order, title])


CASES: dict[str, list[Case]] = {
    "missing_ids": [
        Case([line(user=""), line(item=" "), line(user="NaN"), line(user="n/a"), line(user="NA")],
             {5: "drop", 6: "drop", 7: "drop", 8: "drop"}),
    ],
    "unknown_events": [Case([line(event="login"), line(event=""), line(event="Purchase")],
                            {5: "drop", 6: "drop"})],
    "unparsable_time": [Case([line(time="soon"), line(time="")], {5: "drop", 6: "drop"})],
    "future_time": [
        Case([line(time="2024-06-01 23:00:00"), line(time="2024-06-02 00:00:01")], {6: "drop"}),
        Case([line(time="2024-06-03 00:00:00")], {}, {"future_tolerance_hours": 72}),
    ],
    "not_products": [
        Case([line(item="POST"), line(item="BANK CHARGES"), line(item="AMAZONFEE"),
              line(item="gift_0001_20"), line(item="x-1", title="Dotcomgiftshop Gift Voucher £20"),
              line(item="x-2", title="test"), line(item="M"), line(item="PADS"), line(item="DOT"),
              line(item="CRUK"), line(item="POSTER-7"), line(item="x-3", title="Test tube rack")],
             dict.fromkeys(range(5, 15), "drop")),
        Case([line(item=c) for c in "mdsxyz"], {}),  # where codes are short, M is a product
        Case([line(item="DEMO-1")], {5: "drop"}, {"not_product_codes": ["demo-.*"]}),
        Case([line(item="POST")], {}, {"not_product_codes": []}),
    ],
    "exact_duplicates": [
        Case([CLEAN[0], CLEAN[0], CLEAN[1], CLEAN[0].replace("5.00", "4.00")],
             {5: "drop", 6: "drop", 7: "drop"}),
    ],
    "near_duplicates": [
        Case([line(), line(time="2024-03-05 10:00:04"), line(time="2024-03-05 10:00:30")],
             {6: "drop"}),
        Case([line(event="view_item", quantity="", price="", order="", time=f"2024-03-05 10:00:{s}")
              for s in ("00", "03", "06", "20")], {6: "drop", 7: "drop"}),
        Case([line(quantity="2", price="6.00"), line(quantity="4", price="3.00")],
             {5: "repair", 6: "drop"}, repaired={5: {"quantity": 6.0, "price_minor": 400}}),
        Case([line(), line(time="2024-03-05 10:00:04", order="o10")], {}),
        Case([line(), line(time="2024-03-05 10:00:04")], {}, {"near_duplicate_seconds": 0}),
    ],
    "returns": [
        # the exact purchase is taken before the latest one
        Case([line(quantity="3", time="2024-03-05"),
              line(quantity="2", time="2024-03-06", order="o10"),
              line(quantity="-3", time="2024-03-07", order="C1")], {5: "drop", 7: "drop"}),
        # no exact one: the latest first
        Case([line(quantity="3", time="2024-03-05"),
              line(quantity="5", time="2024-03-06", order="o10"),
              line(quantity="-1", time="2024-03-07", order="C1")],
             {6: "repair", 7: "drop"}, repaired={6: {"quantity": 4.0}}),
        # a return spans purchases, and one comes before its purchase
        Case([line(quantity="-1", time="2024-03-04", order="C0"),
              line(quantity="2", time="2024-03-05"),
              line(quantity="2", time="2024-03-06", order="o10"),
              line(event="refund", quantity="3", time="2024-03-07", order="")],
             {5: "drop", 6: "repair", 7: "drop", 8: "drop"}, repaired={6: {"quantity": 1.0}}),
        Case([line(event="add_to_cart", order="", time="2024-03-05"),
              line(event="remove_from_cart", order="", time="2024-03-06")], {5: "drop", 6: "drop"}),
        Case([line(order="C77", time="2024-03-06"), line(time="2024-03-05")],
             {5: "drop", 6: "drop"}),
        Case([line(order="C77", time="2024-03-06"), line(time="2024-03-05")], {},
             {"cancelled_orders": ""}),
        # another shopper's purchase is not taken back
        Case([line(user="u9", quantity="-1", order="C1")], {5: "drop"}),
    ],
    "bad_numbers": [
        Case([line(price="-2"), line(quantity="0"), line(price="free"), line(price="2000000"),
              line(quantity="2000000"), line(price="0")],
             {5: "drop", 6: "drop", 7: "repair", 8: "repair", 9: "repair", 10: "flag"},
             repaired={7: {"price_minor": None, "quantity": 1.0}, 8: {"price_minor": None},
                       9: {"quantity": None, "price_minor": 500}}),
    ],
    "conflicting_titles": [Case([line(title="Mug"), line(title="Becher")], {6: "flag"})],
    "robots": [
        Case([line(event="view_item", order="", time=f"2024-03-05 10:00:{n:02}") for n in range(5)],
             dict.fromkeys(range(5, 10), "flag"), {"robot_actions_per_minute": 4}),
        Case([line(event="view_item", order="", time=f"2024-03-05 10:00:{n:02}") for n in range(5)],
             dict.fromkeys(range(5, 10), "drop"),
             {"robot_actions_per_minute": 4, "robots": "drop"}),
        # one order of many lines is one action; a date without a clock says nothing
        Case([line(item=f"item-{n}") for n in range(40)], {}),
        Case([line(event="view_item", order="", time="2024-03-05") for _ in range(40)], {}),
    ],
    "wholesale": [
        Case([line(user=f"v{n}", quantity=str(1 + n % 4)) for n in range(25)]
             + [line(user="trader", quantity="500")], {30: "flag"}),
        Case([line(user=f"v{n}", quantity=str(1 + n % 4)) for n in range(25)]
             + [line(user="trader", quantity="500")], {30: "drop"}, {"wholesale": "drop"}),
        Case([line(user="trader", quantity="500")], {}),  # too few shoppers to compare with
    ],
    "orphans": [Case([line(item="new-99")], {5: "flag"}, catalogue=["mug-01", "cup-02", "old-00"])],
}  # fmt: skip


def names() -> list[str]:
    return [check.name for check in all_checks()]


def look(check_name: str, rows: list[str], bench: Workbench, case: Case) -> list[dict[str, Any]]:
    """Rows that a check names, with their numbers."""
    [check] = [c for c in all_checks() if c.name == check_name]
    path = bench.folder / "events.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    config = DataConfig(currency="GBP", **case.config)
    file = load_file(str(path), "events", 0, {}, bench, config)
    stage = stage_events([file], bench, config)
    catalogue = None
    if case.catalogue is not None:
        catalogue = bench.load(pa.table({"item_id": case.catalogue}), "items")
    context = CheckContext(bench, config, NOW, "GBP", catalogue)
    finding = check.find(stage.events, context)
    if finding is None:
        return []
    for row in (named := bench.rows(finding.rows.order_by("_rid"))):
        row["row"] = row.pop("_rid")
        assert row["action"] in check.actions
        assert row["reason"]
        assert isinstance(row["column"], str)
    return named


def test_every_check_has_a_case():
    assert sorted(names()) == sorted(CASES)


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.name)
def test_every_check_says_what_it_does(check):
    assert check.doc.endswith(".")
    assert check.actions <= {"drop", "repair", "flag"}
    for action, word in (("drop", "dropped"), ("flag", "flagged")):
        assert (action not in check.actions) or word in check.doc
    assert check.order > 0


@pytest.mark.parametrize("name", names())
def test_a_clean_shop_is_left_alone(name):
    with Workbench() as bench:
        case = Case([], {}, catalogue=["mug-01", "cup-02"])
        assert look(name, CLEAN, bench, case) == []


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{at}")
        for name, cases in CASES.items()
        for at, case in enumerate(cases)
    ],
)
def test_what_is_named(name, case):
    with Workbench() as bench:
        named = look(name, CLEAN + case.rows, bench, case)
    assert {row["row"]: row["action"] for row in named} == case.named
    assert len(named) == len(case.named)  # no row twice
    for number, values in case.repaired.items():
        [row] = [row for row in named if row["row"] == number]
        assert {key: row[f"set_{key}"] for key in values} == values


def test_a_check_after_sequences_without_dates_says_nothing_about_time(tmp_path):
    (tmp_path / "sequences.txt").write_text("u1 a a b\nu2 b a\n")
    shop = prepare_shop([str(tmp_path)])
    ran = {check.name for check in shop.report.checks if check.ran}
    assert ran.isdisjoint({"future_time", "exact_duplicates", "near_duplicates", "robots"})
    assert shop.events["item_id"].to_pylist() == ["a", "a", "b", "b", "a"]
