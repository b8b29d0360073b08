"""From what somebody says to an intent, the products they point at, and the need they name.

Without a language model: patterns and names decide, the sentence encoder where they are silent.
Each intent takes what it can use: "in red" is a wish where another colour is asked for, and no more
than a part of a name where a reason is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from youli.data.shop import Catalogue
from youli.dialogue.intents import INTENTS, ExampleModel, pattern_scores
from youli.dialogue.names import Names
from youli.dialogue.reading import Facet, Reading, read_text
from youli.dialogue.types import Constraint, Intent, ItemRef, Need, RefKind, Understood
from youli.errors import InputError
from youli.types import FloatArray

__all__ = ["LONGEST_TEXT", "Understander", "masked"]

#: Characters of one utterance that are read.
LONGEST_TEXT = 500

#: Intents that are about products, and what else each of them takes.
_ABOUT_ITEMS = frozenset(
    {
        Intent.WHY, Intent.WHY_NOT, Intent.COMPARE, Intent.CHEAPER, Intent.OTHER_BRAND,
        Intent.OTHER_COLOUR, Intent.MORE_LIKE, Intent.LESS_LIKE, Intent.ABOUT_ITEM, Intent.FORGET,
        Intent.WRONG_REASON,
    }
)  # fmt: skip
_ONLY_PLACES = frozenset({Intent.WRONG_REASON})
_TAKES: dict[Intent, tuple[str, ...]] = {
    Intent.OTHER_BRAND: ("brand",),
    Intent.OTHER_COLOUR: ("colour",),
    Intent.MORE_LIKE: ("brand", "category", "colour"),
    Intent.LESS_LIKE: ("brand", "category"),
    Intent.FORGET: ("brand", "category"),
}
#: Of these, what is named stands for what is refused.
_REFUSING = frozenset({Intent.LESS_LIKE})
#: Words of a thanks, a greeting, a yes or a no.
_MOST_SHORT = 8
_SHORT = frozenset({Intent.THANKS, Intent.GREETING, Intent.YES, Intent.NO})

_THIS_EN = re.compile(
    r"\b(?:this|that|these)\b(?! (?:reason|explanation|chat|list|i |you |is (?:wrong|not))"
    r"|'s (?:wrong|not (?:why|right|true)))|\bit\b"
)
_THIS_ZH = re.compile(
    r"(?:这|那)(?:个|款|件|种|样|双|本|条|台|只|盏)?(?!两|些|单|个?理由|个?原因|聊天|解释|事|东西|里|儿|边|人)|(?<!其)它(?!们)"
)
_EVERYTHING = re.compile(
    r"\beverything\b|\ball (?:my|about my|of (?:it|my))\b|\bwhole\b|全部|所有|一切|统统|清空"
)

#: Shares of a title from which its words stand for the whole, for it rather than for what else they
#: mean, and for a product at all, where the intent is looked for.
_WHOLE_TITLE, _MOST_OF_TITLE, _PART_OF_TITLE = 0.9, 0.5, 0.3
#: What the model of examples counts beside a pattern, what a need speaks for "find", and what an
#: intent must reach to be taken for one; tuned on the examples with their model left out by folds.
_EXAMPLES_WEIGHT, _NEED_WEIGHT, _LEAST = 2.0, 0.45, 0.35


@dataclass(frozen=True)
class Understander:
    """Understands what is said about one catalogue."""

    names: Names
    examples: ExampleModel | None

    @classmethod
    def of(cls, catalogue: Catalogue, examples: ExampleModel | None) -> Understander:
        """For a catalogue; without `examples`, by patterns alone."""
        return cls(Names(catalogue), examples)

    def understand(self, text: str, *, focus: Iterable[int] = (), lang: str = "en") -> Understood:
        """What one utterance says; raises `InputError` where it is longer than `LONGEST_TEXT`.

        `focus` are the products that the talk is about; `lang` stands where a text has no words.
        """
        if len(text) > LONGEST_TEXT:
            raise InputError(
                f"a message has at most {LONGEST_TEXT} characters",
                value=len(text),
                hint="say it in fewer words, or in several messages",
            )
        reading = read_text(text, self.names, focus)
        scores = self.scores(reading)
        order = np.argsort(-scores, kind="stable")
        best = INTENTS[order[0]] if scores[order[0]] >= _LEAST else Intent.FALLBACK
        margin = float(np.clip(scores[order[0]] - scores[order[1]], 0.0, 1.0))
        slots = _slots(best, reading)
        said = replace(slots, text=text, margin=margin)
        return said if reading.tokens else replace(said, lang=lang)

    def scores(self, reading: Reading) -> FloatArray:
        """How much speaks for each intent, float64 [n_intents]."""
        texts = [masked(reading, way) for way in ("item", "fullitem")]
        if not any(one.n_tokens > 1 and one.share >= _MOST_OF_TITLE for one in reading.names):
            texts += [reading.text, masked(reading, "facets")]
        scores = pattern_scores(texts)
        if self.examples is not None:
            scores = scores + _EXAMPLES_WEIGHT * self.examples.scores(masked(reading, "said"))
        column = {intent: place for place, intent in enumerate(INTENTS)}
        weight = _need_weight(reading)
        if weight:
            scores[column[Intent.FIND]] += weight
        if len(reading.tokens) > _MOST_SHORT or weight:
            for intent in _SHORT:
                scores[column[intent]] *= 0.4
        return scores


def _need_weight(reading: Reading) -> float:
    """How much of a need was named."""
    weight = 0.0
    kinds = {one.kind for one in reading.facets}
    if kinds - {"sort", "for", "occasion", "tone"}:
        weight += _NEED_WEIGHT
    if kinds & {"for", "occasion", "tone"}:
        weight += _NEED_WEIGHT
    if "sort" in kinds:
        weight += 1.5 * _NEED_WEIGHT
    if reading.prices:
        weight += _NEED_WEIGHT
    return weight


def masked(reading: Reading, way: str) -> str:
    """The text with what is known replaced.

    ``item`` and ``fullitem`` put names of products first (the latter marks whole ones), ``facets``
    brands, categories and words; ``said`` puts "it" or 这个 for products, as examples are read.
    """
    spans: list[tuple[int, int, str]] = [
        (one.start, one.end, "⟨ord⟩" if way != "said" else _it(reading)) for one in reading.places
    ]
    if way != "said":
        spans += [(one.start, one.end, "⟨price⟩") for one in reading.prices]
    facets = [(one.start, one.end, f"⟨{_mark(one)}⟩") for one in reading.facets]
    items = []
    for one in reading.names:
        plural_kind = reading.is_kind(one.start, one.end) and reading.text[one.end - 1] == "s"
        if one.share >= _PART_OF_TITLE and not plural_kind:
            whole = way == "fullitem" and one.share >= _WHOLE_TITLE
            mark = _it(reading) if way == "said" else "⟨fullitem⟩" if whole else "⟨item⟩"
            items.append((one.start, one.end, mark))
    spans += {"facets": facets, "said": items}.get(way, [*items, *facets])
    text, used = reading.text, len(reading.text) + 1
    for start, end, mark in sorted(_apart(spans), reverse=True):
        if end <= used:
            text, used = f"{text[:start]}{mark}{text[end:]}", start
    return text


def _apart(spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans that do not overlap; earlier ones go first."""
    kept: list[tuple[int, int, str]] = []
    for span in spans:
        if not any(span[0] < end and start < span[1] for start, end, _ in kept):
            kept.append(span)
    return kept


def _it(reading: Reading) -> str:
    return "这个" if reading.lang == "zh" else "it"


def _mark(facet: Facet) -> str:
    return "cat" if facet.kind.startswith("category") else facet.kind


def _slots(intent: Intent, reading: Reading) -> Understood:
    found = Understood(reading.text, intent, 0.0, lang=reading.lang)
    if intent is Intent.FIND:
        return replace(found, need=_need(reading))
    if intent is Intent.FALLBACK:  # a bare "the second one" may answer what was asked
        places = [ItemRef(RefKind.PLACE, place=one.number) for one in reading.places]
        return replace(found, refs=tuple(places))
    if intent not in _ABOUT_ITEMS:
        return found
    everything = intent is Intent.FORGET and _EVERYTHING.search(reading.text) is not None
    if everything:
        return replace(found, all=True)
    refs, taken = _refs(intent, reading)
    need = Need(constraints=tuple(_taken_constraints(intent, reading, taken, bool(refs))))
    if intent is Intent.CHEAPER:
        need = _with_limits(need, reading)
    if not refs and not need.constraints:
        refs = _this(intent, reading)
    elif intent is Intent.COMPARE and len(refs) == 1:
        refs = (*_this(intent, reading), *refs)
    elif intent in (Intent.OTHER_COLOUR, Intent.MORE_LIKE, Intent.OTHER_BRAND) and not refs:
        refs = _this(intent, reading)
    return replace(found, refs=refs, need=need)


def _refs(intent: Intent, reading: Reading) -> tuple[tuple[ItemRef, ...], list[tuple[int, int]]]:
    """Products that were named or counted, in the order of the text, and where they stand."""
    refs: list[tuple[int, int, ItemRef]] = [
        (one.start, one.end, ItemRef(RefKind.PLACE, place=one.number)) for one in reading.places
    ]
    if intent not in _ONLY_PLACES:
        for span in reading.names:
            if _is_meant(intent, span.start, span.end, span.share, reading):
                said = reading.text[span.start : span.end]
                refs.append(
                    (span.start, span.end, ItemRef(RefKind.NAME, span.item_nums, said=said))
                )
    refs.sort(key=lambda one: one[0])
    return tuple(ref for _, _, ref in refs), [(start, end) for start, end, _ in refs]


def _is_meant(intent: Intent, start: int, end: int, share: float, reading: Reading) -> bool:
    """Whether words of a title mean the product here, and not a brand, a category or a colour."""
    inside = [
        one for one in reading.facets
        if one.start <= start and end <= one.end and one.kind in ("brand", "colour")
    ]  # fmt: skip
    if inside:
        return False
    if reading.is_kind(start, end) and intent not in (Intent.COMPARE, Intent.WHY, Intent.WHY_NOT):
        if reading.text[start:end].endswith("s"):
            return False  # "more scarves" are no one scarf
        if intent in (Intent.MORE_LIKE, Intent.LESS_LIKE, Intent.FORGET):
            return re.search(r"\b(?:the|this|that) $", reading.text[:start]) is not None
    return True


def _taken_constraints(
    intent: Intent, reading: Reading, taken: Sequence[tuple[int, int]], has_refs: bool
) -> Iterable[Constraint]:
    for facet in reading.facets:
        kind = "category" if facet.kind.startswith("category") else facet.kind
        if kind not in _TAKES.get(intent, ()) or any(
            facet.start < end and start < facet.end for start, end in taken
        ):
            continue
        if has_refs and kind in ("category",):
            continue
        wanted = facet.wanted and intent not in _REFUSING
        if intent is Intent.OTHER_BRAND:
            wanted = False
        if intent is Intent.FORGET:
            wanted = True
        yield Constraint(facet.kind, facet.value, wanted)


def _this(intent: Intent, reading: Reading) -> tuple[ItemRef, ...]:
    pattern = _THIS_ZH if any(one.is_han for one in reading.tokens) else _THIS_EN
    match = pattern.search(reading.text)
    if match is None or intent is Intent.WRONG_REASON:
        return ()
    return (ItemRef(RefKind.THIS, said=match.group()),)


def _with_limits(need: Need, reading: Reading) -> Need:
    """The need with the limits on a price that the text names."""
    for price in reading.prices:
        if price.limit == "max":
            need = replace(need, max_price=price.amount)
        elif price.limit == "min":
            need = replace(need, min_price=price.amount)
        else:
            need = replace(need, about_price=price.amount)
        need = replace(need, currency=price.currency or need.currency)
    return need


def _need(reading: Reading) -> Need:
    """Everything that a need names."""
    constraints = [
        Constraint(one.kind, one.value, one.wanted)
        for one in reading.facets
        if one.kind not in ("for", "occasion", "tone", "sort")
    ]
    constraints += [Constraint("words", words, False) for words, _, _ in reading.refused_words]
    of = {
        kind: tuple(dict.fromkeys(one.value for one in reading.facets if one.kind == kind))
        for kind in ("occasion", "tone", "sort")
    }
    need = Need(
        constraints=tuple(dict.fromkeys(constraints)),
        recipient=_recipient(reading),
        occasion=of["occasion"][0] if of["occasion"] else None,
        tones=of["tone"],
        sort=of["sort"][0] if of["sort"] else None,
        words=reading.rest,
    )
    return _with_limits(need, reading)


def _recipient(reading: Reading) -> str | None:
    """Who it is for: of "a friend's baby" the baby, else whoever is named first."""
    people = [one for one in reading.facets if one.kind == "for"]
    while len(people) > 1 and re.fullmatch(
        r"(?:'s)?\s*|的", reading.text[people[0].end : people[1].start]
    ):
        people.pop(0)
    return people[0].value if people else None
