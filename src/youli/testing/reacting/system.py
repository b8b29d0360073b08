"""The shop's side of the loop: Youli's own ranker, ledger and checked reasons, frozen or learning.

Both take in what is bought and sent back at once, as Youli does without feedback. The frozen one
does nothing else: the same fit, the strongest checked reason. The loop also heeds what is said,
keeps trust, chooses among the checked reasons, and learns anew from its log now and then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from youli.data.shop import Shop, build_shop
from youli.data.split import leave_last_out
from youli.data.state import ShopperState
from youli.explain.reasons import explain_ranking
from youli.explain.support import SupportIndex
from youli.explain.types import ClaimKind, Reason
from youli.feedback.choice import ChoiceConfig, ReasonChooser
from youli.feedback.effects import with_said
from youli.feedback.exposure import event_weights, position_bias, weighted
from youli.feedback.limits import LimitsConfig, account_weight, limited
from youli.feedback.off_policy import Verdict, judge
from youli.feedback.records import (
    ItemFeedback,
    ItemKind,
    ReasonFeedback,
    RewardConfig,
    Shown,
    experiences,
    rewards,
)
from youli.feedback.trust import Trust
from youli.language.voice import TemplateVoice
from youli.rank.combine import CombineConfig
from youli.rank.fit import FitConfig, fit_channels, fit_on_split
from youli.rank.ranker import Ranker
from youli.testing.known_cause.simulate import Purchases
from youli.testing.known_cause.tables import events_table, items_table, users_table
from youli.testing.reacting.config import ROUND_DAYS, ReactingConfig
from youli.types import Ledger

__all__ = ["Frozen", "Listed", "Loop", "fit_shop"]

_FIT = FitConfig(
    channels=("transition", "affinity", "attributes", "image", "popularity", "trend", "profile"),
    repeats="exclude",
    combine=CombineConfig(n_cases=250, n_rounds=1),
)
#: A saved product is an event of the log; what else is said is not.
_SAVED = "add_to_wishlist"
#: A week is long enough here: whoever regrets a purchase does so at once.
_REWARD = RewardConfig(settled_days=ROUND_DAYS)
#: Half of the choices are drawn at random until the log says that choosing earns more.
_CHOICE = ChoiceConfig(trial=0.5)


@dataclass(frozen=True, slots=True)
class Listed:
    """One place as shown, and the kinds that might have been shown there."""

    shown: Shown
    item_num: int
    options: tuple[ClaimKind, ...]
    #: Probability of a good experience that was believed when it was shown; NaN without a reason.
    believed: float


def fit_shop(shop: Shop) -> Ranker:
    """Youli's own fit of a simulated log: weights on each shopper's last purchase, then on all."""
    ranker, _ = fit_on_split(leave_last_out(shop), _FIT)
    channels = fit_channels(shop, tuple(ranker.channels), config=_FIT, before=ranker)
    return Ranker(shop, channels, ranker.coefficients, ranker.config)


class Frozen:
    """Ranks and explains as learned before the first round."""

    def __init__(self, config: ReactingConfig, made: Purchases, ranker: Ranker) -> None:
        self.config, self.made = config, made
        self.version = 0
        self._first = ranker.shop
        self._states: dict[str, ShopperState] = {}
        self._serve(ranker)

    @property
    def first_users(self) -> tuple[str, ...]:
        """The shoppers who were known before the first round."""
        return self._first.interactions.users.ids

    def show(self, user_id: str, group: str, now: int) -> list[Listed]:
        """The visitor's list with its reasons."""
        state = self.state(user_id)
        ranking = self.ranker.rank(state, k=self.config.k)
        found = explain_ranking(self.ranker, self.support, state, ranking, self.voice)
        return [
            self._listed(
                user_id, group, now, one.rank, one.item_num,
                _kinds(one.reasons)[:1], _kinds(one.reasons)[:1],
            )
            for one in found
        ]  # fmt: skip

    def record(self, user_id: str, item_num: int, now: int) -> None:
        """Take in a purchase at once."""
        self._states[user_id] = self.state(user_id).record(item_num, "purchase", now)

    def take_back(self, user_id: str, item_num: int) -> None:
        """Take in a return at once: the purchase does not count any more."""
        state = self.state(user_id)
        self._states[user_id] = state.without(state.rows_about(item_num))

    def state(self, user_id: str) -> ShopperState:
        """What is known of a visitor."""
        if user_id not in self._states:
            self._states[user_id] = ShopperState.of(self.ranker.shop, user_id)
        return self._states[user_id]

    def _serve(self, ranker: Ranker) -> None:
        self.ranker = ranker
        self.support, self.voice = SupportIndex(ranker.shop), TemplateVoice(ranker.shop)

    def _listed(
        self,
        user_id: str,
        group: str,
        now: int,
        rank: int,
        item_num: int,
        said: Sequence[ClaimKind],
        options: Sequence[ClaimKind],
        *,
        propensity: float = 1.0,
        target: float = 1.0,
        believed: float = float("nan"),
    ) -> Listed:
        item_id = self.ranker.shop.interactions.items.ids[item_num]
        shown = Shown(
            f"{user_id}-{now}", user_id, item_id, rank, said[0] if said else None,
            f"v{self.version}", now, propensity, target, tuple(options), group,
        )  # fmt: skip
        return Listed(shown, item_num, tuple(options), believed)


class Loop(Frozen):
    """Heeds what is said, keeps trust, chooses reasons, and learns anew."""

    def __init__(
        self,
        config: ReactingConfig,
        made: Purchases,
        ranker: Ranker,
        limits: LimitsConfig | None = None,
    ) -> None:
        super().__init__(config, made, ranker)
        self.limits = LimitsConfig() if limits is None else limits
        self.trust = Trust("v0")
        self.chooser = ReasonChooser(_CHOICE, is_on=False)
        self.verdicts: list[Verdict] = []
        self.shown: list[Shown] = []
        self.said: list[ItemFeedback] = []
        self._said_by: dict[str, list[ItemFeedback]] = {}
        self._words: list[ReasonFeedback] = []
        self._open: list[Shown] = []
        self._judged: list[tuple[Shown, float]] = []
        self._rng = np.random.default_rng([config.seed, 14])

    def show(self, user_id: str, group: str, now: int) -> list[Listed]:
        """The list with reasons chosen among the checked ones."""
        ranker = with_said(self.ranker, self._said_by.get(user_id, ()), now=now)
        state = self.state(user_id)
        chosen: dict[int, tuple[float, float, tuple[ClaimKind, ...]]] = {}

        def choose(ledger: Ledger, options: Sequence[Reason]) -> Sequence[Reason]:
            made = self.chooser.choose(
                user_id, options, self._rng, group=group, now=now, trust=self.trust
            )
            chosen[ledger.item_num] = made.propensity, made.target, _kinds(options)
            return made.reasons

        found = explain_ranking(
            ranker, self.support, state, ranker.rank(state, k=self.config.k), self.voice,
            choose=choose,
        )  # fmt: skip
        listed = []
        for one in found:
            said = _kinds(one.reasons)[:1]
            propensity, target, options = chosen.get(one.item_num, (1.0, 1.0, said))
            believed = float("nan")
            if said:
                believed = self.trust.of(user_id, said[0], group=group, now=now).probability
            listed.append(
                self._listed(
                    user_id, group, now, one.rank, one.item_num, said, options,
                    propensity=propensity, target=target, believed=believed,
                )
            )  # fmt: skip
        self.shown += [one.shown for one in listed]
        self._open += [one.shown for one in listed]
        return listed

    def hear(self, one: ItemFeedback) -> None:
        """Take in what is said of a product: it acts on that visitor's next list."""
        self.said.append(one)
        self._said_by.setdefault(one.user_id, []).append(one)

    def hear_of_reason(self, one: ReasonFeedback) -> None:
        """Take in what is said of a reason."""
        self._words.append(one)

    def learn(self, now: int) -> None:
        """At the end of a round: trust and the chooser learn what is known by now."""
        places = {(one.recommendation_id, one.item_id) for one in self._open}
        said = [one for one in self.said if (one.recommendation_id, one.item_id) in places]
        heard = {user: account_weight(self._n_bought(user), self.limits) for user in self._states}
        earned = rewards(self._open, said, now=now, config=_REWARD)
        for one, reward in earned:
            self.chooser.learn(one, reward, heard=heard[one.user_id])
        if not self.chooser.is_on:
            self._judged += [(one, reward) for one, reward in earned if heard[one.user_id]]
            self.verdicts.append(judge(self._judged))
            self.chooser.is_on = self.verdicts[-1].may_switch_on
        self.trust.observe_all(
            experiences(self._open, said, self._words, now=now, config=_REWARD, heard=heard)
        )
        known = {id(one) for one, _ in earned}
        self._open = [one for one in self._open if id(one) not in known]
        self._words.clear()

    def _n_bought(self, user_id: str) -> int:
        return len(self.state(user_id).bought)

    def refit(self) -> None:
        """Learn anew from the log; trust goes on with part of what is known."""
        self._serve(fit_shop(self.log(self.said)))
        self.version += 1
        self.trust = self.trust.next_version(f"v{self.version}")

    def log(self, said: Sequence[ItemFeedback], *, is_limited: bool = True) -> Shop:
        """All events as the next fit sees them: purchases that were kept, and what was saved.

        Events that came from lists are weighted for place and exposure; what single accounts say
        is bounded, unless `is_limited` is off.
        """
        sent_back = {(one.user_id, one.item_id) for one in said if one.kind is ItemKind.RETURNED}
        bought = [
            one
            for one in said
            if one.kind is ItemKind.BOUGHT and (one.user_id, one.item_id) not in sent_back
        ]
        saved = [one for one in said if one.kind is ItemKind.SAVED]
        first = self._first.interactions
        n_purchases = Counter(
            dict(zip(first.users.ids, np.diff(first.indptr).tolist(), strict=True))
        )
        n_purchases.update(one.user_id for one in bought)
        worth = limited(saved, n_purchases, config=self.limits).weights
        if not is_limited:
            worth = (1.0,) * len(saved)
        rows = [(one, "purchase") for one in bought] + [
            (one, _SAVED) for one, weight in zip(saved, worth, strict=True) if weight
        ]
        shop = self._with_events(rows)
        places = {(one.recommendation_id, one.item_id): one for one in self.shown}
        answered = {
            (one.user_id, one.item_id, one.timestamp): place
            for one in bought
            if (place := places.get((str(one.recommendation_id), one.item_id))) is not None
        }
        took = {(one.recommendation_id, one.item_id) for one in bought}
        chosen = [(one.recommendation_id, one.item_id) in took for one in self.shown]
        weights = event_weights(self.shown, answered, position_bias(self.shown, chosen))
        weights |= {
            (one.user_id, one.item_id, one.timestamp): weight
            for one, weight in zip(saved, worth, strict=True)
            if weight
        }
        return weighted(shop, weights)

    def _with_events(self, rows: Sequence[tuple[ItemFeedback, str]]) -> Shop:
        """The first log and these events, with the photos' features of the first."""
        before = events_table(self.made)
        more = pa.table(
            {
                "user_id": [one.user_id for one, _ in rows],
                "item_id": [one.item_id for one, _ in rows],
                "event": [event for _, event in rows],
                "timestamp": pa.array([one.timestamp * 1_000_000 for one, _ in rows])
                .cast(pa.int64())
                .cast(pa.timestamp("us", tz="UTC")),
            }
        )
        before = before.select(more.column_names)
        shop = build_shop(
            pa.concat_tables([before, more.cast(before.schema)]), items_table(self.made),
            users_table(self.made), currency="EUR", simulated=True,
            data_hash=f"{self._first.data_hash}+{len(rows)}",
        )  # fmt: skip
        return replace(shop, photos=self._first.photos)


def _kinds(reasons: Sequence[Reason]) -> tuple[ClaimKind, ...]:
    return tuple(one.claim.kind for one in reasons)
