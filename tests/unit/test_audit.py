"""Records: computed again they are equal, and whatever is changed in them is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from youli.artifact import FittedShop
from youli.audit import _digest, append_record, audit_record, read_records, replay
from youli.channels.popularity import PopularityChannel
from youli.channels.transition import TransitionChannel
from youli.data.shop import Shop
from youli.engine import Engine
from youli.errors import InputError, StorageError
from youli.rank.fit import FitConfig
from youli.rank.ranker import RankConfig, Ranker
from youli.testing.shops import order_shop

ASKED = {"kind": "explain", "k": 2, "lang": "en", "only_new": False, "item_id": "tea"}


@pytest.fixture(scope="module")
def shop() -> Shop:
    orders = {f"t{n}": [(0, "kettle"), (4, "tea")] for n in range(6)}
    orders |= {f"s{n}": [(1, "soap"), (6, "comb")] for n in range(6)}
    return order_shop({**orders, "me": [(0, "soap"), (2, "kettle")]})


def engine_of(shop: Shop, version: str = "one") -> Engine:
    channels = {one.name: one.fit(shop) for one in (TransitionChannel, PopularityChannel)}
    weights = {name: np.ones(len(one.basis_names)) for name, one in channels.items()}
    ranker = Ranker(shop, channels, weights, RankConfig())
    return Engine(FittedShop(ranker, FitConfig(), version))


@pytest.fixture(scope="module")
def engine(shop: Shop) -> Engine:
    return engine_of(shop)


@pytest.fixture
def record(engine: Engine) -> dict[str, Any]:
    asked = {**ASKED, "method": "counterfactual"}
    return audit_record(engine, engine.state("me"), asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "recommend", "k": 3, "lang": "zh", "only_new": False},
        {**ASKED, "method": "ledger"},
        {**ASKED, "method": "counterfactual", "by": "events"},
        {**ASKED, "method": "why-not", "item_id": "comb"},
        {**ASKED, "method": "contrast", "other": "comb"},
        {**ASKED, "method": "what-if", "add": "soap", "event": "view_item"},
        {**ASKED, "method": "pipeline", "lang": "zh"},
    ],
    ids=lambda asked: asked.get("method", "recommend"),
)
def test_a_record_holds_also_after_it_was_written_and_read(engine, tmp_path, asked):
    path = tmp_path / "deep" / "audit.jsonl"
    state = engine.state("me").record(0, "view_item", 2_000_000_000).without([1])
    append_record(audit_record(engine, state, asked), path)
    append_record(audit_record(engine, engine.state("never seen"), asked), path)
    read = list(read_records(path))
    assert [line for line, _ in read] == [1, 2]
    assert read[0][1]["shopper"]["ignored"] == [1]
    assert len(read[0][1]["shopper"]["rows"]) == 3
    for _, one in read:
        found = replay(one, engine)
        assert found.equal, found


def _text(one: dict[str, Any]) -> None:
    one["output"]["answer"]["text"] = "Without nothing."


def _amount(one: dict[str, Any]) -> None:
    one["output"]["ledger"][0]["amount"] += 1e-6


def _check(one: dict[str, Any]) -> None:
    one["output"]["checks"][0]["passed"] = False


def _more(one: dict[str, Any]) -> None:
    one["output"]["reasons"].append({})


def _row(one: dict[str, Any]) -> None:
    one["shopper"]["rows"][1][0] = "comb"


def _ignored(one: dict[str, Any]) -> None:
    one["shopper"]["ignored"] = [1]


def _asked(one: dict[str, Any]) -> None:
    one["asked"]["k"] = 1


@pytest.mark.parametrize("change", [_text, _amount, _check, _more, _row, _ignored, _asked])
@pytest.mark.parametrize("covered", [False, True])
def test_what_was_changed_is_found(engine, record, change: Callable[[Any], None], covered: bool):
    """Also by somebody who makes the digest fit."""
    assert replay(record, engine).equal
    change(record)
    if covered:
        record["digest"] = _digest({n: what for n, what in record.items() if n != "digest"})
    found = replay(record, engine)
    assert not found.equal
    assert found.intact == covered
    assert found.differences or not found.same_history


def test_it_says_where(engine, record):
    _amount(record)
    [(at, recorded, computed)] = replay(record, engine).differences
    assert at == "output.ledger[0].amount"
    assert recorded == pytest.approx(computed + 1e-6, abs=1e-12)


def test_a_row_that_the_log_does_not_have_is_found_though_all_else_fits(engine):
    """A history made up from the start, answered truly and digested anew."""
    state = engine.state("me")
    forged = replace(engine.state("t0"), user_id="me", user_num=state.user_num)
    found = replay(audit_record(engine, forged, {**ASKED, "method": "ledger"}), engine)
    assert (found.intact, found.fresh, found.differences) == (True, True, ())
    assert not found.same_history
    assert not found.equal


def test_another_model_is_said_plainly(shop, record):
    found = replay(record, engine_of(shop, "two"))
    assert not found.fresh
    assert not found.equal
    assert found.differences == (("model_version", "one", "two"),)


@pytest.mark.parametrize("part", ["shopper", "asked", "output", "model_version"])
def test_a_part_that_is_missing(engine, record, part):
    del record[part]
    with pytest.raises(InputError, match="cannot be asked again"):
        replay(record, engine)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json\n", "line 1: this line is no audit record"),
        ("\n[1]\n", "line 2: this line is no audit record"),
        ('{"youli_audit": 9}\n', "layout 9"),
    ],
)
def test_a_line_that_is_no_record(tmp_path: Path, text: str, said: str):
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(InputError) as error:
        list(read_records(tmp_path / "a.jsonl"))
    assert said in str(error.value)


def test_a_file_that_is_not_there_or_cannot_be_written(tmp_path: Path, record):
    with pytest.raises(InputError, match="cannot be read"):
        list(read_records(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not be written"):
        append_record(record, tmp_path / "file" / "a.jsonl")


def test_a_record_is_json(record):
    assert json.loads(json.dumps(record, allow_nan=False)) == record
