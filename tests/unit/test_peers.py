"""Peers' lists are judged by our code: what a list gives, and what is handed over for it."""

from __future__ import annotations

import argparse
import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow.parquet as pq
import pytest

from youli.data.split import Case
from youli.evaluate.bench.exam import exam_of
from youli.evaluate.sequences import read_sequences

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def peers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("youli_peers", BENCHMARKS / "peers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    (folder / "sequences.txt").write_text("u a b c d\nv b c d a\nw d c b a\n")
    return exam_of(read_sequences(folder))


def test_a_list_is_judged_by_its_places(peers):
    cases = [Case(n, 1, 0, np.array([5], dtype=np.int32)) for n in range(3)]
    lists = {0: [9, 8, 5], 1: [5, 1], 7: [5]}  # the third shopper was given no list
    measures, shown = peers.judged(lists, cases, n_items=10)
    assert measures["hr@10"].tolist() == [1, 1, 0]
    assert measures["ndcg@10"] == pytest.approx([1 / math.log2(4), 1, 0])
    assert shown == pytest.approx(4 / 10)


def test_a_list_with_a_product_twice_is_refused(peers):
    case = Case(0, 1, 0, np.array([5], dtype=np.int32))
    with pytest.raises(AssertionError, match="once"):
        peers.judged({0: [5, 5]}, [case], n_items=10)


def test_peers_get_what_ours_get_and_nothing_of_the_test(peers, exam, tmp_path, monkeypatch):
    """A peer's process is played here: it looks at the hand-over."""
    seen = {}

    def run(command, **_):
        folder = Path(command[-1])
        for name in ("train", "histories"):
            seen[name] = pq.read_table(folder / f"{name}.parquet").to_pylist()
        (folder / "meta.json").write_text('{"fit_cpu_s": 1.0}')
        return argparse.Namespace(returncode=0)

    monkeypatch.setattr(peers.subprocess, "run", run)
    monkeypatch.setattr(peers, "ready", lambda environment: Path("python"))
    options = {"k": 0, "n_threads": 1}
    answer = peers.ask("lenskit_knn", exam, exam.test.cases, options)
    assert answer.meta == {"fit_cpu_s": 1.0}

    def items(rows, user):
        return [row["item"] for row in rows if row["user"] == user]

    assert items(seen["train"], 0) == [0, 1]
    assert items(seen["histories"], 0) == [0, 1, 2]
    assert items(seen["histories"], 2) == [3, 2, 1]
    assert [row["position"] for row in seen["histories"]] == [0, 1, 2] * 3


def test_requirements_are_pinned():
    for path in BENCHMARKS.glob("requirements-*.txt"):
        lines = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
        assert any(line == "torch==2.13.0" for line in lines)
        assert all("==" in line for line in lines)
