"""The loop: one readable way to train every net.

- A step is a batch of whole sequences; its loss is the mean over their targets.
- What is drawn in a step (dropout, products) follows from seed, epoch and step, so a run that was
  killed and one that was not are the same run.
- NDCG@10 of what will be served decides when to stop and what to keep.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from youli.errors import ConfigError
from youli.train import checkpoint, processes
from youli.train.board import Board
from youli.train.checkpoint import Place
from youli.train.config import TrainConfig
from youli.train.losses import full_softmax, sampled_softmax
from youli.train.nets.base import Net
from youli.train.sequences import Batch, Sequences
from youli.types import IntArray, Progress, no_progress

__all__ = ["Trained", "Watch", "train"]

#: The step size falls to this share of its peak.
_LAST_RATE = 0.1
#: With `auto` the softmax is full up to so many products for each that would be drawn.
_PRODUCTS_A_DRAW = 4
#: Parts of a step that draw.
_TABLE, _PRODUCTS, _QUERIES = range(3)


@dataclass(frozen=True)
class Trained:
    """How a run went. ``history`` has one entry a validation: epoch, loss, ndcg."""

    n_epochs: int
    best_epoch: int
    best_ndcg: float
    cpu_s: float
    history: tuple[dict[str, float], ...]

    @property
    def summary(self) -> dict[str, float]:
        """The numbers for reports."""
        return {
            "n_epochs": self.n_epochs,
            "best_epoch": self.best_epoch,
            "best_ndcg": self.best_ndcg,
            "train_cpu_s": self.cpu_s,
        }


@dataclass(frozen=True)
class Watch:
    """Where a run leaves traces; nowhere by default."""

    checkpoint: Path | None = None
    tensorboard: Path | None = None
    #: What the run belongs to: data, vocabulary, settings.
    fingerprint: str = ""
    progress: Progress = no_progress

    def of(self, name: str) -> Watch:
        """For one run of several: its own checkpoint file and its own curves in these folders."""
        return replace(
            self,
            checkpoint=None if self.checkpoint is None else self.checkpoint / f"{name}.safetensors",
            tensorboard=None if self.tensorboard is None else self.tensorboard / name,
        )


def train(
    net: Net,
    sequences: Sequences,
    config: TrainConfig,
    *,
    seed: int,
    validate: Callable[[Net], float] | None,
    watch: Watch = Watch(),
) -> Trained:
    """Train in place and leave the best weights in the net.

    `validate` gives NDCG@10 of the net as it would be served; without it the last weights are
    kept, after all epochs. Raises `ArtifactError` where the checkpoint belongs to something else.
    """
    processes.join()
    run = _Run(net, sequences, config, seed, validate, watch)
    with _repeatable(run.device):
        run.go_on()
    return run.finish()


@contextmanager
def _repeatable(device: torch.device) -> Iterator[None]:
    """On a CPU, sums are taken in one order, however many threads there are."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(before or device.type == "cpu")
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def _device_of(config: TrainConfig) -> torch.device:
    """Where the net is trained; of several GPUs each process of a machine has its own."""
    if config.device == "cpu" or (config.device == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ConfigError(
            "there is no GPU that PyTorch could use",
            value=config.device,
            hint='set device = "auto" or "cpu" in the table [….train]',
        )
    return processes.gpu()


def _arithmetic(config: TrainConfig, device: torch.device) -> torch.dtype:
    """What large products are computed in."""
    if config.precision == "auto":
        on_gpu = device.type == "cuda"
        has = torch.cuda.is_bf16_supported() if on_gpu else torch.cpu._is_avx512_bf16_supported()
        return torch.bfloat16 if has else torch.float32
    return torch.bfloat16 if config.precision == "bf16" else torch.float32


class _Run:
    """One run's state between steps."""

    def __init__(
        self,
        net: Net,
        sequences: Sequences,
        config: TrainConfig,
        seed: int,
        validate: Callable[[Net], float] | None,
        watch: Watch,
    ) -> None:
        self.device = _device_of(config)
        self.net, self.sequences = net.to(self.device), sequences
        self.config, self.seed = config, seed
        self.validate, self.watch = validate, watch
        self.dtype = _arithmetic(config, self.device)
        self.optimiser = _optimiser(net, config)
        self.place = Place()
        self.best: dict[str, Tensor] = {}
        share = sequences.popularity().astype(np.float64) ** config.negative_power
        self.draw_share = torch.from_numpy(share / max(share.sum(), 1e-12))
        found = (
            checkpoint.read(
                watch.checkpoint, net=net, optimiser=self.optimiser, fingerprint=watch.fingerprint
            )
            if watch.checkpoint is not None
            else None
        )
        if found is not None:
            self.place, self.best = found
        self.board = Board(
            watch.tensorboard if processes.is_first() else None, from_step=self.place.n_steps
        )
        self.saved_at = time.monotonic()
        self.cpu_from = time.process_time() - self.place.cpu_s

    def go_on(self) -> None:
        """Epoch after epoch until the last, or until patience is at its end."""
        while self.place.epoch < self.config.max_epochs and not self._is_out_of_patience():
            self._epoch()

    def finish(self) -> Trained:
        """The best weights go into the net."""
        if self.best:
            self.net.load_state_dict(self.best)
        self.net.eval().to("cpu")
        self.board.close()
        place = self.place
        return Trained(
            n_epochs=place.epoch,
            best_epoch=place.best_epoch,
            best_ndcg=place.best_ndcg,
            cpu_s=time.process_time() - self.cpu_from,
            history=tuple(place.history),
        )

    def _is_out_of_patience(self) -> bool:
        validations = [one for one in self.place.history if one["epoch"] > self.place.best_epoch]
        return len(validations) >= self.config.patience

    def _epoch(self) -> None:
        place, config = self.place, self.config
        batches = self.sequences.batches(config.batch_tokens, seed=self.seed, epoch=place.epoch)
        for step in range(place.step, len(batches)):
            place.step = step
            self._step(batches[step], len(batches))
            place.step = step + 1
            place.n_steps += 1
            share = (place.epoch + place.step / len(batches)) / config.max_epochs
            self.watch.progress(f"training, epoch {place.epoch + 1}", share)
            if time.monotonic() - self.saved_at > 60.0 * config.minutes_per_checkpoint:
                self._save()
        loss = place.epoch_loss / max(place.epoch_targets, 1.0)
        self.board.curve("loss/epoch", loss, place.n_steps)
        place.epoch, place.step = place.epoch + 1, 0
        place.epoch_loss = place.epoch_targets = 0.0
        last = place.epoch == config.max_epochs
        if self.validate is not None and (place.epoch % config.epochs_per_validation == 0 or last):
            self._validate(loss, self.validate)
        self._save()

    def _step(self, windows: IntArray, n_batches: int) -> None:
        place, config = self.place, self.config
        rate = _rate(config, place.n_steps, config.max_epochs * n_batches)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        mine = windows[processes.rank() :: processes.n_processes()]
        self.net.train()
        self._draw(_TABLE)
        table = self.net.inputs()
        outputs, biases = self.net.outputs(table), self.net.biases()
        loss, n_mine = table.new_zeros(()), 0
        if len(mine):
            batch = self.sequences.batch(mine).to(self.device)
            n_mine = int(batch.is_target.sum())
            self._draw(_QUERIES + processes.rank())
            with torch.autocast(self.device.type, self.dtype, enabled=self.dtype == torch.bfloat16):
                queries = self.net.queries(batch, table)
            loss = self._loss(queries.float(), outputs, biases, batch)
        n_targets = processes.summed(n_mine, self.device)
        torch.autograd.backward(loss / n_targets + 0.0 * table.sum())
        processes.share(self.net.parameters())
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), config.clip_norm)
        self.optimiser.step()
        self.optimiser.zero_grad()
        total = processes.summed(float(loss.detach()), self.device)
        place.epoch_loss += total
        place.epoch_targets += n_targets
        self.board.curve("loss/step", total / n_targets, place.n_steps)
        self.board.curve("learning rate", rate, place.n_steps)

    def _loss(self, queries: Tensor, outputs: Tensor, biases: Tensor, batch: Batch) -> Tensor:
        few = self.sequences.n_items <= _PRODUCTS_A_DRAW * self.config.n_negatives
        if self.config.loss == "full" or (self.config.loss == "auto" and few):
            return full_softmax(queries, outputs, biases, batch.targets, dtype=self.dtype)
        self._draw(_PRODUCTS)
        n = self.config.n_negatives
        drawn = torch.multinomial(self.draw_share, n, replacement=True).to(self.device)
        log_expected = torch.log((self.draw_share * n).float().clamp_min(1e-12)).to(self.device)
        return sampled_softmax(
            queries, outputs, biases, batch.targets,
            drawn=drawn, log_expected=log_expected, dtype=self.dtype,
        )  # fmt: skip

    def _draw(self, part: int) -> None:
        """What is drawn next follows from seed, epoch, step and part."""
        numbers = [self.seed, self.place.epoch, self.place.step, part]
        torch.manual_seed(int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1))

    def _validate(self, loss: float, validate: Callable[[Net], float]) -> None:
        place = self.place
        self.net.eval()
        ndcg = 0.0
        if processes.is_first():
            with torch.no_grad():
                ndcg = validate(self.net)
        ndcg = processes.summed(ndcg, self.device)
        place.history.append({"epoch": place.epoch, "loss": loss, "ndcg": ndcg})
        if ndcg > place.best_ndcg:
            place.best_ndcg, place.best_epoch = ndcg, place.epoch
            self.best = {n: v.detach().clone() for n, v in self.net.state_dict().items()}
        self.board.curve("validation/ndcg@10", ndcg, place.n_steps)
        if self.board.is_on:
            first = self.sequences.batch(np.arange(min(4, len(self.sequences)))).to(self.device)
            with torch.no_grad():
                self.board.weights(self.net.attention(first), place.n_steps)

    def _save(self) -> None:
        self.place.cpu_s = time.process_time() - self.cpu_from
        if self.watch.checkpoint is not None and processes.is_first():
            checkpoint.write(
                self.watch.checkpoint,
                net=self.net,
                optimiser=self.optimiser,
                best=self.best,
                place=self.place,
                fingerprint=self.watch.fingerprint,
            )
        self.saved_at = time.monotonic()


def _optimiser(net: Net, config: TrainConfig) -> torch.optim.Optimizer:
    matrices = [one for one in net.parameters() if one.ndim > 1]
    others = [one for one in net.parameters() if one.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, foreach=True)


def _rate(config: TrainConfig, step: int, n_steps: int) -> float:
    """Up a straight line, down a cosine."""
    warm = min(1.0, (step + 1) / max(config.warmup_steps, 1))
    fall = 0.5 * (1.0 + math.cos(math.pi * min(step / max(n_steps, 1), 1.0)))
    return config.learning_rate * warm * (_LAST_RATE + (1.0 - _LAST_RATE) * fall)
