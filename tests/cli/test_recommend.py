"""`youli recommend` as a real process: the public document, and honest words for anybody."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from youli.artifact import load_shop, save_shop
from youli.engine import Engine
from youli.registry import CHANNELS

TOP = {
    "user_id", "model_version", "data_until", "lang", "simulated", "currency", "model", "exact",
    "recommendations",
}  # fmt: skip
ROW = {"rank", "item_id", "title", "score", "promoted", "reasons", "ledger"}
REASON = {"text", "chip", "kind", "amount", "channels", "evidence", "facts", "checks"}


def recommend(youli_run, shop, user: str, *more: object) -> dict:
    done = youli_run("recommend", shop, "--user", user, "--json", *more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document = json.loads(done.stdout)  # one document and nothing else
    assert set(document) == TOP
    assert (document["model"], document["exact"]) == ("ledger", True)
    return document


def check_rows(document: dict, k: int) -> None:
    rows = document["recommendations"]
    assert [row["rank"] for row in rows] == list(range(1, k + 1))
    assert len({row["item_id"] for row in rows}) == k
    for row in rows:
        assert set(row) == ROW
        total = math.fsum(entry["amount"] for entry in row["ledger"])
        assert abs(total - row["score"]) <= 1e-5 * max(1.0, abs(row["score"]))
        for entry in row["ledger"]:
            assert set(entry) == {"channel", "evidence", "amount"}
            assert entry["channel"] in {*CHANNELS.names(), "diversity"}
            assert entry["evidence"]["kind"]
        assert row["reasons"], "every product says why"
        for reason in row["reasons"]:
            assert set(reason) == REASON
            assert reason["text"]
            assert reason["checks"]
            assert all(check["passed"] for check in reason["checks"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_document(youli_run, shop_folder, lang):
    document = recommend(youli_run, shop_folder, "u03", "--lang", lang, "-k", 4)
    check_rows(document, 4)
    saved = load_shop(shop_folder)
    assert document["user_id"] == "u03"
    assert document["lang"] == lang
    assert document["model_version"] == saved.version
    assert document["data_until"] == saved.shop.data_until.isoformat()
    assert document["currency"] == "GBP"
    assert document["simulated"] is False
    texts = "".join(r["text"] for row in document["recommendations"] for r in row["reasons"])
    assert any("一" <= letter <= "鿿" for letter in texts) == (lang == "zh")


def test_somebody_never_seen_gets_a_list_that_claims_no_history(youli_run, shop_folder):
    document = recommend(youli_run, shop_folder, "never seen", "-k", 5)
    check_rows(document, 5)
    for row in document["recommendations"]:
        for part in (*row["ledger"], *row["reasons"]):
            assert part["evidence"]["kind"] in {"item", "rule"}
            assert "events" not in part["evidence"]
        for reason in row["reasons"]:
            assert not reason["text"].lower().startswith("you bought")


def test_a_list_is_as_long_as_the_catalogue_allows(youli_run, shop_folder):
    document = recommend(youli_run, shop_folder, "never seen", "-k", 1000)
    assert len(document["recommendations"]) == 41


def test_only_new_products(youli_run, shop_folder, tmp_path):
    saved = load_shop(shop_folder)
    ranker = replace(saved.ranker, config=replace(saved.ranker.config, repeats=True))
    repeating = tmp_path / "SHOP"
    engine = Engine(save_shop(replace(saved, ranker=ranker), repeating))
    ids = engine.shop.interactions.items.ids
    bought = {ids[num] for num in engine.state("u03").bought}
    check_rows(recommend(youli_run, repeating, "u03", "-k", 1000), 41)
    document = recommend(youli_run, repeating, "u03", "--new", "-k", 1000)
    check_rows(document, 41 - len(bought))
    assert not bought & {row["item_id"] for row in document["recommendations"]}


def test_for_people(youli_run, shop_folder):
    done = youli_run("recommend", shop_folder, "--user", "never seen", "-k", 2)
    assert done.returncode == 0
    assert "never seen has no events in this shop yet" in done.stdout
    assert "\n  1  " in done.stdout
    assert "\n  2  " in done.stdout
    assert "\n  3  " not in done.stdout


def test_a_damaged_shop_is_2_and_names_the_file(youli_run, shop_copy):
    file = shop_copy / "channels" / "transition.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    done = youli_run("recommend", shop_copy, "--user", "u03", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert str(file) in done.stderr.replace("\n", "")
    assert "damaged" in done.stderr


def test_an_agent_and_an_advertiser_hear_of_the_customer(youli_run, shop_folder):
    def said(audience: str) -> str:
        rows = recommend(youli_run, shop_folder, "u03", "--audience", audience)["recommendations"]
        return " ".join(reason["text"] for row in rows for reason in row["reasons"])

    assert "You " in said("shopper")
    assert "The customer " in said("agent")
    assert "You " not in said("agent")
    own = [title for title in _history(shop_folder, "u03") if f"“{title}”" in said("shopper")]
    assert own, "a reason names what was bought"
    assert not any(title in said("advertiser") for title in own)


def _history(shop_folder, user: str) -> list[str]:
    shop = load_shop(shop_folder).shop
    return [
        shop.catalogue.titles[num] for num in set(Engine.open(shop_folder).state(user).item_num)
    ]
