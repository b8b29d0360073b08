"""What a scene calls its people and things, and how each audience is spoken to.

One data file a scene and language (`packs/video.zh.toml`); the forms of a language have marks such
as ``<people.other>`` or ``<You>`` in their place. A shop of films has viewers who watched, a shop
of journeys travellers who booked; a service agent hears of *the customer* what the customer hears
of *you*. An advertiser is told nothing of what a shopper did: see `plan_claim`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from importlib import resources

from youli.errors import ConfigError

__all__ = ["DONE", "RETAIL", "SCENES", "Audience", "Vocabulary", "vocabulary"]

RETAIL = "retail"
SCENES: tuple[str, ...] = (RETAIL, "video", "travel", "finance", "social", "ads")

#: What can have been done with a past product: `did` and `which` of a pack have a phrase for each.
DONE: tuple[str, ...] = (
    "purchase",
    "add_to_cart",
    "add_to_wishlist",
    "rate",
    "view_item",
    "select_item",
    "search",
)

_MARK = re.compile(r"<([A-Za-z_.]+)>")


class Audience(StrEnum):
    """To whom a reason is said."""

    SHOPPER = "shopper"  # "you"
    AGENT = "agent"  # of customer service: "the customer"
    MERCHANT = "merchant"  # "this customer"
    ADVERTISER = "advertiser"  # "why was my product shown": nothing that the shopper did


class Vocabulary:
    """Words by mark, for one scene, language and audience."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def fill(self, form: str) -> str:
        """The form with a word at every mark; words may have marks of their own."""
        while _MARK.search(form):
            form = _MARK.sub(lambda mark: self._words[mark.group(1)], form)
        return form

    def fill_all(self, forms: Mapping[str, str]) -> dict[str, str]:
        """Every form with its words."""
        return {key: self.fill(form) for key, form in forms.items()}


@lru_cache
def vocabulary(lang: str, scene: str = RETAIL, audience: Audience = Audience.SHOPPER) -> Vocabulary:
    """The words of a scene; `ConfigError` where there is no such scene."""
    if scene not in SCENES:
        raise ConfigError(
            f"there is no vocabulary for {scene!r}",
            value=scene,
            hint=f"choose from {', '.join(SCENES)}",
        )
    file = resources.files("youli.language") / "packs" / f"{scene}.{lang}.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    spoken_to = tables[Audience.MERCHANT if audience is Audience.ADVERTISER else audience]
    words = dict(spoken_to)
    for name, table in tables.items():
        if name not in set(Audience):
            words |= {f"{name}.{key}": word for key, word in table.items()}
    return Vocabulary(words)
