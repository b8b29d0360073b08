"""Checkpoints: whole or not there, and only for the run that they belong to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from youli.data.split import Split, leave_last_out
from youli.errors import ArtifactError
from youli.registry import MODELS
from youli.testing.shops import walk_shop
from youli.train import checkpoint
from youli.train.checkpoint import Place
from youli.train.loop import Watch


def a_split(letters: str = "abcdefgh") -> Split:
    n = len(letters)
    lines = {f"u{u}": "".join(letters[(u + at) % n] for at in range(3 + u % 4)) for u in range(12)}
    return leave_last_out(walk_shop(lines))


def fit(file: Path, split: Split, *, seed: int = 0, n_epochs: int = 2, name: str = "lstm"):
    model_class = MODELS.load(name)
    quick = model_class.quick()
    train = quick.train.model_copy(update={"max_epochs": n_epochs})
    config = quick.model_copy(update={"train": train})
    return model_class.fit(split, seed=seed, config=config, watch=Watch(checkpoint=file))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("run") / "checkpoint.safetensors"
    fit(file, a_split())
    return file


def test_a_net_and_its_optimiser_go_on_as_if_nothing_had_been(tmp_path):
    def made() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(5)
        net = torch.nn.Linear(3, 2)
        return net, torch.optim.AdamW(net.parameters(), lr=0.1)

    def step(net: torch.nn.Module, optimiser: torch.optim.Optimizer, at: int) -> None:
        net(torch.full((1, 3), float(at))).square().sum().backward()
        optimiser.step()
        optimiser.zero_grad()

    whole, others = made()
    for at in range(4):
        step(whole, others, at)
    net, optimiser = made()
    step(net, optimiser, 0)
    step(net, optimiser, 1)
    place = Place(epoch=1, step=2, n_steps=2, best_ndcg=0.5, history=[{"epoch": 1.0}])
    file = tmp_path / "deeper" / "run.safetensors"
    best = {name: value + 1.0 for name, value in net.state_dict().items()}
    checkpoint.write(file, net=net, optimiser=optimiser, best=best, place=place, fingerprint="mine")
    assert [one.name for one in file.parent.iterdir()] == ["run.safetensors"]

    net, optimiser = made()
    found = checkpoint.read(file, net=net, optimiser=optimiser, fingerprint="mine")
    assert found is not None
    assert found[0] == place
    assert all(torch.equal(found[1][name], value) for name, value in best.items())
    step(net, optimiser, 2)
    step(net, optimiser, 3)
    for mine, theirs in zip(net.parameters(), whole.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_without_a_file_a_run_starts(tmp_path):
    net = torch.nn.Linear(1, 1)
    optimiser = torch.optim.AdamW(net.parameters())
    missing = tmp_path / "none.safetensors"
    assert checkpoint.read(missing, net=net, optimiser=optimiser, fingerprint="") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"split": a_split("abcdefgi")},  # as many products, one of another name
        {"seed": 1},
        {"n_epochs": 3},
        {"name": "transformer"},
    ],
    ids=["vocabulary", "seed", "settings", "model"],
)
def test_a_checkpoint_of_something_else_is_an_error_that_says_so(written, changed):
    before = written.read_bytes()
    with pytest.raises(ArtifactError, match="other data, another vocabulary or other") as caught:
        fit(written, **{"split": a_split(), **changed})
    assert str(written) in str(caught.value)
    assert "delete it" in caught.value.hint
    assert written.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "other"])
def test_a_damaged_checkpoint_is_an_error_that_says_so(written, damage, tmp_path):
    file = tmp_path / "damaged.safetensors"
    content = written.read_bytes()
    file.write_bytes(
        {"cut": content[: len(content) // 2], "empty": b"", "text": b"no tensors here at all",
         "other": content.replace(b"youli", b"ilouy", 1)}[damage]
    )  # fmt: skip
    with pytest.raises(ArtifactError, match="cannot be read"):
        fit(file, a_split())


def test_a_finished_run_is_not_run_again(written):
    """Nothing is left to do: the same model comes out of the file."""
    before = written.read_bytes()
    model = fit(written, a_split())
    fresh = fit(written.with_name("fresh.safetensors"), a_split())
    for name, array in fresh.to_arrays().items():
        np.testing.assert_array_equal(model.to_arrays()[name], array, err_msg=name)
    assert written.read_bytes() == before


def test_it_holds_no_more_than_numbers_and_json(written):
    with safe_open(written, framework="np") as stream:
        said = json.loads(stream.metadata()["youli"])
        assert set(said) == {"format", "fingerprint", "place"}
        assert {name.partition(".")[0] for name in stream.keys()} == {  # noqa: SIM118
            "net", "best", "optimiser"
        }  # fmt: skip
