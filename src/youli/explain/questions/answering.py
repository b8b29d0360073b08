"""Ask a method, rank its proofs again, read its sentences back, and only then give the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from youli.data.state import ShopperState
from youli.errors import ConfigError
from youli.explain.checks import TOLERANCE, check_fresh
from youli.explain.lists import ModelLists, Ranks
from youli.explain.questions.base import (
    Answer,
    Asked,
    Explainer,
    Finding,
    Proof,
    Question,
    rank_in,
)
from youli.explain.support import SupportIndex
from youli.explain.types import Check, Sentence, Voice
from youli.explain.worlds import changed
from youli.rank.ranker import Ranker
from youli.registry import EXPLAINERS

__all__ = ["answer_question", "check_proofs", "method_named"]

_WITHHELD = Sentence("withheld")


def method_named(name: str) -> Explainer:
    """The method of that name, built in or plugged in; `ConfigError` where there is none."""
    found: Explainer = EXPLAINERS.load(name)()
    return found


def answer_question(
    asked: Asked, question: Question, explainer: Explainer, voice: Voice, support: SupportIndex
) -> Answer:
    """The checked answer; where a check fails it says so and holds nothing of what was found.

    Raises `ConfigError` for something given that the method does not take.
    """
    unknown = question.given() - explainer.takes
    if unknown:
        takes = ", ".join(sorted(explainer.takes)) or "nothing but the product"
        raise ConfigError(
            f"the method {explainer.name} does not take {', '.join(sorted(unknown))}",
            value=sorted(unknown)[0],
            hint=f"it takes {takes}",
        )
    finding = explainer.find(asked, question)
    text, read_back = voice.tell(_of_list(asked, finding.sentences))
    checks = (
        *finding.checks,
        check_proofs(asked, finding.proofs),
        check_fresh(asked.ranker, support),
        read_back,
    )
    if not all(check.passed for check in checks):
        text, _ = voice.tell((_WITHHELD,))
        finding = Finding(data={})
    return Answer(
        method=explainer.name,
        exact=explainer.exact if finding.exact is None else finding.exact,
        item_num=question.item_num,
        k=asked.k,
        rank=rank_in(asked.listed, question.item_num),
        score=asked.score(question.item_num),
        data=finding.data,
        text=text,
        proofs=finding.proofs,
        checks=checks,
        model=question.model,
    )


def _of_list(asked: Asked, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences that name the list name the right one: of all products, or of new ones."""
    return [
        replace(one, form=f"{one.form}/new") if asked.only_new and "k" in one.facts else one
        for one in sentences
    ]


def check_proofs(asked: Asked, proofs: Sequence[Proof]) -> Check:
    """Ask what ranks again in every proof's world, the ledger's scores by the slow route.

    The check fails where a place differs, where a score differs by more than the tolerance of all
    checks, and where there is no proof at all.
    """
    worst, n_wrong = 0.0, 0
    for proof in proofs:
        ranker, state = changed(asked.ranker, asked.state, proof.change)
        if proof.diversity is not None:
            ranker = replace(ranker, config=replace(ranker.config, diversity=proof.diversity))
        if proof.score is not None:
            measured = _scored_again(asked, ranker, state, proof.item_num)
            worst = max(worst, abs(measured - proof.score) / max(1.0, abs(measured)))
        if proof.rank is not None:
            lists: Ranks = ranker if asked.scorer is None else ModelLists(ranker, asked.scorer)
            rank = rank_in(lists.listed(state, k=asked.k), proof.item_num)
            n_wrong += (rank or 0) != proof.rank
    numbers = {"n_proofs": len(proofs), "residual": worst, "n_wrong_ranks": n_wrong}
    return Check("ranked_again", bool(proofs) and n_wrong == 0 and worst <= TOLERANCE, numbers)


def _scored_again(asked: Asked, ranker: Ranker, state: ShopperState, item_num: int) -> float:
    """By the ledger's slow route, or by the saved model."""
    if asked.scorer is not None:
        return float(asked.scorer.score_batch([state])[0, item_num])
    return float(ranker.score_items(state, np.array([item_num], dtype=np.int32))[0])
