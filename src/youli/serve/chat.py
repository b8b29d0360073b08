"""The conversation over HTTP: one shopper's desk over the services, sessions, the stream.

A session is not kept here: it is what the conversation remembers, signed, and the client sends it
back with the next message. It opens nothing, names one shopper, and belongs to one model: rows of
another catalogue would be other products.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from youli.dialogue.desk import Shopper
from youli.dialogue.memory import Memory
from youli.dialogue.reply import Reply
from youli.dialogue.understand import LONGEST_TEXT
from youli.language.vocabulary import Audience
from youli.rank.ranker import Ranker
from youli.search.desk import SearchDesk
from youli.serve.errors import ApiError
from youli.serve.lists import AS_FIRST_SHOWN
from youli.serve.params import PlainText, ShopId
from youli.serve.said import FeedbackIn, keep_feedback
from youli.serve.security import Caller
from youli.storage.records import Role
from youli.types import BoolArray

if TYPE_CHECKING:
    from youli.engine import Engine
    from youli.serve.services import Services

__all__ = ["ChatIn", "ServedDesk", "chat"]

Json = dict[str, Any]

#: Characters of a session: thousands of forgotten products fit.
_LONGEST_SESSION = 200_000
_MOST_MEMORY_BYTES = 1_000_000
_PIECE = re.compile(r"\s*\S+\s*|\s+")
_HAN_PIECE = re.compile(r".{1,4}", re.DOTALL)


class ChatIn(BaseModel):
    """One message of a shopper, or of an agent about one."""

    model_config = ConfigDict(extra="forbid")

    user_id: ShopId
    text: Annotated[PlainText, Field(max_length=LONGEST_TEXT)] = ""
    session: Annotated[PlainText, Field(max_length=_LONGEST_SESSION)] | None = Field(
        default=None, description="what the last answer gave"
    )
    lang: Literal["en", "zh"] = "en"
    drop: list[Annotated[PlainText, Field(max_length=600)]] = Field(
        default=[], max_length=20, description="chip_ids to take out of the need"
    )
    audience: Literal["shopper", "agent"] = "shopper"


class ServedDesk:
    """What a conversation can do for one shopper, through what the store's own routes call."""

    def __init__(self, services: Services, user_id: str, caller: Caller) -> None:
        self._services = services
        self._user_id = user_id
        self._caller = caller

    @property
    def engine(self) -> Engine:
        """The engine of this request."""
        return self._services.engine

    def shopper(self) -> Shopper:
        """The shopper as of now, stored events included."""
        live = self._services.live.get(self._user_id)
        return Shopper(
            live.effective(), live.state.without(live.undone), live.is_personalised, live.declined
        )

    def ranker(self, allowed: BoolArray | None) -> Ranker:
        """The ranker of the shopper's first list, of fewer products."""
        live = self._services.live.get(self._user_id)
        ranker = self._services.lists.ranker(live, live.effective(), AS_FIRST_SHOWN)
        return replace(ranker, config=ranker.config.only(allowed))

    def searching(self) -> SearchDesk:
        """The search that the search page uses."""
        return self._services.searching.desk()

    def ignore(self, item_nums: Iterable[int]) -> None:
        """Let the rows about these products not count."""
        self._services.live.ignore_rows(self._user_id, self._rows(item_nums))

    def restore(self, item_nums: Iterable[int]) -> None:
        """Let the rows about these products count again."""
        self._services.live.restore_rows(self._user_id, self._rows(item_nums))

    def decline(self, item_num: int) -> None:
        """Say that a product is not for this shopper."""
        self._say(item_num, "not_for_me")

    def undecline(self, item_num: int) -> None:
        """Take that back."""
        feedback = self._services.storage.feedback
        for feedback_id in feedback.hidden(self._user_id, self._id(item_num)):
            feedback.withdraw(feedback_id)

    def personalise(self, wanted: bool) -> None:
        """Turn personalisation on or off."""
        self._services.storage.shoppers.personalise(self._user_id, wanted)

    def complain(self, item_num: int, reason: str) -> None:
        """Keep that a reason is said to be wrong."""
        self._say(item_num, "wrong", reason)

    def _say(
        self, item_num: int, kind: Literal["not_for_me", "wrong"], reason: str | None = None
    ) -> None:
        said = FeedbackIn(
            user_id=self._user_id, item_id=self._id(item_num), kind=kind, reason=reason
        )
        keep_feedback(self._services, said, self._caller)

    def _rows(self, item_nums: Iterable[int]) -> list[int]:
        state = self._services.live.get(self._user_id).state
        return np.flatnonzero(np.isin(state.item_num, list(item_nums))).tolist()

    def _id(self, item_num: int) -> str:
        return self.engine.shop.interactions.items.ids[item_num]


def chat(services: Services, sent: ChatIn, caller: Caller) -> Iterator[str]:
    """The answer to one message as server-sent events; whatever is refused is raised at once."""
    caller.check(sent.user_id)
    if sent.audience == "agent" and caller.role is Role.PAGE:
        raise ApiError(403, "wrong_role", "A page key does not speak as an agent.")
    if not sent.text.strip() and not sent.drop:
        raise ApiError(422, "bad_request", "text: nothing was said.", hint="Send text, or drop.")
    services.talks.spend(sent.user_id)
    sessions = _Sessions(services, sent.user_id)
    memory = Memory(lang=sent.lang) if sent.session is None else sessions.opened(sent.session)
    reply = services.talks.conversation().reply(
        ServedDesk(services, sent.user_id, caller),
        memory,
        sent.text,
        audience=Audience(sent.audience),
        drop=sent.drop,
    )
    return _stream(services, reply, sessions.sealed(reply.memory))


def _stream(services: Services, reply: Reply, session: str) -> Iterator[str]:
    for piece in (_HAN_PIECE if reply.lang == "zh" else _PIECE).findall(reply.text):
        yield _event("token", {"text": piece})
    yield _event("evidence", {"evidence": reply.evidence})
    yield _event("products", {"products": [_with_card(services, row) for row in reply.products]})
    yield _event("chips", {"chips": reply.chips})
    yield _event(
        "done",
        {
            "session": session,
            "intent": reply.intent.value,
            "lang": reply.lang,
            "asks": reply.asks,
            "is_talk": reply.is_talk,
        },
    )


def _with_card(services: Services, row: Json) -> Json:
    return {**row, "item": services.products.card(services.item_num(row["item_id"]))}


def _event(name: str, data: Json) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class _Sessions:
    """Seals what is remembered, and opens what was sealed here for the same shopper and model."""

    def __init__(self, services: Services, user_id: str) -> None:
        self._key = hmac.new(services.storage.secret, b"chat session", hashlib.sha256).digest()
        self._bound = f"{services.engine.model_version}\0{user_id}".encode()

    def sealed(self, memory: Memory) -> str:
        """One line of text."""
        body = base64.urlsafe_b64encode(zlib.compress(memory.model_dump_json().encode()))
        return f"{body.decode()}.{self._signature(body)}"

    def opened(self, session: str) -> Memory:
        """What was sealed; raises `ApiError` where it was not sealed here, for them, by now."""
        body, _, signature = session.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(body.encode()).encode()):
            raise _session_over()
        try:
            unpacker = zlib.decompressobj()
            data = unpacker.decompress(base64.urlsafe_b64decode(body), _MOST_MEMORY_BYTES)
            return Memory.model_validate_json(data)
        except (binascii.Error, zlib.error, ValidationError):
            # Sealed here, by a version of the program that remembered other things.
            raise _session_over() from None

    def _signature(self, body: bytes) -> str:
        return hmac.new(self._key, self._bound + b"\0" + body, hashlib.sha256).hexdigest()


def _session_over() -> ApiError:
    return ApiError(
        409,
        "session_over",
        "This session is of another shopper, or of before the shop was learned anew.",
        hint="Send the message without session.",
    )
