"""Train the attention kernel on a shop's sequences, anew or on from what it had learned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from youli.data.interactions import Interactions
from youli.data.shop import Shop
from youli.errors import NotEnoughDataError
from youli.features.items import ItemFeatures, item_features
from youli.train.config import KernelConfig, Started
from youli.train.loop import Watch, train
from youli.train.nets.base import Net
from youli.train.nets.kernel import KernelNet
from youli.train.sequences import Sequences
from youli.types import BoolArray, IntArray, Progress

__all__ = ["train_kernel"]

#: Held-out queries whose scores are held at once.
_QUERIES = 8192


def train_kernel(
    shop: Shop,
    config: KernelConfig,
    *,
    seed: int,
    watch: Watch | None,
    progress: Progress,
    start: Started | None,
) -> tuple[dict[str, npt.NDArray[Any]], tuple[tuple[str, str], ...]]:
    """The kernel's arrays (see `youli.channels.neural`) and the names of its labels.

    Some shoppers' last orders are held out: NDCG@10 on them says when to stop.
    """
    events = shop.interactions
    last = _last_orders(events, config.train.n_validation_cases, seed)
    lengths = {"max_length": config.train.max_length, "overlap": config.overlap}
    lengths["overlap"] = min(config.overlap, config.train.max_length - 1)
    sequences = Sequences.of(events.select(~last), **lengths)
    if not len(sequences):
        raise NotEnoughDataError(
            "no shopper has two orders, one after the other",
            value=len(events),
            hint="the neural channel learns from what follows what; leave it out with --channels",
        )
    held_out = Sequences.of(events, **lengths).only(last)
    features = item_features(shop)
    settings = config.train
    torch.manual_seed(seed)
    net = KernelNet(
        features,
        sequences.popularity(),
        dim=config.dim,
        n_heads=config.n_heads,
        edges=config.edges(),
        dropout=config.dropout,
        item_dropout=config.item_dropout,
    )
    if start is not None:
        _go_on_from(net, features, start)
        settings = settings.model_copy(
            update={
                "max_epochs": config.n_continued,
                "learning_rate": settings.learning_rate / 4.0,
            }
        )
    watch = Watch() if watch is None else watch
    train(
        net,
        sequences,
        settings,
        seed=seed,
        validate=lambda net: _ndcg(net, held_out),
        watch=replace(
            watch, progress=progress, fingerprint=_fingerprint(shop, config, seed, start)
        ),
    )
    return _exported(net, config), features.label_names


def _last_orders(events: Interactions, n_shoppers: int, seed: int) -> BoolArray:
    """The last tick of some shoppers who have three or more, bool [n_events].

    Never of more than a fifth of them, so that a small shop still has something to learn from.
    """
    rows = np.diff(events.indptr) > 0
    ends = events.indptr[1:][rows] - 1
    begins = events.indptr[:-1][rows]
    enough = np.flatnonzero(rows)[events.step[ends] - events.step[begins] >= 2]
    n_drawn = min(n_shoppers, max(1, len(enough) // 5))
    drawn = np.random.default_rng(seed).permutation(enough)[:n_drawn]
    is_drawn = np.zeros(events.n_users, dtype=bool)
    is_drawn[drawn] = True
    last_step = np.zeros(events.n_users, dtype=np.int64)
    last_step[rows] = events.step[ends]
    return np.asarray(
        is_drawn[events.user_num] & (events.step == last_step[events.user_num]), dtype=bool
    )


def _ndcg(net: Net, held_out: Sequences) -> float:
    """Mean NDCG@10 of each held-out event alone; the history is left out, the event never."""
    if not len(held_out):
        return 0.0
    table = net.inputs()
    outputs, biases = net.outputs(table), net.biases()
    total, n_events = 0.0, 0
    for windows in held_out.batches(_QUERIES, seed=0, epoch=0):
        batch = held_out.batch(windows).to(net.device)
        scores = net.queries(batch, table) @ outputs.T + biases  # [n_targets, n_items]
        sequence = torch.nonzero(batch.is_target)[:, 0]
        own = scores.gather(1, batch.targets[:, None])
        past = torch.where(batch.is_target, batch.items[:, :1], batch.items)[sequence]
        scores.scatter_(1, past, -torch.inf)
        ranks = (
            1
            + (scores >= own).sum(1)
            - (scores.gather(1, batch.targets[:, None]) >= own)[:, 0].int()
        )
        total += float((1.0 / torch.log2(1.0 + ranks[ranks <= 10])).sum())
        n_events += len(ranks)
    return total / n_events


def _go_on_from(net: KernelNet, features: ItemFeatures, start: Started) -> None:
    """Put what was learned into a new net; what is new is placed by its labels alone."""
    state = net.state_dict()
    row_of = {name: row for row, name in enumerate(start.label_names)}
    old = np.array([row_of.get(name, -1) for name in features.label_names], dtype=np.int64)
    label = _taken(start.arrays["label"], old)
    items = _taken(start.arrays["items"], start.rows)
    known = (start.rows >= 0)[:, None]
    content = np.asarray(features.labels @ label) if len(label) else np.zeros_like(items)
    state["items.id"] = torch.from_numpy(np.where(known, items - content, 0.0).astype(np.float32))
    state["items.label"] = torch.from_numpy(label)
    for name in features.dense:  # learned again from nothing, so that known products stay put
        state[f"items.project.{name}.weight"] = torch.zeros_like(
            state[f"items.project.{name}.weight"]
        )
    state["bias"] = torch.from_numpy(_taken(start.arrays["bias"][:, None], start.rows)[:, 0])
    state["decay"] = torch.from_numpy(np.asarray(start.arrays["decay"]))
    state["gate.weight"] = torch.from_numpy(np.asarray(start.arrays["gate.weight"]))
    state["gate.bias"] = torch.from_numpy(np.asarray(start.arrays["gate.bias"]))
    value = np.asarray(start.arrays["value"])
    state["value.weight"] = torch.from_numpy(value.reshape(-1, value.shape[2]))
    net.load_state_dict(state)


def _taken(array: npt.NDArray[Any], rows: IntArray) -> npt.NDArray[np.float32]:
    """Rows of an array, zeros where there is none."""
    taken = np.zeros((len(rows), *array.shape[1:]), dtype=np.float32)
    taken[rows >= 0] = array[rows[rows >= 0]]
    return taken


def _exported(net: KernelNet, config: KernelConfig) -> dict[str, npt.NDArray[Any]]:
    with torch.no_grad():
        state: Mapping[str, torch.Tensor] = net.state_dict()
        return {
            "items": net.inputs().numpy(),
            "edges": config.edges(),
            "decay": state["decay"].numpy(),
            "gate.weight": state["gate.weight"].numpy(),
            "gate.bias": state["gate.bias"].numpy(),
            "value": state["value.weight"].view(config.n_heads, config.dim, config.dim).numpy(),
            "label": state["items.label"].numpy(),
            "bias": state["bias"].numpy(),
        }


def _fingerprint(shop: Shop, config: KernelConfig, seed: int, start: Started | None) -> str:
    digest = hashlib.sha256(json.dumps(config.model_dump(mode="json"), sort_keys=True).encode())
    digest.update(f"kernel {seed} {start is not None}".encode())
    digest.update("\0".join(shop.interactions.items.ids).encode())
    digest.update(shop.interactions.item_num.tobytes())
    digest.update(shop.interactions.indptr.tobytes())
    return digest.hexdigest()
