"""Products as the shop changed them since they were learned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from youli.storage.connect import Database
from youli.storage.records import ItemRecord, now_us
from youli.storage.tables import ITEMS

__all__ = ["ItemStore"]


class ItemStore:
    """Changed and new products by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ItemRecord]:
        """Every changed product, in the order of ids."""
        found = select(ITEMS).order_by(ITEMS.c.item_id)
        return self._database.read(lambda c: [_item(row) for row in c.execute(found)])

    def get(self, item_id: str) -> ItemRecord | None:
        """What was said of one product; None where nothing was."""
        found = select(ITEMS).where(ITEMS.c.item_id == item_id)
        row = self._database.read(lambda c: c.execute(found).first())
        return None if row is None else _item(row)

    def some(self, item_ids: Iterable[str]) -> dict[str, ItemRecord]:
        """What was said of several products, by id."""
        found = select(ITEMS).where(ITEMS.c.item_id.in_(list(item_ids)))
        rows = self._database.read(lambda c: list(c.execute(found)))
        return {row.item_id: _item(row) for row in rows}

    def changed_since(self, moment_us: int) -> list[ItemRecord]:
        """Products that were changed at a moment or later."""
        found = select(ITEMS).where(ITEMS.c.updated_us >= moment_us)
        return self._database.read(lambda c: [_item(row) for row in c.execute(found)])

    def change(
        self, item_id: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> None:
        """Keep what `change` makes of what was said of a product, `{}` where nothing was.

        Two at once come one after the other, so that neither takes the other's change back; one
        that was deleted stays so. `change` may be called twice.
        """
        row = self._database.insert(ITEMS).values(
            item_id=item_id, document={}, is_deleted=False, updated_us=now_us()
        )
        mine = ITEMS.c.item_id == item_id
        found = select(ITEMS.c.document).where(mine).with_for_update()

        def work(connection: Connection) -> None:
            connection.execute(row.on_conflict_do_nothing())
            after = change(connection.execute(found).scalar_one())
            values = {"document": dict(after), "updated_us": now_us()}
            connection.execute(update(ITEMS).where(mine).values(**values))
            self._database.bump(connection, "items")

        self._database.write(work)

    def put(self, items: Sequence[ItemRecord]) -> None:
        """Keep what is now said of these products, in place of what was said before."""
        if not items:
            return
        moment = now_us()
        rows = [
            {
                "item_id": one.item_id,
                "document": dict(one.document),
                "is_deleted": one.is_deleted,
                "updated_us": moment,
            }
            for one in sorted(items, key=lambda one: one.item_id)
        ]

        def work(connection: Connection) -> None:
            row = self._database.insert(ITEMS)
            names = ("document", "is_deleted", "updated_us")
            after = {name: row.excluded[name] for name in names}
            connection.execute(
                row.on_conflict_do_update(index_elements=["item_id"], set_=after), rows
            )
            self._database.bump(connection, "items")

        self._database.write(work)


def _item(row: Any) -> ItemRecord:
    return ItemRecord(**row._mapping)
