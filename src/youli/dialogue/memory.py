"""What a conversation remembers between two messages: small, frozen, and JSON.

Nothing is kept in the server: the client sends back what it was given, signed (`youli.serve.chat`).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from youli.dialogue.types import Constraint, Need

__all__ = ["Change", "Does", "Memory", "NeedIn"]

_MOST_SHOWN, _MOST_CHANGES, _MOST_CONSTRAINTS = 50, 10, 20


class Does(StrEnum):
    """A change of what is kept of a shopper."""

    FORGET = "forget"
    DECLINE = "decline"
    OFF = "off"
    ON = "on"
    UNDO = "undo"


class Change(BaseModel):
    """One change, asked for or done, by rows of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    does: Does
    """What is changed."""
    items: tuple[int, ...] = Field(default=(), max_length=20_000)
    """The products that it is about."""


class NeedIn(BaseModel):
    """A need as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    constraints: tuple[tuple[str, str, bool], ...] = Field(default=(), max_length=_MOST_CONSTRAINTS)
    """Attribute, value, and whether it is wanted."""
    max_price: Decimal | None = None
    """Highest price, in major units."""
    min_price: Decimal | None = None
    """Lowest price."""
    about_price: Decimal | None = None
    """About this price."""
    currency: str | None = Field(default=None, max_length=3)
    """Currency of the limits, where one was said."""
    recipient: str | None = Field(default=None, max_length=40)
    """Whom it is for."""
    occasion: str | None = Field(default=None, max_length=40)
    """What it is for."""
    tones: tuple[str, ...] = Field(default=(), max_length=_MOST_CONSTRAINTS)
    """In which tone."""
    words: str = Field(default="", max_length=500)
    """What is searched for."""
    sort: str | None = Field(default=None, max_length=20)
    """cheap, popular or new."""

    @classmethod
    def of(cls, need: Need) -> NeedIn:
        """The JSON of a need."""
        rows = tuple((one.attribute, one.value, one.wanted) for one in need.constraints)
        return cls(
            constraints=rows[-_MOST_CONSTRAINTS:],
            **{name: getattr(need, name) for name in cls.model_fields if name != "constraints"},
        )

    def need(self) -> Need:
        """The need itself."""
        rows = tuple(Constraint(*row) for row in self.constraints)
        fields = {n: getattr(self, n) for n in type(self).model_fields if n != "constraints"}
        return Need(constraints=rows, **fields)


class Memory(BaseModel):
    """Where a conversation stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lang: str = "en"
    """Language of the last answer."""
    shown: tuple[int, ...] = Field(default=(), max_length=_MOST_SHOWN)
    """Products of the last list, in its order."""
    focus: tuple[int, ...] = Field(default=(), max_length=_MOST_SHOWN)
    """Products that were last spoken of, the latest first."""
    need: NeedIn = NeedIn()
    """What is being looked for."""
    pending: Change | None = None
    """What was asked and waits for yes or no."""
    done: tuple[Change, ...] = Field(default=(), max_length=_MOST_CHANGES)
    """What was changed in this conversation, to be undone from the end."""
    waiting: str | None = Field(default=None, max_length=20)
    """The intent that waits for one of the shown products to be chosen."""
    reason: tuple[int, str] | None = None
    """The reason that was last given: of which product, and which."""

    def with_done(self, change: Change) -> Memory:
        """Remember a change, the oldest falling out."""
        return self.model_copy(update={"done": (*self.done, change)[-_MOST_CHANGES:]})

    def with_shown(self, item_nums: tuple[int, ...]) -> Memory:
        """Remember a list."""
        return self.model_copy(update={"shown": item_nums[:_MOST_SHOWN]})

    def with_focus(self, *item_nums: int) -> Memory:
        """Remember what is spoken of."""
        latest = tuple(dict.fromkeys((*item_nums, *self.focus)))
        return self.model_copy(update={"focus": latest[:_MOST_SHOWN]})
