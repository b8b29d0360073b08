"""Records of what was shown: written as JSON Lines, and computed again to see whether they hold.

A record has everything that an answer depends on: the model's version, the shopper's rows with
those that did not count, and what was asked. `replay` puts the shopper together again from the
record alone, asks the model again, and compares every value; so a changed sentence, amount, row or
check is found, also where the record's own digest was made to fit.

A record holds a shopper's history. Keep it as carefully as the log.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from youli import __version__
from youli.data.interactions import EVENT_NAMES
from youli.data.state import ShopperState
from youli.documents import (
    answer_document,
    explain_document,
    ranked_document,
    recommend_document,
)
from youli.engine import LEDGER, Engine
from youli.errors import InputError, StorageError, YouliError
from youli.explain.questions.asking import Asking
from youli.explain.types import By
from youli.language.vocabulary import Audience

__all__ = [
    "FORMAT",
    "Replay",
    "append_record",
    "asked_document",
    "audit_record",
    "read_records",
    "replay",
]

#: Number of the record's layout.
FORMAT = 1
#: Of max(1, |number|): another machine may add in another order.
_TOLERANCE = 1e-9
_MOST_SHOWN = 20

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """What computing a record again found; `equal` where nothing differs."""

    #: The record's own digest is that of its content.
    intact: bool
    #: The record was made by the model that was asked again.
    fresh: bool
    #: The rows that both have are those of the shop's log.
    same_history: bool
    #: Where recorded and computed differ: path, recorded, computed.
    differences: tuple[tuple[str, Any, Any], ...]

    @property
    def equal(self) -> bool:
        """Whether the record holds in every way."""
        return self.intact and self.fresh and self.same_history and not self.differences

    def to_json(self) -> Json:
        """As a document."""
        return {
            "equal": self.equal,
            "intact": self.intact,
            "fresh": self.fresh,
            "same_history": self.same_history,
            "n_differences": len(self.differences),
            "differences": [
                {"at": at, "recorded": recorded, "computed": computed}
                for at, recorded, computed in self.differences[:_MOST_SHOWN]
            ],
        }


def audit_record(engine: Engine, state: ShopperState, asked: Mapping[str, Any]) -> Json:
    """Ask, and give the record with the answer in it as ``output``.

    `asked` is ``{"kind": "recommend", "k", "lang", "only_new", "model"}`` or ``{"kind": "explain",
    "k", "lang", "only_new", "item_id", "method"}`` with what the method takes (``other``, ``by``,
    ``add``, ``event``, ``remove``, ``price_minor``, ``model``).
    """
    content: Json = {
        "youli_audit": FORMAT,
        "youli": __version__,
        "model_version": engine.model_version,
        "data_hash": engine.shop.data_hash,
        "shopper": _shopper(engine, state),
        "asked": dict(asked),
        "output": asked_document(engine, state, asked),
    }
    content = json.loads(json.dumps(content))  # as it will be read: tuples are lists
    return {**content, "digest": _digest(content)}


def append_record(record: Mapping[str, Any], path: Path) -> None:
    """Add one line to a file, made where there is none; `StorageError` where the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(
            f"the record could not be written ({error.strerror or error})",
            where=str(path),
            hint="name another file with --audit",
        ) from error


def read_records(path: Path) -> Iterator[tuple[int, Json]]:
    """The records of a file with their line numbers, from 1.

    Raises `InputError` for a file that cannot be read, or a line that is no record.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "this file of records cannot be read",
            where=str(path),
            hint="name a file that --audit wrote",
        ) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, _parsed(line, f"{path}, line {number}")


def replay(record: Mapping[str, Any], engine: Engine) -> Replay:
    """Compute a record's answer again and compare.

    Where the model is another one, nothing is compared: another model may say something else.
    Raises `InputError` where the record cannot be asked at all.
    """
    content = {name: value for name, value in record.items() if name != "digest"}
    intact = record.get("digest") == _digest(content)
    try:
        fresh = (
            record["model_version"] == engine.model_version
            and record["data_hash"] == engine.shop.data_hash
        )
        if not fresh:
            at = [("model_version", record["model_version"], engine.model_version)]
            return Replay(intact, False, False, tuple(at))
        state = _state(engine, record["shopper"])
        known = _shopper(engine, engine.state(state.user_id))
        same = _same_history(record["shopper"], known)
        computed = json.loads(json.dumps(asked_document(engine, state, record["asked"])))
        found = tuple(_differences(record["output"], computed, "output"))
        return Replay(intact, True, same, found)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(
            f"this record cannot be asked again ({type(error).__name__})",
            value=str(record.get("youli_audit")),
            hint="its layout was changed; take it from a copy",
        ) from error


# -- asking ----------------------------------------------------------------------------------


def asked_document(engine: Engine, state: ShopperState, asked: Mapping[str, Any]) -> Json:
    """The document that answers what was asked; see `audit_record`."""
    k, lang, only_new = asked["k"], asked["lang"], asked["only_new"]
    audience = Audience(asked.get("audience", Audience.SHOPPER))
    if asked["kind"] == "recommend":
        model = asked.get("model", LEDGER)
        if model != LEDGER:
            ranked = engine.rank_with(model, state, k=k, only_new=only_new)
            return ranked_document(engine, state, model, ranked, lang)
        found = engine.recommend(state, k=k, lang=lang, only_new=only_new, audience=audience)
        return recommend_document(engine, state, found, lang)
    method = asked["method"]
    item_num = engine.item_num(asked["item_id"])
    by = asked.get("by")
    names = ("other", "add", "event", "remove", "price_minor", "model")
    given = {name: asked[name] for name in names if asked.get(name) is not None}
    asking = Asking(by=None if by is None else By(by), **given)
    answer = engine.answer(
        state, asking.question(item_num, engine.item_num), method, k=k, lang=lang,
        audience=audience,
        only_new=only_new,
    )  # fmt: skip
    document = answer_document(engine, state, answer, lang)
    if method not in ("ledger", "counterfactual"):
        return document
    explanation = engine.explain(
        state, item_num, k=k, lang=lang, only_new=only_new, audience=audience,
        counterfactual=method == "counterfactual" and by in (None, By.PRODUCTS),
    )  # fmt: skip
    return {**explain_document(engine, state, explanation, lang), **document}


# -- the shopper -----------------------------------------------------------------------------


def _shopper(engine: Engine, state: ShopperState) -> Json:
    ids = engine.shop.interactions.items.ids
    return {
        "user_id": state.user_id,
        "attributes": dict(state.attributes),
        "now": state.now,
        "rows": [
            [ids[row["item_num"]], EVENT_NAMES[row["event"]], int(row["timestamp"]),
             int(row["step"]), int(row["order"])]
            for row in state.rows
        ],
        "ignored": sorted(state.ignored),
    }  # fmt: skip


def _state(engine: Engine, said: Mapping[str, Any]) -> ShopperState:
    """The shopper of a record, from nothing but the record."""
    num = engine.shop.interactions.users.num(said["user_id"])
    rows = [
        (engine.item_num(item), step, moment, EVENT_NAMES.index(event), order)
        for item, event, moment, step, order in said["rows"]
    ]
    return ShopperState.from_rows(
        said["user_id"],
        rows,
        user_num=-1 if num is None else num,
        attributes=said["attributes"],
        now=said["now"],
        ignored=frozenset(said["ignored"]),
    )


def _same_history(said: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether the record's first rows, and the attributes, are those of the shop.

    Rows after those of the log were live and can be held against nothing.
    """
    n_known = len(known["rows"])
    learned: bool = said["rows"][:n_known] == known["rows"]
    return learned and said["attributes"] == known["attributes"]


# -- comparing -------------------------------------------------------------------------------


def _differences(recorded: Any, computed: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(recorded, dict) and isinstance(computed, dict):
        for name in dict.fromkeys((*recorded, *computed)):
            yield from _differences(recorded.get(name), computed.get(name), f"{at}.{name}")
    elif isinstance(recorded, list) and isinstance(computed, list):
        if len(recorded) != len(computed):
            yield f"{at}: length", len(recorded), len(computed)
        for place, pair in enumerate(zip(recorded, computed, strict=False)):
            yield from _differences(*pair, f"{at}[{place}]")
    elif not _same(recorded, computed):
        yield at, recorded, computed


def _same(recorded: Any, computed: Any) -> bool:
    numbers = [recorded, computed]
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers):
        return math.isclose(recorded, computed, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return type(recorded) is type(computed) and recorded == computed


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _parsed(line: str, where: str) -> Json:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise _no_record(where) from error
    if not isinstance(record, dict) or "youli_audit" not in record:
        raise _no_record(where)
    if record["youli_audit"] != FORMAT:
        raise InputError(
            f"this record has layout {record['youli_audit']!r}; this version reads {FORMAT}",
            where=where,
            hint="replay it with the version of Youli that wrote it",
        )
    return record


def _no_record(where: str) -> YouliError:
    return InputError(
        "this line is no audit record", where=where, hint="name a file that --audit wrote"
    )
