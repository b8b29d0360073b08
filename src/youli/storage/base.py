"""The one door to everything that the service keeps.

    storage = Storage.open("shop.db")                       # SQLite, a file beside the shop
    storage = Storage.open("postgresql://root@127.0.0.1/x")  # several stateless workers

Every store is safe to use from many threads. A write is durable when it returns; impressions alone
are written a moment later. What a worker keeps in memory it checks against `versions` (rules,
items, keys, settings) or `shoppers.version` first: both are one quick look.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Self

from youli.storage.connect import Database, database_url
from youli.storage.desk import AuditStore, KeyStore, RuleStore, SettingStore
from youli.storage.erasure import ErasureStore
from youli.storage.events import EventStore
from youli.storage.migrate import upgrade
from youli.storage.said import FeedbackStore, ImpressionStore
from youli.storage.shoppers import ShopperStore
from youli.storage.things import ItemStore

__all__ = ["Storage"]

#: Name of the setting.
_SIGNING = "signing"


class Storage:
    """Sub-stores over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = SettingStore(database)
        #: Random, made once for a database: signs shopper tokens and hashes ids of the erased.
        self.secret = bytes.fromhex(self.settings.once(_SIGNING, secrets.token_hex(32)))
        #: Tells databases apart, so that an artifact knows whose events it has.
        self.storage_id = hashlib.sha256(b"id" + self.secret).hexdigest()[:16]
        self.events = EventStore(database)
        self.erasure = ErasureStore(database, self.secret)
        self.shoppers = ShopperStore(database, self.erasure)
        self.items = ItemStore(database)
        self.impressions = ImpressionStore(database, self.erasure)
        self.feedback = FeedbackStore(database)
        self.rules = RuleStore(database)
        self.keys = KeyStore(database)
        self.audit = AuditStore(database)

    @classmethod
    def open(cls, url: str | Path) -> Self:
        """Open a database, making or upgrading its schema where that is due.

        Raises `ConfigError` for an address that is none, `StorageUnavailableError` where the
        database does not answer, `StorageError` where a newer version made it.
        """
        database = Database(database_url(url))
        try:
            upgrade(database)
            return cls(database)
        except BaseException:
            database.close()
            raise

    def versions(self) -> dict[str, int]:
        """How often each kind of thing changed: rules, items, keys, settings; 0 is left out."""
        return self.database.versions()

    def close(self) -> None:
        """Write what is still waiting and give the connections back."""
        self.impressions.close()
        self.database.close()
