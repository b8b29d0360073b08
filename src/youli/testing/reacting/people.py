"""What shoppers would be satisfied with, how they read a list, and what becomes of them.

A visitor looks at the place r of a list with chance 1 / r^½ and thinks of a product

    z = v + (1 - informs · τ) · doubt · ε + push · τ

v is the chance that the product satisfies them, τ how far they believe this kind of reason by now,
ε a normal number that is the same whoever makes the list. What looks better than a threshold is
bought; after use it satisfies with chance v + gain. Who is disappointed believes that kind of
reason less, comes back less often, and leaves for good in the end. Nothing of this is told to the
system but purchases, returns, ratings and words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from youli.explain.types import ClaimKind
from youli.feedback.records import ItemKind, ReasonKind
from youli.testing.known_cause.config import FROM_PAST, Cause
from youli.testing.known_cause.simulate import Purchases
from youli.testing.reacting.config import KINDS, ReactingConfig
from youli.types import BoolArray, FloatArray

__all__ = ["Answer", "People", "Seen"]

#: Chances of a visitor's words; none of them is learned from directly.
_RATES_IF_GLAD, _RETURNS_IF_NOT, _SPEAKS_OF_REASON = 0.4, 0.6, 0.3
_SAYS_NOT_FOR_ME, _POOR_FIT = 0.15, 0.25
#: How fast belief and mood follow experience, good and bad.
_LEARNS_GOOD, _LEARNS_BAD = 0.12, 0.25
_FIRST_BELIEF, _FIRST_MOOD, _BORED, _LEAVES_BELOW = 0.6, 0.6, 0.02, 0.2
#: What makes a product fit: shares of its chance to satisfy.
_BASE, _RELATED, _CLUSTER, _CHEAP, _DEAR, _QUALITY, _DISLIKED = (
    0.33,
    0.25,
    0.4,
    0.1,
    0.1,
    0.14,
    0.35,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One place of a list as the visitor gets it."""

    item_num: int
    reason: ClaimKind | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor does with one place: buys or not, and what they say at once and after use."""

    place: int
    item_num: int
    bought: bool
    satisfied: bool
    says: tuple[tuple[ItemKind, float | None], ...] = ()
    of_reason: ReasonKind | None = None


class People:
    """The visitors of one run, whose belief and mood change as they go."""

    def __init__(self, config: ReactingConfig, made: Purchases) -> None:
        self.config = config
        rng = np.random.default_rng([config.seed, 11])
        n = config.n_visitors
        self.group = np.arange(n) % len(config.groups)
        self.satisfies = _chances(made, n, rng)  # [n_visitors, n_products]
        dealt = rng.permutation(4)  # kinds that every shop of this size can give often enough
        self.unreliable = KINDS[int(dealt[3])]
        self.best = [KINDS[int(dealt[at % 3])] for at in range(len(config.groups))]
        self.belief = np.full((n, len(KINDS)), _FIRST_BELIEF)
        self.mood = np.full(n, _FIRST_MOOD)
        self.stays: BoolArray = np.ones(n, dtype=bool)

    def visits(self, turn: int) -> list[int]:
        """Who comes in a round."""
        chance = np.random.default_rng([self.config.seed, 12, turn]).random(len(self.mood))
        return np.flatnonzero(self.stays & (chance < 0.3 + 0.6 * self.mood)).tolist()

    def expected(self, user: int, item_num: int, reason: ClaimKind | None, turn: int) -> float:
        """What showing a reason earns on average if it is read: kept minus regretted."""
        from scipy.special import ndtr

        gain, informs, push = self._planted(user, reason, turn)
        believed = self._believed(user, reason)
        fit = float(self.satisfies[user, item_num])
        spread = self.config.doubt * (1.0 - informs * believed)
        takes = ndtr((fit + push * believed - self.config.takes_above) / spread)
        return float(takes * (2.0 * np.clip(fit + gain, 0.02, 0.98) - 1.0))

    def react(self, user: int, turn: int, places: Sequence[Seen]) -> list[Answer]:
        """Read a list, buy, use, and change one's mind about reasons and the shop."""
        config = self.config
        rng = np.random.default_rng([config.seed, 13, turn, user])
        n = self.satisfies.shape[1]
        doubt = np.asarray(rng.standard_normal(n))
        looks, luck, words, chatter = rng.random((4, n))
        answers, n_taken = [], 0
        for place, seen in enumerate(places, start=1):
            item = seen.item_num
            if looks[item] >= place**-0.5:
                answers.append(Answer(place, item, bought=False, satisfied=False))
                continue
            gain, informs, push = self._planted(user, seen.reason, turn)
            believed = self._believed(user, seen.reason)
            fit = float(self.satisfies[user, item])
            appeal = fit + (1.0 - informs * believed) * config.doubt * float(doubt[item])
            if appeal + push * believed <= config.takes_above or n_taken == config.most_taken:
                poor = fit < _POOR_FIT and words[item] < _SAYS_NOT_FOR_ME
                says = ((ItemKind.NOT_FOR_ME, None),) if poor else ()
                answers.append(Answer(place, item, bought=False, satisfied=False, says=says))
                continue
            n_taken += 1
            glad = bool(luck[item] < np.clip(fit + gain, 0.02, 0.98))
            answers.append(
                Answer(
                    place, item, bought=True, satisfied=glad, says=_after_use(glad, words[item]),
                    of_reason=_of_reason(glad, chatter[item]),
                )
            )  # fmt: skip
            self._learn(user, seen.reason, glad)
        if not n_taken:
            self.mood[user] -= _BORED
        self.stays[user] = self.mood[user] >= _LEAVES_BELOW
        return answers

    def _learn(self, user: int, reason: ClaimKind | None, glad: bool) -> None:
        speed = _LEARNS_GOOD if glad else _LEARNS_BAD
        self.mood[user] += speed * (glad - self.mood[user])
        if reason in KINDS:
            at = KINDS.index(reason)
            self.belief[user, at] += speed * (glad - self.belief[user, at])

    def _believed(self, user: int, reason: ClaimKind | None) -> float:
        return float(self.belief[user, KINDS.index(reason)]) if reason in KINDS else 0.0

    def _planted(
        self, user: int, reason: ClaimKind | None, turn: int
    ) -> tuple[float, float, float]:
        """Gain, share of doubt taken away, and push of a kind for a visitor."""
        config = self.config
        if reason not in KINDS:
            return 0.0, 0.0, 0.0
        if reason is self.unreliable and turn < config.mended_at:
            return config.unreliable_gain, 0.0, config.unreliable_push
        if reason is self.best[self.group[user]]:
            return config.best_gain, config.best_informs, 0.0
        return config.usual_gain, config.usual_informs, 0.0


def _after_use(glad: bool, luck: float) -> tuple[tuple[ItemKind, float | None], ...]:
    if glad:
        return ((ItemKind.RATED, 5.0),) if luck < _RATES_IF_GLAD else ()
    return ((ItemKind.RETURNED, None),) if luck < _RETURNS_IF_NOT else ((ItemKind.RATED, 1.0),)


def _of_reason(glad: bool, luck: float) -> ReasonKind | None:
    if luck >= _SPEAKS_OF_REASON:
        return None
    return ReasonKind.HELPFUL if glad else ReasonKind.WRONG


def _chances(made: Purchases, n_visitors: int, rng: np.random.Generator) -> FloatArray:
    """The chance that each product satisfies each visitor, float64 [n_visitors, n_products].

    It fits if it leads on from what they bought, lies in their hidden clusters, and is cheap where
    they look at prices; it is better or worse than it looks; and everybody dislikes two categories
    and two brands among those that they bought least of.
    """
    world, n_products = made.world, made.config.n_products
    quality = rng.normal(0.0, _QUALITY, n_products)
    price_rank = np.argsort(np.argsort(world.price_minor)) / n_products
    chance = np.empty((n_visitors, n_products))
    for user in range(n_visitors):
        past = made.item_num[made.indptr[user] : made.indptr[user + 1]]
        related = np.zeros(n_products)
        for cause in FROM_PAST:
            if cause is not Cause.REPLENISH:
                leads = world.partners[cause][past].ravel()
                related[leads[leads >= 0]] = 1.0
        share = np.bincount(world.cluster[past], minlength=made.config.n_clusters) / len(past)
        one = _BASE + _RELATED * related + _CLUSTER * share[world.cluster] + quality
        if made.sensitive[user]:
            one += _CHEAP * (price_rank < 0.33) - _DEAR * (price_rank > 0.67)
        for codes, n_codes in (
            (world.category, made.config.n_categories),
            (world.brand, made.config.n_brands),
        ):
            counts = np.bincount(codes[past], minlength=n_codes) + rng.random(n_codes)
            disliked = np.argsort(counts)[:2]
            one -= _DISLIKED * np.isin(codes, disliked)
        chance[user] = np.clip(one, 0.03, 0.97)
    return chance
