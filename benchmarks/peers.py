"""Other packages on the same split, judged by the same code.

    python benchmarks/peers.py quality    --data ../shared/data/benchmark/amazon_beauty
    python benchmarks/peers.py epoch-cost --data ../shared/data/benchmark/ml_1m

Peers live in virtual environments of their own (`.youli/peers-*`, made here from the pinned
requirement files), because they need older versions of what Youli uses. They get the events to
learn from and the shoppers' histories, and hand back lists; what a list is worth is decided here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from youli import __version__
from youli.data.split import Case
from youli.evaluate.accuracy import Ranks, accuracy
from youli.evaluate.bench.exam import Exam, exam_of
from youli.evaluate.beyond import coverage
from youli.evaluate.bootstrap import paired_bootstrap
from youli.evaluate.cost import Meter, machine
from youli.evaluate.judge import judge
from youli.evaluate.sequences import read_sequences
from youli.models.ranks import Placed
from youli.registry import MODELS
from youli.types import FloatArray

HERE = Path(__file__).parent
ROOT = HERE.parent
#: Peer → its environment and its runner.
PEERS = {
    "implicit_als": ("lenskit", "lenskit_runner.py"),
    "lenskit_knn": ("lenskit", "lenskit_runner.py"),
    "rectools_sasrec": ("rectools", "rectools_runner.py"),
    "rectools_bert4rec": ("rectools", "rectools_runner.py"),
}
#: Longest list that is judged.
K = 20
_MEASURES = ("hr@5", "hr@10", "hr@20", "ndcg@5", "ndcg@10", "ndcg@20")
#: SASRec's length of sequences: 200 where histories are long (ML-1M), 50 where they are short.
_LONG_HISTORY = 100


@dataclass(frozen=True)
class Answer:
    """A peer's lists by shopper, and what it says of itself and its cost."""

    lists: Mapping[int, Sequence[int]]
    meta: Mapping[str, Any]


def main() -> None:
    """One of the two commands."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in (
        ("quality", "accuracy of peers and of ours on the same cases"),
        ("epoch-cost", "CPU-seconds of one epoch: RecTools' SASRec, and our transformer"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--data", type=Path, required=True, help="folder with sequences.txt")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--threads", type=int, default=1, help="threads of a peer")
        command.add_argument("--json", action="store_true", help="one JSON document on stdout")
        if name == "epoch-cost":
            command.add_argument(
                "--like-theirs",
                action="store_true",
                help="ours with the full softmax, products by id alone, and their length",
            )
        else:
            command.add_argument("--peers", default="implicit_als,lenskit_knn")
            command.add_argument("--ours", default="item_knn,als")
            command.add_argument("--users", type=int, default=2000, help="test cases, at random")
            command.add_argument("--epochs", type=int, default=1, help="of the neural peers")
    arguments = parser.parse_args()
    exam = exam_of(read_sequences(arguments.data))
    if exam.by_time:
        parser.error("peers are compared on folders of sequences, leave one out")
    document = {
        "dataset": arguments.data.resolve().name,
        "data_hash": exam.test.full.data_hash,
        "seed": arguments.seed,
        "n_threads": arguments.threads,
        "version": __version__,
        "machine": machine(),
        **(quality(exam, arguments) if arguments.command == "quality" else epoch(exam, arguments)),
    }
    print(json.dumps(document, indent=1) if arguments.json else _shown(document))


def quality(exam: Exam, arguments: argparse.Namespace) -> dict[str, Any]:
    """Accuracy of every peer and model on the same cases, by the same measures."""
    cases = exam.test.sample(arguments.users, arguments.seed)
    per_case: dict[str, FloatArray] = {}
    rows = []
    for name in _names(arguments.peers):
        answer = ask(name, exam, cases, _options(exam, arguments, k=K))
        measures, shown = judged(answer.lists, cases, exam.test.full.interactions.n_items)
        per_case[name] = measures["ndcg@10"]
        rows.append({"model": name, **_row(measures), "coverage@10": shown, **answer.meta})
    for name in _names(arguments.ours):
        with Meter() as fitting:
            model = exam.fit(MODELS.load(name), arguments.seed)
        with Meter() as answering:
            found = judge(model, exam.test.full, cases, exam.tasks)["all"]
        measures = accuracy(found.ranks)
        per_case[name] = measures["ndcg@10"]
        shown = coverage(found.lists, exam.test.full.interactions.n_items)
        rows.append(
            {
                "model": f"youli {name}",
                **_row(measures),
                "coverage@10": shown,
                "fit_cpu_s": fitting.cpu_s,
                "answer_cpu_s": answering.cpu_s,
                "settings": dict(model.config),
            }
        )
    return {"n_cases": len(cases), "models": rows, "differences": _differences(arguments, per_case)}


#: Length of vectors, heads and blocks of RecTools' SASRec as `runners/` sets it up.
_THEIR_SIZE = {"dim": 64, "n_heads": 2, "n_blocks": 2}


def epoch(exam: Exam, arguments: argparse.Namespace) -> dict[str, Any]:
    """CPU-seconds to fit for one epoch, everything in `fit` included, and the ratio."""
    options = _options(exam, arguments, k=0)
    peer = ask("rectools_sasrec", exam, (), options)
    found: dict[str, Any] = {"peer": {"model": "rectools_sasrec", **peer.meta}, "ours": None}
    if "transformer" in MODELS.names():
        found["ours"] = our_epoch(exam, arguments)
        found["ratio"] = found["ours"]["fit_cpu_s"] / peer.meta["fit_cpu_s"]
    return found


def our_epoch(exam: Exam, arguments: argparse.Namespace) -> dict[str, Any]:
    """Our transformer at their size, its public fit, one epoch, its threads pinned alike.

    One validation case alone: theirs validates nothing.
    """
    import torch

    torch.set_num_threads(arguments.threads)
    model_class = MODELS.load("transformer")
    shipped = model_class.config_type()
    update: dict[str, Any] = {"max_epochs": 1, "n_validation_cases": 1}
    if arguments.like_theirs:
        update |= {"loss": "full", "max_length": _options(exam, arguments, k=0)["max_len"]}
    config = shipped.model_copy(
        update={
            **_THEIR_SIZE,
            "train": shipped.train.model_copy(update=update),
            "content": shipped.content and not arguments.like_theirs,
        }
    )
    with Meter() as fitting:
        model = model_class.fit(exam.learn, seed=arguments.seed, config=config)
    return {
        "model": "youli transformer",
        "fit_cpu_s": fitting.cpu_s,
        "fit_wall_s": fitting.wall_s,
        "settings": dict(model.config),
    }


def ask(name: str, exam: Exam, cases: Sequence[Case], options: Mapping[str, Any]) -> Answer:
    """Hand the events and histories to a peer's process and take its lists back."""
    environment, runner = PEERS[name]
    python = ready(environment)
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        events = exam.test.train.interactions
        position = np.arange(len(events)) - events.indptr[events.user_num]
        _parquet(folder / "train.parquet", events.user_num, events.item_num, position)
        _parquet(folder / "histories.parquet", *_histories(exam, cases))
        (folder / "options.json").write_text(json.dumps(dict(options)))
        threads = {name: str(options["n_threads"]) for name in _THREADS}
        done = subprocess.run(
            [str(python), str(HERE / "runners" / runner), name.partition("_")[2]
             if environment == "rectools" else name, str(folder)],
            env={**os.environ, **threads}, check=False, stdout=sys.stderr,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{name} ended with exit code {done.returncode}; what it said stands above")
        meta = json.loads((folder / "meta.json").read_text())
        lists: dict[int, list[int]] = {}
        if options["k"]:
            table = pq.read_table(folder / "lists.parquet").sort_by("place")
            for user, item in zip(
                table["user"].to_pylist(), table["item"].to_pylist(), strict=True
            ):
                lists.setdefault(user, []).append(item)
    return Answer(lists, meta)


#: What pools of threads look at when a process starts.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def ready(environment: str) -> Path:
    """The Python of a peer's environment, made from its requirement file where there is none."""
    folder = ROOT / ".youli" / f"peers-{environment}"
    wanted = (HERE / f"requirements-{environment}.txt").read_text()
    python, made = folder / "bin" / "python", folder / "made-from.txt"
    if not (made.exists() and made.read_text() == wanted):
        print(f"making {folder}: some minutes, once", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        requirements = str(HERE / f"requirements-{environment}.txt")
        install = [str(python), "-m", "pip", "install", "--quiet", "-r", requirements]
        subprocess.run(install, check=True, stdout=sys.stderr)
        made.write_text(wanted)
    return python


def judged(
    lists: Mapping[int, Sequence[int]], cases: Sequence[Case], n_items: int
) -> tuple[dict[str, FloatArray], float]:
    """Measures of each case from a peer's lists, and the coverage of their first ten.

    A target has the place it stands at in the list, and none where it is not in it; a shopper
    whom the peer gave no list misses. Equal scores stand in the peer's order, for it hands back no
    scores: that may flatter a peer, never us.
    """
    placed, shown = [], np.full((len(cases), 10), -1, dtype=np.int32)
    for at, case in enumerate(cases):
        mine = list(lists.get(case.user_num, ()))[:K]
        assert len(set(mine)) == len(mine), "a list holds a product once"
        shown[at, : len(mine[:10])] = mine[:10]
        ranks = np.array(
            sorted(mine.index(t) + 1.0 if t in mine else np.inf for t in case.targets.tolist())
        )
        placed.append(Placed(ranks, np.zeros(len(ranks)), case.targets, n_items - len(ranks)))
    measures = accuracy(Ranks.of(placed))
    return {name: measures[name] for name in _MEASURES}, coverage(shown, n_items)


def _histories(exam: Exam, cases: Sequence[Case]) -> tuple[Any, Any, Any]:
    events = exam.test.full.interactions
    starts = [events.rows_of(case.user_num).start for case in cases]
    lengths = [case.n_known for case in cases]
    rows = [np.arange(start, start + n) for start, n in zip(starts, lengths, strict=True)]
    flat = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
    users = np.repeat([case.user_num for case in cases], lengths)
    positions = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(n) for n in lengths)])
    return users, events.item_num[flat], positions


def _parquet(path: Path, user: Any, item: Any, position: Any) -> None:
    columns = {"user": user, "item": item, "position": position}
    pq.write_table(
        pa.table({k: pa.array(np.asarray(v, np.int64)) for k, v in columns.items()}), path
    )


def _options(exam: Exam, arguments: argparse.Namespace, *, k: int) -> dict[str, Any]:
    lengths = np.diff(exam.learn.train.interactions.indptr)
    return {
        "k": min(k, exam.test.full.interactions.n_items),
        "epochs": getattr(arguments, "epochs", 1),
        "seed": arguments.seed,
        "n_threads": arguments.threads,
        "max_len": 200 if lengths.mean() > _LONG_HISTORY else 50,
        "n_heads": 2,
    }


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _row(measures: Mapping[str, FloatArray]) -> dict[str, float]:
    return {name: float(measures[name].mean()) for name in _MEASURES}


def _differences(
    arguments: argparse.Namespace, per_case: Mapping[str, FloatArray]
) -> list[dict[str, Any]]:
    rows = []
    for ours in _names(arguments.ours):
        for peer in _names(arguments.peers):
            found = paired_bootstrap(per_case[ours], per_case[peer])
            bounds = {"mean": found.mean, "low": found.low, "high": found.high}
            rows.append({"model": ours, "against": peer, "measure": "ndcg@10", **bounds})
    return rows


def _shown(document: Mapping[str, Any]) -> str:
    lines = [
        f"{document['dataset']}, data {document['data_hash'][:12]}, {document['n_threads']} threads"
    ]
    lines += [
        f"{row['model']:>20}  HR@10 {row['hr@10']:.4f}  NDCG@10 {row['ndcg@10']:.4f}  "
        f"fit {row['fit_cpu_s']:.1f} CPU-s  answer {row['answer_cpu_s']:.1f} CPU-s"
        for row in document.get("models", ())
    ]
    lines += [
        f"{row['model']} − {row['against']}: NDCG@10 {row['mean']:+.4f}, "
        f"95 % interval {row['low']:+.4f} to {row['high']:+.4f}"
        for row in document.get("differences", ())
    ]
    for role in ("peer", "ours"):
        if document.get(role):
            row = document[role]
            lines.append(f"{row['model']:>20}  one epoch {row['fit_cpu_s']:.1f} CPU-s")
    if "ratio" in document:
        lines.append(f"ours / theirs: {document['ratio']:.2f}")
    elif "peer" in document:
        lines.append("our transformer is not registered here: no ratio")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
