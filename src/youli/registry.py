"""Name → class, for everything of which there can be more: built in and plugged in alike.

A built-in is one line here; a package plugs one in with an entry point of the same group name::

    [project.entry-points."youli.channels"]
    season = "my_shop.season:SeasonChannel"

Nothing is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from youli.errors import ConfigError

__all__ = ["ATTRIBUTORS", "CHANNELS", "EXPLAINERS", "MODELS", "Registry"]


@dataclass(frozen=True)
class Registry:
    """The classes of one group, by name; `built_in` maps a name to ``module:attribute``.

    `extras` names the parts that work through a package which not every shop installs: name →
    (package, extra of Youli that brings it).
    """

    group: str
    built_in: Mapping[str, str]
    extras: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Built-in names in their order, then plugged-in ones."""
        plugged = sorted(point.name for point in self._plugged() if point.name not in self.built_in)
        return (*self.built_in, *plugged)

    def lacking(self, name: str) -> str | None:
        """Why a part cannot be used here, and what to install; None where it can."""
        package, extra = self.extras.get(name, ("", ""))
        if not package or find_spec(package) is not None:
            return None
        return f"{name} needs the package {package}: pip install 'youli[{extra}]'"

    def load(self, name: str) -> Any:
        """The class of that name; `ConfigError` where there is none or its package is missing."""
        lacking = self.lacking(name)
        if lacking is not None:
            problem, _, install = lacking.partition(": ")
            raise ConfigError(problem, value=name, hint=install)
        if name in self.built_in:
            module, attribute = self.built_in[name].split(":")
            return getattr(import_module(module), attribute)
        for point in self._plugged():
            if point.name == name:
                return point.load()
        raise ConfigError(
            f"there is no {self.group.removeprefix('youli.').removesuffix('s')} named {name!r}",
            value=name,
            hint=f"choose from {', '.join(self.names())}",
        )

    def _plugged(self) -> tuple[EntryPoint, ...]:
        return tuple(entry_points(group=self.group))


CHANNELS = Registry(
    "youli.channels",
    {
        "transition": "youli.channels.transition:TransitionChannel",
        "basket": "youli.channels.basket:BasketChannel",
        "neighbours": "youli.channels.neighbours:NeighboursChannel",
        "bridge": "youli.channels.bridge:BridgeChannel",
        "affinity": "youli.channels.affinity:AffinityChannel",
        "attributes": "youli.channels.attributes:AttributesChannel",
        "text": "youli.channels.text:TextChannel",
        "image": "youli.channels.image:ImageChannel",
        "neural": "youli.channels.neural:NeuralChannel",
        "repurchase": "youli.channels.repurchase:RepurchaseChannel",
        "profile": "youli.channels.profile:ProfileChannel",
        "trend": "youli.channels.trend:TrendChannel",
        "popularity": "youli.channels.popularity:PopularityChannel",
    },
)

MODELS = Registry(
    "youli.models",
    {
        "popularity": "youli.models.popularity:PopularityModel",
        "recent_popularity": "youli.models.popularity:RecentPopularityModel",
        "own_repeat": "youli.models.own_repeat:OwnRepeatModel",
        "item_knn": "youli.models.item_knn:ItemKNNModel",
        "als": "youli.models.als:ALSModel",
        "ease": "youli.models.ease:EASEModel",
        "transition": "youli.models.transition:TransitionModel",
        "ledger": "youli.models.ledger:LedgerModel",
        "ledger_neural": "youli.models.ledger:NeuralLedgerModel",
        "lstm": "youli.models.lstm:LstmModel",
        "transformer": "youli.models.transformer:TransformerModel",
        "dnn": "youli.models.dnn:DnnModel",
        "fusion": "youli.models.fusion:FusionModel",
    },
    extras={"item_knn": ("implicit", "compare"), "als": ("implicit", "compare")},
)

ATTRIBUTORS = Registry(
    "youli.attributors",
    {
        "ledger": "youli.explain.attribution.ledger:LedgerAttributor",
        "ledger_contrast": "youli.explain.attribution.contrast:LedgerContrastAttributor",
        "occlusion": "youli.explain.attribution.occlusion:OcclusionAttributor",
        "shapley": "youli.explain.attribution.shapley:ShapleyAttributor",
        "integrated_gradients": "youli.explain.attribution.gradient:IntegratedGradientsAttributor",
        "gradient_input": "youli.explain.attribution.gradient:GradientInputAttributor",
        "attention": "youli.explain.attribution.attention:AttentionAttributor",
        "cosine": "youli.explain.attribution.baselines:CosineAttributor",
        "recency": "youli.explain.attribution.baselines:RecencyAttributor",
        "random": "youli.explain.attribution.baselines:RandomAttributor",
        "shap": "youli.evaluate.faithfulness.peers:KernelShap",
        "lime": "youli.evaluate.faithfulness.peers:LimeAttributor",
        "captum_ablation": "youli.evaluate.faithfulness.peers:CaptumAblation",
        "captum_shapley": "youli.evaluate.faithfulness.peers:CaptumShapley",
        "captum_ig": "youli.evaluate.faithfulness.peers:CaptumIntegratedGradients",
    },
    extras={
        "shap": ("shap", "peers-explain"),
        "lime": ("lime", "peers-explain"),
        "captum_ablation": ("captum", "peers-explain"),
        "captum_shapley": ("captum", "peers-explain"),
        "captum_ig": ("captum", "peers-explain"),
    },
)

EXPLAINERS = Registry(
    "youli.explainers",
    {
        "ledger": "youli.explain.questions.ledger:LedgerExplainer",
        "counterfactual": "youli.explain.questions.counterfactual:CounterfactualExplainer",
        "why-not": "youli.explain.questions.why_not:WhyNotExplainer",
        "contrast": "youli.explain.questions.contrast:ContrastExplainer",
        "what-if": "youli.explain.questions.what_if:WhatIfExplainer",
        "pipeline": "youli.explain.questions.pipeline:PipelineExplainer",
        "global": "youli.explain.questions.whole:GlobalExplainer",
        "rules": "youli.explain.questions.whole:RulesExplainer",
        "surrogate": "youli.explain.questions.whole:SurrogateExplainer",
        "attention": "youli.explain.questions.attributions:AttentionExplainer",
        "gradient": "youli.explain.questions.attributions:GradientExplainer",
        "shapley": "youli.explain.questions.attributions:ShapleyExplainer",
        "occlusion": "youli.explain.questions.attributions:OcclusionExplainer",
        "activations": "youli.explain.questions.activations:ActivationsExplainer",
    },
)
