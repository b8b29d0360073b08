"""`youli chat`: a conversation with a shopper, in English and Chinese."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from youli.cli.options import Json, Lang, Language, ShopFolder, User
from youli.dialogue.conversation import Conversation
from youli.dialogue.desk import MemoryDesk
from youli.dialogue.memory import Memory
from youli.dialogue.reply import Reply
from youli.dialogue.utterances import fit_examples
from youli.engine import Engine
from youli.errors import InputError
from youli.features.text import PACKAGED, encoder_for
from youli.language.vocabulary import Audience

__all__ = ["chat"]


def chat(
    shop: ShopFolder,
    user: User,
    say: Annotated[
        list[str] | None, typer.Option("--say", help="A message (repeatable); else stdin is read.")
    ] = None,
    agent: Annotated[
        bool, typer.Option("--agent", help="Speak as to a customer-service agent.")
    ] = False,
    lang: Lang = Language.EN,
    as_json: Json = False,
) -> None:
    """Talk with the shop: why, why not, compare, cheaper, find, what is known, forget.

    Changes last as long as the conversation: they are not written into the shop.
    """
    engine = Engine.open(shop)
    conversation = Conversation(engine, fit_examples(encoder_for(PACKAGED)))
    desk, memory = MemoryDesk(engine, user), Memory(lang=lang.value)
    audience = Audience.AGENT if agent else Audience.SHOPPER
    console = Console()
    for text in say if say is not None else _typed(console):
        try:
            reply = conversation.reply(desk, memory, text, audience=audience)
        except InputError as error:
            if say is not None:
                raise
            console.print(str(error), style="red", highlight=False, markup=False)
            continue
        memory = reply.memory
        if as_json:
            typer.echo(json.dumps(_document(text, reply), ensure_ascii=False))
        else:
            _print(text if say is not None else "", reply, console)


def _typed(console: Console) -> Any:
    """Lines from the terminal, or from a pipe."""
    asks = sys.stdin.isatty()
    while True:
        try:
            line = console.input("[bold]> [/bold]") if asks else sys.stdin.readline()
        except EOFError:
            return
        if not line and not asks:
            return
        if line.strip():
            yield line.strip()


def _document(text: str, reply: Reply) -> dict[str, Any]:
    return {
        "you": text,
        "intent": reply.intent.value,
        "lang": reply.lang,
        "text": reply.text,
        "evidence": list(reply.evidence),
        "products": list(reply.products),
        "chips": list(reply.chips),
        "asks": reply.asks,
    }


def _print(said: str, reply: Reply, console: Console) -> None:
    if said:
        console.print(f"> {said}", style="bold", highlight=False, markup=False)
    console.print(reply.text, highlight=False, markup=False)
    for row in reply.products:
        console.print(f"{row['rank']:>3}  {row['title']}", highlight=False, markup=False)
        for reason in row["reasons"][:1]:
            console.print(f"     {reason['text']}", style="dim", highlight=False, markup=False)
    parts = [f"{one['part']} {one['value']}" for one in reply.chips if one["kind"] == "need"]
    if parts:
        console.print(f"     [{' · '.join(parts)}]", style="dim", highlight=False, markup=False)
    kinds = sorted({one["kind"] for one in reply.evidence})
    if kinds:
        checked = f"rests on: {', '.join(kinds)} ({len(reply.evidence)})"
        console.print(f"     {checked}", style="dim", highlight=False, markup=False)
