"""What methods for models, and of the whole shop, found: as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

__all__ = ["found_tables"]

#: Rows of a table that a terminal shows; the JSON has all.
_MOST_ROWS = 15


def found_tables(found: dict[str, Any], kind: str) -> Iterator[Table | str]:
    """Claims, features, layers, a tree, shares: whichever there are; `kind` says how exact."""
    if "claims" in found:
        yield _claims(found, kind)
        agreement = found["numbers"].get("spearman_with_occlusion")
        if agreement is not None:
            yield f"rank correlation of attention with leaving out: {agreement:+.2f}"
    if "features" in found:
        yield _features(found["features"])
    if "layers" in found:
        yield _layers(found["layers"])
    yield from found.get("lines", ())
    if "shares" in found:
        yield _shares(found)


def _claims(found: dict[str, Any], kind: str) -> Table:
    held = found["yield"]["by_amount"]
    exactly = "" if held is None else f", {held:.0%} by the very amount"
    table = Table(
        caption=f"{kind}; {found['n_claims'] - found['n_dropped']} of {found['n_claims']} claims "
        f"held when the model was asked again{exactly}"
    )
    table.add_column("past product")
    for name in ("claimed", "score falls by", "alone lifts by"):
        table.add_column(name, justify="right")
    for one in found["claims"]:
        numbers = (one["claimed"], one["score_falls_by"], one["alone_lifts_by"])
        table.add_row(_plain(one["item"]["title"]), *(f"{number:+.4f}" for number in numbers))
    return table


def _features(features: dict[str, Any]) -> Table:
    agreement = features["attention_agrees_with_occlusion"]
    said = "undefined" if agreement is None else f"{agreement:+.2f}"
    table = Table(caption=f"rank correlation of attention with masking: {said}")
    table.add_column("feature")
    for name in ("attention", "score falls by", "gradient × input"):
        table.add_column(name, justify="right")
    for one in features["by_feature"][:_MOST_ROWS]:
        table.add_row(
            _plain(one["feature"]),
            f"{one['attention']:.3f}",
            f"{one['score_falls_by']:+.4f}",
            f"{one['gradient_input']:+.4f}",
        )
    return table


def _layers(layers: list[dict[str, Any]]) -> Table:
    table = Table(caption="the last layer's score is the model's; those before are read off")
    table.add_column("layer")
    for name in ("score", "strongest"):
        table.add_column(name, justify="right")
    for one in layers:
        score = "" if one["score"] is None else f"{one['score']:.4f}"
        table.add_row(one["layer"], score, f"{max(one['strength']):.3f}")
    return table


def _shares(found: dict[str, Any]) -> Table:
    table = Table(caption=found["scope"])
    table.add_column("by")
    table.add_column("driver")
    table.add_column("share", justify="right")
    for aspect, rows in found["shares"].items():
        for row in rows[:5]:
            table.add_row(aspect, _plain(row["name"]), f"{row['share']:.1%}")
    return table


def _plain(text: str) -> str:
    """Without meaning anything to the terminal's markup."""
    return text.replace("[", "\\[")
