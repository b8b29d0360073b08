"""A training that was killed and one that was not are the same training, bit by bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

#: Train a model on a small shop: `file` is the checkpoint, `kill` the step to die at, 0 for none.
SCRIPT = """
import os, signal, sys
from pathlib import Path
import numpy as np
from safetensors.numpy import save_file
from youli.data.split import leave_last_out
from youli.registry import MODELS
from youli.testing.shops import SHOPS
from youli.train.loop import Watch

def fit(name, file, kill=0):
    model_class = MODELS.load(name)
    quick = model_class.quick()
    changed = {"max_epochs": 3, "batch_tokens": 20, "minutes_per_checkpoint": 1e-9,
               "loss": "sampled", "n_negatives": 5}
    config = quick.model_copy(
        update={"texts": False, "train": quick.train.model_copy(update=changed)}
    )
    steps = []
    def progress(what, share):
        steps.append(what)
        if kill and len(steps) == kill:
            os.kill(os.getpid(), signal.SIGKILL)
    split = leave_last_out(SHOPS["browsing"]())
    model = model_class.fit(
        split, config=config, progress=progress, watch=Watch(checkpoint=Path(file))
    )
    return model, len(steps)

mode, name, folder = sys.argv[1:]
if mode == "killed":
    fit(name, f"{folder}/run", kill=12)
for which in ("run", "straight"):
    model, n_steps = fit(name, f"{folder}/{which}")
    arrays = {n: np.ascontiguousarray(a) for n, a in model.to_arrays().items()}
    save_file(arrays, f"{folder}/{which}.model")
    print(which, n_steps, model.trained["n_epochs"])
"""


def run(mode: str, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, mode, name, str(folder)],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.slow
def test_killed_in_the_middle_of_an_epoch_and_resumed(tmp_path):
    """With `fusion`, which has every kind of layer and everything that draws."""
    name = "fusion"
    killed = run("killed", name, tmp_path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (tmp_path / "run").exists()
    assert not (tmp_path / "run.model").exists()
    resumed = run("resumed", name, tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    (_, n_resumed, epochs), (_, n_straight, epochs_too) = (
        line.split() for line in resumed.stdout.splitlines()
    )
    assert epochs == epochs_too == "3"
    # The twelfth step died before it was written; steps 1 to 11 are not taken again.
    assert int(n_resumed) == int(n_straight) - 11
    assert int(n_straight) % 3 == 0
    assert 11 % (int(n_straight) // 3) != 0, "the kill must fall inside an epoch"
    mine, theirs = load_file(tmp_path / "run.model"), load_file(tmp_path / "straight.model")
    assert mine.keys() == theirs.keys()
    for array_name, array in theirs.items():
        np.testing.assert_array_equal(mine[array_name], array, err_msg=array_name)
