"""What is known of a shopper, and changing it: asked first, then done, and undone when wanted."""

from __future__ import annotations

from collections import Counter

import numpy as np

from youli.data.shop import PRICE_BAND, WORDS
from youli.dialogue.memory import Change, Does
from youli.dialogue.needs import having
from youli.dialogue.reply import Turn
from youli.language.vocabulary import Audience
from youli.types import IntArray

__all__ = [
    "about_me", "confirm", "decline", "forget", "personal_off", "personal_on", "refuse", "undo",
    "wrong_reason",
]  # fmt: skip

#: Interests that are said.
_MOST_INTERESTS = 3


def about_me(turn: Turn) -> None:
    """How much is known, of what, and what of it does not count.

    To a customer-service agent nothing is told that the shopper said of themselves.
    """
    shopper = turn.shopper
    whole = shopper.whole
    past = whole.item_num[whole.counted] if whole.n_rows else whole.item_num
    if len(past) == 0:
        turn.say("me/nothing")
    else:
        items, counts = np.unique(past, return_counts=True)
        turn.say("me/events", n_events=len(past), n_items=len(items))
        turn.say("me/often", item=int(items[int(counts.argmax())]))
        turn.say("me/latest", item=int(past[-1]))
        for name, value, n_events in _interests(turn, past):
            turn.say("me/interest", attribute=name, value=value, n_events=n_events)
        n_counted = int(shopper.state.counted.sum()) if shopper.is_personalised else len(past)
        n_ignored = len(past) - n_counted
        if n_ignored:
            turn.say("me/ignored", n_events=n_ignored)
    if shopper.declined:
        turn.say("me/declined", n_items=len(shopper.declined))
    if turn.audience is Audience.SHOPPER:
        for name, value in whole.attributes.items():
            turn.say("me/attribute", attribute=name, value=value)
    elif whole.attributes:
        turn.say("agent/withheld")
    turn.say("me/on" if shopper.is_personalised else "me/off")


def _interests(turn: Turn, past: IntArray) -> list[tuple[str, str, int]]:
    """The attributes that most events have: brand and finest category, one value of each first."""
    catalogue = turn.engine.shop.catalogue
    fine = [one.name for one in catalogue.attributes_of_category][-1:]
    found: list[tuple[str, str, int]] = []
    for attribute in catalogue.attributes:
        if attribute.name in (WORDS, PRICE_BAND) or attribute.name not in (*fine, "brand"):
            continue
        counts = Counter(value for item in past.tolist() for value in attribute.of(item))
        found += [(attribute.name, value, n) for value, n in counts.most_common(2)]
    return sorted(found, key=lambda one: -one[2])[:_MOST_INTERESTS]


# -- asking ----------------------------------------------------------------------------------


def forget(turn: Turn) -> None:
    """Ask whether the events with a product, a brand or a category, or all, shall not count."""
    if not _may_change(turn):
        return
    state = turn.shopper.state
    counted = state.item_num[state.counted] if state.n_rows else state.item_num
    wishes = turn.said.need.constraints
    if turn.said.all:
        _ask_forget(turn, counted, "ask/forget_all")
    elif wishes and not turn.said.refs:
        one = wishes[0]
        about = (
            counted[having(one, turn.engine.shop, turn.names)[counted]] if len(counted) else counted
        )
        _ask_forget(turn, about, "ask/forget_value", attribute=one.attribute, value=one.value)
    else:
        item = turn.item()
        if item is None:
            return
        turn.memory = turn.memory.with_focus(item)
        _ask_forget(turn, counted[counted == item], "ask/forget", item=item)


def _ask_forget(
    turn: Turn, rows: IntArray, form: str, *, item: int | None = None, **facts: str
) -> None:
    if len(rows) == 0:
        turn.say("forget/nothing")
        return
    items = tuple(sorted(set(rows.tolist())))
    turn.say(form, item=item, n_events=len(rows), **facts)
    _wait(turn, Change(does=Does.FORGET, items=items))


def decline(turn: Turn) -> None:
    """Ask whether a product shall be kept out of the lists."""
    if not _may_change(turn):
        return
    item = turn.item()
    if item is not None:
        turn.memory = turn.memory.with_focus(item)
        turn.say("ask/decline", item=item)
        _wait(turn, Change(does=Does.DECLINE, items=(item,)))


def personal_off(turn: Turn) -> None:
    """Ask whether personalisation shall be turned off."""
    if not _may_change(turn):
        return
    if not turn.shopper.is_personalised:
        turn.say("already/off")
        return
    turn.say("ask/off")
    _wait(turn, Change(does=Does.OFF))


def personal_on(turn: Turn) -> None:
    """Ask whether personalisation shall be turned on again."""
    if not _may_change(turn):
        return
    if turn.shopper.is_personalised:
        turn.say("already/on")
        return
    turn.say("ask/on")
    _wait(turn, Change(does=Does.ON))


def _may_change(turn: Turn) -> bool:
    if turn.audience is Audience.SHOPPER:
        return True
    turn.say("agent/reads")
    return False


def _wait(turn: Turn, change: Change) -> None:
    turn.memory = turn.memory.model_copy(update={"pending": change})
    for word in ("yes", "no"):
        turn.offer(*_CHIPS[turn.lang][word], kind="confirm")


# -- doing -----------------------------------------------------------------------------------


def confirm(turn: Turn) -> None:
    """Do what was asked."""
    change = turn.memory.pending
    if change is None:
        turn.say("nothing_asked")
        return
    turn.memory = turn.memory.model_copy(update={"pending": None})
    if not _may_change(turn):
        return
    if change.does is Does.FORGET:
        before = turn.shopper.state.counted.sum()
        turn.desk.ignore(change.items)
        n_events = int(before - turn.desk.shopper().state.counted.sum())
        turn.say("done/forget", n_events=n_events)
    elif change.does is Does.DECLINE:
        turn.desk.decline(change.items[0])
        turn.say("done/decline", item=change.items[0])
    else:
        turn.desk.personalise(change.does is Does.ON)
        turn.say("done/on" if change.does is Does.ON else "done/off")
    turn.evidence.append(_change_document(turn, change))
    turn.memory = turn.memory.with_done(change)
    turn.offer(*_CHIPS[turn.lang]["undo"])


def refuse(turn: Turn) -> None:
    """Leave everything as it is."""
    asked = turn.memory.pending is not None
    turn.memory = turn.memory.model_copy(update={"pending": None})
    turn.say("kept" if asked else "nothing_asked")


def undo(turn: Turn) -> None:
    """Take the last change of this conversation back."""
    if not turn.memory.done:
        turn.say("undo/nothing")
        return
    if not _may_change(turn):
        return
    change = turn.memory.done[-1]
    if change.does is Does.FORGET:
        turn.desk.restore(change.items)
    elif change.does is Does.DECLINE:
        turn.desk.undecline(change.items[0])
    else:
        turn.desk.personalise(change.does is Does.OFF)
    turn.memory = turn.memory.model_copy(update={"done": turn.memory.done[:-1]})
    turn.say("done/undo")
    turn.evidence.append(_change_document(turn, change) | {"undone": True})


def wrong_reason(turn: Turn) -> None:
    """Keep that a reason was called wrong, and say how to take its evidence out."""
    if turn.said.refs:
        item = turn.resolve(turn.said.refs[0])
        if item is None:
            return
        if turn.memory.reason is None or turn.memory.reason[0] != item:
            turn.say("wrong/which")
            return
    if turn.memory.reason is None:
        turn.say("wrong/which")
        return
    if not _may_change(turn):
        return
    item, text = turn.memory.reason
    turn.desk.complain(item, text)
    turn.say("wrong/noted")
    turn.evidence.append({"kind": "complaint", "item_id": _id(turn, item), "reason": text})
    source = _source_of(turn, item, text)
    if source is not None:
        turn.memory = turn.memory.with_focus(source)
        turn.say("wrong/way")
        turn.offer(*_CHIPS[turn.lang]["forget"])


def _source_of(turn: Turn, item: int, text: str) -> int | None:
    """The past product that a reason rests on."""
    found = turn.engine.explain(
        turn.shopper.state, item, lang=turn.lang, ranker=turn.ranker, audience=turn.audience
    )
    for reason in found.reasons:
        if reason.text == text and reason.claim.evidence.source_item >= 0:
            return reason.claim.evidence.source_item
    return None


def _change_document(turn: Turn, change: Change) -> dict[str, object]:
    return {
        "kind": "change",
        "does": change.does.value,
        "items": [_id(turn, one) for one in change.items[:_MOST_NAMED]],
        "n_items": len(change.items),
    }


#: Products of a change that evidence names.
_MOST_NAMED = 20


def _id(turn: Turn, item: int) -> str:
    return turn.engine.shop.interactions.items.ids[item]


#: What a chip says when it is pressed, and what stands on it.
_CHIPS = {
    "en": {
        "yes": ("Yes", "Yes"),
        "no": ("No", "No"),
        "undo": ("Undo", "Undo"),
        "forget": ("Forget that", "Forget that"),
    },
    "zh": {
        "yes": ("是的", "是的"),
        "no": ("不用了", "不用了"),
        "undo": ("撤销", "撤销"),
        "forget": ("忘了它", "忘了它"),
    },
}
