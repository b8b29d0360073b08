"""English."""

from __future__ import annotations

import re
from datetime import date

from youli.language.grammar import Grammar

__all__ = ["ENGLISH"]

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DATE = rf"\d{{1,2}} (?:{'|'.join(_MONTHS)})(?: \d{{4}})?"

#: What was done with a past product; {object} is its title or "this".
_DID = {
    "purchase": "bought {object}",
    "add_to_cart": "put {object} in your basket",
    "add_to_wishlist": "saved {object}",
    "rate": "rated {object}",
    "view_item": "looked at {object}",
    "select_item": "opened {object}",
    "search": "found {object} in a search",
}
_WHICH = {
    "purchase": "which you bought",
    "add_to_cart": "which you put in your basket",
    "add_to_wishlist": "which you saved",
    "rate": "which you rated",
    "view_item": "which you looked at",
    "select_item": "which you opened",
    "search": "which you found in a search",
    "mixed": "which are in your history",
}
#: Past tense and participle of what other shoppers did.
_VERBS = {"bought": ("bought", "bought"), "chose": ("chose", "chosen")}

_TIMES = "{n_times} {n_times|time|times}"
_OPENINGS = {
    "once": "You {did}",
    "once_dated": "You {did} on {last_date}",
    "often": f"You {{did}} {_TIMES}",
    "often_dated": f"You {{did}} {_TIMES}, last on {{last_date}}",
}
_SOURCES = {
    1: "{source_title}",
    2: "{source_title} and {source_title_2}",
    3: "{source_title}, {source_title_2} and {source_title_3}",
}
#: Shared words in a sentence and in a chip.
_WORDS = {
    1: ("“{word}”", "{word}"),
    2: ("“{word}” and “{word_2}”", "{word}, {word_2}"),
    3: ("“{word}”, “{word_2}” and “{word_3}”", "{word}, {word_2}, {word_3}"),
}
_OTHERS = "other shopper|other shoppers"


def _openings() -> dict[str, str]:
    forms = {}
    for done, did in _DID.items():
        for name, opening in _OPENINGS.items():
            about, this = did.replace("{object}", "{source_title}"), did.replace("{object}", "this")
            forms[f"opening/{name}/{done}"] = opening.replace("{did}", about)
            forms[f"buy_again/{name}/{done}"] = opening.replace("{did}", this)
        forms[f"buy_again/rhythm/{done}"] = (
            f"You {this} {_TIMES}, about every {{gap_days}} {{gap_days|day|days}}, "
            "last on {last_date}"
        )
        forms[f"buy_again/once/{done}/chip"] = f"You {this} before"
        forms[f"buy_again/often/{done}/chip"] = f"You {this} {_TIMES}"
        forms[f"buy_again/rhythm/{done}/chip"] = f"You {this} about every {{gap_days}} days"
    return forms


def _observations(verb: str) -> dict[str, str]:
    past, participle = _VERBS[verb]
    return {
        f"went_on/{verb}": (
            f"{{n_both}} of the {{n_source}} {{n_source|{_OTHERS}}} who {past} it later {past} this"
        ),
        f"went_on/{verb}/chip": f"{participle.capitalize()} after {{source_title}}",
        f"together/{verb}": (
            "{n_both} of the {n_source} {n_source|order|orders} of others with it "
            "({confidence}) also {n_both|holds|hold} this"
        ),
        f"together/{verb}/chip": "In one order with {source_title}",
        f"chosen_alike/{verb}": f"{{n_both}} {{n_both|{_OTHERS}}} {past} both",
        f"chosen_alike/{verb}/chip": f"{participle.capitalize()} by shoppers of {{source_title}}",
        f"beside/went_on/{verb}": (
            f"{{n_both}} of the {{n_source}} {{n_source|shopper|shoppers}} who {past} "
            f"{{source_title}} later {past} this"
        ),
        f"beside/together/{verb}": (
            "{n_both} of the {n_source} {n_source|order|orders} with {source_title} "
            "({confidence}) also {n_both|holds|hold} this"
        ),
        f"beside/chosen_alike/{verb}": (
            f"{{n_both}} {{n_both|shopper|shoppers}} {past} both this and {{source_title}}"
        ),
        f"group/{verb}": (
            f"{{n_chose}} of the {{n_group}} {{n_group|{_OTHERS}}} with your "
            f"{{attribute}} ({{value}}) {past} this"
        ),
        f"group/{verb}/chip": f"{participle.capitalize()} by others with your {{attribute}}",
        f"recent/{verb}": (
            f"{{n_recent}} {{n_recent|{_OTHERS}}} {past} this in the last {{days}} "
            "{days|day|days}"
        ),
        f"recent/{verb}/chip": "{n_recent} {n_recent|shopper|shoppers} in {days} days",
        f"trending/{verb}": (
            f"{{n_recent}} {{n_recent|{_OTHERS}}} {past} this in the last {{days}} "
            "{days|day|days}, up from {n_before} in the {days} {days|day|days} before"
        ),
        f"trending_few_before/{verb}": (
            f"{{n_recent}} {{n_recent|{_OTHERS}}} {past} this in the last {{days}} "
            "{days|day|days}, more than in the {days} {days|day|days} before"
        ),
        f"trending/{verb}/chip": "Trending: {n_recent} {n_recent|shopper|shoppers} in {days} days",
        f"popular/{verb}": f"{{n_shoppers}} of {{n_all}} {{n_all|{_OTHERS}}} {past} this",
        f"popular/{verb}/chip": (
            f"{participle.capitalize()} by {{n_shoppers}} {{n_shoppers|{_OTHERS}}}"
        ),
        f"popular_few/{verb}": f"Few other shoppers have {participle} this so far",
        f"popular_few/{verb}/chip": f"{participle.capitalize()} by few so far",
        f"popular_new/{verb}": f"New here: nobody else has {participle} it yet",
        f"popular_new/{verb}/chip": "New here",
    }


def _shared() -> dict[str, str]:
    forms = {
        "shared/one": "this has the same {attribute} ({value})",
        "shared/price": "this costs {price_minor}, in the same price band ({value})",
        "beside/shared": "This has the same {attribute} ({value}) as {source_title}",
        "shared/chip": "Same {attribute}: {value}",
    }
    for n in (2, 3):
        for done, which in _WHICH.items():
            forms[f"shared/{n}/{done}"] = (
                f"This has the same {{attribute}} ({{value}}) as {_SOURCES[n]}, {which}"
            )
    return forms


def _similar_text() -> dict[str, str]:
    forms = {}
    for n, (words, chip) in _WORDS.items():
        forms[f"similar_text/words/{n}"] = f"this is described much like it: both say {words}"
        forms[f"beside/similar_text/words/{n}"] = (
            f"This is described much like {{source_title}}: both say {words}"
        )
        forms[f"similar_text/words/{n}/chip"] = f"Similar: {chip}"
    near = "both are close to the topic “{topic}”"
    forms["similar_text/topic"] = f"this is described much like it: {near}"
    forms["beside/similar_text/topic"] = f"This is described much like {{source_title}}: {near}"
    forms["similar_text/topic/chip"] = "Similar topic: {topic}"
    return forms


def _looks_like() -> dict[str, str]:
    return {
        "looks_like/chip": "Looks like {source_title}",
        "beside/looks_like": "This looks like {source_title}",
        **{f"looks_like/{done}": f"This looks like {{source_title}}, {which}"
           for done, which in _WHICH.items() if done != "mixed"},
    }  # fmt: skip


def _counterfactuals() -> dict[str, str]:
    forms = {
        "counterfactual/none": "Even without your whole history this would stay in your top {k}",
        "counterfactual/absent": "This is not in your top {k}",
    }
    for n, titles in {**_SOURCES, 4: "{source_title}, {source_title_2} and {n_more} more"}.items():
        start = f"Without {titles} this would not be in your top {{k}}"
        forms[f"counterfactual/{n}"] = start
        forms[f"counterfactual/{n}/minimal"] = f"{start}; taking out less would not do it"
    return forms


def _date(iso: str, today: str) -> str:
    day = date.fromisoformat(iso)
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return text if iso[:4] == today[:4] else f"{text} {day.year}"


def _read_date(text: str) -> tuple[int | None, int, int] | None:
    if not re.fullmatch(_DATE, text):
        return None
    day, month, *year = text.split(" ")
    return (int(year[0]) if year else None, _MONTHS.index(month) + 1, int(day))


ENGLISH = Grammar(
    lang="en",
    forms={
        **_openings(),
        **_observations("bought"),
        **_observations("chose"),
        **_shared(),
        **_similar_text(),
        **_looks_like(),
        **_counterfactuals(),
        "promoted": "Promoted by the shop",
        "promoted/chip": "Promoted",
    },
    quotes=("“", "”"),
    longest_title=60,
    joiner="; ",
    stop=".",
    date=_date,
    read_date=_read_date,
    date_pattern=_DATE,
    plural=lambda n: 0 if n == 1 else 1,
    attribute_names={f"category {level}": "category" for level in range(1, 10)},
    negations=frozenset(
        {"not", "no", "never", "none", "nobody", "without", "hardly", "neither", "nor", "few"}
    ),
)
