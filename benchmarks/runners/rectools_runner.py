"""RecTools' SASRec and BERT4Rec: `python rectools_runner.py sasrec|bert4rec FOLDER`."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from common import measured, read, write
from pytorch_lightning import Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, SASRecModel

MODELS = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}


def dataset(events: pd.DataFrame) -> Dataset:
    """Their data set; a position in the sequence stands for a day."""
    columns = {"user": Columns.User, "item": Columns.Item}
    frame = events.rename(columns=columns)
    frame[Columns.Weight] = 1.0
    start = pd.Timestamp("2000-01-01")
    frame[Columns.Datetime] = start + pd.to_timedelta(events["position"], unit="D")
    return Dataset.construct(frame.drop(columns="position"))


#: Epochs of the trainer; RecTools takes only a plain function without arguments to make it.
EPOCHS = [1]


def trainer() -> Trainer:
    """Their default trainer, without bars, logs and checkpoints, on the processor."""
    return Trainer(
        max_epochs=EPOCHS[0], min_epochs=EPOCHS[0], accelerator="cpu", devices=1, logger=False,
        enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    )  # fmt: skip


def main() -> None:
    """Fit, and recommend unless only the cost of fitting is asked."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    warnings.simplefilter("ignore")  # theirs, of versions and of devices
    train, histories, options = read(folder)
    torch.set_num_threads(options["n_threads"])
    seed_everything(options["seed"], verbose=False)
    EPOCHS[0] = options["epochs"]
    settings: dict[str, Any] = {
        "n_factors": 64,
        "n_blocks": 2,
        "n_heads": options["n_heads"],
        "session_max_len": options["max_len"],
        "batch_size": 128,
        "loss": "softmax",
        "lr": 0.001,
        "dropout_rate": 0.2,
        "epochs": options["epochs"],
    }
    model = MODELS[name](
        **settings,
        verbose=0,
        get_trainer_func=trainer,
        recommend_torch_device="cpu",
    )
    learned = dataset(train)
    _, *fit = measured(lambda: model.fit(learned))
    lists, answer = None, None
    if options["k"]:
        lists, *took = measured(
            lambda: model.recommend(
                users=histories["user"].unique(),
                dataset=dataset(histories),
                k=options["k"],
                filter_viewed=True,
                on_unsupported_targets="ignore",
            )
        )
        answer = (took[0], took[1])
        lists = lists.rename(
            columns={Columns.User: "user", Columns.Item: "item", Columns.Rank: "place"}
        )
    packages = ("rectools", "torch", "pytorch-lightning", "numpy")
    write(folder, lists, packages=packages, fit=(fit[0], fit[1]), answer=answer, settings=settings)


if __name__ == "__main__":
    main()
