"""Models beside the ledger, from fit to recommend to update, as real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from youli.artifact import load_shop

#: No dropout, so that processes can share the work and arrive at the same weights.
SETTINGS = """
[fit]
channels = ["transition", "popularity"]
int8 = {int8}
[fit.kernel]
dim = 8
n_heads = 2
dropout = 0.0
item_dropout = 0.0
[fit.kernel.train]
max_epochs = 2
precision = "fp32"
[transformer]
dim = 8
n_heads = 2
dropout = 0.0
item_dropout = 0.0
n_continued = 1
[transformer.train]
max_epochs = {epochs}
batch_tokens = {tokens}
minutes_per_checkpoint = {minutes}
precision = "fp32"
"""


def settings(
    path: Path,
    *,
    int8: bool = False,
    epochs: int = 2,
    tokens: int = 2048,
    minutes: float = 2.0,
    channels: str = "",
) -> Path:
    told = SETTINGS.format(int8=str(int8).lower(), epochs=epochs, tokens=tokens, minutes=minutes)
    path.write_text(told.replace('"transition", "popularity"', channels) if channels else told)
    return path


@pytest.fixture(scope="module")
def halves(tiny_files, tmp_path_factory) -> Path:
    """The log up to its last fifth, and the rest, with three lines of the first part again."""
    folder = tmp_path_factory.mktemp("halves")
    header, *rows = (tiny_files / "events.csv").read_text().splitlines()
    rows.sort(key=lambda row: row.split(",")[3])
    cut = len(rows) * 4 // 5
    (folder / "old.csv").write_text("\n".join([header, *rows[:cut]]) + "\n")
    (folder / "new.csv").write_text("\n".join([header, *rows[:3], *rows[cut:]]) + "\n")
    return folder


@pytest.fixture(scope="module")
def trained(youli_run, halves):
    """A shop with a transformer and EASE beside the ledger, int8, with traces of training."""
    config = settings(halves / "youli.toml", int8=True)
    return youli_run(
        "fit", "--events", halves / "old.csv", "--currency", "GBP", "--config", config,
        "--model", "transformer", "--model", "ease", "--checkpoint", halves / "states",
        "--tensorboard", halves / "board", "--json", "--out", halves / "SHOP",
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained_shop(trained, halves) -> Path:
    assert trained.returncode == 0, trained.stderr
    return halves / "SHOP"


def test_fit_says_what_was_saved_and_what_rounding_costs(trained, trained_shop):
    document = json.loads(trained.stdout)
    assert set(document["models"]) == {"transformer", "ease"}
    said = document["models"]["transformer"]
    assert (said["dim"], said["trained"]["n_epochs"]) == (8, 2)
    assert said["trained"]["continued_epochs"] == 1
    files = [one for one in trained_shop.rglob("*") if one.is_file()]
    assert document["size"]["bytes"] == sum(one.stat().st_size for one in files)
    int8 = document["size"]["int8"]
    assert int8["bytes"] < int8["bytes_as_float"]
    assert set(int8["models"]) == {"ledger", "transformer", "ease"}
    assert all(one["overlap@10"] > 0.9 for one in int8["models"].values())
    models = load_shop(trained_shop).models
    assert models["ease"].to_arrays().keys()
    assert dict(models["transformer"].config) == said


def test_tensorboard_and_checkpoint_hold_what_they_should(trained_shop, halves):
    names = {one.name for one in (halves / "states").iterdir()}
    assert names == {"transformer.safetensors", "transformer-last.safetensors"}
    content = b"".join(one.read_bytes() for one in (halves / "board" / "transformer").iterdir())
    for tag in (b"loss/step", b"loss/epoch", b"learning rate", b"validation/ndcg@10", b"/map"):
        assert tag in content, tag


def test_recommend_with_a_model_needs_no_torch(youli_run, trained_shop):
    asked = ["recommend", str(trained_shop), "--user", "u03", "--model", "transformer"]
    done = youli_run(*asked, "-k", 5, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["model"], document["exact"]) == ("transformer", False)
    assert "no reason is given" in document["note"]
    rows = document["recommendations"]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(row["reasons"] == row["ledger"] == [] for row in rows)
    script = (
        "import sys; from youli.cli.main import app\n"
        f"app({[*asked, '--json']!r}, standalone_mode=False)\n"
        "assert 'youli.models.transformer' in sys.modules\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("method", ["attention", "activations"])
def test_explain_with_a_model_shows_what_held_when_it_was_asked_again(
    youli_run, trained_shop, method
):
    listed = youli_run(
        "recommend", trained_shop, "--user", "u03", "--model", "transformer", "-k", 1, "--json"
    )
    item_id = json.loads(listed.stdout)["recommendations"][0]["item_id"]
    asked = ["explain", str(trained_shop), "--user", "u03", "--item", item_id, "--method", method]
    audit = trained_shop.parent / f"{method}.jsonl"
    done = youli_run(*asked, "--model", "transformer", "--audit", audit, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["model"], document["exact"], document["rank"]) == ("transformer", False, 1)
    assert document["answer"]["passed"]
    again = youli_run("replay", audit, "--shop", trained_shop)
    assert again.returncode == 0, again.stdout + again.stderr
    people = youli_run(*asked, "--model", "transformer")
    assert people.returncode == 0, people.stderr
    words = {
        "attention": "rank correlation of attention with leaving out",
        "activations": "the last layer's score is the model's",
    }
    assert words[method] in " ".join(people.stdout.split())


def test_a_model_without_layers_is_told_so(youli_run, trained_shop):
    asked = ["--user", "u03", "--item", "p03", "--model", "ease", "--method", "activations"]
    done = youli_run("explain", trained_shop, *asked)
    assert done.returncode == 2
    assert "cannot explain the model ease" in done.stderr


def test_for_people_it_says_that_there_are_no_reasons(youli_run, trained_shop):
    done = youli_run("recommend", trained_shop, "--user", "u03", "--model", "ease", "-k", 2)
    assert done.returncode == 0, done.stderr
    assert "ranked by ease." in done.stdout
    assert "no reason is given" in done.stdout.replace("\n", " ")
    assert "You bought" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["recommend", "SHOP", "--user", "u03", "--model", "lstm"],
         ["no saved model 'lstm'", "ledger, transformer, ease"]),
        (["fit", "--events", "FILE", "--model", "ledger", "--out", "OUT"], ["cannot be saved"]),
        (["fit", "--events", "FILE", "--model", "tarot", "--out", "OUT"], ["tarot"]),
        (["fit", "--events", "FILE", "--checkpoint", "OUT", "--out", "OUT"],
         ["nothing is trained", "--model"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_2(youli_run, trained_shop, halves, tmp_path, arguments, words):
    named = {"SHOP": trained_shop, "FILE": halves / "old.csv", "OUT": tmp_path / "OUT"}
    done = youli_run(*(named.get(one, one) for one in arguments))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "next: " in done.stderr
    assert all(word in done.stderr.replace("\n", " ") for word in words), done.stderr
    assert not (tmp_path / "OUT").exists()


def test_update_goes_on_and_says_what_it_costs(youli_run, trained_shop, halves, tmp_path):
    out = tmp_path / "S2"
    done = youli_run(
        "update", trained_shop, "--events", halves / "new.csv", "--out", out, "--compare", "--json"
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    n_new = len((halves / "new.csv").read_text().splitlines()) - 4
    assert document["n_new_events"] == n_new, "three lines were known"
    before, after = load_shop(trained_shop), load_shop(out)
    assert document["n_events"] == len(before.shop.interactions) + n_new
    for name, known in before.ranker.coefficients.items():
        np.testing.assert_array_equal(after.ranker.coefficients[name], known)
    compared = document["compared"]
    assert compared["held_out"] == "the last quarter of the new events"
    assert [one["model"] for one in compared["models"]] == ["ledger", "transformer", "ease"]
    assert all(value > 0.0 for value in compared["cpu_s"].values())
    for one in compared["models"]:
        assert one["difference"]["low"] <= one["difference"]["high"]
    assert document["models"]["transformer"]["trained"]["continued_epochs"] == 1
    old, new = (one.models["transformer"].to_arrays()["inputs"] for one in (before, after))
    assert len(new) == len(after.shop.interactions.items.ids)
    assert not np.array_equal(old[: len(new)], new[: len(old)]), "it has learned"


def test_compare_under_several_processes_is_refused(youli_run, trained_shop, halves, tmp_path):
    done = youli_run(
        "update", trained_shop, "--events", halves / "new.csv", "--out", tmp_path / "S2",
        "--compare", WORLD_SIZE="2",
    )  # fmt: skip
    assert done.returncode == 2
    assert "--compare" in done.stderr
    assert not (tmp_path / "S2").exists()


def place(file: Path) -> dict[str, float]:
    """Where the training of a checkpoint stands."""
    with safe_open(file, framework="numpy") as stream:
        found: dict[str, float] = json.loads(stream.metadata()["youli"])["place"]
        return found


@pytest.mark.slow
def test_killed_and_run_again_it_is_the_same_model(youli_run, halves, tmp_path):
    """A state after every step; SIGKILL as soon as there is one, then the same command."""
    config = settings(tmp_path / "slow.toml", epochs=12, tokens=64, minutes=1e-9)

    def command(out: str, states: str, *more: str) -> list[object]:
        return [
            "fit", "--events", halves / "old.csv", "--currency", "GBP", "--config", config,
            "--model", "transformer", "--checkpoint", tmp_path / states, "--out", tmp_path / out,
            *more,
        ]  # fmt: skip

    file = tmp_path / "states" / "transformer.safetensors"
    process = subprocess.Popen(
        [sys.executable, "-m", "youli", *map(str, command("SHOP", "states"))],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        while not file.exists():
            assert process.poll() is None, "it ended before it was killed"
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    assert not (tmp_path / "SHOP").exists()
    stood = place(file)
    assert stood["n_steps"] >= 1
    assert stood["epoch"] < 12, "it must die in the middle"
    other = youli_run(*command("SHOP", "states", "--seed", "5"))
    assert other.returncode != 0, "the state belongs to another seed"
    assert "checkpoint belongs to" in other.stderr
    resumed = youli_run(*command("SHOP", "states"))
    assert resumed.returncode == 0, resumed.stderr
    straight = youli_run(*command("STRAIGHT", "other-states"))
    assert straight.returncode == 0, straight.stderr
    mine, theirs = (
        load_file(tmp_path / one / "models" / "transformer.safetensors")
        for one in ("SHOP", "STRAIGHT")
    )
    assert mine.keys() == theirs.keys()
    for name, array in theirs.items():
        np.testing.assert_array_equal(mine[name], array, err_msg=name)


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(youli_run, halves, tmp_path):
    """`torchrun` with gloo: every step is shared, the weights agree to 1e-5."""
    channels = '"transition", "neural", "popularity"'
    config = settings(tmp_path / "youli.toml", tokens=256, channels=channels)

    def command(out: str) -> list[str]:
        told = [
            "fit", "--events", halves / "old.csv", "--currency", "GBP", "--config", config,
            "--model", "transformer", "--model", "popularity", "--json", "--out", tmp_path / out,
        ]  # fmt: skip
        return [str(one) for one in told]

    one = youli_run(*command("ONE"))
    assert one.returncode == 0, one.stderr
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YOULI_")}
    two = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         "-m", "youli", *command("TWO")],
        capture_output=True, text=True, check=False, timeout=500,
        env={**kept, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert two.returncode == 0, two.stderr
    documents = [json.loads(text) for text in (one.stdout, two.stdout)]  # one speaks
    for place in ("best_ndcg", "n_epochs"):
        mine, theirs = (d["models"]["transformer"]["trained"][place] for d in documents)
        assert mine == pytest.approx(theirs, abs=1e-5)
    for part in ("models/transformer", "models/popularity", "channels/neural"):
        mine, theirs = (load_file(tmp_path / out / f"{part}.safetensors") for out in ("ONE", "TWO"))
        assert mine.keys() == theirs.keys()
        for name, array in theirs.items():
            np.testing.assert_allclose(mine[name], array, atol=1e-5, err_msg=f"{part} {name}")
