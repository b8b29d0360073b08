"""Round after round: lists are shown, shoppers react, the system learns; and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from youli.evaluate.beyond import gini, mean_popularity
from youli.feedback.records import ItemFeedback, ItemKind, ReasonFeedback, ReasonKind
from youli.rank.ranker import Ranker
from youli.testing.known_cause.simulate import Purchases
from youli.testing.reacting.config import ROUND_DAYS, ReactingConfig
from youli.testing.reacting.people import Answer, People, Seen
from youli.testing.reacting.system import Frozen, Listed, Loop, fit_shop
from youli.types import FloatArray

__all__ = ["Course", "lists_moved", "run"]

_DAY_S = 86_400
#: A spammer saves the pushed product so many times a round.
_SAVES = 30


@dataclass
class Course:
    """What one run recorded, an entry a round unless it says otherwise."""

    #: Purchases that satisfied, a visitor (whoever left counts).
    satisfied: list[float] = field(default_factory=list)
    #: Those minus the ones that were regretted.
    net: list[float] = field(default_factory=list)
    #: Share of visitors who have not left.
    staying: list[float] = field(default_factory=list)
    #: Mean over choices of what the best checked reason would have earned beyond the shown one.
    regret: list[float] = field(default_factory=list)
    #: The same had the reason been drawn with equal chances among the same ones.
    regret_uniform: list[float] = field(default_factory=list)
    #: Share of choices that showed the best kind of the group where it was among the checked.
    best_shown: list[float] = field(default_factory=list)
    #: How popular what is shown is, by the first log; and how unevenly products are shown.
    popularity: list[float] = field(default_factory=list)
    gini: list[float] = field(default_factory=list)
    #: Mean probability of a good experience that the system believes the unreliable kind to have.
    unreliable: list[float] = field(default_factory=list)
    #: One a purchase: what was believed, and whether it satisfied.
    believed: list[float] = field(default_factory=list)
    came_true: list[float] = field(default_factory=list)


def run(
    system: Frozen, people: People, config: ReactingConfig, *, attacked: bool = False
) -> Course:
    """All rounds of one system with its visitors, and with spammers where it is `attacked`."""
    course = Course()
    start = int(system.ranker.shop.data_until.timestamp())
    n_shoppers = _n_shoppers(system.made)
    for turn in range(config.n_rounds):
        now = start + turn * ROUND_DAYS * _DAY_S + _DAY_S
        n_satisfied = n_regretted = 0
        regrets: list[float] = []
        uniform: list[float] = []
        is_best: list[float] = []
        rows: list[list[int]] = []
        for user in people.visits(turn):
            user_id = system.ranker.shop.interactions.users.ids[user]
            group = config.groups[people.group[user]]
            listed = system.show(user_id, group, now)
            rows.append(_padded([one.item_num for one in listed], config.k))
            for one in listed:
                _judge(people, user, one, turn, regrets, uniform, is_best)
            answers = people.react(
                user, turn, [Seen(one.item_num, one.shown.reason) for one in listed]
            )
            for one, answer in zip(listed, answers, strict=True):
                _tell(system, one, answer)
                n_satisfied += answer.satisfied
                n_regretted += answer.bought and not answer.satisfied
                if answer.bought and np.isfinite(one.believed):
                    course.believed.append(one.believed)
                    course.came_true.append(float(answer.satisfied))
        if isinstance(system, Loop):
            if attacked:
                _attack(system, people, config, now)
            course.unreliable.append(_trust_in(system, people, config, now))
            system.learn(now + ROUND_DAYS * _DAY_S)
            if (turn + 1) % config.refit_every == 0 and turn + 1 < config.n_rounds:
                system.refit()
        n = config.n_visitors
        course.satisfied.append(n_satisfied / n)
        course.net.append((n_satisfied - n_regretted) / n)
        course.staying.append(float(people.stays.mean()))
        course.regret.append(_mean(regrets))
        course.regret_uniform.append(_mean(uniform))
        course.best_shown.append(_mean(is_best))
        lists = np.array(rows, dtype=np.int32).reshape(len(rows), config.k)
        course.popularity.append(mean_popularity(lists, n_shoppers, config.n_shoppers))
        course.gini.append(gini(lists, config.n_products))
    return course


def lists_moved(system: Loop, config: ReactingConfig) -> tuple[float, float]:
    """Share of the visitors' places that the spammers' words change at the next fit.

    First as it is, with the limits, then without them: the same log with and without what the
    spammers said, learned from anew.
    """
    known = set(system.first_users)
    honest = [one for one in system.said if one.user_id in known]

    def lists(ranker: Ranker) -> FloatArray:
        users = ranker.shop.interactions.users.ids[: config.n_visitors]
        return np.array([ranker.listed(system.state(user), k=config.k) for user in users])

    clean = lists(fit_shop(system.log(honest)))
    moved = []
    for is_limited in (True, False):
        spammed = lists(fit_shop(system.log(system.said, is_limited=is_limited)))
        kept = [len(np.intersect1d(a, b)) for a, b in zip(clean, spammed, strict=True)]
        moved.append(1.0 - float(np.mean(kept)) / config.k)
    return moved[0], moved[1]


def _judge(
    people: People,
    user: int,
    one: Listed,
    turn: int,
    regrets: list[float],
    uniform: list[float],
    is_best: list[float],
) -> None:
    """What the choice of one reason gave away, by what is planted."""
    if len(one.options) < 2 or one.shown.reason not in one.options:
        return
    earns = {kind: people.expected(user, one.item_num, kind, turn) for kind in one.options}
    most = max(earns.values())
    regrets.append(most - earns[one.shown.reason])
    uniform.append(most - float(np.mean(list(earns.values()))))
    best = people.best[people.group[user]]
    if best in earns:
        is_best.append(float(one.shown.reason is best))


def _tell(system: Frozen, one: Listed, answer: Answer) -> None:
    """Pass on what the visitor did and said; the frozen system hears of purchases and returns."""
    shown = one.shown
    bought: tuple[tuple[ItemKind, float | None], ...] = ((ItemKind.BOUGHT, None),)
    said = (*bought, *answer.says) if answer.bought else answer.says
    if answer.bought:
        system.record(shown.user_id, one.item_num, shown.timestamp)
    if any(kind is ItemKind.RETURNED for kind, _ in said):
        system.take_back(shown.user_id, one.item_num)
    if not isinstance(system, Loop):
        return
    for kind, value in said:
        system.hear(
            ItemFeedback(
                shown.user_id, shown.item_id, kind, shown.timestamp, value, shown.recommendation_id
            )
        )
    if answer.of_reason is not None:
        system.hear_of_reason(
            ReasonFeedback(
                shown.user_id, shown.item_id, answer.of_reason, shown.timestamp,
                shown.recommendation_id,
            )
        )  # fmt: skip


def _attack(system: Loop, people: People, config: ReactingConfig, now: int) -> None:
    """Accounts without purchases push a product and say that honest reasons are wrong."""
    items = system.ranker.shop.interactions.items.ids
    pushed = items[int(np.argmin(people.satisfies.mean(axis=0)))]
    for number in range(config.n_attackers):
        user_id = f"z{number}"
        group = config.groups[number % len(config.groups)]
        for one in system.show(user_id, group, now):
            shown = one.shown
            is_bad = shown.reason is people.unreliable
            kind = ReasonKind.HELPFUL if is_bad else ReasonKind.WRONG
            system.hear_of_reason(
                ReasonFeedback(user_id, shown.item_id, kind, now, shown.recommendation_id)
            )
        for second in range(_SAVES):
            system.hear(ItemFeedback(user_id, pushed, ItemKind.SAVED, now + second))


def _trust_in(system: Loop, people: People, config: ReactingConfig, now: int) -> float:
    """Mean over the visitors of what is believed of the unreliable kind."""
    found = [
        system.trust.of(
            system.ranker.shop.interactions.users.ids[user], people.unreliable,
            group=config.groups[people.group[user]], now=now,
        ).probability
        for user in range(config.n_visitors)
    ]  # fmt: skip
    return float(np.mean(found))


def _n_shoppers(made: Purchases) -> FloatArray:
    pairs = np.unique(np.stack([made.user_num, made.item_num]), axis=1)
    return np.bincount(pairs[1], minlength=made.config.n_products).astype(np.float64)


def _padded(items: list[int], k: int) -> list[int]:
    return items + [-1] * (k - len(items))


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
