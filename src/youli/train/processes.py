"""Several processes that train one net: each computes a share of every step.

Started by ``torchrun --nproc-per-node N -m youli …``; alone, everything here does nothing. A step's
gradient is the sum over all processes, divided by the step's targets over all processes: the same
numbers as in one process, up to the order of summation (and to dropout, which each draws alone).
"""

from __future__ import annotations

import os
from collections.abc import Iterable

import torch
from torch import distributed
from torch.nn import Parameter

__all__ = ["gpu", "is_first", "join", "leave", "n_processes", "rank", "share", "summed"]


def join() -> None:
    """Meet the other processes, where there are any: NCCL with a GPU for each, else gloo."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not distributed.is_initialized():
        if _has_gpu_each():
            torch.cuda.set_device(gpu())
        distributed.init_process_group("nccl" if _has_gpu_each() else "gloo")


def leave() -> None:
    """Part from the other processes when all training is done."""
    if _together():
        distributed.destroy_process_group()


def gpu() -> torch.device:
    """This process's GPU; all share the first where there are fewer GPUs than processes."""
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) if _has_gpu_each() else 0)


def _has_gpu_each() -> bool:
    n_here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return torch.cuda.is_available() and torch.cuda.device_count() >= n_here


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def rank() -> int:
    """Number of this process, from 0."""
    return distributed.get_rank() if _together() else 0


def n_processes() -> int:
    """How many there are."""
    return distributed.get_world_size() if _together() else 1


def is_first() -> bool:
    """Whether this one validates, writes and speaks."""
    return rank() == 0


def summed(number: float, device: torch.device) -> float:
    """The sum of everybody's number."""
    if not _together():
        return number
    total = torch.tensor([number], dtype=torch.float64, device=device)
    distributed.all_reduce(total)
    return float(total.item())


def share(parameters: Iterable[Parameter]) -> None:
    """Replace every gradient by the sum of everybody's; one without counts as zero."""
    if not _together():
        return
    for one in parameters:
        if one.grad is None:
            one.grad = torch.zeros_like(one)
        distributed.all_reduce(one.grad)
