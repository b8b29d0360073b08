"""Everything of one shopper at once: given out, or erased."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, select

from youli.storage.connect import Database
from youli.storage.records import now_us
from youli.storage.tables import ERASED, OF_A_SHOPPER

__all__ = ["ErasureStore"]


class ErasureStore:
    """Remembers the erased by a keyed hash alone: nobody can read who they were, and the same id
    that comes again is told from one that was never erased.
    """

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def id_hash(self, user_id: str) -> str:
        """The keyed hash of an id."""
        return hmac.new(self._secret, user_id.encode(), hashlib.sha256).hexdigest()

    def export(self, user_id: str) -> dict[str, list[dict[str, Any]]]:
        """Every row that is stored of a shopper, by table."""

        def work(connection: Connection) -> dict[str, list[dict[str, Any]]]:
            return {
                table.name: [
                    dict(row._mapping)
                    for row in connection.execute(select(table).where(table.c.user_id == user_id))
                ]
                for table in OF_A_SHOPPER
            }

        return self._database.read(work)

    def erase(self, user_id: str) -> dict[str, int]:
        """Delete every row of a shopper; gives how many went, by table.

        What was learned of them is masked from the next answer on, in every worker, and left out at
        the next refit.
        """

        def work(connection: Connection) -> dict[str, int]:
            row = self._database.insert(ERASED).values(
                id_hash=self.id_hash(user_id), n_times=1, erased_us=now_us()
            )
            after = {"n_times": ERASED.c.n_times + 1, "erased_us": row.excluded.erased_us}
            connection.execute(row.on_conflict_do_update(index_elements=["id_hash"], set_=after))
            return {
                table.name: connection.execute(
                    delete(table).where(table.c.user_id == user_id)
                ).rowcount
                for table in OF_A_SHOPPER
            }

        return self._database.write(work)

    def moments(
        self, user_ids: Iterable[str], connection: Connection | None = None
    ) -> dict[str, int]:
        """When each of them was erased last, in microseconds; those who never were are left out.

        Read in the transaction of `connection` where there is one.
        """
        hashes = {self.id_hash(one): one for one in user_ids}
        if not hashes:
            return {}
        found = select(ERASED.c.id_hash, ERASED.c.erased_us).where(
            ERASED.c.id_hash.in_(list(hashes))
        )

        def read(connection: Connection) -> dict[str, int]:
            return {hashes[row.id_hash]: row.erased_us for row in connection.execute(found)}

        return self._database.read(read) if connection is None else read(connection)

    def all(self) -> dict[str, int]:
        """The hash of everybody who was erased, and when they were last."""
        found = select(ERASED.c.id_hash, ERASED.c.erased_us)
        return self._database.read(lambda c: {r.id_hash: r.erased_us for r in c.execute(found)})
