"""Answers about one or two products: why, why not, which of the two, what is known of it."""

from __future__ import annotations

from youli.data.shop import PRICE_BAND, WORDS
from youli.dialogue.reply import Turn
from youli.documents import answer_document, explain_document
from youli.errors import InputError
from youli.explain.questions.base import Question

__all__ = ["about_item", "compare", "why", "why_not"]

#: Places of the list that "listed" means.
_K = 10
#: Products among which a change that brings one in is looked for within a message's time.
_MOST_SEARCHED = 5_000
#: Attributes of a product that are said.
_MOST_ATTRIBUTES = 4


def why(turn: Turn) -> None:
    """The checked reasons of a product, and the least without which it would not be listed."""
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    found = turn.engine.explain(
        turn.shopper.state, item, k=_K, lang=turn.lang, counterfactual=True,
        ranker=turn.ranker, audience=turn.audience,
    )  # fmt: skip
    document = explain_document(turn.engine, turn.shopper.state, found, turn.lang)
    if found.rank is None:
        turn.say("not_listed", item=item)
        _offer_why_not(turn)
    else:
        turn.say("listed", item=item, rank=found.rank)
    if not found.reasons:
        turn.say("nothing_checked", item=item)
    for reason, row in zip(found.reasons, document["reasons"], strict=True):
        turn.quote(reason.text, [{"kind": "reason", "item_id": document["item_id"], "reason": row}])
    change = found.counterfactual
    if found.rank is not None and change is not None and change.valid:
        row = {"kind": "counterfactual", "item_id": document["item_id"]}
        turn.quote(change.text, [row | {"counterfactual": document["counterfactual"]}])
    if found.reasons:
        text = found.reasons[0].text
        turn.memory = turn.memory.model_copy(update={"reason": (item, text)})
        turn.offer(*_CHIPS[turn.lang]["wrong"])


def why_not(turn: Turn) -> None:
    """Why a product is not listed, and the least that would bring it in.

    In a large catalogue that least change takes seconds to find: there the conversation says what
    became of the product on its way, and what the last listed one has that it lacks. The method
    "why-not" of the API finds the change.
    """
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    if turn.engine.shop.interactions.n_items <= _MOST_SEARCHED:
        _ask(turn, Question(item), "why-not")
        return
    _ask(turn, Question(item), "pipeline")
    listed = turn.ranker.listed(turn.shopper.state, k=_K).tolist()
    if listed and item not in listed:
        _ask(turn, Question(item, other=listed[-1]), "contrast")


def compare(turn: Turn) -> None:
    """Why one product stands above another, and what both cost."""
    items: list[int] = []
    for ref in turn.said.refs[:2]:
        item = turn.resolve(ref)
        if item is None:
            return
        items.append(item)
    spare = [one for one in (*turn.memory.focus, *turn.memory.shown) if one not in items]
    items += list(dict.fromkeys(spare))[: 2 - len(items)]
    if len(set(items)) < 2:
        turn.say("which_two")
        return
    turn.memory = turn.memory.with_focus(*items)
    _ask(turn, Question(items[0], other=items[1]), "contrast")
    for item in items:
        _say_price(turn, item)
    turn.show_items(items)


def about_item(turn: Turn) -> None:
    """Price, attributes and stock of a product, as the catalogue has them."""
    item = turn.item()
    if item is None:
        return
    turn.memory = turn.memory.with_focus(item)
    catalogue = turn.engine.shop.catalogue
    _say_price(turn, item)
    fine = [one.name for one in catalogue.attributes_of_category][-1:]
    known = [
        one
        for one in catalogue.attributes
        if one.name not in (WORDS, PRICE_BAND)
        and (not one.name.startswith("category") or one.name in fine)
        and one.of(item)
        and not one.of(item)[0].isdigit()  # a number alone says nothing to a shopper
    ]
    for one in known[:_MOST_ATTRIBUTES]:
        turn.say("attribute", attribute=one.name, value=one.of(item)[0])
    if "in_stock" not in catalogue.table.column_names:
        turn.say("stock/unknown")
    else:
        turn.say("stock/in" if catalogue.in_stock[item] else "stock/out")
    turn.show_items([item])
    turn.memory = turn.memory.model_copy(update={"shown": turn.memory.shown})
    turn.offer(*_CHIPS[turn.lang]["why"])


def _say_price(turn: Turn, item: int) -> None:
    """What a product costs."""
    price = float(turn.engine.shop.catalogue.price_minor[item])
    if price != price:  # NaN: not known
        turn.say("price/unknown", item=item)
    else:
        turn.say("price", item=item, price_minor=round(price), currency=turn.engine.shop.currency)


def _ask(turn: Turn, question: Question, method: str) -> None:
    """One method's checked answer; one that failed its checks says that it is withheld."""
    try:
        found = turn.engine.answer(
            turn.shopper.state, question, method, k=_K, lang=turn.lang, ranker=turn.ranker,
            audience=turn.audience,
        )  # fmt: skip
    except InputError:
        turn.say("which_two" if question.other is not None else "which_product")
        return
    document = answer_document(turn.engine, turn.shopper.state, found, turn.lang)
    row = {"kind": "answer", "item_id": document["item_id"], "method": method}
    turn.quote(found.text, [row | {"exact": found.exact, "answer": document["answer"]}])


def _offer_why_not(turn: Turn) -> None:
    turn.offer(*_CHIPS[turn.lang]["why_not"])


#: What a chip says when it is pressed, and what stands on it.
_CHIPS = {
    "en": {
        "wrong": ("That reason is wrong", "Reason is wrong"),
        "why": ("Why this?", "Why this?"),
        "why_not": ("Why is it not in my list?", "Why not?"),
    },
    "zh": {
        "wrong": ("这个理由不对", "理由不对"),
        "why": ("为什么推荐这个？", "为什么？"),
        "why_not": ("它为什么不在我的列表里？", "为什么没有？"),
    },
}
