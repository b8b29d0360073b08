"""What was understood of an utterance: its intent, the products it points at, the need it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

__all__ = ["Constraint", "Intent", "ItemRef", "Need", "RefKind", "Understood"]


class Intent(StrEnum):
    """What a shopper wants of the conversation."""

    WHY = "why"
    WHY_NOT = "why_not"
    COMPARE = "compare"
    CHEAPER = "cheaper"
    OTHER_BRAND = "other_brand"
    OTHER_COLOUR = "other_colour"
    MORE_LIKE = "more_like"
    LESS_LIKE = "less_like"
    FIND = "find"
    ABOUT_ITEM = "about_item"
    CART = "cart"
    ABOUT_ME = "about_me"
    FORGET = "forget"
    UNDO = "undo"
    PERSONAL_OFF = "personal_off"
    PERSONAL_ON = "personal_on"
    WRONG_REASON = "wrong_reason"
    HELP = "help"
    THANKS = "thanks"
    GREETING = "greeting"
    YES = "yes"
    NO = "no"
    FALLBACK = "fallback"


class RefKind(StrEnum):
    """How a product was pointed at."""

    NAME = "name"  # by words of its title
    PLACE = "place"  # "the second one"
    THIS = "this"  # "that", 这个


@dataclass(frozen=True, slots=True)
class ItemRef:
    """One product that was pointed at.

    By name: `item_nums` are the products that the words fit, best first, one where it is clear. By
    place: 1-based `place` in the list that was shown last, -1 for its last product.
    """

    kind: RefKind
    item_nums: tuple[int, ...] = ()
    place: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that products must have or must not have.

    `attribute` is a column of the catalogue or a kind of the lexicon (``colour``, ``material``,
    ``words``); `value` the column's value or the lexicon's English key.
    """

    attribute: str
    value: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody is looking for, every part of it a chip that can be taken out again."""

    constraints: tuple[Constraint, ...] = ()
    max_price: Decimal | None = None
    min_price: Decimal | None = None
    about_price: Decimal | None = None
    #: ISO code where one was said.
    currency: str | None = None
    #: Who it is for, what for, in which tone: keys of the lexicon.
    recipient: str | None = None
    occasion: str | None = None
    tones: tuple[str, ...] = ()
    #: What is left to search for, as it was said.
    words: str = ""
    #: cheap, popular or new.
    sort: str | None = None

    def __bool__(self) -> bool:
        return self != Need()


@dataclass(frozen=True, slots=True)
class Understood:
    """One utterance, understood."""

    text: str
    intent: Intent
    #: Between 0 and 1: by how much this intent is ahead of the next.
    margin: float
    refs: tuple[ItemRef, ...] = ()
    need: Need = field(default_factory=Need)
    #: Whether everything is meant ("forget everything").
    all: bool = False
    lang: str = "en"
