"""`youli picture`: one shopper's explanation as a picture."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import typer

from youli.cli.options import Lang, Language, ShopFolder, drawn
from youli.engine import Engine
from youli.errors import ConfigError, UnknownEntityError
from youli.plots.base import Picture
from youli.plots.ledger import past_of, timeline, waterfall
from youli.plots.maps import heat_map, photo_pair

__all__ = ["What", "picture"]

#: Past products and listed products of a heat map: what can be read.
_N_PAST, _N_LISTED = 16, 12
_HEAT = {"en": "What each past product gives each listed one", "zh": "每件历史商品给每件推荐的贡献"}


class What(StrEnum):
    """What can be drawn of one shopper."""

    WATERFALL = "waterfall"
    TIMELINE = "timeline"
    HEAT = "heat"
    PHOTOS = "photos"


def picture(
    shop: ShopFolder,
    what: Annotated[What, typer.Argument(metavar="WHAT", help="What to draw.")],
    out: Annotated[Path, typer.Option("--out", help="File to write, .svg or .png.")],
    user: Annotated[
        str | None, typer.Option("--user", help="The shopper; not needed for photos.")
    ] = None,
    item: Annotated[
        str | None, typer.Option("--item", help="The product; a heat map takes the whole list.")
    ] = None,
    other: Annotated[
        str | None, typer.Option("--other", help="The second product of two photos.")
    ] = None,
    lang: Lang = Language.EN,
) -> None:
    """Draw a ledger (waterfall), a history (timeline), a list (heat) or two photos."""
    engine = Engine.open(shop)
    drawn(_drawn(engine, what, user, item, other, lang.value), out)


def _drawn(
    engine: Engine, what: What, user: str | None, item: str | None, other: str | None, lang: str
) -> Picture:
    titles = engine.shop.catalogue.titles
    if what is What.PHOTOS:
        one, two = (
            engine.item_num(_needed(x, o)) for x, o in ((item, "--item"), (other, "--other"))
        )
        photos = engine.shop.photos
        if photos is None:
            raise UnknownEntityError(
                "this shop has no photos", hint="photos are learned with `youli fit --photos`"
            )
        return photo_pair(photos, one, two, titles, lang=lang)
    state = engine.state(_needed(user, "--user"))
    if what is What.HEAT:
        listed = engine.ranker.listed(state, k=_N_LISTED)
        items, _ = state.distinct_items
        amounts = engine.ranker.amounts_by_past(state, listed)
        most = abs(amounts).sum(axis=1).argsort(kind="stable")[::-1][:_N_PAST]
        return heat_map(
            amounts[most],
            [titles[one] for one in items[most]],
            [titles[one] for one in listed],
            _HEAT[lang],
        )
    item_num = engine.item_num(_needed(item, "--item"))
    if what is What.WATERFALL:
        explanation = engine.explain(state, item_num, lang=lang)
        return waterfall(explanation.ledger, titles[item_num], titles, lang=lang)
    if what is What.TIMELINE:
        past = past_of(engine.ranker, state, item_num)
        return timeline(past, titles[item_num], engine.shop, lang=lang)
    assert_never(what)


def _needed(value: str | None, option: str) -> str:
    if value is None:
        raise ConfigError(
            f"this picture needs {option}", value=option, hint=f"add {option} with the shop's id"
        )
    return value
