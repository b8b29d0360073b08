"""The conversation of what is served, and how often one may speak."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from youli.dialogue.conversation import Conversation
from youli.dialogue.intents import ExampleModel
from youli.dialogue.utterances import fit_examples
from youli.features.text import PACKAGED, encoder_for
from youli.serve.errors import ApiError
from youli.serve.limits import RateLimiter

if TYPE_CHECKING:
    from youli.engine import Engine

__all__ = ["Talks"]


class Talks:
    """The conversation of one engine, made when it is first asked for, and how often one may ask.

    `over` keeps what was learned and counted for the same artifact with a changed catalogue.
    """

    def __init__(self, engine: Engine, rate_per_s: float, burst: int) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._conversation: Conversation | None = None
        self._examples: ExampleModel | None = None
        self._rate = RateLimiter(rate_per_s, burst)

    def conversation(self) -> Conversation:
        """The conversation; the first call reads the names of the catalogue."""
        with self._lock:
            if self._conversation is None:
                if self._examples is None:
                    self._examples = fit_examples(encoder_for(PACKAGED))
                self._conversation = Conversation(self._engine, self._examples)
            return self._conversation

    def over(self, engine: Engine) -> Talks:
        """The same with the catalogue as it is now; its names are read again when asked for."""
        other = Talks(engine, 1.0, 1)
        other._examples, other._rate = self._examples, self._rate
        return other

    def spend(self, user_id: str) -> None:
        """Raise `ApiError` where messages about one shopper come too fast."""
        wait_s = self._rate.wait_s(user_id)
        if wait_s > 0:
            raise ApiError(
                429,
                "too_many_messages",
                "Too many messages at once.",
                headers={"Retry-After": str(max(1, round(wait_s)))},
            )
