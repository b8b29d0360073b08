"""`youli bench explain` and `youli bench known-cause`: one document, one page, and the truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from youli.cli.main import app as youli
from youli.errors import ConfigError
from youli.evaluate.faithfulness import run as run_module
from youli.models.ledger import LedgerModel
from youli.rank.fit import FitConfig


def run(*arguments: str):
    return CliRunner().invoke(youli, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("explain")


@pytest.fixture(scope="module")
def document(out):
    with pytest.MonkeyPatch.context() as patch:
        few = FitConfig(channels=("transition", "attributes", "repurchase", "popularity"))
        patch.setattr(LedgerModel, "default", few)  # the other channels tell the bench nothing new
        patch.setattr(run_module, "_N_WARM_UP", 0)
        result = run(
            "bench", "explain", "--limit", "60", "--products", "40", "--models", "ledger",
            "--methods", "ledger,occlusion,recency,attention", "--shoppers", "3", "--causes", "8",
            "--noise", "0.1,1", "--out", str(out), "--json",
        )  # fmt: skip
    assert result.exit_code == 0
    return json.loads(result.stdout)


def test_the_document_has_the_stated_shape(document, out):
    assert document == json.loads((out / "report.json").read_text())
    assert set(document) == {
        "version", "machine", "seed", "k", "quick", "not_installed", "datasets",
    }  # fmt: skip
    first = document["datasets"][0]
    assert first["simulated"] is True
    assert first["about"] == {"noise": 0.1, "confounding": 0.3, "seed": 0}
    [model] = first["models"]
    assert (model["model"], model["additive"], model["n_cases"]) == ("ledger", True, 15)
    assert [way["method"] for way in model["methods"]] == ["ledger", "occlusion", "recency"]
    assert [one["method"] for one in model["left_out"]] == ["attention"]
    assert set(model["methods"][0]) == {
        "method", "numbers", "groups", "causes", "ms_p50", "ms_p95",
    }  # fmt: skip


def test_the_ledger_passes_its_own_checks_and_recency_does_not(document):
    [model] = document["datasets"][0]["models"]
    by_name = {way["method"]: way["numbers"] for way in model["methods"]}
    assert by_name["ledger"]["completeness_residual"] <= 1e-5
    assert by_name["ledger"]["sign_violations"] == 0.0
    assert by_name["ledger"]["yield_same_checks"] == 1.0
    assert by_name["ledger"]["spearman_left_out"] > 0.999
    assert by_name["recency"]["yield_same_checks"] == 0.0
    assert by_name["recency"]["sign_violations"] is None, "it claims no amounts"
    assert by_name["ledger"]["del@1"] <= by_name["recency"]["del@1"]
    [pair] = [row for row in model["agreement"] if row["methods"] == ["ledger", "occlusion"]]
    assert pair["same_first"] == 1.0


def test_causes_are_measured_where_there_are_any(document):
    calm, loud = document["datasets"]
    causes = calm["models"][0]["methods"][0]["causes"]
    assert causes["all"]["n"] == calm["models"][0]["n_caused"] > 0
    assert 0.0 <= causes["all"]["precision@1"] <= causes["all"]["high"] <= 1.0
    assert loud["models"][0]["n_caused"] == 0
    assert loud["models"][0]["methods"][0]["causes"] == {}


def test_the_page_stands_alone(document, out):
    page = (out / "report.html").read_text()
    assert "Simulated data." in page
    assert page.count("<svg") == page.count('role="img"') >= 3
    assert "http://www.w3.org" in page
    assert 'src="http' not in page
    assert "### Known causes found" in (out / "report.md").read_text()


@pytest.mark.parametrize(
    "arguments", [("--methods", "tea_leaves"), ("--models", "oracle"), ("--noise", "loud")]
)
def test_what_is_unknown_is_refused_before_anything_is_done(arguments):
    with pytest.raises(ConfigError):
        run("bench", "explain", *arguments)


def test_a_folder_of_sequences_has_no_known_causes(tmp_path):
    lines = [
        " ".join([f"u{user}", *(f"i{(user + at) % 12:02}" for at in range(5))])
        for user in range(40)
    ]
    (tmp_path / "sequences.txt").write_text("\n".join(lines) + "\n")
    result = run(
        "bench", "explain", "--data", str(tmp_path), "--limit", "30", "--models", "transition",
        "--methods", "occlusion,random", "--shoppers", "2",
    )  # fmt: skip
    assert "transition (additive)" in result.stdout
    assert "30 shoppers, 12 products, 150 events" in " ".join(result.stdout.split())
    assert "simulated" not in result.stdout


def test_known_cause_writes_the_truth(tmp_path):
    result = run(
        "bench", "known-cause", "--out", str(tmp_path / "shop"), "--shoppers", "30",
        "--products", "40", "--noise", "0",
    )  # fmt: skip
    assert result.exit_code == 0
    assert str(tmp_path / "shop/truth.csv") in result.stdout.splitlines()
    head = (tmp_path / "shop/truth.csv").read_text().splitlines()[0]
    assert {"cause", "cause_item_id", "supporting_positions"} <= set(
        head.replace('"', "").split(",")
    )
