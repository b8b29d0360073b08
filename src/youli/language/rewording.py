"""Free text that says a true sentence in other words, held against that sentence.

`grounding.ungrounded` looks for what is no fact; it cannot see that two true numbers changed
places, that "bought" became "looked at", or that a brand is missing and another stands there. Where
the true sentence is known, a rewording must

- name the same things in quotes, in the same order;
- have the same dates, amounts, percentages and numbers, in the same order;
- say every attribute, value, word and topic that the sentence says, as often;
- use no word that turns a meaning (a direction, what was done) which the sentence has not;
- deny as often, and put no minus before a number.

It is strict on purpose: what it rejects is said by the template instead. Words that turn a meaning
and are not in its lists pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from youli.explain.types import Fact
from youli.language.grammar import Grammar
from youli.language.grounding import same_title, things_counted, ungrounded

__all__ = ["reworded_wrongly"]

#: Words that turn what a sentence says when they come in; denials are the grammar's own.
_EN = """
bought buy chose choose chosen declined returned refused sold took put saved rated opened looked
viewed found searched liked loved hated wanted cancelled holds hold contains has have had later
earlier before after first last next previous above below over under more less fewer most least many
higher lower up down rises falls grew fell rose better worse same different other opposite like
unlike close far near because despite although always sometimes every everybody all some any only
with in out both either
"""
_ZH = """
买 选 退 拒绝 卖 看过 收藏 评价 点开 搜到 加入 喜欢 讨厌 想要 后来 先前 之前 之后 最近 最后 第一
首先 上升 下降 提高 降低 更高 更低 高于 低于 多 少 内 外 相同 不同 相近 相反 相似 接近 远离 像 因为
尽管 总是 有时 所有 全部 只 都 含有 支持 计
"""
_TURNING: Mapping[str, frozenset[str]] = {
    "en": frozenset(_EN.split()),
    "zh": frozenset(_ZH.split()),
}
_MINUS = re.compile(r"-(?=\d)")
#: Chinese has no spaces: a denial is any of these characters.
_DENIAL_ZH = re.compile("[没不未无非别]")


def reworded_wrongly(
    text: str, said: str, facts: Mapping[str, Fact], grammar: Grammar
) -> tuple[str, ...]:
    """Everything by which a text says something else than the true sentence `said`; empty is good.

    `facts` are those of the sentence.
    """
    quoted, true_quoted = _quoted(text, grammar), _quoted(said, grammar)
    bare, true_bare = _unquoted(text, grammar), _unquoted(said, grammar)
    denies = any(one in true_bare.lower() for one in grammar.negations) or bool(
        _denials(true_bare, grammar)
    )
    found = list(ungrounded(text, facts, grammar, may_deny=denies))
    if len(quoted) != len(true_quoted) or not all(
        one == two or same_title(one, two, grammar)
        for one, two in zip(quoted, true_quoted, strict=True)
    ):
        found += quoted or true_quoted
    if things_counted(bare, grammar) != things_counted(true_bare, grammar):
        found += things_counted(bare, grammar) or things_counted(true_bare, grammar)
    found += [
        one for one in _written(facts, grammar) if _n_times(one, bare) < _n_times(one, true_bare)
    ]
    if len(_MINUS.findall(bare)) != len(_MINUS.findall(true_bare)):
        found.append("-")
    found += (_turning(bare, grammar) - _turning(true_bare, grammar)).elements()
    if _denials(bare, grammar) != _denials(true_bare, grammar):
        found += _denials(bare, grammar) or _denials(true_bare, grammar)
    return tuple(dict.fromkeys(found))


def _written(facts: Mapping[str, Fact], grammar: Grammar) -> list[str]:
    """Attributes, values, words and topics as the language writes them."""
    found = []
    for name, fact in facts.items():
        if name.startswith("attribute"):
            found.append(grammar.attribute(str(fact)))
        elif name.startswith("value"):
            attribute = str(facts[name.replace("value", "attribute")])
            found.append(grammar.value(attribute, str(fact)))
        elif name.startswith(("word", "topic")):
            found.append(str(fact))
    return found


def _n_times(written: str, text: str) -> int:
    """How often it stands there by itself: not as a part of a longer word or number."""
    return len(re.findall(rf"(?<![0-9A-Za-z]){re.escape(written)}(?![0-9A-Za-z])", text))


def _quoted(text: str, grammar: Grammar) -> list[str]:
    opened, closed = (re.escape(quote) for quote in grammar.quotes)
    return re.findall(f"{opened}([^{opened}{closed}]*){closed}", text)


def _unquoted(text: str, grammar: Grammar) -> str:
    opened, closed = (re.escape(quote) for quote in grammar.quotes)
    return re.sub(f"{opened}[^{opened}{closed}]*{closed}", " ", text)


def _turning(text: str, grammar: Grammar) -> Counter[str]:
    words = _TURNING.get(grammar.lang, frozenset())
    if grammar.joiner.isascii():
        return Counter(word for word in re.findall(r"[a-z']+", text.lower()) if word in words)
    return Counter({word: text.count(word) for word in words if word in text})


def _denials(text: str, grammar: Grammar) -> list[str]:
    """Every denial, in order."""
    if grammar.joiner.isascii():
        words = re.findall(r"[a-z']+", text.lower())
        return [one for one in words if one in grammar.negations or one.endswith("n't")]
    return _DENIAL_ZH.findall(text)
