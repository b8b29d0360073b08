"""Running what is missing and nothing else; what a model refuses stops nobody."""

from __future__ import annotations

import json

import numpy as np
import pytest

from youli.errors import ConfigError, SourceError
from youli.evaluate.bench import run
from youli.evaluate.bench.job import Job, Outcome, run_job
from youli.evaluate.bench.report import render_markdown, render_page, write_report
from youli.evaluate.bench.run import Request, run_benchmark
from youli.evaluate.bench.sources import Source, find_source, read_source
from youli.evaluate.bench.store import key_of, load_outcome, plain, save_outcome, settings_of
from youli.evaluate.bench.summary import differences, summarise
from youli.models.ease import EASEConfig
from youli.rank.fit import FitConfig


@pytest.fixture
def ring(ring_folder):
    return Source("ring", "sequences", ring_folder)


@pytest.fixture
def ran(monkeypatch):
    """The jobs that were run, in this process for speed."""
    jobs = []

    def here(work, job, *, progress):
        assert work is run_job
        jobs.append((job.model, job.seed))
        return work(job, progress=progress)

    monkeypatch.setattr(run, "fresh_process", here)
    return jobs


def test_a_run_goes_on_where_it_was(ring, ran, tmp_path):
    first = Request((ring,), ("popularity",))
    run_benchmark(first, tmp_path)
    assert ran == [("popularity", 0)]
    more = Request((ring,), ("popularity", "transition"), n_seeds=2)
    document = run_benchmark(more, tmp_path)
    assert ran == [("popularity", 0), ("transition", 0), ("transition", 1)]
    again = run_benchmark(more, tmp_path)
    assert len(ran) == 3
    assert again["datasets"] == document["datasets"]
    run_benchmark(Request((ring,), ("popularity",), fresh=True), tmp_path)
    assert len(ran) == 4
    run_benchmark(Request((ring,), ("popularity",), cold=True), tmp_path)
    assert len(ran) == 5


def test_other_data_version_or_settings_run_again(ring, monkeypatch):
    job, config = Job(ring, "ease", 0), FitConfig()
    key = key_of(job, "hash", config)
    assert key_of(job, "hash", config) == key
    assert key_of(job, "other", config) != key
    assert key_of(Job(ring, "ease", 1), "hash", config) != key
    assert key_of(job, "hash", FitConfig(diversity=0.3)) == key, "it is no ledger"
    ledger = Job(ring, "transition", 0)
    assert key_of(ledger, "hash", FitConfig(diversity=0.3)) != key_of(ledger, "hash", config)
    assert settings_of("ease") == {"EASEConfig": EASEConfig().model_dump(mode="json")}
    monkeypatch.setattr("youli.__version__", "9")
    assert key_of(job, "hash", config) != key


def test_a_half_written_result_is_none(ring, tmp_path):
    key = key_of(Job(ring, "ease", 0), "hash", FitConfig())
    assert load_outcome(tmp_path, "ring", key) is None
    outcome = Outcome({"value": float("nan")}, {"all:ndcg@10": np.array([0.5, 1.0])})
    saved = save_outcome(tmp_path, "ring", key, outcome)
    found = load_outcome(tmp_path, "ring", key)
    assert found.document == saved.document
    assert found.document["value"] is None
    assert found.per_case["all:ndcg@10"].tolist() == [0.5, 1.0]
    assert load_outcome(tmp_path, "ring", {**key, "data_hash": "other"}) is None
    path = tmp_path / "results/ring/ease-0.json"
    path.write_text(path.read_text()[:-9])
    assert load_outcome(tmp_path, "ring", key) is None


def test_what_a_model_refuses_is_said_and_the_others_go_on(ring, ran, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "youli.registry.find_spec", lambda package: None if package == "implicit" else True
    )
    small = EASEConfig(max_items=3)
    monkeypatch.setattr("youli.models.ease.EASEConfig", lambda: small)
    monkeypatch.setattr("youli.evaluate.bench.store.settings_of", lambda name: {})
    monkeypatch.setattr(
        "youli.registry.Registry.names", lambda self: ("popularity", "als", "ease", "own_repeat")
    )
    [dataset] = run_benchmark(Request((ring,)), tmp_path)["datasets"]
    assert [row["model"] for row in dataset["models"]] == ["popularity"]
    why = {one["model"]: one["why"] for one in dataset["left_out"]}
    assert set(why) == {"als", "ease"}, "own_repeat says nothing where nothing is bought again"
    assert "youli[compare]" in why["als"]
    assert "12 × 12" in why["ease"]


def test_nothing_to_run_is_an_error(ring, tmp_path):
    with pytest.raises(ConfigError, match="no model named"):
        run_benchmark(Request((ring,), ("tarot",)), tmp_path)
    with pytest.raises(ConfigError, match="the same name"):
        run_benchmark(Request((ring, ring)), tmp_path)


def outcome(seed, ndcg, **more):
    tasks = {"all": {"n_cases": 4, "ndcg@10": float(np.mean(ndcg)), "ece@10": None}}
    document = {"model": "m", "seed": seed, "config": {"chosen": float(seed)}, "tasks": tasks}
    return Outcome({**document, **more}, {"all:ndcg@10": np.array(ndcg), "all:hr@10": np.ones(4)})


def test_seeds_become_a_mean_and_a_spread():
    found = summarise([outcome(0, [0.0, 0.2, 0.4, 0.6]), outcome(1, [0.2, 0.4, 0.6, 0.8])])
    assert found["seeds"] == [0, 1]
    assert found["tasks"]["all"] == {
        "n_cases": 4, "ndcg@10": pytest.approx(0.4), "ece@10": None,
    }  # fmt: skip
    assert found["sd"]["all"]["ndcg@10"] == pytest.approx(0.2 / 2**0.5)
    assert found["config"] == {"chosen": 0.0}
    assert "sd" not in summarise([outcome(0, [0.0, 0.2, 0.4, 0.6])])


def test_every_model_stands_against_the_best_baseline_and_the_ledger():
    runs = {
        "popularity": [outcome(0, [0.0, 0.0, 0.1, 0.1])],
        "ease": [outcome(0, [0.2, 0.2, 0.3, 0.3])],
        "transition": [outcome(0, [0.9, 0.9, 0.9, 0.9])],
        "ledger": [outcome(0, [0.5, 0.4, 0.5, 0.6]), outcome(1, [0.5, 0.6, 0.7, 0.6])],
    }
    rows = {(row["role"], row["model"]): row for row in differences(runs)}
    assert {key for key in rows if key[0] == "best baseline"} == {
        ("best baseline", name) for name in ("popularity", "transition", "ledger")
    }
    assert {row["against"] for key, row in rows.items() if key[0] == "best baseline"} == {"ease"}
    best = rows["best baseline", "ledger"]
    assert best["mean"] == pytest.approx(0.55 - 0.25)
    assert best["low"] > 0
    assert best["clear"]
    assert rows["ledger", "ease"]["mean"] == pytest.approx(0.25 - 0.55)


@pytest.fixture
def document(ring, ran, tmp_path):
    names = ("popularity", "transition")
    return run_benchmark(Request((ring,), names, n_seeds=2, cold=True), tmp_path)


def test_the_page_stands_alone_and_every_plot_is_said_in_words(document):
    page = render_page(document)
    assert page.count("<svg") == page.count('role="img" aria-label="') == 5
    for title in ("Accuracy against the cost", "By length of history", "By popularity",
                  "Newcomers", "Cold against warm"):  # fmt: skip
        assert f'aria-label="{title}' in page
    for outside in ("<script", "http-equiv", 'src="', "@import", "url(http"):
        assert outside not in page
    ndcg = document["datasets"][0]["models"][1]["tasks"]["all"]["ndcg@10"]
    assert f"transition {ndcg:.4f} after" in page
    assert render_page(document) == page


def test_the_tables_say_what_was_measured(document):
    text = render_markdown(document)
    for words in ("### Accuracy", "± is the standard deviation over 2 seeds", "### Differences",
                  "transition | popularity (best baseline)", "### New products", "ece",
                  "Leave one out: 30 cases"):  # fmt: skip
        assert words in text


def test_results_of_other_code_are_pointed_out(document):
    document["datasets"][0]["sources"] = ["aaa", "bbb"]
    assert "2 states of the source code (aaa, bbb)" in render_markdown(document)
    assert "2 states of the source code (aaa, bbb)" in render_page(document)


def test_the_report_is_three_files(document, tmp_path):
    paths = write_report(document, tmp_path / "out")
    assert [path.name for path in paths] == ["report.json", "report.md", "report.html"]
    assert json.loads(paths[0].read_text()) == document


def test_json_knows_no_nan():
    assert plain({"a": [float("nan"), 1.0, np.float32(2.0)], "b": (float("inf"),)}) == {
        "a": [None, 1.0, 2.0],
        "b": [None],
    }


def test_a_log_is_prepared_once_and_read_again_the_same(tmp_path):
    path = tmp_path / "till.csv"
    rows = [f"u{n % 5},i{n % 7},2024-0{1 + n % 6}-{10 + n % 9} 10:00:00" for n in range(60)]
    path.write_text("who,what,timestamp\n" + "\n".join(rows) + "\n")
    maps = {"user_id": "who", "item_id": "what"}
    source = find_source(str(path), tmp_path / "keep", maps=maps)
    assert (source.name, source.kind) == ("till", "tables")
    shop, config = read_source(source)
    assert config == FitConfig()
    assert (shop.interactions.n_users, shop.interactions.n_items) == (5, 7)
    assert shop.interactions.timed
    again = find_source(str(path), tmp_path / "keep", maps=maps)
    assert read_source(again)[0].data_hash == shop.data_hash != ""


@pytest.mark.parametrize("spec", ["nowhere", "."])
def test_nothing_there_is_said(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="nothing here to measure on"):
        find_source(spec, tmp_path / "keep")
