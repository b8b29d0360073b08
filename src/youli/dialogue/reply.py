"""One turn of a conversation, and the answer that is put together in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from youli.dialogue.desk import Desk, Shopper
from youli.dialogue.memory import Memory
from youli.dialogue.names import Names
from youli.dialogue.needs import Chip
from youli.dialogue.speech import Said, Speech
from youli.dialogue.types import Intent, ItemRef, RefKind, Understood
from youli.documents import recommendation_rows
from youli.engine import Engine
from youli.explain.types import Check, Fact, Recommendation
from youli.language.vocabulary import Audience
from youli.rank.ranker import Ranker

__all__ = ["N_LISTED", "Reply", "Turn"]

Json = dict[str, Any]

#: Forms that say nothing of the shop or of anybody: they need no evidence.
_TALK = (
    "help/", "greeting", "thanks", "fallback", "which_", "ask/", "kept", "nothing_asked",
    "no_list", "no_place", "wrong/which", "wrong/way", "undo/nothing", "agent/", "withheld",
    "list/none/left",
)  # fmt: skip
#: Products of a list in a conversation.
N_LISTED = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: what is said, and what it rests on.

    `evidence` is empty exactly where nothing is said of the shop or the shopper (`is_talk`).
    """

    text: str
    lang: str
    intent: Intent
    memory: Memory
    evidence: tuple[Json, ...]
    products: tuple[Json, ...]
    chips: tuple[Json, ...]
    #: Whether it waits for yes or no.
    asks: bool
    is_talk: bool


@dataclass
class Turn:
    """What a handler works with: who asks what of whom, and the answer so far."""

    desk: Desk
    said: Understood
    memory: Memory
    lang: str
    audience: Audience
    speech: Speech
    names: Names
    sentences: list[str] = field(default_factory=list)
    evidence: list[Json] = field(default_factory=list)
    products: list[Json] = field(default_factory=list)
    chips: list[Json] = field(default_factory=list)
    claims: bool = False

    @property
    def engine(self) -> Engine:
        """What ranks and explains."""
        return self.desk.engine

    @cached_property
    def shopper(self) -> Shopper:
        """Whom it is about, as of the start of the turn."""
        return self.desk.shopper()

    @cached_property
    def ranker(self) -> Ranker:
        """What makes the shopper's list."""
        return self.desk.ranker(None)

    def title(self, item_num: int) -> str:
        """A product's title."""
        return self.engine.shop.catalogue.titles[item_num]

    def named(self, item_num: int) -> Json:
        """A product as documents name it."""
        item_id = self.engine.shop.interactions.items.ids[item_num]
        return {"item_id": item_id, "title": self.title(item_num)}

    # -- saying ------------------------------------------------------------------------------

    def say(self, form: str, /, item: int | None = None, **facts: Fact) -> None:
        """One of the conversation's own sentences; what it says of a product is its evidence."""
        if item is not None:
            facts |= {"source": item, "source_title": self.title(item)}
        written = self.speech.say(form, **facts)
        self.sentences.append(written.text)
        if not written.check.passed or not form.startswith(_TALK):
            self.claims = True
            self.evidence.append(self._sentence_document(written, item))

    def quote(self, text: str, evidence: Iterable[Json]) -> None:
        """Words of the engine's voice, and the checked evidence that they rest on."""
        self.sentences.append(text)
        self.claims = True
        self.evidence.extend(evidence)

    def offer(self, say: str, label: str | None = None, *, kind: str = "say") -> None:
        """A chip that says something when it is pressed."""
        self.chips.append({"kind": kind, "say": say, "label": label or say})

    def show_needs(self, chips: Sequence[Chip]) -> None:
        """The parts of the need, each to be taken out."""
        self.chips.extend(
            {
                "kind": "need",
                "chip_id": one.chip_id,
                "part": one.kind,
                "attribute": one.attribute,
                "value": one.value,
                "applied": one.applied,
            }
            for one in chips
        )

    def show(self, found: Sequence[Recommendation]) -> None:
        """A list, each product with its checked reasons; places count from its first."""
        state = self.shopper.state
        self.products = recommendation_rows(self.engine, state, found)
        for row in self.products:
            del row["ledger"]
        nums = tuple(one.item_num for one in found)
        self.memory = self.memory.with_shown(nums)
        reasoned = [row for row in self.products if row["reasons"]]
        if reasoned:
            self.claims = True
            self.evidence.extend(
                {"kind": "reason", "item_id": row["item_id"], "reason": row["reasons"][0]}
                for row in reasoned
            )
        if nums:
            self.memory = self.memory.with_focus(nums[0])

    def show_items(self, item_nums: Sequence[int]) -> None:
        """Products to choose from, in their order."""
        self.products = [
            {"rank": rank, **self.named(num), "reasons": []}
            for rank, num in enumerate(item_nums, start=1)
        ]
        self.memory = self.memory.with_shown(tuple(item_nums))

    def _sentence_document(self, written: Said, item: int | None) -> Json:
        where = {} if item is None else self.named(item)
        return {
            "kind": "sentence",
            "form": written.form,
            "text": written.text,
            **where,
            "facts": dict(written.facts),
            "checks": [_check(written.check)],
        }

    # -- what is pointed at ------------------------------------------------------------------

    def item(self) -> int | None:
        """The one product that is meant; where it is open, that is asked and None returned."""
        if self.said.refs:
            return self.resolve(self.said.refs[0])
        if self.memory.focus:
            return self.memory.focus[0]
        self.say("which_product")
        return None

    def resolve(self, ref: ItemRef) -> int | None:
        """The product of one reference; where it is open, that is asked and None returned."""
        if ref.kind is RefKind.PLACE:
            return self._at_place(ref.place)
        if ref.kind is RefKind.THIS:
            if self.memory.focus:
                return self.memory.focus[0]
            self.say("which_product")
            return None
        if len(ref.item_nums) > 1:
            self.say("which_one")
            self.show_items(ref.item_nums)
            self.memory = self.memory.model_copy(update={"waiting": self.said.intent.value})
            return None
        return ref.item_nums[0]

    def _at_place(self, place: int) -> int | None:
        shown = self.memory.shown
        if not shown:
            self.say("no_list")
            return None
        if place == -1:
            return shown[-1]
        if not 1 <= place <= len(shown):
            self.say("no_place", place=place)
            return None
        return shown[place - 1]

    # -- the answer --------------------------------------------------------------------------

    def reply(self) -> Reply:
        """The finished answer."""
        return Reply(
            text=self.speech.join(self.sentences),
            lang=self.lang,
            intent=self.said.intent,
            memory=self.memory.model_copy(update={"lang": self.lang}),
            evidence=tuple(self.evidence),
            products=tuple(self.products),
            chips=tuple(self.chips),
            asks=self.memory.pending is not None,
            is_talk=not self.claims,
        )


def _check(check: Check) -> Mapping[str, Any]:
    return {"name": check.name, "passed": check.passed, "numbers": dict(check.numbers)}
