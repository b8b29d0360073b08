"""How a net is trained, whatever net it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from youli.types import IntArray

__all__ = ["KernelConfig", "Started", "TrainConfig"]


class TrainConfig(BaseModel):
    """Settings of the loop; each model says which of them it changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_epochs: int = Field(default=100, ge=1)
    """Passes over the sequences, at most."""
    patience: int = Field(default=5, ge=1)
    """Stop after so many validations without a better NDCG@10, and keep the best."""
    epochs_per_validation: int = Field(default=1, ge=1)
    """Validate after every so many epochs."""
    n_validation_cases: int = Field(default=3000, ge=1)
    """At most so many held-out cases, drawn once."""
    max_length: int = Field(default=200, ge=2)
    """A longer sequence is cut into windows of so many events."""
    batch_tokens: int = Field(default=4096, ge=1)
    """Events in one step, over all processes."""
    learning_rate: float = Field(default=2e-3, gt=0.0)
    """Peak of AdamW's step size, after a warm-up; it falls to a tenth along a cosine."""
    weight_decay: float = Field(default=0.01, ge=0.0)
    """AdamW's decay of matrices; biases and scales are left alone."""
    warmup_steps: int = Field(default=100, ge=0)
    """Steps in which the step size rises."""
    clip_norm: float = Field(default=5.0, gt=0.0)
    """Longest gradient of one step."""
    loss: Literal["auto", "full", "sampled"] = "auto"
    """Softmax over the whole catalogue, or over drawn products with log-Q correction; `auto`
    draws where there are more than four products for each that it would draw."""
    n_negatives: int = Field(default=2048, ge=1)
    """Products drawn for one step, where they are."""
    negative_power: float = Field(default=0.5, ge=0.0, le=1.0)
    """They are drawn in proportion to popularity to this power."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Arithmetic of the large products; `auto` takes bf16 where the processor has it."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes a GPU where there is one."""
    minutes_per_checkpoint: float = Field(default=2.0, gt=0.0)
    """How often the whole state is written, where a checkpoint folder is given."""


class KernelConfig(BaseModel):
    """Size and training of the neural channel's kernel; one default for every shop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dim: int = Field(default=128, ge=1)
    """Length of a product's vector."""
    n_heads: int = Field(default=6, ge=1)
    """Heads, each with a decay, a gate and a matrix of its own."""
    n_single_ages: int = Field(default=16, ge=1)
    """Ages, in ticks, that have a number of their own; after them come ranges that double."""
    dropout: float = Field(default=0.25, ge=0.0, lt=1.0)
    """Share of numbers left out in training, of past products and of queries."""
    item_dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of products that go without their id (or a block of content) for one step."""
    train: TrainConfig = TrainConfig(max_epochs=20, patience=6)
    """The loop."""
    overlap: int = Field(default=60, ge=0)
    """Events of the window before that a window of a long sequence starts with."""
    n_continued: int = Field(default=2, ge=1)
    """Epochs when it goes on from what it had learned, at a quarter of the step size."""

    def edges(self) -> IntArray:
        """First age of each range, int64 [n_ages]."""
        doubling = self.n_single_ages * 2 ** np.arange(6)
        return np.concatenate([np.arange(self.n_single_ages), doubling]).astype(np.int64)


@dataclass(frozen=True)
class Started:
    """What an earlier training had learned, to go on from.

    ``rows`` int32 [n_items]: each product's row in the arrays, -1 for a new one.
    """

    arrays: Mapping[str, npt.NDArray[Any]]
    label_names: tuple[tuple[str, str], ...]
    rows: IntArray
