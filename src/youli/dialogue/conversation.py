"""A conversation: one message in, one answer out, with what it rests on.

Design choices:

- Nothing is kept between two messages but `Memory`, which the caller holds: any worker can go on.
- It acts through a `Desk`, the same calls that the store makes, and asks before it changes what is
  kept of a shopper. Whatever is said after such a question but yes drops it.
- What rests on the ledger is said by the engine's voice with its checks; the conversation's own
  sentences are filled with facts and read back. No answer says anything of the shop or the shopper
  without evidence (`Reply.is_talk`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from youli.data.columns import column_of
from youli.dialogue import answering, listing, profile
from youli.dialogue.desk import Desk
from youli.dialogue.intents import ExampleModel
from youli.dialogue.memory import Memory
from youli.dialogue.needs import without
from youli.dialogue.reply import Reply, Turn
from youli.dialogue.speech import Speech
from youli.dialogue.types import Intent, Understood
from youli.dialogue.understand import Understander
from youli.engine import Engine
from youli.language.vocabulary import Audience

__all__ = ["Conversation"]

Handler = Callable[[Turn], None]


class Conversation:
    """Answers messages about one fitted shop; safe to use from many threads."""

    def __init__(self, engine: Engine, examples: ExampleModel | None = None) -> None:
        self._engine = engine
        self._understander = Understander.of(engine.shop.catalogue, examples)
        self._speeches = {
            (lang, audience): Speech(engine.shop, lang, audience)
            for lang in engine.languages
            for audience in (Audience.SHOPPER, Audience.AGENT)
        }

    def warm_up(self) -> None:
        """Read the names of the catalogue and its columns, so that nobody waits for it."""
        self._understander.names.warm_up()
        for attribute in self._engine.shop.catalogue.attributes:
            column_of(self._engine.shop, attribute.name)
        column_of(self._engine.shop, "category")

    def reply(
        self,
        desk: Desk,
        memory: Memory,
        text: str,
        *,
        audience: Audience = Audience.SHOPPER,
        drop: Sequence[str] = (),
    ) -> Reply:
        """The answer to one message; `drop` takes chips out of the need instead.

        Raises `InputError` where the message is too long.
        """
        focus = (*memory.focus, *memory.shown)
        said = self._understander.understand(text, focus=focus, lang=memory.lang)
        if drop:
            said = replace(said, intent=Intent.FIND)
        said = _in_context(said, memory)
        lang = memory.lang if drop else _language(said, memory)
        if said.intent not in (Intent.YES, Intent.NO):
            memory = memory.model_copy(update={"pending": None})
        turn = Turn(
            desk=desk,
            said=said,
            memory=memory.model_copy(update={"waiting": None}),
            lang=lang,
            audience=audience,
            speech=self._speeches[lang, audience],
            names=self._understander.names,
        )
        if drop:
            listing.list_need(turn, without(memory.need.need(), drop))
        else:
            _HANDLERS[said.intent](turn)
        return turn.reply()


def _language(said: Understood, memory: Memory) -> str:
    """That of the message; one word of English ("ok") does not leave Chinese."""
    if said.lang == "en" and memory.lang != "en" and len(said.text.split()) < _FEW_WORDS:
        return memory.lang
    return said.lang


#: Words from which on a message is in a language of its own.
_FEW_WORDS = 2


def _in_context(said: Understood, memory: Memory) -> Understood:
    """A bare "the second one" answers what was asked, or asks about that product."""
    if said.intent is Intent.FALLBACK and said.refs:
        waiting = Intent(memory.waiting) if memory.waiting else Intent.ABOUT_ITEM
        return replace(said, intent=waiting)
    return said


def _help(turn: Turn) -> None:
    for number in range(1, 5):
        turn.say(f"help/{number}")


def _fallback(turn: Turn) -> None:
    turn.say("fallback")
    _help(turn)


def _says(form: str) -> Handler:
    def handler(turn: Turn) -> None:
        turn.say(form)

    return handler


def _less_like(turn: Turn) -> None:
    """A product is declined, after a question; a brand or a category stays out of this talk."""
    if turn.said.need.constraints and not turn.said.refs:
        listing.less_like(turn)
    else:
        profile.decline(turn)


_HANDLERS: Mapping[Intent, Handler] = {
    Intent.WHY: answering.why,
    Intent.WHY_NOT: answering.why_not,
    Intent.COMPARE: answering.compare,
    Intent.ABOUT_ITEM: answering.about_item,
    Intent.CHEAPER: listing.cheaper,
    Intent.OTHER_BRAND: listing.other_brand,
    Intent.OTHER_COLOUR: listing.other_colour,
    Intent.MORE_LIKE: listing.more_like,
    Intent.LESS_LIKE: _less_like,
    Intent.FIND: listing.find,
    Intent.CART: listing.cart,
    Intent.ABOUT_ME: profile.about_me,
    Intent.FORGET: profile.forget,
    Intent.UNDO: profile.undo,
    Intent.PERSONAL_OFF: profile.personal_off,
    Intent.PERSONAL_ON: profile.personal_on,
    Intent.WRONG_REASON: profile.wrong_reason,
    Intent.HELP: _help,
    Intent.THANKS: _says("thanks"),
    Intent.GREETING: _says("greeting"),
    Intent.YES: profile.confirm,
    Intent.NO: profile.refuse,
    Intent.FALLBACK: _fallback,
}
