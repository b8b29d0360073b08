"""Products and shoppers as the shop sends them: created, read, changed, deleted, page by page.

What is sent of a product that the artifact knows is laid over its catalogue and is in the next
answer. One that it does not know is stored and can be read; it is ranked after the next refit.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from youli.data.protected import is_protected
from youli.errors import UnknownEntityError
from youli.serve.errors import ApiError
from youli.serve.params import PlainText, ShopId
from youli.serve.services import Services
from youli.storage.records import ItemRecord

__all__ = ["AttributesIn", "ItemChange", "ItemIn", "Things", "UserIn", "one_or_many"]

_Word = Annotated[PlainText, Field(min_length=1, max_length=256)]
_Price = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
_MOST_ATTRIBUTES = 64
_NOT_STORED = "No row was accepted."


class ItemChange(BaseModel):
    """What is to change of a product; null makes a value unknown."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[PlainText, Field(max_length=1_000)] | None = None
    category: Annotated[PlainText, Field(max_length=1_000)] | None = Field(
        default=None, description="its path, `Home > Kitchen`"
    )
    brand: _Word | None = None
    price: _Price | None = Field(default=None, description="as on its label")
    description: Annotated[PlainText, Field(max_length=20_000)] | None = None
    image_url: Annotated[PlainText, Field(max_length=2_048)] | None = None
    in_stock: bool = True
    attributes: Annotated[dict[_Word, _Word], Field(max_length=_MOST_ATTRIBUTES)] = Field(
        default_factory=dict, description="further columns; compared by after the next refit"
    )


class ItemIn(ItemChange):
    """A product."""

    item_id: ShopId


class AttributesIn(BaseModel):
    """What the shop says of a shopper."""

    model_config = ConfigDict(extra="forbid")

    attributes: Annotated[dict[_Word, _Word], Field(max_length=_MOST_ATTRIBUTES)] = Field(
        default_factory=dict, description="protected ones (age, sex, …) are left out"
    )


class UserIn(AttributesIn):
    """A shopper."""

    user_id: ShopId


def one_or_many(row: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that is one row or a list of them."""
    schema = row.model_json_schema()
    either = {"anyOf": [schema, {"type": "array", "items": schema}]}
    return {"required": True, "content": {"application/json": {"schema": either}}}


class Things:
    """Products and shoppers over one `Services`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._items = services.storage.items
        self._ids = services.engine.shop.interactions.items

    def put(self, body: object) -> dict[str, Any]:
        """Store one product or a list of them, each as it is now said to be."""
        good, refused = _judged(body, TypeAdapter(ItemIn), self._most)
        self._items.put([ItemRecord(one.item_id, self._document(one)) for one in good])
        waiting = [one.item_id for one in good if self._ids.num(one.item_id) is None]
        return {"accepted": len(good), "rejected": refused, "after_refit": waiting}

    def change(self, item_id: str, change: ItemChange) -> dict[str, Any]:
        """Change what is named of a product, and nothing else."""
        self._known(item_id)
        new = self._document(change)

        def changed(document: Mapping[str, Any]) -> Mapping[str, Any]:
            if "attributes" not in new:
                return {**document, **new}
            attributes = {**document.get("attributes", {}), **new["attributes"]}
            return {**document, **new, "attributes": attributes}

        self._items.change(item_id, changed)
        return {"item_id": item_id, "changed": sorted(change.model_fields_set)}

    def delete(self, item_id: str) -> dict[str, Any]:
        """Take a product out of every list and every answer; its events stay."""
        self._known(item_id)
        before = self._items.get(item_id)
        document = {} if before is None else before.document
        self._items.put([ItemRecord(item_id, document, is_deleted=True)])
        return {"item_id": item_id, "deleted": True}

    def get(self, item_id: str) -> dict[str, Any]:
        """One product as it is now, with `learned`: whether it can be ranked."""
        num = self._known(item_id)
        stored = self._items.get(item_id)
        if num is not None:
            document = {**self._services.products.details(num), "learned": True}
        else:
            document = {**self._card_of(stored), "attributes": {}, "learned": False}
        if stored is not None:
            sent = {k: [v] for k, v in stored.document.get("attributes", {}).items()}
            document["attributes"] = {**document["attributes"], **sent}
        return document

    def page(self, cursor: str, limit: int) -> dict[str, Any]:
        """Products in the order of their ids, those behind `cursor`."""
        unlearned = sorted(self._services.overlay.unlearned)
        ids = self._ids.ids
        start = bisect.bisect_right(ids, cursor)
        deleted = self._services.overlay.deleted
        learned: list[str] = []
        for num in range(start, len(ids)):
            if len(learned) > limit:
                break
            if num not in deleted:
                learned.append(ids[num])
        new = unlearned[bisect.bisect_right(unlearned, cursor) :][: limit + 1]
        found = sorted([*learned, *new])[: limit + 1]
        shown = found[:limit]
        stored = self._items.some(one for one in shown if self._ids.num(one) is None)
        return {
            "items": [
                self._services.products.card(known)
                if (known := self._ids.num(one)) is not None
                else self._card_of(stored.get(one))
                for one in shown
            ],
            "next_cursor": shown[-1] if len(found) > limit else None,
        }

    def put_users(self, body: object) -> dict[str, Any]:
        """Store what the shop says of one shopper or of several."""
        good, refused = _judged(body, TypeAdapter(UserIn), self._most)
        left_out: set[str] = set()
        for one in good:
            kept = self._allowed(one.attributes)
            self._services.storage.shoppers.set_attributes(one.user_id, kept)
            left_out |= one.attributes.keys() - kept.keys()
        return {"accepted": len(good), "rejected": refused, "left_out": sorted(left_out)}

    def change_user(self, user_id: str, attributes: Mapping[str, str]) -> dict[str, Any]:
        """Change the named attributes of a shopper, and no others."""
        learned = self._services.live.get(user_id).state.attributes
        kept = self._allowed(attributes)
        self._services.storage.shoppers.change_attributes(user_id, kept, self._allowed(learned))
        return {"user_id": user_id, "left_out": sorted(attributes.keys() - kept.keys())}

    def user(self, user_id: str) -> dict[str, Any]:
        """One shopper, and how much is known of them."""
        live = self._services.live.get(user_id)
        if not live.is_known:
            raise UnknownEntityError(
                "This shop knows nothing of such a shopper.",
                value=user_id,
                hint="A shopper never seen still gets a list: it rests on the products alone.",
            )
        return {
            "user_id": user_id,
            "attributes": dict(live.state.attributes),
            "n_events": live.state.n_rows,
            "personalised": live.is_personalised,
        }

    @property
    def _most(self) -> int:
        return self._services.config.max_events_per_request

    def _allowed(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Those that may be kept: protected ones only where the shop allowed them."""
        allowed = self._services.engine.fitted.prepared.get("allow", ())
        return {
            name: value
            for name, value in attributes.items()
            if name in allowed or not is_protected(name)
        }

    def _known(self, item_id: str) -> int | None:
        """Row of a product; None where it waits for the next refit; raises for any other."""
        if self._services.has_item(item_id):
            return self._ids.num(item_id)
        return self._services.item_num(item_id)

    def _document(self, change: ItemChange) -> dict[str, Any]:
        """The columns that were named, as the catalogue has them."""
        named = change.model_dump(include=change.model_fields_set - {"item_id"})
        if "price" in named:
            price, per_major = named.pop("price"), self._services.engine.shop.minor_per_major
            # Through the shortest decimal: 4.35 is 435 pence, not 434.
            exact = None if price is None else round(Decimal(repr(price)) * per_major)
            named["price_minor"] = exact
        return named

    def _card_of(self, stored: ItemRecord | None) -> dict[str, Any]:
        """The card of a product that the artifact does not know."""
        assert stored is not None, "an unlearned product has a record"
        document = stored.document
        category = document.get("category")
        return {
            "item_id": stored.item_id,
            "title": document.get("title") or stored.item_id,
            "category": category.split(" > ") if category else [],
            "brand": document.get("brand"),
            "price_minor": document.get("price_minor"),
            "in_stock": document.get("in_stock", True),
            "has_photo": False,
        }


def _judged(body: object, reader: TypeAdapter[Any], most: int) -> tuple[list[Any], list[Any]]:
    """The good rows, and the places of the others; `ApiError` where no row is good."""
    rows: Sequence[object] = body if isinstance(body, list) else [body]
    if not 1 <= len(rows) <= most:
        raise ApiError(422, "bad_batch", f"Send 1 to {most} rows in one request.")
    good, refused = [], []
    for index, row in enumerate(rows):
        try:
            good.append(reader.validate_python(row))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "row"
            message = f"{field}: {first['msg']}"
            refused.append({"index": index, "code": "bad_row", "message": message})
    if not good:
        raise ApiError(
            422,
            "no_row_accepted",
            _NOT_STORED,
            hint="rows says for each what is wrong.",
            rows=refused,
        )
    return good, refused
