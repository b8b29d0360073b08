"""Facts that sentences quote: titles with the products they belong to, and labels."""

from __future__ import annotations

from collections.abc import Sequence

from youli.explain.questions.base import Asked
from youli.explain.types import Fact

__all__ = ["MOST_NAMED", "named", "named_labels", "titled"]

#: Products or labels that a sentence names one by one.
MOST_NAMED = 3


def titled(asked: Asked, item_nums: Sequence[int]) -> dict[str, Fact]:
    """Titles of up to three products; ``n_more`` counts those after the second of more."""
    found: dict[str, Fact] = {}
    for number, item_num in enumerate(item_nums[:MOST_NAMED], start=1):
        suffix = "" if number == 1 else f"_{number}"
        found[f"source{suffix}"] = int(item_num)
        found[f"source_title{suffix}"] = asked.ranker.shop.catalogue.titles[item_num]
    if len(item_nums) > MOST_NAMED:
        found["n_more"] = len(item_nums) - 2
    return found


def named(many: Sequence[object]) -> int:
    """The form for so many products or labels: 1 to 3, and 4 for more."""
    return min(len(many), MOST_NAMED + 1)


def named_labels(labels: Sequence[tuple[str, str]]) -> dict[str, Fact]:
    """Names and values of up to three attributes; ``n_more`` counts those after the second."""
    found: dict[str, Fact] = {}
    for number, (name, value) in enumerate(labels[:MOST_NAMED], start=1):
        suffix = "" if number == 1 else f"_{number}"
        found[f"attribute{suffix}"] = name
        found[f"value{suffix}"] = value
    if len(labels) > MOST_NAMED:
        found["n_more"] = len(labels) - 2
    return found
