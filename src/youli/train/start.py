"""Go on from what an earlier training had learned, on a shop that may have grown.

A product's vector is an id of its own plus what its content makes of it; only the sum was saved.
So the id is what is left of the sum: every known product starts exactly where it stood, whatever
has changed in the catalogue. A new product starts where its content puts it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from youli.train.nets.base import Net
from youli.train.nets.items import ItemEmbedding
from youli.types import IntArray

__all__ = ["go_on_from"]

#: Share of a direction's mean square that is added to all: small beside what content says.
_RIDGE = 0.1


def go_on_from(
    net: Net,
    arrays: Mapping[str, npt.NDArray[Any]],
    per_item: Collection[str],
    rows: IntArray,
    labels: tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]],
) -> tuple[str, ...]:
    """Put what was learned into a new net, in place; give the names of what starts anew.

    Anew starts what has another shape than before, such as the levels of a column that gained one.

    `arrays` are those of `youli.models.deep.DeepModel`; `per_item` names those with a row for each
    product, `rows` int32 [n_items] gives each product's row in them, -1 for a new one;
    `labels` are the names of the rows of ``items.label`` in the arrays and in the net.
    """
    table = getattr(net, "items", None)
    assert isinstance(table, ItemEmbedding), "every net has its products in `items`"
    started, anew = {}, []
    row_of = {one: row for row, one in enumerate(labels[0])}
    for name, parameter in net.named_parameters():
        if name in per_item:
            started[name] = _taken(arrays[name], rows)
        elif name == "items.label":
            old = np.array([row_of.get(one, -1) for one in labels[1]], dtype=np.int64)
            started[name] = _taken(arrays[name], old)
        elif name == "items.id" or name.startswith("items.project."):
            started[name] = np.zeros(tuple(parameter.shape), dtype=np.float32)
        elif name in arrays and arrays[name].shape == tuple(parameter.shape):
            started[name] = arrays[name]
        else:
            anew.append(name)
    state = net.state_dict()
    for name, value in started.items():
        state[name] = torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32))
    net.load_state_dict(state)
    net.eval()
    known, stood = rows >= 0, _taken(arrays["inputs"], rows)
    with torch.no_grad():
        _fit_projections(table, stood - net.inputs().numpy(), known)
        own = np.where(known[:, None], stood - net.inputs().numpy(), np.float32(0.0))
        table.id.copy_(torch.from_numpy(own))
    return tuple(anew)


def _fit_projections(
    table: ItemEmbedding, missing: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]
) -> None:
    """Let the dense blocks say as much of the known products as they can, by ridge regression.

    The old projections are of no use: the axes of a block (principal components) turn whenever
    the catalogue changes.
    """
    if not table.names or not known.any():
        return
    blocks = [getattr(table, f"block_{name}").numpy() for name in table.names]
    every = np.concatenate(blocks, axis=1, dtype=np.float64)[known]  # [n_known, n_dims]
    gram = every.T @ every
    gram[np.diag_indices_from(gram)] += _RIDGE * max(np.trace(gram) / len(gram), 1e-9)
    solved = np.linalg.solve(gram, every.T @ missing[known])  # [n_dims, dim]
    ends = np.cumsum([block.shape[1] for block in blocks])[:-1]
    for name, part in zip(table.names, np.split(solved, ends), strict=True):
        weight = table.project[name].weight
        assert isinstance(weight, torch.Tensor), "a projection is a matrix"
        weight.copy_(torch.from_numpy(part.T.astype(np.float32)))


def _taken(array: npt.NDArray[Any], rows: IntArray) -> npt.NDArray[np.float32]:
    """Rows of an array, zeros where there is none."""
    taken = np.zeros((len(rows), *array.shape[1:]), dtype=np.float32)
    taken[rows >= 0] = array[rows[rows >= 0]]
    return taken
