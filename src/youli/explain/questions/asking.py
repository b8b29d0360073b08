"""What people give beside a product, by the shop's own ids, as a `Question`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from youli.explain.questions.base import Question
from youli.explain.types import By

__all__ = ["AskedEvent", "Asking"]

#: Events that may be added in a what-if: those that say something.
AskedEvent: TypeAlias = Literal[
    "purchase", "add_to_cart", "add_to_wishlist", "rate", "view_item", "select_item", "search"
]


@dataclass(frozen=True, slots=True)
class Asking:
    """What a method may be given; empty where nothing was."""

    other: str | None = None
    by: By | None = None
    add: str | None = None
    event: AskedEvent = "purchase"
    remove: str | None = None
    price_minor: int | None = None
    model: str | None = None

    def question(self, item_num: int, num_of: Callable[[str], int]) -> Question:
        """The same by rows; `num_of` raises `UnknownEntityError` for an unknown product."""
        return Question(
            item_num,
            other=None if self.other is None else num_of(self.other),
            by=self.by,
            add=None if self.add is None else (num_of(self.add), self.event),
            remove=None if self.remove is None else num_of(self.remove),
            price_minor=self.price_minor,
            model=self.model,
        )
