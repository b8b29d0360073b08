"""English for methods beside the ledger: of the whole shop, and of models asked again."""

from __future__ import annotations

__all__ = ["METHODS_EN"]


#: What a channel counts, as the end of "… of what speaks in these lists comes from …".
_DRIVERS = {
    "transition": "what shoppers choose next",
    "basket": "what is in one order",
    "neighbours": "what the same shoppers choose",
    "bridge": "what leads to the same products",
    "affinity": "what shoppers of a product keep choosing",
    "attributes": "shared attributes",
    "text": "similar descriptions",
    "image": "similar photos",
    "neural": "a learned weighing of past products",
    "repurchase": "buying again",
    "profile": "what is known of the shopper",
    "trend": "what is trending",
    "popularity": "popularity",
    "other": "a further part of the ranking",
}


def _whole() -> dict[str, str]:
    """Answers that rest on the whole shop."""
    return {
        "global/shop": (
            "This was counted over the lists of {n_shoppers} {n_shoppers|shopper|shoppers}"
        ),
        "global/product": (
            "This was counted over the lists of {n_shoppers} {n_shoppers|shopper|shoppers} "
            "that hold this"
        ),
        "global/few": "There are too few shoppers to say what drives their lists",
        **{
            f"global/channel/{name}": f"{{confidence}} of what speaks there comes from {words}"
            for name, words in _DRIVERS.items()
        },
        "rules/none": "No rule of this shop leads from your history to this",
        "rules/together": (
            "{n_both} of the {n_source} {n_source|order|orders} of others with {source_title} "
            "({confidence}) also {n_both|holds|hold} this"
        ),
        **{
            f"rules/went_on/{verb}": (
                "{n_both} of the {n_source} {n_source|other shopper|other shoppers} who "
                f"{verb} {{source_title}} ({{confidence}}) later {verb} this"
            )
            for verb in ("bought", "chose")
        },
        "surrogate/tree": (
            "A tree of {n_questions} {n_questions|question|questions} imitates the score of this: "
            "in histories that it had not seen it explains {confidence} of the differences"
        ),
        "surrogate/first": "Its first question is whether {source_title} is in your history",
        "surrogate/flat": "The score of this is the same whatever is left out of your history",
        "surrogate/unfaithful": (
            "No tree of a few questions imitates the score of this well: the best explains "
            "{confidence} of the differences"
        ),
    }


def _attributions() -> dict[str, str]:
    """What methods for models without a ledger say, after the model was asked again."""
    falls = "Without {source_title} the score of this falls"
    return {
        "attribution/lower/1": falls,
        "attribution/lower/2": f"{falls}, and likewise without {{source_title_2}}",
        "attribution/lower/3": (
            f"{falls}, and likewise without {{source_title_2}} or without {{source_title_3}}"
        ),
        "attribution/held": (
            "Asked again, the model bears out {n_held} of {n_claims} {n_claims|claim|claims}"
        ),
        "attribution/no_claim": "This method finds no past product that raises the score of this",
        "attribution/unseen": "Nothing in your history counts, so none of it speaks for this",
        "attribution/estimate": "This is an estimate",
        "activations/layers": (
            "The score was read off after {n_layers} layers; layer {layer} changes it most"
        ),
        "activations/one": "The score was read off after layer {layer}, the only one",
    }


METHODS_EN = {**_whole(), **_attributions()}
