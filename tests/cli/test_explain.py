"""`youli explain` as a real process: every method, both languages, listed products and others."""

from __future__ import annotations

import json
import math

import pytest

from youli.engine import Engine

KEYS = {
    "user_id", "model_version", "data_until", "lang", "simulated", "currency", "item_id", "title",
    "rank", "score", "exact", "reasons", "checks", "ledger", "counterfactual", "method", "model",
    "answer", "promoted",
}  # fmt: skip
CHANGE = {
    "removed", "removed_events", "k", "rank_before", "rank_after", "valid", "minimal", "text",
}  # fmt: skip


@pytest.fixture(scope="module")
def listed(youli_run, shop_folder) -> dict:
    """A product of somebody's list, as `recommend` gives it, that their history brought there."""
    done = youli_run("recommend", shop_folder, "--user", "u03", "--json", "-k", 10)
    rows = json.loads(done.stdout)["recommendations"]
    engine = Engine.open(shop_folder)
    state = engine.state("u03")
    without = engine.ranker.rank(state.without(range(state.n_rows)), k=10).item_nums.tolist()
    return next(row for row in rows if engine.item_num(row["item_id"]) not in without)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("method", ["ledger", "counterfactual"])
def test_the_document(youli_run, shop_folder, listed, method, lang):
    done = youli_run(
        "explain", shop_folder, "--user", "u03", "--item", listed["item_id"],
        "--method", method, "--lang", lang, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert set(document) == KEYS
    assert (document["method"], document["lang"], document["exact"]) == (method, lang, True)
    assert (document["item_id"], document["rank"]) == (listed["item_id"], listed["rank"])
    assert document["score"] == pytest.approx(listed["score"], rel=1e-9)
    total = math.fsum(entry["amount"] for entry in document["ledger"])
    assert abs(total - document["score"]) <= 1e-5 * max(1.0, abs(document["score"]))
    assert document["checks"]
    assert all(check["passed"] for check in document["checks"])
    if method == "ledger":
        assert document["counterfactual"] is None
    else:
        found = document["counterfactual"]
        assert set(found) == CHANGE
        assert found["valid"] is True
        assert (found["k"], found["rank_before"]) == (10, listed["rank"])
        assert found["rank_after"] is None or found["rank_after"] > 10
        assert found["removed"]
        assert found["removed_events"]
        assert any("一" <= letter <= "鿿" for letter in found["text"]) == (lang == "zh")


def test_a_product_that_is_not_listed_is_explained_too(youli_run, shop_folder):
    """Nobody has bought it: it stands on what it is, and its ledger still adds up."""
    done = youli_run("explain", shop_folder, "--user", "u03", "--item", "p99", "--json")
    document = json.loads(done.stdout)
    assert document["title"] == "Tea strainer"
    assert not [e for e in document["ledger"] if e["channel"] in {"transition", "basket"}]
    total = math.fsum(entry["amount"] for entry in document["ledger"])
    assert abs(total - document["score"]) <= 1e-5 * max(1.0, abs(document["score"]))


def test_somebody_never_seen(youli_run, shop_folder):
    done = youli_run("explain", shop_folder, "--user", "who?", "--item", "p00", "--json",
                     "--method", "counterfactual")  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    found = document["counterfactual"]
    assert (found["valid"], found["removed"]) == (False, []), "there is no history to take away"
    assert all("events" not in entry["evidence"] for entry in document["ledger"])


def test_an_unknown_product_is_2_with_words_on_stderr(youli_run, shop_folder):
    done = youli_run("explain", shop_folder, "--user", "u03", "--item", "p 77", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "this shop has no product 'p 77'" in done.stderr
    assert "next: " in done.stderr


def test_for_people(youli_run, shop_folder, listed):
    done = youli_run("explain", shop_folder, "--user", "u03", "--item", listed["item_id"])
    assert done.returncode == 0
    assert listed["title"] in done.stdout
    assert f"rank {listed['rank']}" in done.stdout
    assert listed["reasons"][0]["text"] in done.stdout.replace("\n", " ")
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("counterfactual", ["--by", "interests"]),
        ("why-not", []),
        ("contrast", ["--other", "p01"]),
        ("what-if", ["--add", "p01", "--event", "view_item"]),
        ("what-if", ["--price", "1.50", "--lang", "zh", "--new", "-k", "3"]),
        ("pipeline", []),
    ],
)
def test_every_method_is_answered_and_its_record_replayed(
    youli_run, shop_folder, tmp_path, method, options
):
    audit = tmp_path / "audit.jsonl"
    asked = ["explain", shop_folder, "--user", "u03", "--item", "p00", "--method", method]
    done = youli_run(*asked, *options, "--json", "--audit", audit)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    answer = document["answer"]
    assert (document["method"], document["exact"], answer["passed"]) == (method, True, True)
    assert answer["text"]
    assert answer["found"]
    assert answer["proofs"]
    again = youli_run("replay", audit, "--shop", shop_folder, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["n_equal"] == 1
    said = youli_run(*asked, *options)
    assert answer["text"][:20] in said.stdout
    assert "FAILED" not in said.stdout


def test_a_changed_record_is_1_and_says_what_differs(youli_run, shop_folder, tmp_path):
    audit = tmp_path / "audit.jsonl"
    done = youli_run("recommend", shop_folder, "--user", "u03", "--audit", audit)
    assert done.returncode == 0, done.stderr
    record = json.loads(audit.read_text())
    record["output"]["recommendations"][0]["reasons"][0]["text"] = "Because we like it."
    audit.write_text(json.dumps(record) + "\n")
    done = youli_run("replay", audit, "--shop", shop_folder)
    assert done.returncode == 1
    assert "DIFFERS" in done.stdout
    assert "the record was changed after it was written" in done.stdout
    assert "Because we like it." in done.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--method", "tea-leaves"], "there is no explainer named 'tea-leaves'"),
        (["--method", "pipeline", "--add", "p01"], "does not take add"),
        (["--method", "what-if"], "one thing at a time; 0 were given"),
        (["--method", "what-if", "--add", "p01", "--event", "refund"], "'refund' is no event"),
        (["--method", "contrast", "--other", "p 77"], "this shop has no product 'p 77'"),
    ],
)
def test_what_cannot_be_asked_is_2(youli_run, shop_folder, options, said):
    done = youli_run("explain", shop_folder, "--user", "u03", "--item", "p00", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "next: " in done.stderr
