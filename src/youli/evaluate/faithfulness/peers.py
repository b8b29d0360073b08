"""SHAP, LIME and Captum behind the same protocol, so that all explain one model in one run.

They see a model as a function of which past products count: 1 where a product is there, 0 where
all its events are left out. Integrated gradients of Captum see the transformer's own vectors, by a
forward pass in torch made from the same arrays. The packages come with ``pip install
'youli[peers-explain]'`` and are imported only here, when asked.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias
from zlib import crc32

import numpy as np

from youli.data.state import ShopperState
from youli.explain.attribution.attention import rows_of_history
from youli.explain.attribution.base import Attribution, Players, Scorer, players, score_of
from youli.explain.attribution.transformer_pass import embedded
from youli.models.histories import histories
from youli.models.transformer import TransformerConfig, TransformerModel
from youli.types import FloatArray

__all__ = [
    "CaptumAblation",
    "CaptumIntegratedGradients",
    "CaptumShapley",
    "KernelShap",
    "LimeAttributor",
    "torch_forward",
]

#: Scored samples a product: LIME's own default for texts is 5,000, KernelSHAP's 2,048 + 2 n.
_N_SAMPLES = 256
#: LIME's width of its kernel for texts, in hundredths of a cosine distance.
_LIME_WIDTH = 25.0

Masked: TypeAlias = Callable[[FloatArray], FloatArray]


class _Peer(ABC):
    """What they share: players as columns of 0 and 1."""

    name: ClassVar[str]

    def __init__(self, *, n_samples: int = _N_SAMPLES, seed: int = 0) -> None:
        self.n_samples, self.seed = n_samples, seed

    def lacking(self, model: Scorer) -> str | None:
        """Any model will do."""
        del model
        return None

    def attribute(self, model: Scorer, state: ShopperState, item_num: int) -> Attribution:
        """What the package says each past product gave."""
        found = players(state)
        if not len(found):
            return Attribution(
                self.name, item_num, found.items, np.zeros(0), exact=False, in_score_units=True
            )
        asked = _counted(model, state, found, item_num)
        seed = crc32(f"{self.seed} {state.user_id} {item_num}".encode()) % 2**31
        amounts = self._amounts(asked, len(found), seed)
        ends = score_of(model, [state, found.only(state, ())], item_num)
        numbers = {"score": float(ends[0]), "base": float(ends[1])}
        return Attribution(
            self.name, item_num, found.items, np.asarray(amounts, dtype=np.float64),
            exact=False, in_score_units=True, numbers=numbers,
        )  # fmt: skip

    @abstractmethod
    def _amounts(self, asked: Masked, n: int, seed: int) -> FloatArray:
        """What each of `n` players gave, by the package; float64 [n]."""


class KernelShap(_Peer):
    """KernelSHAP of the package shap (Lundberg and Lee 2017), without its feature selection."""

    name: ClassVar[str] = "shap"

    def _amounts(self, asked: Masked, n: int, seed: int) -> FloatArray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its plots set up colours in a way that goes away
            import shap

        if n == 1:  # its regression needs two
            return np.asarray(asked(np.ones((1, 1))) - asked(np.zeros((1, 1))))
        before = np.random.get_state()  # noqa: NPY002 - the package draws from the global one
        np.random.seed(seed)  # noqa: NPY002 - so it alone decides what is drawn
        try:
            explainer = shap.KernelExplainer(asked, np.zeros((1, n)))
            found = explainer.shap_values(
                np.ones((1, n)), nsamples=self.n_samples, l1_reg=False, silent=True
            )
        finally:
            np.random.set_state(before)  # noqa: NPY002 - as if nothing had been drawn
        return np.asarray(found).reshape(n)


class LimeAttributor(_Peer):
    """LIME (Ribeiro et al. 2016): the regression of the package lime, sampled as for texts."""

    name: ClassVar[str] = "lime"

    def _amounts(self, asked: Masked, n: int, seed: int) -> FloatArray:
        from lime.lime_base import LimeBase

        rng = np.random.default_rng(seed)
        there = np.ones((self.n_samples, n))
        for row in there[1:]:
            row[rng.choice(n, rng.integers(1, n + 1), replace=False)] = 0.0
        distance = 100.0 * (1.0 - np.sqrt(there.mean(axis=1)))  # cosine to all of them
        base = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / _LIME_WIDTH**2)), random_state=seed)
        _, pairs, _, _ = base.explain_instance_with_data(
            there, asked(there)[:, None], distance, 0, n, feature_selection="none"
        )
        amounts = np.zeros(n)
        for place, amount in pairs:
            amounts[place] = amount
        return amounts


class CaptumAblation(_Peer):
    """Feature ablation of Captum: the same work as `occlusion`."""

    name: ClassVar[str] = "captum_ablation"

    def _amounts(self, asked: Masked, n: int, seed: int) -> FloatArray:
        import torch
        from captum.attr import FeatureAblation

        del seed
        method = FeatureAblation(_in_torch(asked))
        found = method.attribute(torch.ones(1, n), perturbations_per_eval=n)
        return np.asarray(found.numpy()[0])


class CaptumShapley(_Peer):
    """Shapley value sampling of Captum, 16 orders: the same work as `shapley` above 12 products."""

    name: ClassVar[str] = "captum_shapley"

    def _amounts(self, asked: Masked, n: int, seed: int) -> FloatArray:
        import torch
        from captum.attr import ShapleyValueSampling

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            method = ShapleyValueSampling(_in_torch(asked))
            found = method.attribute(torch.ones(1, n), n_samples=16, perturbations_per_eval=n)
        return np.asarray(found.numpy()[0])


class CaptumIntegratedGradients:
    """Integrated gradients of Captum on the transformer: the same work as ours, in torch."""

    name: ClassVar[str] = "captum_ig"

    def lacking(self, model: Scorer) -> str | None:
        """It needs the transformer's arrays."""
        is_one = isinstance(model, TransformerModel)
        return None if is_one else "gradients are computed for the transformer alone"

    def attribute(self, model: TransformerModel, state: ShopperState, item_num: int) -> Attribution:
        """Gauss-Legendre with 32 points from events without a vector."""
        import torch
        from captum.attr import IntegratedGradients

        found = players(state)
        if not len(found):
            return Attribution(
                self.name, item_num, found.items, np.zeros(0), exact=False, in_score_units=True
            )
        max_length = model.settings.train.max_length
        x = torch.from_numpy(embedded(model, histories([state], max_length)))
        forward = torch_forward(model, item_num)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package warns of its own internals
            method = IntegratedGradients(forward)
            each = method.attribute(x, baselines=torch.zeros_like(x), n_steps=32)
        with torch.no_grad():
            ends = forward(torch.cat([x, torch.zeros_like(x)])).numpy()
        of_event = rows_of_history(state, found, max_length)
        amounts = np.bincount(of_event, each.sum(dim=-1).detach().numpy()[0], len(found))
        return Attribution(
            self.name, item_num, found.items, amounts.astype(np.float64),
            exact=False, in_score_units=True,
            numbers={"score": float(ends[0]), "base": float(ends[1])},
        )  # fmt: skip


def torch_forward(model: TransformerModel, item_num: int) -> Callable[[Any], Any]:
    """The score of one product as a torch function of scaled products [n, length, dim], float64."""
    import torch
    from torch.nn import functional

    settings = model.settings
    assert isinstance(settings, TransformerConfig), "the model was made with its own settings"
    w = {name: torch.from_numpy(np.asarray(array, dtype=np.float64))
         for name, array in model.arrays.items() if array.dtype.kind == "f"}  # fmt: skip

    def normed(x: Any, at: str) -> Any:
        return functional.layer_norm(x, x.shape[-1:], w[f"{at}.weight"], w[f"{at}.bias"])

    def linear(x: Any, at: str) -> Any:
        return functional.linear(x, w[f"{at}.weight"], w[f"{at}.bias"])

    def forward(x: Any) -> Any:
        n, length, dim = x.shape
        x = x + w["position"][:length]
        for block in range(settings.n_blocks):
            at = f"blocks.{block}."
            qkv = linear(normed(x, at + "before"), at + "into")
            heads = qkv.view(n, length, 3, settings.n_heads, -1)
            q, k, v = (one.transpose(1, 2) for one in heads.unbind(2))
            mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + linear(mixed.transpose(1, 2).reshape(n, length, dim), at + "out")
            wide = functional.gelu(linear(normed(x, at + "between"), at + "wide"))
            x = x + linear(wide, at + "back")
        return normed(x[:, -1], "norm") @ w["outputs"][item_num] + w["biases"][item_num]

    return forward


def _counted(model: Scorer, state: ShopperState, found: Players, item_num: int) -> Masked:
    """Scores as a function of which players are there, float [n_samples, n_players]."""

    def asked(there: FloatArray) -> FloatArray:
        states = [found.only(state, np.flatnonzero(row > 0.5).tolist()) for row in there]
        return score_of(model, states, item_num)

    return asked


def _in_torch(asked: Masked) -> Callable[[Any], Any]:
    import torch

    return lambda there: torch.from_numpy(asked(there.detach().numpy()))
