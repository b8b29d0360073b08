"""A shallow tree that imitates a model's ranking, with how well it does printed on it.

    fidelity = 1 − error(tree) / error(baseline)        on held-out shoppers or histories

The error is the mean square for a score (so fidelity is R², the baseline the training mean) and the
share of wrong answers for "is it listed?" (the baseline always gives the commoner answer). A tree
below `least_fidelity` says that it does not stand for the model. It is an estimate in any case;
what is exact is the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from youli import markup
from youli.data.shop import Shop
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.explain.lists import Ranks
from youli.explain.overview.readable import ReadableTable
from youli.explain.overview.tree import Feature, Node, grow
from youli.rank.ranker import top
from youli.types import FloatArray, IntArray

__all__ = ["Surrogate", "SurrogateConfig", "fit_local", "fit_surrogate"]

Target = Literal["listed", "score"]
#: Fewest shoppers or histories on either side of the held-out split.
_FEWEST = 5
#: "Nearly listed" means among so many places.
_NEARLY = 5


class SurrogateConfig(BaseModel):
    """How the tree is grown, and from how many it may be believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: int = Field(default=3, ge=1, le=4)
    """Questions on the longest way; more than four cannot be read."""
    min_rows: int = Field(default=10, ge=1)
    """Cases that a leaf must have."""
    n_shoppers: int = Field(default=200, ge=1)
    """Shoppers drawn for the tree of the whole shop; all where there are fewer."""
    n_others: int = Field(default=40, ge=2)
    """Products a shopper that are not listed: half of them nearly listed, half any."""
    n_histories: int = Field(default=300, ge=20)
    """Histories with products left out, for the tree around one shopper."""
    held_out: float = Field(default=0.3, gt=0.0, lt=1.0)
    """Share of the shoppers or histories that the tree is judged on."""
    least_fidelity: float = Field(default=0.5, ge=0.0, le=1.0)
    """Below it, the tree says that it does not stand for the model."""
    k: int = Field(default=10, ge=1)
    """Length of the list."""
    seed: int = 0
    """Seed of all draws."""


@dataclass(frozen=True)
class Surrogate:
    """The tree, what it imitates, and how well it did on what it had not seen."""

    target: Target
    #: The one product of a tree around one shopper; empty for the tree of the whole shop.
    title: str
    tree: Node
    features: tuple[Feature, ...]
    fidelity: float
    #: Share of right answers for "listed", root mean square error for "score"; and the baseline's.
    measured: float
    baseline: float
    n_train: int
    n_held_out: int
    config: SurrogateConfig
    #: The past products that the questions of a tree around one shopper ask about.
    past: tuple[int, ...] = ()
    #: A tree imitates; it never is the model.
    exact: bool = field(default=False, init=False)

    @property
    def about(self) -> str:
        """What the tree imitates, in words."""
        if self.title:
            asked = "is it listed" if self.target == "listed" else "its score"
            return f"{self.title}: {asked}, by what was had"
        if self.target == "listed":
            return f"which products are among the first {self.config.k}"
        return "how far a product scores above the shopper's mean"

    @property
    def faithful(self) -> bool:
        """Whether it may be read as what the model does."""
        return self.fidelity >= self.config.least_fidelity

    @property
    def verdict(self) -> str:
        """How far to trust it, in a sentence or two."""
        cases = f"{self.n_held_out:,} held-out cases"
        if self.target == "listed":
            said = (
                f"Right in {self.measured:.1%} of {cases} (always the commoner answer: "
                f"{self.baseline:.1%}); fidelity {self.fidelity:.2f}."
            )
        else:
            said = (
                f"R² {self.fidelity:.2f} on {cases} (error {self.measured:.3g}; always the mean: "
                f"{self.baseline:.3g})."
            )
        if self.faithful:
            return f"{said} An estimate, not the model."
        return (
            f"This tree does not stand for the model (below {self.config.least_fidelity:g}): do "
            f"not read it as what the model does. {said}"
        )

    def document(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "about": self.about,
            "target": self.target,
            "exact": self.exact,
            "faithful": self.faithful,
            "fidelity": round(self.fidelity, 6),
            "least_fidelity": self.config.least_fidelity,
            "measure": "accuracy" if self.target == "listed" else "rmse",
            "measured": round(self.measured, 6),
            "baseline": round(self.baseline, 6),
            "n_train": self.n_train,
            "n_held_out": self.n_held_out,
            "verdict": self.verdict,
            "tree": _node(self.tree),
        }

    def _repr_html_(self) -> str:
        leaves = [(f"leaf {n} ({one.n_rows:,} cases)", one.value)
                  for n, one in enumerate(self.tree.leaves(), start=1)]  # fmt: skip
        return markup.card(
            f"A tree: {self.about}",
            [
                markup.paragraph(self.verdict),
                markup.preformatted(self.tree.lines()),
                markup.bars("Leaves in the order of the text", leaves, form="{:.3g}"),
            ],
        )


def _node(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"value": round(node.value, 6), "n_rows": node.n_rows}
    if node.feature is not None and node.yes is not None and node.no is not None:
        found |= {
            "question": node.question,
            "feature": node.feature.name,
            "threshold": node.threshold,
            "yes": _node(node.yes),
            "no": _node(node.no),
        }
    return found


def fit_surrogate(
    ranks: Ranks, target: Target = "listed", config: SurrogateConfig | None = None
) -> Surrogate:
    """The tree of the whole shop: from what a person could know to the list or the score.

    A score is taken above the mean of what the shopper may be shown, because only that ranks.
    Raises `NotEnoughDataError` for fewer than ten shoppers with something to show.
    """
    config = SurrogateConfig() if config is None else config
    shop = ranks.shop
    rng = np.random.default_rng(config.seed)
    known = np.flatnonzero(np.diff(shop.interactions.indptr) > 0)
    drawn = rng.permutation(known)[: config.n_shoppers]
    readable = ReadableTable(shop)
    now = int(shop.data_until.timestamp())
    parts: list[tuple[FloatArray, FloatArray]] = []
    for user in drawn.tolist():
        state = ShopperState.before(shop, user, int(shop.interactions.indptr[user + 1]), now)
        found = _cases(ranks, state, target, config, rng)
        if found is not None:
            parts.append((readable.rows(state, found[0]), found[1]))
    return _judged(parts, readable.features, "", target, config)


def _cases(
    ranks: Ranks,
    state: ShopperState,
    target: Target,
    config: SurrogateConfig,
    rng: np.random.Generator,
) -> tuple[IntArray, FloatArray] | None:
    """Products of one shopper and the target of each; None where there is nothing to choose."""
    scores, eligible = ranks.score(state), ranks.eligible(state)
    listed = ranks.listed(state, k=config.k)
    rest = eligible & ~np.isnan(scores)
    mean = float(scores[rest].mean()) if rest.any() else 0.0
    rest[listed] = False
    if not len(listed) or not rest.any():
        return None
    nearly = top(np.where(rest, scores, -np.inf), rest, _NEARLY * config.k)
    nearly = rng.permutation(nearly)[: config.n_others // 2]
    rest[nearly] = False
    others = rng.permutation(np.flatnonzero(rest))[: config.n_others - len(nearly)]
    item_nums = np.concatenate([listed, nearly, others]).astype(np.int32)
    if target == "score":
        return item_nums, scores[item_nums] - mean
    return item_nums, (np.arange(len(item_nums)) < len(listed)).astype(np.float64)


def fit_local(
    ranks: Ranks,
    state: ShopperState,
    item_num: int,
    target: Target = "listed",
    config: SurrogateConfig | None = None,
) -> Surrogate:
    """The tree around one shopper: which past products keep `item_num` listed, or lift its score.

    Each history leaves every past product out with probability ½; steps stay as they are. Raises
    `NotEnoughDataError` for a shopper without a history.
    """
    config = SurrogateConfig() if config is None else config
    rng = np.random.default_rng(config.seed)
    items, _ = state.distinct_items
    past = [at for at, rows in enumerate(state.rows_of_distinct) if rows]
    if not past:
        raise NotEnoughDataError(
            "there is no history to leave anything out of",
            value=state.user_id,
            hint="ask of a shopper with events, or without --user for the whole shop",
        )
    kept = rng.random((config.n_histories, len(past))) < 0.5
    answers = np.empty(config.n_histories)
    seen: dict[bytes, float] = {}
    for number, mine in enumerate(kept):
        key = mine.tobytes()
        if key not in seen:
            gone = [row for at, keep in zip(past, mine, strict=True) if not keep
                    for row in state.rows_of_distinct[at]]  # fmt: skip
            seen[key] = _answer(ranks, state.without(gone), item_num, target, config.k)
        answers[number] = seen[key]
    titles = ranks.shop.catalogue.titles
    features = tuple(Feature(name, "flag") for name in _told_apart(ranks.shop, items[past]))
    parts = [(row[None, :].astype(np.float64), answers[n : n + 1]) for n, row in enumerate(kept)]
    judged = _judged(parts, features, titles[item_num], target, config)
    return replace(judged, past=tuple(items[past].tolist()))


def _told_apart(shop: Shop, item_nums: IntArray) -> list[str]:
    """Titles, with the id where two of them are called the same."""
    titles = [shop.catalogue.titles[one] for one in item_nums.tolist()]
    ids = [shop.interactions.items.ids[one] for one in item_nums.tolist()]
    return [
        f"{title} ({one})" if titles.count(title) > 1 else title
        for title, one in zip(titles, ids, strict=True)
    ]


def _answer(ranks: Ranks, state: ShopperState, item_num: int, target: Target, k: int) -> float:
    if target == "listed":
        return float(item_num in ranks.listed(state, k=k))
    return float(ranks.score(state)[item_num])


def _judged(
    parts: Sequence[tuple[FloatArray, FloatArray]],
    features: tuple[Feature, ...],
    title: str,
    target: Target,
    config: SurrogateConfig,
) -> Surrogate:
    """Grow on the first parts, judge on the last; a shopper is on one side alone."""
    n_held_out = round(config.held_out * len(parts))
    if min(n_held_out, len(parts) - n_held_out) < _FEWEST:
        raise NotEnoughDataError(
            f"{len(parts)} shoppers are too few to grow a tree and to judge it",
            value=len(parts),
            hint=f"at least {_FEWEST} are needed on either side",
        )
    cut = len(parts) - n_held_out
    (table, answers), (unseen, truth) = (
        (np.concatenate([p[0] for p in some]), np.concatenate([p[1] for p in some]))
        for some in (parts[:cut], parts[cut:])
    )
    tree = grow(table, answers, features, depth=config.depth, min_rows=config.min_rows)
    guesses, mean = tree.predict(unseen), float(answers.mean())
    if target == "listed":
        wrong = float(np.mean((guesses > 0.5) != (truth > 0.5)))
        base = float(np.mean((mean > 0.5) != (truth > 0.5)))
        measured, baseline = 1.0 - wrong, 1.0 - base
    else:
        wrong = float(((guesses - truth) ** 2).mean())
        base = float(((mean - truth) ** 2).mean())
        measured, baseline = wrong**0.5, base**0.5
    return Surrogate(
        target=target,
        title=title,
        tree=tree,
        features=features,
        fidelity=_fidelity(wrong, base),
        measured=measured,
        baseline=baseline,
        n_train=len(answers),
        n_held_out=len(truth),
        config=config,
    )


def _fidelity(wrong: float, base: float) -> float:
    """1 where nothing is wrong, also where there was nothing to get wrong."""
    if wrong <= 1e-24:
        return 1.0
    return 1.0 - wrong / base if base > 0.0 else 0.0
