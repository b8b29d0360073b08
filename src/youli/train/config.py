"""How a net is trained, whatever net it is."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TrainConfig"]


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
    loss: Literal["full", "sampled"] = "full"
    """Softmax over the whole catalogue, or over drawn products with log-Q correction."""
    n_negatives: int = Field(default=1024, ge=1)
    """Products drawn for one step, with `sampled`."""
    negative_power: float = Field(default=0.5, ge=0.0, le=1.0)
    """They are drawn in proportion to popularity to this power."""
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Arithmetic of the large products; `auto` takes bf16 where the processor has it."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes a GPU where there is one."""
    minutes_per_checkpoint: float = Field(default=2.0, gt=0.0)
    """How often the whole state is written, where a checkpoint folder is given."""
