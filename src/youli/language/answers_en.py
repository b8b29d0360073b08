"""English for answers: one sentence a form, in the order in which a method says them."""

from __future__ import annotations

from youli.language.methods_en import METHODS_EN
from youli.language.vocabulary import DONE

__all__ = ["ANSWERS_EN"]

_TOP = "<your> top {k}"
_TOP_NEW = "<your> top {k} of <things.products> new to <you>"

_TITLES = {
    1: "{source_title}",
    2: "{source_title} and {source_title_2}",
    3: "{source_title}, {source_title_2} and {source_title_3}",
    4: "{source_title}, {source_title_2} and {n_more} more",
}
_LABELS = {
    1: "{attribute} ({value})",
    2: "{attribute} ({value}) and {attribute_2} ({value_2})",
    3: "{attribute} ({value}), {attribute_2} ({value_2}) and {attribute_3} ({value_3})",
    4: "{attribute} ({value}), {attribute_2} ({value_2}) and {n_more} more",
}
_LESS = "; taking out less would not do it"


def _counterfactuals() -> dict[str, str]:
    forms = {
        "counterfactual/none/events": (
            f"Even without any of <your> events this would stay in {_TOP}"
        ),
        "counterfactual/none/interests": (
            f"Even without all events whose category or brand is known this would stay in {_TOP}"
        ),
        "counterfactual/none/attributes": (
            f"Even if no attribute counted, this would stay in {_TOP}"
        ),
    }
    for n in _TITLES:
        for by, start in (
            ("events", f"Without {{n_events}} {{n_events|event|events}} with {_TITLES[n]}"),
            ("interests", f"Without all <your> events with {_LABELS[n]}"),
            ("attributes", f"If {_LABELS[n]} did not count,"),
        ):
            forms[f"counterfactual/{by}/{n}"] = f"{start} this would not be in {_TOP}"
            forms[f"counterfactual/{by}/{n}/minimal"] = (
                f"{start} this would not be in {_TOP}{_LESS}"
            )
    return forms


def _why_not() -> dict[str, str]:
    forms = {
        "why_not/listed": f"This is in {_TOP}, at place {{rank}}",
        "why_not/out_of_stock": "This is out of stock, so it is not listed",
        "why_not/bought": (
            "<You> <past.bought> this before, and this list leaves out what was <participle.bought>"
        ),
        "why_not/declined": "<You> said that this is not for <you>, so it is not listed",
        "why_not/hidden": "The <things.shop> has taken this out of the list",
        "why_not/asked_for": "This is not what the list was asked for: its filter leaves it out",
        "why_not/pinned_below": "The <things.shop> has put this further down than this list goes",
        "why_not/pins": (
            "By its score this is at place {place}, but what the <things.shop> has put into "
            f"{_TOP} takes its place"
        ),
        "why_not/below": (
            f"By its score this is at place {{place}}: the last <things.item> of {_TOP}, "
            f"{_TITLES[1]}, scores higher"
        ),
        "why_not/diversity": (
            f"By its score this is at place {{place}}, but {_TOP} already "
            "{n_before|has|have} {n_before} {n_before|<things.product>} of its category"
        ),
        "why_not/no_change": f"No small change was found that would bring it into {_TOP}",
    }
    for event in ("view_item", "purchase"):
        forms[f"why_not/add/{event}"] = (
            f"Had <you> also <did.{event}>, this would be in {_TOP}, at place {{rank_after}}"
        )
    for n in (1, 2, 3):
        start = f"Without {_TITLES[n]} this would be in {_TOP}, at place {{rank_after}}"
        forms[f"why_not/ignore/{n}"] = start
        forms[f"why_not/ignore/{n}/minimal"] = f"{start}{_LESS}"
    return forms


def _contrast() -> dict[str, str]:
    pair = "{source_title} stands above {source_title_2}"
    return {
        "contrast/score": f"{pair} because its score is higher",
        "contrast/diversity": f"{pair} to keep the list varied: its score is not higher",
        "contrast/pin": (
            f"{pair} because the <things.shop> has set the place: its score is not higher"
        ),
        "contrast/filter": f"{pair} because a filter keeps the other out of the list",
        "contrast/tie": f"{pair} though both have the same score: ties go by the catalogue's order",
        "contrast/whole": (
            "No three <things.products> of <your> history decide this: without them the order stays"
        ),
        **{
            f"contrast/deciding/{n}": f"Without {_TITLES[n]} it would be the other way round"
            for n in (1, 2, 3)
        },
    }


def _what_if() -> dict[str, str]:
    forms = {}
    starts = {
        **{f"add/{event}": f"Had <you> also <did.{event}>," for event in DONE},
        "remove": f"Without {_TITLES[1]}",
        "price": "At {price_minor}",
    }
    for kind, start in starts.items():
        forms[f"what_if/{kind}/moved"] = (
            f"{start} this would be at place {{place_after}} by its score instead of "
            "{place_before}"
        )
        forms[f"what_if/{kind}/same"] = (
            f"{start} this would stay at place {{place_after}} by its score"
        )
        forms[f"what_if/{kind}/in"] = (
            f"{start} this might be listed, at place {{place_after}} by its score"
        )
        forms[f"what_if/{kind}/out"] = f"{start} a filter would keep this out of the list"
    return forms


def _pipeline() -> dict[str, str]:
    scored = "{n_all} {n_all|product was|products were} scored"
    stock = "{n_out} that {n_out|is|are} out of stock"
    bought = "{n_bought} that <you> <past.bought> before"
    return {
        "pipeline/counts/none": f"{scored} and none was left out",
        "pipeline/counts/stock": f"{scored}, without {stock}",
        "pipeline/counts/bought": f"{scored}, without {bought}",
        "pipeline/counts/both": f"{scored}, without {stock} and {bought}",
        "pipeline/unseen": "Nothing <you> did in this <things.shop> is known, so no history counts",
        "pipeline/ignored": "None of <your> events counts, so the list rests on no history",
        "pipeline/below": f"By its score this is at place {{place}}, below {_TOP}",
        "pipeline/spread_out": (
            f"By its score this is at place {{place}}; keeping {_TOP} varied put it out"
        ),
        "pipeline/by_score": "Its score alone puts this at place {rank}",
        "pipeline/moved": (
            "By its score this is at place {place}; keeping the list varied put it at place {rank}"
        ),
        "pipeline/declined": "{n_declined} more that <you> said {n_declined|is|are} not for <you>",
        "pipeline/hidden": "{n_hidden} more that the <things.shop> has taken out",
        "pipeline/asked_for": "{n_asked_for} more that {n_asked_for|is|are} not what was asked for",
        "pipeline/pinned": (
            "By its score this is at place {place}; the <things.shop> has put it at place {rank}"
        ),
        "pipeline/pinned_out": (
            f"By its score this is at place {{place}}; what the <things.shop> has put into {_TOP} "
            "took its place"
        ),
        "pipeline/moved_by_pins": (
            "By its score this is at place {place}; what the <things.shop> has put into the list "
            "moved it to place {rank}"
        ),
        "pipeline/moved_by_both": (
            "By its score this is at place {place}; keeping the list varied and what the "
            "<things.shop> has put into it moved it to place {rank}"
        ),
        "pipeline/promoted": "The <things.shop> promotes this",
        "pipeline/buried": "The <things.shop> has lowered the score of this",
    }


def _both_lists(forms: dict[str, str]) -> dict[str, str]:
    """Every form that names the list, once more for the list of new products."""
    new = {f"{key}/new": form.replace(_TOP, _TOP_NEW) for key, form in forms.items()}
    return {**forms, **{key: form for key, form in new.items() if "{k}" in form}}


#: The forms of reasons that name the list: those of counterfactuals.
_NAMING_THE_LIST = {
    "counterfactual/none": f"Even without <your> whole history this would stay in {_TOP}",
    "counterfactual/absent": f"This is not in {_TOP}",
    **{
        f"counterfactual/{n}{end}": f"Without {titles} this would not be in {_TOP}{words}"
        for n, titles in _TITLES.items()
        for end, words in (("", ""), ("/minimal", _LESS))
    },
}

ANSWERS_EN = _both_lists(
    {
        "withheld": "There is an answer, but it did not pass its checks, so it is not shown",
        "ledger/alone": "Nothing in <your> history speaks for this",
        "ledger/history": (
            "{n_events} of <your> events {n_events|speaks|speak} for this, most of all "
            "{n_events|that|those} with {source_title}"
        ),
        **_NAMING_THE_LIST,
        **_counterfactuals(),
        **_why_not(),
        **_contrast(),
        **_what_if(),
        **_pipeline(),
        **METHODS_EN,
    }
)
