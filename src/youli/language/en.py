"""English."""

from __future__ import annotations

import re
from datetime import date

from youli.language.grammar import Grammar
from youli.language.vocabulary import DONE, Vocabulary

__all__ = ["english"]

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

_TIMES = "{n_times} {n_times|time|times}"
_OPENINGS = {
    "once": "<You> {did}",
    "once_dated": "<You> {did} on {last_date}",
    "often": f"<You> {{did}} {_TIMES}",
    "often_dated": f"<You> {{did}} {_TIMES}, last on {{last_date}}",
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
_OTHERS = "<people.other>"


def _openings(words: Vocabulary) -> dict[str, str]:
    forms = {}
    for done in DONE:
        did = words.fill(f"<did.{done}>")
        about, this = did.replace("{object}", "{source_title}"), did.replace("{object}", "this")
        for name, opening in _OPENINGS.items():
            forms[f"opening/{name}/{done}"] = opening.replace("{did}", about)
            forms[f"buy_again/{name}/{done}"] = opening.replace("{did}", this)
        forms[f"buy_again/rhythm/{done}"] = (
            f"<You> {this} {_TIMES}, about every {{gap_days}} {{gap_days|day|days}}, "
            "last on {last_date}"
        )
        forms[f"buy_again/once/{done}/chip"] = f"<You> {this} before"
        forms[f"buy_again/often/{done}/chip"] = f"<You> {this} {_TIMES}"
        forms[f"buy_again/rhythm/{done}/chip"] = f"<You> {this} about every {{gap_days}} days"
    return forms


def _observations(words: Vocabulary, verb: str) -> dict[str, str]:
    past, participle = words.fill(f"<past.{verb}>"), words.fill(f"<participle.{verb}>")
    done = participle[0].upper() + participle[1:]
    _, shoppers = words.fill("<people.shopper>").split("|")
    _, others = words.fill("<people.other>").split("|")
    return {
        f"went_on/{verb}": (
            f"{{n_both}} of the {{n_source}} {{n_source|{_OTHERS}}} who {past} it later {past} this"
        ),
        f"went_on/{verb}/chip": f"{done} after {{source_title}}",
        f"together/{verb}": (
            "{n_both} of the {n_source} {n_source|<things.order>} of others with it "
            "({confidence}) also {n_both|holds|hold} this"
        ),
        f"together/{verb}/chip": "In <things.one_order> with {source_title}",
        f"chosen_alike/{verb}": f"{{n_both}} {{n_both|{_OTHERS}}} {past} both",
        f"chosen_alike/{verb}/chip": f"{done} by {shoppers} of {{source_title}}",
        f"beside/went_on/{verb}": (
            f"{{n_both}} of the {{n_source}} {{n_source|<people.shopper>}} who {past} "
            f"{{source_title}} later {past} this"
        ),
        f"beside/together/{verb}": (
            "{n_both} of the {n_source} {n_source|<things.order>} with {source_title} "
            "({confidence}) also {n_both|holds|hold} this"
        ),
        f"beside/chosen_alike/{verb}": (
            f"{{n_both}} {{n_both|<people.shopper>}} {past} both this and {{source_title}}"
        ),
        f"group/{verb}": (
            f"{{n_chose}} of the {{n_group}} {{n_group|{_OTHERS}}} with <your> "
            f"{{attribute}} ({{value}}) {past} this"
        ),
        f"group/{verb}/chip": f"{done} by others with <your> {{attribute}}",
        f"recent/{verb}": (
            f"{{n_recent}} {{n_recent|{_OTHERS}}} {past} this in the last {{days}} "
            "{days|day|days}"
        ),
        f"recent/{verb}/chip": "{n_recent} {n_recent|<people.shopper>} in {days} days",
        f"trending/{verb}": (
            f"{{n_recent}} {{n_recent|{_OTHERS}}} {past} this in the last {{days}} "
            "{days|day|days}, up from {n_before} in the {days} {days|day|days} before"
        ),
        f"trending_few_before/{verb}": (
            f"{{n_recent}} {{n_recent|{_OTHERS}}} {past} this in the last {{days}} "
            "{days|day|days}, more than in the {days} {days|day|days} before"
        ),
        f"trending/{verb}/chip": "Trending: {n_recent} {n_recent|<people.shopper>} in {days} days",
        f"popular/{verb}": f"{{n_shoppers}} of {{n_all}} {{n_all|{_OTHERS}}} {past} this",
        f"popular/{verb}/chip": (f"{done} by {{n_shoppers}} {{n_shoppers|{_OTHERS}}}"),
        f"popular_few/{verb}": f"Few {others} have {participle} this so far",
        f"popular_few/{verb}/chip": f"{done} by few so far",
        f"popular_new/{verb}": f"New here: nobody else has {participle} it yet",
        f"popular_new/{verb}/chip": "New here",
    }


def _shared(words: Vocabulary) -> dict[str, str]:
    forms = {
        "shared/one": "this has the same {attribute} ({value})",
        "shared/price": "this costs {price_minor}, in the same price band ({value})",
        "beside/shared": "This has the same {attribute} ({value}) as {source_title}",
        "shared/chip": "Same {attribute}: {value}",
    }
    for n in (2, 3):
        for done in (*DONE, "mixed"):
            which = words.fill(f"<which.{done}>")
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


def _searched() -> dict[str, str]:
    forms = {"means": "Close in meaning to {phrase}", "means/chip": "Close in meaning"}
    several = {n: form.replace("source_title", "phrase") for n, form in _SOURCES.items()}
    fields = {
        "title": "the title",
        "brand": "the brand",
        "category": "the category",
        "details": "the details",
        "text": "the description",
    }
    for n, phrases in several.items():
        for field, place in fields.items():
            forms[f"matches/{field}/{n}"] = f"Matches {phrases} in {place}"
        forms[f"matches/{n}/chip"] = f"Matches {phrases}"
    return forms


def _looks_like() -> dict[str, str]:
    return {
        "looks_like/chip": "Looks like {source_title}",
        "beside/looks_like": "This looks like {source_title}",
        **{f"looks_like/{done}": f"This looks like {{source_title}}, <which.{done}>"
           for done in DONE},
    }  # fmt: skip


def _to_advertisers(verb: str) -> dict[str, str]:
    """What the seller of a product hears: counts of others, and nothing that one shopper did."""
    past = f"<past.{verb}>"
    theirs = "something in <people.ones> history"
    return {
        f"advertiser/went_on/{verb}": (
            f"{{n_both}} of the {{n_source}} {{n_source|{_OTHERS}}} who {past} {theirs} later "
            f"{past} yours"
        ),
        f"advertiser/went_on/{verb}/chip": f"Follows {theirs}",
        f"advertiser/together/{verb}": (
            f"{{n_both}} of the {{n_source}} {{n_source|<things.order>}} of others with {theirs} "
            "({confidence}) also {n_both|holds|hold} yours"
        ),
        f"advertiser/together/{verb}/chip": f"In <things.one_order> with {theirs}",
        f"advertiser/chosen_alike/{verb}": (
            f"{{n_both}} {{n_both|{_OTHERS}}} {past} both yours and {theirs}"
        ),
        f"advertiser/chosen_alike/{verb}/chip": f"Chosen together with {theirs}",
        f"advertiser/group/{verb}": (
            f"{{n_chose}} of the {{n_group}} {{n_group|{_OTHERS}}} of <people.ones> group {past} "
            "yours"
        ),
        f"advertiser/group/{verb}/chip": "Chosen in <people.ones> group",
        f"advertiser/shared_attribute/{verb}": (
            f"Yours has the same {{attribute}} ({{value}}) as {theirs}"
        ),
        f"advertiser/shared_attribute/{verb}/chip": "Same {attribute}: {value}",
        f"advertiser/similar_text/{verb}": f"Yours is described much like {theirs}",
        f"advertiser/similar_text/{verb}/chip": f"Described like {theirs}",
        f"advertiser/looks_like/{verb}": f"Yours looks like {theirs}",
        f"advertiser/looks_like/{verb}/chip": f"Looks like {theirs}",
        f"advertiser/matches/{verb}": "Yours matches what <people.one> searched for",
        f"advertiser/matches/{verb}/chip": "Matches a search",
        f"advertiser/means/{verb}": "Yours is close in meaning to what <people.one> searched for",
        f"advertiser/means/{verb}/chip": "Close in meaning to a search",
        f"advertiser/buy_again/{verb}": "Yours is in <people.ones> own history",
        f"advertiser/buy_again/{verb}/chip": "Had before",
        "advertiser/counterfactual": "What <people.one> did is told to nobody else",
    }


def _counterfactuals() -> dict[str, str]:
    forms = {
        "counterfactual/none": (
            "Even without <your> whole history this would stay in <your> top {k}"
        ),
        "counterfactual/absent": "This is not in <your> top {k}",
    }
    for n, titles in {**_SOURCES, 4: "{source_title}, {source_title_2} and {n_more} more"}.items():
        start = f"Without {titles} this would not be in <your> top {{k}}"
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


def english(words: Vocabulary) -> Grammar:
    """The language with the words of a scene and an audience."""
    return Grammar(
        lang="en",
        forms=words.fill_all(
            {
                **_openings(words),
                **_observations(words, "bought"),
                **_observations(words, "chose"),
                **_shared(words),
                **_similar_text(),
                **_looks_like(),
                **_searched(),
                **_counterfactuals(),
                **_to_advertisers("bought"),
                **_to_advertisers("chose"),
                "promoted": "Promoted by the <things.shop>",
                "promoted/chip": "Promoted",
            }
        ),
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
